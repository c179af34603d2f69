// The parts of a decimal number in text, for those of this folder that read numbers of any length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace decant {

// Before the point, and after it: more than PostgreSQL's numeric can hold (131,072 and 16,383);
// beyond it a text is no number for us, so that "1e999999999" cannot be made to fill memory.
inline constexpr std::int64_t k_max_decimal_places = 200'000;

struct DecimalText {
  bool negative = false;
  std::string_view whole;     // digits before the point; may be empty or have leading zeros
  std::string_view fraction;  // digits after it; may be empty
  std::int64_t exponent = 0;  // one that no digits make up for stands for all beyond it
};

// False when `text` is not [+-]digits[.digits][e[+-]digits] with a digit on one side of the point
// at least.
bool split_decimal(std::string_view text, DecimalText& parts);

// As normalize_decimal, at the end of `out`. `out` is unchanged when the answer is false.
bool append_normalized_decimal(std::string_view text, std::string& out);

}  // namespace decant
