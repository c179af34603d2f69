// Exact decimal numbers: 128-bit unscaled integers, plain text beyond that, sums of any size
// through GMP.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/value/batch.h"

namespace decant {

enum class DecimalParse { kOk, kNotANumber, kTooManyDigits, kInexact };

// Reads "-12.50", "1e-3", "+7" as an unscaled integer at `scale`; digits beyond the scale must be
// zeros (kInexact).
DecimalParse parse_decimal(std::string_view text, std::int32_t precision, std::int32_t scale,
                           Int128& unscaled);

// Plain text at exactly `scale` digits: (-1250, 2) -> "-12.50". Never an exponent, never "-0.00".
std::string format_decimal(Int128 unscaled, std::int32_t scale);
std::size_t format_decimal_to(Int128 unscaled, std::int32_t scale,
                              char* out);  // scale <= 38: at most 42 bytes

// The canonical text of a decimal without declared scale: no exponent, no leading or trailing
// zeros, "0" for zero. False when `text` is no decimal number.
bool normalize_decimal(std::string_view text, std::string& out);

Int128 power_of_ten(int exponent);  // 0..38

// An exact sum of decimals of any scale. Fast while it fits 128 bits; GMP holds what does not.
class ExactSum {
 public:
  ExactSum();
  ~ExactSum();
  ExactSum(const ExactSum& other);
  ExactSum& operator=(const ExactSum& other);
  ExactSum(ExactSum&&) noexcept;
  ExactSum& operator=(ExactSum&&) noexcept;

  void add(Int128 unscaled, std::int32_t scale);
  // a.unscaled * b.unscaled at scale a + b, exact.
  void add_product(Int128 a, Int128 b, std::int32_t scale);
  Status add_text(std::string_view decimal);
  void merge(const ExactSum& other);
  void subtract(const ExactSum& other);
  // Plain decimal text, trailing zeros dropped: "9747747.934"; zero is "0".
  std::string to_string() const;
  bool operator==(const ExactSum& other) const;

 private:
  struct Big;
  void spill();  // moves small_ into big_

  Int128 small_ = 0;  // at small_scale_; the sum is this plus big_
  std::int32_t small_scale_ = 0;
  std::unique_ptr<Big> big_;  // made when small_ would overflow or scales differ too much
};

}  // namespace decant
