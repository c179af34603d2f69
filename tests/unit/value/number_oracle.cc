#include "tests/unit/value/number_oracle.h"

#include <cmath>
#include <cstdlib>
#include <utility>

namespace decant::testing_support {
namespace {

mpq_class power(int base, int exponent) {
  mpz_class out;
  mpz_ui_pow_ui(out.get_mpz_t(), static_cast<unsigned long>(base),
                static_cast<unsigned long>(std::abs(exponent)));
  return exponent < 0 ? mpq_class(mpz_class(1), out) : mpq_class(out);
}

mpz_class floor_of(const mpq_class& value) {
  mpz_class out;
  mpz_fdiv_q(out.get_mpz_t(), value.get_num_mpz_t(), value.get_den_mpz_t());
  return out;
}

mpz_class nearest_to(const mpq_class& value) {
  const mpz_class below = floor_of(value);
  const mpq_class twice = (value - below) * 2;
  const bool up = twice > 1 || (twice == 1 && mpz_odd_p(below.get_mpz_t()));
  return up ? mpz_class(below + 1) : below;
}

// The greatest exponent whose power is not above `magnitude`, which is more than 0.
int exponent_of(const mpq_class& magnitude, int base) {
  int exponent = static_cast<int>(mpz_sizeinbase(magnitude.get_num_mpz_t(), base)) -
                 static_cast<int>(mpz_sizeinbase(magnitude.get_den_mpz_t(), base));
  while (power(base, exponent) > magnitude) --exponent;
  while (power(base, exponent + 1) <= magnitude) ++exponent;
  return exponent;
}

std::optional<mpz_class> as_whole(const mpq_class& value, Policy policy) {
  if (value.get_den() == 1) return value.get_num();
  if (policy == Policy::kNone) return std::nullopt;
  if (policy == Policy::kRound) return nearest_to(value);
  return value < 0 ? mpz_class(-floor_of(-value)) : floor_of(value);
}

std::string with_point(const mpz_class& unscaled, int scale) {
  std::string digits = mpz_class(abs(unscaled)).get_str();
  if (scale < 0 && unscaled != 0) digits.append(static_cast<std::size_t>(-scale), '0');
  if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return (unscaled < 0 ? "-" : "") + digits;
}

// The digits that count, and how many places the last of them stands behind the point.
std::pair<std::string, int> digits_of(const WrittenNumber& text) {
  std::string fraction = text.fraction;
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  const std::string all = text.whole + fraction;
  const std::size_t first = all.find_first_not_of('0');
  return {first == std::string::npos ? "" : all.substr(first),
          static_cast<int>(fraction.size()) - text.exponent};
}

}  // namespace

mpq_class WrittenNumber::value() const {
  const mpz_class digits(whole + fraction, 10);
  const mpq_class magnitude = digits * power(10, exponent - static_cast<int>(fraction.size()));
  return negative ? mpq_class(-magnitude) : magnitude;
}

std::string name_of(Policy policy) {
  return policy == Policy::kNone ? "" : policy == Policy::kRound ? "round" : "truncate";
}

std::optional<std::string> as_decimal(const mpq_class& value, int precision, int scale,
                                      Policy policy) {
  if (precision == 0) {
    int places = 0;
    while (mpq_class(value * power(10, places)).get_den() != 1) ++places;
    return with_point(mpq_class(value * power(10, places)).get_num(), places);
  }
  const std::optional<mpz_class> unscaled = as_whole(value * power(10, scale), policy);
  if (!unscaled || abs(*unscaled) >= power(10, precision)) return std::nullopt;
  return with_point(*unscaled, scale);
}

std::optional<std::string> as_integer(const mpq_class& value, int bits, Policy policy) {
  const std::optional<mpz_class> whole = as_whole(value, policy);
  const mpq_class limit = power(2, bits - 1);
  if (!whole || *whole >= limit || *whole < -limit) return std::nullopt;
  return whole->get_str();
}

std::optional<double> as_float(const mpq_class& value, int bits) {
  if (value == 0) return 0.0;
  const int digits = bits == 32 ? 24 : 53;
  const int last_exponent = bits == 32 ? 127 : 1023;
  const int first_step = bits == 32 ? -149 : -1074;
  const mpq_class magnitude = abs(value);
  const int step = std::max(exponent_of(magnitude, 2) - digits + 1, first_step);
  const mpz_class steps = nearest_to(magnitude / power(2, step));
  if (steps == 0 || steps * power(2, step) >= power(2, last_exponent + 1)) return std::nullopt;
  const double nearest = std::ldexp(steps.get_d(), step);
  return value < 0 ? -nearest : nearest;
}

bool gives_back(const WrittenNumber& text, double number) {
  const auto [digits, places] = digits_of(text);
  if (number == 0) return digits.empty();
  const mpq_class magnitude(std::fabs(number));
  const int dropped = static_cast<int>(digits.size()) - 1 - exponent_of(magnitude, 10);
  mpz_class written = nearest_to(magnitude * power(10, dropped));
  if (written == power(10, static_cast<int>(digits.size()))) written /= 10;
  return written.get_str() == digits;
}

bool is_shortest(const std::string& decimal, double number, int bits) {
  if (number == 0) return decimal == "0";
  const mpq_class magnitude(std::fabs(number));
  const std::size_t point = std::min(decimal.find('.'), decimal.size());
  std::string digits = decimal;
  if (point < digits.size()) digits.erase(point, 1);
  if (digits[0] == '-') digits.erase(0, 1);
  digits.erase(0, digits.find_first_not_of('0'));
  digits.erase(digits.find_last_not_of('0') + 1);
  // Its neighbours with one digit less.
  const int count = static_cast<int>(digits.size()) - 1;
  if (count == 0) return true;
  const mpq_class unit = power(10, exponent_of(magnitude, 10) - count + 1);
  const mpq_class below = floor_of(magnitude / unit) * unit;
  return as_float(below, bits) != std::fabs(number) &&
         as_float(below + unit, bits) != std::fabs(number);
}

}  // namespace decant::testing_support
