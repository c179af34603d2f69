#include "common/connector/postgres/numeric.h"

#include <gtest/gtest.h>

#include <random>

#include "common/value/decimal.h"

namespace decant::postgres {
namespace {

std::string written(Int128 unscaled, std::int32_t scale) {
  char bytes[k_max_wide_numeric_bytes];
  return {bytes, static_cast<std::size_t>(write_numeric(unscaled, scale, bytes) - bytes)};
}

std::string from_text(std::string_view text) {
  std::string bytes;
  EXPECT_TRUE(append_numeric_text(text, bytes)) << text;
  return bytes;
}

std::string to_text(std::string_view bytes, std::int32_t scale) {
  std::string text(numeric_text_bound(bytes, scale), '\0');
  std::size_t size = 0;
  EXPECT_EQ(read_numeric_text(bytes, scale, text.data(), size), NumericRead::kOk);
  EXPECT_LE(size, text.size());
  return text.substr(0, size);
}

// A number of any length up to 38 digits, half of them short.
Int128 random_unscaled(std::mt19937_64& random) {
  const int digits = static_cast<int>(random() % 39);
  Int128 value = 0;
  for (int i = 0; i < digits; ++i) value = value * 10 + static_cast<int>(random() % 10);
  if (random() % 4 == 0)
    value = value / 10'000 % power_of_ten(26) * 10'000;  // with zeros at the end
  return random() % 2 == 0 ? value : -value;
}

TEST(Numeric, EveryWideDecimalComesBackAtItsScale) {
  std::mt19937_64 random(20'240'831);
  for (int i = 0; i < 200'000; ++i) {
    const Int128 value = random_unscaled(random);
    const auto scale = static_cast<std::int32_t>(random() % 39);
    Int128 read = 0;
    ASSERT_EQ(read_numeric(written(value, scale), scale, read), NumericRead::kOk)
        << format_decimal(value, scale);
    ASSERT_EQ(format_decimal(read, scale), format_decimal(value, scale));
  }
}

TEST(Numeric, TextAndIntegerFormsGiveTheSameBytes) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 50'000; ++i) {
    const Int128 value = random_unscaled(random);
    const auto scale = static_cast<std::int32_t>(random() % 39);
    const std::string text = format_decimal(value, scale);
    ASSERT_EQ(written(value, scale), from_text(text)) << text;
    ASSERT_EQ(to_text(from_text(text), scale), text);
  }
}

TEST(Numeric, TextWithoutScaleDropsZerosAtTheEnd) {
  EXPECT_EQ(to_text(from_text("12.5000"), -1), "12.5");
  EXPECT_EQ(to_text(from_text("1200"), -1), "1200");
  EXPECT_EQ(to_text(from_text("-0.000012"), -1), "-0.000012");
  EXPECT_EQ(to_text(from_text("0.000"), -1), "0");
  EXPECT_EQ(to_text(from_text("123456789012345678901234567890123456789012345678.9"), -1),
            "123456789012345678901234567890123456789012345678.9");
}

TEST(Numeric, DigitsBeyondTheScaleAreRefusedNotRounded) {
  Int128 value = 0;
  EXPECT_EQ(read_numeric(from_text("1.23456"), 4, value), NumericRead::kTooManyDigits);
  EXPECT_EQ(read_numeric(from_text("1.23450"), 4, value), NumericRead::kOk);
  EXPECT_EQ(format_decimal(value, 4), "1.2345");
  EXPECT_EQ(read_numeric(from_text("0.00000001"), 4, value), NumericRead::kTooManyDigits);
}

TEST(Numeric, NumbersBeyond38DigitsAreRefused) {
  Int128 value = 0;
  EXPECT_EQ(read_numeric(from_text(std::string(38, '9')), 0, value), NumericRead::kOk);
  EXPECT_EQ(read_numeric(from_text("1" + std::string(38, '0')), 0, value),
            NumericRead::kTooManyDigits);
  EXPECT_EQ(read_numeric(from_text("1" + std::string(37, '0')), 2, value),
            NumericRead::kTooManyDigits);
}

TEST(Numeric, SpecialValuesAreNamedAndBrokenBytesFound) {
  Int128 value = 0;
  EXPECT_EQ(name_of_special(from_text("-Infinity")), "-Infinity");
  EXPECT_EQ(read_numeric(from_text("NaN"), 2, value), NumericRead::kNotANumber);
  EXPECT_EQ(read_numeric(from_text("Infinity"), 2, value), NumericRead::kInfinite);
  std::string cut = from_text("123456.78");
  cut.pop_back();
  EXPECT_EQ(read_numeric(cut, 2, value), NumericRead::kBroken);
  std::string text;
  EXPECT_FALSE(append_numeric_text("12x", text));
}

}  // namespace
}  // namespace decant::postgres
