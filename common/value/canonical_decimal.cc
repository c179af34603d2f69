// Decimals that are held as text: without a declared scale, or beyond 38 digits.
#include <gmp.h>

#include <algorithm>
#include <cstring>

#include "common/value/canonical_parts.h"
#include "common/value/decimal.h"
#include "common/value/decimal_text.h"

namespace decant::canonical {
namespace {

constexpr std::int32_t k_max_wide_digits = 38;

void append_head(std::uint64_t length, DecimalKind kind, std::string& out) {
  char bytes[k_max_varint_bytes];
  const char* const end = put_varint(bytes, length << 2 | kind);
  out.append(bytes, static_cast<std::size_t>(end - bytes));
}

bool append_not_finite(std::string_view text, std::string& out) {
  constexpr std::string_view k_names[] = {"NaN", "Infinity", "-Infinity"};
  for (std::size_t i = 0; i < std::size(k_names); ++i) {
    if (text != k_names[i]) continue;
    append_head(i, k_not_finite, out);
    return true;
  }
  return false;
}

// A plain number beyond 128 bits: `scale` digits after the point, zeros added where the text has
// fewer.
void append_big(const DecimalText& parts, std::int64_t scale, std::string& out) {
  std::string digits(parts.whole);
  digits += parts.fraction;
  const std::int64_t missing = scale - static_cast<std::int64_t>(parts.fraction.size());
  if (missing >= 0) {
    digits.append(static_cast<std::size_t>(missing), '0');
  } else {
    digits.resize(digits.size() - std::min(digits.size(), static_cast<std::size_t>(-missing)));
  }
  mpz_t value;
  mpz_init_set_str(value, digits.empty() ? "0" : digits.c_str(), 10);
  std::string magnitude(mpz_sizeinbase(value, 256), '\0');
  std::size_t length = 0;
  mpz_export(magnitude.data(), &length, -1, 1, 0, 0, value);
  mpz_clear(value);
  append_head(length, parts.negative && length != 0 ? k_negative : k_positive, out);
  char bytes[k_max_varint_bytes];
  const char* const end = put_varint(bytes, zigzag(scale));
  out.append(bytes, static_cast<std::size_t>(end - bytes));
  out.append(magnitude, 0, length);
}

// Digits of the fraction that stay when trailing zeros go.
std::size_t significant_fraction(std::string_view fraction) {
  const std::size_t last = fraction.find_last_not_of('0');
  return last == std::string_view::npos ? 0 : last + 1;
}

// True when nothing but zeros stands below `scale`.
bool fits_scale(const DecimalText& parts, std::int64_t scale) {
  if (scale >= 0) return static_cast<std::int64_t>(significant_fraction(parts.fraction)) <= scale;
  const std::size_t zeros = parts.whole.size() - significant_fraction(parts.whole);
  return significant_fraction(parts.fraction) == 0 &&
         (zeros == parts.whole.size() || zeros >= static_cast<std::size_t>(-scale));
}

}  // namespace

void append_decimal_text(std::string_view text, const Type& type, std::string& out) {
  DecimalText parts;
  if (!split_decimal(text, parts)) {
    if (append_not_finite(text, out)) return;
    append_head(text.size(), k_not_a_number, out);
    out.append(text);
    return;
  }
  if (parts.exponent != 0) {
    // Rare: sources give plain text. Written out first, so that what follows sees digits only.
    std::string plain;
    if (normalize_decimal(text, plain)) {
      append_decimal_text(plain, type, out);
    } else {
      append_head(text.size(), k_not_a_number, out);
      out.append(text);
    }
    return;
  }
  std::int64_t scale = type.scale;
  // A value that does not fit the declared scale breaks a converter's promise; it keeps its own, so
  // that it never takes the bytes of another number.
  if (type.precision == 0 || !fits_scale(parts, scale)) {
    scale = static_cast<std::int64_t>(significant_fraction(parts.fraction));
  }
  Int128 unscaled = 0;
  if (scale <= k_max_wide_digits &&
      parse_decimal(text, k_max_wide_digits, static_cast<std::int32_t>(scale), unscaled) ==
          DecimalParse::kOk) {
    char bytes[40];
    const char* const end = put_decimal(bytes, unscaled, scale);
    out.append(bytes, static_cast<std::size_t>(end - bytes));
    return;
  }
  append_big(parts, scale, out);
}

std::string decimal_text_of(bool negative, std::string_view magnitude, std::int64_t scale) {
  mpz_t value;
  mpz_init(value);
  mpz_import(value, magnitude.size(), -1, 1, 0, 0, magnitude.data());
  std::string digits(mpz_sizeinbase(value, 10) + 2, '\0');
  mpz_get_str(digits.data(), 10, value);
  mpz_clear(value);
  digits.resize(std::strlen(digits.c_str()));
  if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  } else if (scale < 0 && digits != "0") {
    digits.append(static_cast<std::size_t>(-scale), '0');
  }
  return negative ? "-" + digits : digits;
}

}  // namespace decant::canonical
