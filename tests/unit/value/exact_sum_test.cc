#include <gmpxx.h>

#include "common/value/decimal.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using testing_support::Seeded;

std::string sum_of(const std::vector<std::string>& texts) {
  ExactSum sum;
  for (const std::string& text : texts) EXPECT_TRUE(sum.add_text(text).has_value()) << text;
  return sum.to_string();
}

TEST(ExactSum, AddsWhatFloatingPointCannot) {
  EXPECT_EQ(sum_of({"0.1", "0.2"}), "0.3");
  EXPECT_EQ(sum_of({"9747747.930", "0.004"}), "9747747.934");
  EXPECT_EQ(sum_of({"1e30", "1e-30", "-1e30"}), "0." + std::string(29, '0') + "1");
  EXPECT_EQ(sum_of({}), "0");
  EXPECT_EQ(sum_of({"-0.50", "0.5"}), "0");
  EXPECT_EQ(sum_of({"1e5"}), "100000");
}

TEST(ExactSum, GoesBeyond128Bits) {
  ExactSum sum;
  const Int128 largest = power_of_ten(38) - 1;
  for (int i = 0; i < 1000; ++i) sum.add(largest, 2);
  ExactSum expected;
  ASSERT_TRUE(expected.add_text("999999999999999999999999999999999999990").has_value());
  EXPECT_EQ(sum.to_string(), expected.to_string());
  EXPECT_TRUE(sum == expected);
}

TEST(ExactSum, MultipliesExactly) {
  ExactSum sum;
  sum.add_product(power_of_ten(38) - 1, power_of_ten(38) - 1, 76);
  EXPECT_EQ(sum.to_string(), "0." + std::string(37, '9') + "8" + std::string(37, '0') + "1");
  ExactSum small;
  small.add_product(150, 250, 4);
  EXPECT_EQ(small.to_string(), "3.75");
}

TEST(ExactSum, RefusesWhatIsNoNumber) {
  ExactSum sum;
  EXPECT_FALSE(sum.add_text("NaN").has_value());
  EXPECT_EQ(sum.to_string(), "0");
}

TEST(ExactSum, CopiesAndMovesKeepTheirValue) {
  ExactSum big;
  ASSERT_TRUE(big.add_text("1" + std::string(60, '0')).has_value());
  ExactSum copy = big;
  ExactSum moved = std::move(big);
  EXPECT_TRUE(copy == moved);
  copy = copy;
  copy.merge(copy);
  EXPECT_EQ(copy.to_string(), "2" + std::string(60, '0'));
  copy.subtract(copy);
  EXPECT_EQ(copy.to_string(), "0");
}

TEST(ExactSum, AgreesWithGmpInAnyOrderAndCut) {
  Seeded random;
  for (int round = 0; round < 200; ++round) {
    constexpr int k_scale = 90;
    mpz_class expected = 0;
    ExactSum parts[3];
    ExactSum negated;
    for (int i = 0; i < 60; ++i) {
      const int scale = static_cast<int>(random.below(20));
      Int128 value = random.wide() % power_of_ten(static_cast<int>(random.below(38)) + 1);
      mpz_class term(format_decimal(value, 0), 10);
      mpz_class power;
      ExactSum& part = parts[random.below(3)];
      switch (random.below(4)) {
        case 0:
          part.add(value, scale);
          break;
        case 1:
          ASSERT_TRUE(part.add_text(format_decimal(value, scale)).has_value());
          break;
        case 2: {
          const Int128 other = random.wide() % power_of_ten(38);
          part.add_product(value, other, scale);
          term *= mpz_class(format_decimal(other, 0), 10);
          break;
        }
        default:
          negated.add(value, scale);
          term = -term;
      }
      mpz_ui_pow_ui(power.get_mpz_t(), 10, static_cast<unsigned long>(k_scale - scale));
      expected += term * power;
    }
    ExactSum total;
    total = parts[2];
    total.merge(parts[0]);
    total.subtract(negated);
    total.merge(parts[1]);
    ExactSum wanted;
    const bool negative = expected < 0;
    std::string digits = mpz_class(abs(expected)).get_str();
    if (digits.size() <= k_scale) digits.insert(0, k_scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - k_scale, 1, '.');
    ASSERT_TRUE(wanted.add_text((negative ? "-" : "") + digits).has_value());
    ASSERT_EQ(total.to_string(), wanted.to_string());
    ASSERT_TRUE(total == wanted);
  }
}

}  // namespace
}  // namespace decant
