// What conversions of numbers have to give, by exact rational arithmetic: nothing of common/value
// is used, and nothing is fast.
#pragma once

#include <gmpxx.h>

#include <optional>
#include <string>

namespace decant::testing_support {

// [-]WHOLE.FRACTIONeEXPONENT
struct WrittenNumber {
  bool negative = false;
  std::string whole;     // digits; empty only where `fraction` is not
  std::string fraction;  // digits or empty
  int exponent = 0;

  mpq_class value() const;
};

enum class Policy { kNone, kRound, kTruncate };
std::string name_of(Policy policy);  // as ConvertOptions::lossy has it

// Each gives nothing where the value has to be a reject.

// Plain text with `scale` digits behind the point, of a decimal(precision,scale). A precision of 0
// is a decimal without a scale: all digits and no zeros at the end.
std::optional<std::string> as_decimal(const mpq_class& value, int precision, int scale,
                                      Policy policy);
std::optional<std::string> as_integer(const mpq_class& value, int bits, Policy policy);
// The nearest of the floating-point numbers of 32 or 64 bits, a half to the even one.
std::optional<double> as_float(const mpq_class& value, int bits);

// Whether `number`, written with as many digits as `text` has, is that text again.
bool gives_back(const WrittenNumber& text, double number);
// Whether no decimal of fewer digits than `decimal` means the same floating-point number.
bool is_shortest(const std::string& decimal, double number, int bits);

}  // namespace decant::testing_support
