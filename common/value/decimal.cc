#include "common/value/decimal.h"

#include <algorithm>
#include <array>

#include "common/value/decimal_text.h"

namespace decant {
namespace {

constexpr int k_max_digits = 38;

constexpr std::array<Int128, k_max_digits + 1> make_powers() {
  std::array<Int128, k_max_digits + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}

constexpr auto k_powers = make_powers();

// Writes the digits of `value` so that they end before `end`; returns the first.
char* write_digits(UInt128 value, char* end) {
  // 128-bit division is slow: 19 digits at a time go through 64 bits.
  constexpr std::uint64_t k_chunk = 10'000'000'000'000'000'000ULL;
  while (value > UINT64_MAX) {
    auto low = static_cast<std::uint64_t>(value % k_chunk);
    value /= k_chunk;
    for (int i = 0; i < 19; ++i, low /= 10) *--end = static_cast<char>('0' + low % 10);
  }
  auto rest = static_cast<std::uint64_t>(value);
  do {
    *--end = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  return end;
}

// The common shape of amounts: sign, at most 18 digits in all, a point, no exponent, not more
// digits than the scale.
bool parse_short(std::string_view text, std::int32_t precision, std::int32_t scale,
                 Int128& unscaled) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  std::uint64_t value = 0;
  const char* const first = p;
  while (p != end && static_cast<unsigned char>(*p - '0') <= 9)
    value = value * 10 + static_cast<unsigned>(*p++ - '0');
  const auto whole = static_cast<int>(p - first);
  int fraction = 0;
  if (p != end && *p == '.') {
    const char* const point = ++p;
    while (p != end && static_cast<unsigned char>(*p - '0') <= 9)
      value = value * 10 + static_cast<unsigned>(*p++ - '0');
    fraction = static_cast<int>(p - point);
  }
  if (p != end || whole + fraction == 0 || fraction > scale || whole + scale > 18 ||
      whole + scale > precision) {
    return false;
  }
  const auto result =
      static_cast<std::int64_t>(value) *
      static_cast<std::int64_t>(k_powers[static_cast<std::size_t>(scale - fraction)]);
  unscaled = negative ? -result : result;
  return true;
}

// Beyond what the digits of any text can make up for, and far from where sums with it overflow.
constexpr std::int64_t k_endless_exponent = 1'000'000'000'000'000;

}  // namespace

Int128 power_of_ten(int exponent) { return k_powers[static_cast<std::size_t>(exponent)]; }

DecimalParse parse_decimal(std::string_view text, std::int32_t precision, std::int32_t scale,
                           Int128& unscaled) {
  if (precision <= 0 || precision > k_max_digits) precision = k_max_digits;
  if (text.size() <= 20 && scale <= 18 && scale >= 0 &&
      parse_short(text, precision, scale, unscaled)) {
    return DecimalParse::kOk;
  }
  DecimalText parts;
  if (!split_decimal(text, parts)) return DecimalParse::kNotANumber;
  UInt128 value = 0;
  int digits = 0;  // significant digits taken, leading zeros not counted
  // Digits are taken while their place is not below the target's last one; what is below must be
  // zero.
  std::int64_t left = static_cast<std::int64_t>(parts.whole.size()) + parts.exponent + scale;
  for (const std::string_view part : {parts.whole, parts.fraction}) {
    for (const char c : part) {
      const auto digit = static_cast<unsigned>(c - '0');
      if (left <= 0) {
        if (digit != 0) return DecimalParse::kInexact;
      } else {
        if (digits != 0 || digit != 0) ++digits;
        if (digits > precision) return DecimalParse::kTooManyDigits;
        value = value * 10 + digit;
      }
      --left;
    }
  }
  if (value != 0) {
    if (left > 0 && digits + left > precision) return DecimalParse::kTooManyDigits;
    for (; left > 0; --left) value *= 10;
  }
  const auto magnitude = static_cast<Int128>(value);
  unscaled = parts.negative ? -magnitude : magnitude;
  return DecimalParse::kOk;
}

std::size_t format_decimal_to(Int128 unscaled, std::int32_t scale, char* out) {
  const bool negative = unscaled < 0;
  const UInt128 magnitude =
      negative ? UInt128{0} - static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled);
  char digits[48];
  char* const end = digits + sizeof digits;
  char* first = write_digits(magnitude, end);
  // At least one digit stands before the point.
  while (end - first < scale + 1) *--first = '0';
  char* p = out;
  if (negative) *p++ = '-';
  const auto whole = static_cast<std::size_t>(end - first - std::max(scale, 0));
  p = std::copy_n(first, whole, p);
  if (scale > 0) {
    *p++ = '.';
    p = std::copy(first + whole, end, p);
  }
  return static_cast<std::size_t>(p - out);
}

std::string format_decimal(Int128 unscaled, std::int32_t scale) {
  char text[48];
  if (scale > k_max_digits) {  // a sum of products; write its digits and set the point
    std::string out = format_decimal(unscaled, 0);
    const std::size_t sign = unscaled < 0 ? 1 : 0;
    const auto places = static_cast<std::size_t>(scale);
    if (out.size() - sign <= places) out.insert(sign, places + 1 - (out.size() - sign), '0');
    return out.insert(out.size() - places, 1, '.');
  }
  std::string out(text, format_decimal_to(unscaled, scale, text));
  if (scale < 0 && unscaled != 0) out.append(static_cast<std::size_t>(-scale), '0');
  return out;
}

bool split_decimal(std::string_view text, DecimalText& parts) {
  std::size_t at = 0;
  parts = {};
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) parts.negative = text[at++] == '-';
  auto digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && static_cast<unsigned char>(text[at] - '0') <= 9) ++at;
    return text.substr(start, at - start);
  };
  parts.whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    parts.fraction = digits();
  }
  if (parts.whole.empty() && parts.fraction.empty()) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    bool negative = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
    const std::string_view exponent = digits();
    if (exponent.empty()) return false;
    for (const char c : exponent)
      parts.exponent = std::min<std::int64_t>(parts.exponent * 10 + (c - '0'), k_endless_exponent);
    if (negative) parts.exponent = -parts.exponent;
  }
  return at == text.size();
}

bool append_normalized_decimal(std::string_view text, std::string& out) {
  DecimalText parts;
  if (!split_decimal(text, parts)) return false;
  const std::size_t fraction_size = parts.fraction.size();
  const std::size_t count = parts.whole.size() + fraction_size;
  auto digit = [&](std::size_t i) {
    return i < parts.whole.size() ? parts.whole[i] : parts.fraction[i - parts.whole.size()];
  };
  std::size_t first = 0;
  while (first < count && digit(first) == '0') ++first;
  if (first == count) {
    out += '0';
    return true;
  }
  std::size_t last = count;
  while (digit(last - 1) == '0') --last;
  // The point stands before digit number `point`, which may lie outside the digits that are there.
  const std::int64_t point = static_cast<std::int64_t>(parts.whole.size()) + parts.exponent;
  if (point - static_cast<std::int64_t>(first) > k_max_decimal_places ||
      static_cast<std::int64_t>(last) - point > k_max_decimal_places) {
    return false;
  }
  if (parts.negative) out += '-';
  if (point <= static_cast<std::int64_t>(first)) {
    out += "0.";
    out.append(static_cast<std::size_t>(static_cast<std::int64_t>(first) - point), '0');
    for (std::size_t i = first; i < last; ++i) out += digit(i);
    return true;
  }
  for (std::size_t i = first; i < last; ++i) {
    if (static_cast<std::int64_t>(i) == point) out += '.';
    out += digit(i);
  }
  for (auto i = static_cast<std::int64_t>(last); i < point; ++i) out += '0';
  return true;
}

bool normalize_decimal(std::string_view text, std::string& out) {
  out.clear();
  return append_normalized_decimal(text, out);
}

}  // namespace decant
