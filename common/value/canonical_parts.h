// The pieces of FORMAT.md that its writer and its reader share. Private to this folder.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "common/value/batch.h"

namespace decant::canonical {

static_assert(std::endian::native == std::endian::little, "words are copied as they lie in memory");

inline constexpr std::uint8_t k_version = 1;
inline constexpr std::size_t k_row_header_bytes = 3;
inline constexpr std::uint8_t k_null_tag = 0;
inline constexpr std::size_t k_max_varint_bytes = 10;
inline constexpr std::uint64_t k_canonical_nan = 0x7FF8000000000000ULL;
inline constexpr std::uint64_t k_negative_zero = 0x8000000000000000ULL;

// The two low bits of a decimal's head.
enum DecimalKind : std::uint64_t {
  k_positive = 0,
  k_negative = 1,
  k_not_finite = 2,
  k_not_a_number = 3
};

inline char* put_varint(char* p, std::uint64_t value) {
  while (value >= 0x80) {
    *p++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *p++ = static_cast<char>(value);
  return p;
}

inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Head, scale and magnitude of a number within 128 bits; `p` has room for 32 bytes.
inline char* put_decimal(char* p, Int128 unscaled, std::int64_t scale) {
  const bool negative = unscaled < 0;
  const UInt128 magnitude =
      negative ? UInt128{0} - static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled);
  const auto high = static_cast<std::uint64_t>(magnitude >> 64);
  const auto low = static_cast<std::uint64_t>(magnitude);
  const std::size_t bits = high != 0 ? 64 + static_cast<std::size_t>(std::bit_width(high))
                                     : static_cast<std::size_t>(std::bit_width(low));
  const std::size_t length = (bits + 7) / 8;
  p = put_varint(p, length << 2 | (negative ? k_negative : k_positive));
  p = put_varint(p, zigzag(scale));
  std::memcpy(p, &magnitude, 16);
  return p + length;
}

// A decimal held as text: everything after the tag.
void append_decimal_text(std::string_view text, const Type& type, std::string& out);

// The text of a number with this little-endian magnitude, at exactly `scale` digits.
std::string decimal_text_of(bool negative, std::string_view magnitude, std::int64_t scale);

}  // namespace decant::canonical
