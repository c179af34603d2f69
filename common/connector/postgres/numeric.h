// PostgreSQL's binary numeric (digits in base 10,000) to and from our decimals, without a detour
// through text for those of 38 digits or fewer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/value/batch.h"

namespace decant::postgres {

enum class NumericRead { kOk, kNotANumber, kInfinite, kTooManyDigits, kBroken };

// The unscaled integer at `scale`. kTooManyDigits: digits beyond the scale that are not zeros, or
// beyond 38 in all.
NumericRead read_numeric(std::string_view bytes, std::int32_t scale, Int128& unscaled);

// "NaN", "Infinity" or "-Infinity"; empty for a finite number.
std::string_view name_of_special(std::string_view bytes);

// Bytes that read_numeric_text may need at most; 0 when `bytes` is broken.
std::size_t numeric_text_bound(std::string_view bytes, std::int32_t scale);
// Plain decimal text into `out`: trailing zeros dropped with scale < 0, else exactly `scale` digits
// after the point.
NumericRead read_numeric_text(std::string_view bytes, std::int32_t scale, char* out,
                              std::size_t& size);

// Most bytes of a wide decimal as numeric.
inline constexpr std::size_t k_max_wide_numeric_bytes = 8 + 2 * 12;
// Writes the numeric (without its length); returns the end.
char* write_numeric(Int128 unscaled, std::int32_t scale, char* out);
// The same from plain decimal text or one of the special names, at the end of `out`. False when the
// text is neither, or does not fit.
bool append_numeric_text(std::string_view text, std::string& out);

}  // namespace decant::postgres
