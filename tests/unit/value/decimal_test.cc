#include "common/value/decimal.h"

#include <gmpxx.h>

#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using testing_support::Seeded;

Int128 parsed(std::string_view text, int precision, int scale) {
  Int128 value = 0;
  EXPECT_EQ(parse_decimal(text, precision, scale, value), DecimalParse::kOk) << text;
  return value;
}

DecimalParse outcome(std::string_view text, int precision, int scale) {
  Int128 value = 0;
  return parse_decimal(text, precision, scale, value);
}

TEST(ParseDecimal, ReadsWhatPeopleAndProgramsWrite) {
  EXPECT_TRUE(parsed("-12.50", 18, 4) == -125000);
  EXPECT_TRUE(parsed("+7", 18, 2) == 700);
  EXPECT_TRUE(parsed("1e-3", 18, 4) == 10);
  EXPECT_TRUE(parsed("1.5E2", 18, 0) == 150);
  EXPECT_TRUE(parsed(".5", 18, 1) == 5);
  EXPECT_TRUE(parsed("5.", 18, 1) == 50);
  EXPECT_TRUE(parsed("-0", 18, 2) == 0);
  EXPECT_TRUE(parsed("0e999999999999", 18, 2) == 0);
  EXPECT_TRUE(parsed("000000000000000000000000000000000000000000000012.50", 4, 2) == 1250);
  EXPECT_TRUE(parsed("99999999999999999999999999999999999999", 38, 0) == power_of_ten(38) - 1);
}

TEST(ParseDecimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", ".", "1e", "1e+", "12,3", "12,3x", "1 2", " 1", "1 ", "0x10",
                           "NaN", "--1", "1.2.3"}) {
    EXPECT_EQ(outcome(text, 18, 4), DecimalParse::kNotANumber) << text;
  }
}

TEST(ParseDecimal, NeverDropsADigit) {
  EXPECT_EQ(outcome("1.23456", 18, 4), DecimalParse::kInexact);
  EXPECT_EQ(outcome("1e-5", 18, 4), DecimalParse::kInexact);
  EXPECT_EQ(outcome("1e-999999999", 18, 4), DecimalParse::kInexact);
  EXPECT_TRUE(parsed("1.230000000000000000000000000000000000000000000", 18, 2) == 123);
}

TEST(ParseDecimal, CountsTheDigitsOfItsPrecision) {
  EXPECT_EQ(outcome("1000", 5, 2), DecimalParse::kTooManyDigits);
  EXPECT_EQ(outcome("999.99", 5, 2), DecimalParse::kOk);
  EXPECT_EQ(outcome("1e38", 38, 0), DecimalParse::kTooManyDigits);
  EXPECT_EQ(outcome("1e999999999", 38, 0), DecimalParse::kTooManyDigits);
}

TEST(FormatDecimal, WritesExactlyTheScale) {
  EXPECT_EQ(format_decimal(-1250, 2), "-12.50");
  EXPECT_EQ(format_decimal(0, 2), "0.00");
  EXPECT_EQ(format_decimal(5, 3), "0.005");
  EXPECT_EQ(format_decimal(-5, 3), "-0.005");
  EXPECT_EQ(format_decimal(12, 0), "12");
  EXPECT_EQ(format_decimal(12, -2), "1200");
  EXPECT_EQ(format_decimal(-(power_of_ten(38) - 1), 38), "-0." + std::string(38, '9'));
  EXPECT_EQ(format_decimal(-12, 60), "-0." + std::string(58, '0') + "12");
  EXPECT_EQ(format_decimal(power_of_ten(38), 76),
            "0." + std::string(37, '0') + "1" + std::string(38, '0'));
}

TEST(FormatDecimal, AgreesWithGmpAndReadsBackForRandomNumbers) {
  Seeded random;
  for (int i = 0; i < 20'000; ++i) {
    const int scale = static_cast<int>(random.below(39));
    const int digits = static_cast<int>(random.below(38)) + 1;
    const Int128 value = random.wide() % power_of_ten(digits);
    const std::string text = format_decimal(value, scale);
    ASSERT_TRUE(parsed(text, 38, scale) == value) << text;
    std::string bare = text;
    if (const auto point = bare.find('.'); point != std::string::npos) bare.erase(point, 1);
    mpz_class expected(bare, 10);
    mpz_class actual(
        static_cast<unsigned long>(static_cast<UInt128>(value < 0 ? -value : value) >> 64));
    actual <<= 64;
    actual += static_cast<unsigned long>(static_cast<UInt128>(value < 0 ? -value : value));
    if (value < 0) actual = -actual;
    ASSERT_EQ(actual, expected) << text;
  }
}

// Any digits at any place: exactly when GMP's rational number times 10^scale is an integer of few
// enough digits.
TEST(ParseDecimal, AgreesWithGmpOnRandomTexts) {
  Seeded random;
  for (int i = 0; i < 20'000; ++i) {
    const std::string whole = random.digits(random.below(25));
    const std::string fraction =
        random.digits(random.below(20)) + std::string(random.below(3), '0');
    if (whole.empty() && fraction.empty()) continue;
    const int exponent = random.below(3) == 0 ? static_cast<int>(random.between(-12, 12)) : 0;
    std::string text = (random.below(2) != 0 ? "-" : "") + whole + "." + fraction;
    if (exponent != 0) text += "e" + std::to_string(exponent);
    const int scale = static_cast<int>(random.below(20));
    const int precision = static_cast<int>(random.between(1, 38));

    mpz_class numerator(whole + fraction, 10);
    if (text[0] == '-') numerator = -numerator;
    const long shift = scale + exponent - static_cast<long>(fraction.size());
    mpz_class power;
    mpz_ui_pow_ui(power.get_mpz_t(), 10, static_cast<unsigned long>(std::labs(shift)));
    bool exact = true;
    if (shift >= 0) {
      numerator *= power;
    } else {
      exact = numerator % power == 0;
      numerator /= power;
    }
    mpz_class limit;
    mpz_ui_pow_ui(limit.get_mpz_t(), 10, static_cast<unsigned long>(precision));
    Int128 value = 0;
    const DecimalParse result = parse_decimal(text, precision, scale, value);
    ASSERT_EQ(result == DecimalParse::kOk, exact && abs(numerator) < limit)
        << text << " " << precision << " " << scale;
    if (result == DecimalParse::kOk) {
      ASSERT_EQ(mpz_class(format_decimal(value, 0), 10), numerator) << text;
    }
  }
}

TEST(NormalizeDecimal, GivesOneTextPerNumber) {
  const std::pair<const char*, const char*> k_cases[] = {
      {"1", "1"},           {"1.0", "1"},           {"001.500", "1.5"}, {"1e3", "1000"},
      {"1.5e-3", "0.0015"}, {"-0.00", "0"},         {"+.5", "0.5"},     {"0e5", "0"},
      {"-120e-1", "-12"},   {"12345e-2", "123.45"}, {"100.0e-2", "1"},  {"0.00120", "0.0012"},
      {"0.001e5", "100"},   {"0.0015e3", "1.5"}};
  for (const auto& [text, expected] : k_cases) {
    std::string out = "left over";
    ASSERT_TRUE(normalize_decimal(text, out)) << text;
    EXPECT_EQ(out, expected) << text;
  }
  std::string out;
  EXPECT_FALSE(normalize_decimal("1,5", out));
  EXPECT_FALSE(normalize_decimal("1e999999999", out)) << "must not fill memory";
}

// The digits may make up for an exponent of any size, or not.
TEST(NormalizeDecimal, TakesNoExponentForAnother) {
  const std::string zeros(200'001, '0');
  std::string out;
  ASSERT_TRUE(normalize_decimal("1" + zeros + "e-200010", out));
  EXPECT_EQ(out, "0.000000001");
  ASSERT_TRUE(normalize_decimal("0." + zeros + "1e200004", out));
  EXPECT_EQ(out, "100");
  EXPECT_FALSE(normalize_decimal("1" + zeros + "e-999999999", out));
  EXPECT_FALSE(normalize_decimal("1" + zeros + "e-99999999999999999999999999", out));
  EXPECT_FALSE(normalize_decimal("10e-999999", out));
  EXPECT_FALSE(normalize_decimal("1e-200001", out));
  ASSERT_TRUE(normalize_decimal("1e-200000", out));
  EXPECT_EQ(out.size(), 200'002U);
  ASSERT_TRUE(normalize_decimal("1e199999", out));
  EXPECT_EQ(out.size(), 200'000U);
  EXPECT_FALSE(normalize_decimal("1e200000", out));
}

TEST(ParseDecimal, TakesNoExponentForAnother) {
  const std::string zeros(200'001, '0');
  Int128 value = 0;
  EXPECT_EQ(parse_decimal("1" + zeros + "e-200001", 18, 4, value), DecimalParse::kOk);
  EXPECT_TRUE(value == 10'000);
  EXPECT_EQ(parse_decimal("1" + zeros + "e-200010", 18, 4, value), DecimalParse::kInexact);
  EXPECT_EQ(parse_decimal("1" + zeros + "e-999999999", 18, 4, value), DecimalParse::kInexact);
  EXPECT_EQ(parse_decimal("0." + zeros + "1e300000", 18, 4, value), DecimalParse::kTooManyDigits);
  EXPECT_EQ(parse_decimal("0." + zeros + "1e200004", 18, 4, value), DecimalParse::kOk);
  EXPECT_TRUE(value == 1'000'000);
}

}  // namespace
}  // namespace decant
