// Numbers on their way into a decimal column: exact, or cut where the job says that they may be.
#include <algorithm>

#include "common/value/convert_parts.h"
#include "common/value/decimal.h"
#include "common/value/decimal_text.h"

namespace decant::conversion {
namespace {

constexpr std::int32_t k_max_wide_digits = 38;

bool is_odd(Int128 value) { return (value & 1) != 0; }

// value / 10^digits; half to even when `round`, else towards zero.
Int128 divide(Int128 value, std::int32_t digits, bool round) {
  if (digits > k_max_wide_digits)
    return 0;  // 128 bits hold at most 39 digits, of which 38 are used
  const Int128 power = power_of_ten(digits);
  const Int128 quotient = value / power;
  if (!round) return quotient;
  const Int128 rest = value % power;
  const Int128 magnitude = rest < 0 ? -rest : rest;
  const Int128 other = power - magnitude;
  if (magnitude > other || (magnitude == other && is_odd(quotient)))
    return quotient + (value < 0 ? -1 : 1);
  return quotient;
}

// Adds one to the last digit of plain decimal text without sign.
void increment(std::string& digits) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (digits[i] == '.') continue;
    if (digits[i] != '9') {
      ++digits[i];
      return;
    }
    digits[i] = '0';
  }
  digits.insert(0, 1, '1');
}

}  // namespace

bool cut_decimal(std::string_view text, std::int32_t scale, bool round, std::string& out) {
  DecimalText parts;
  if (!normalize_decimal(text, out)) return false;
  if (!split_decimal(out, parts)) return false;
  if (scale < 0) {
    // The number in units of the last digit that stays, which is then one without a fraction.
    const auto zeros = static_cast<std::size_t>(-scale);
    std::string shifted(parts.whole);
    if (shifted.size() <= zeros) shifted.insert(0, zeros + 1 - shifted.size(), '0');
    shifted.insert(shifted.size() - zeros, 1, '.');
    shifted += parts.fraction;
    if (parts.negative) shifted.insert(0, 1, '-');
    if (!cut_decimal(shifted, 0, round, out)) return false;
    if (out != "0" && out != "-0") out.append(zeros, '0');
    return true;
  }
  std::string digits(parts.whole);
  const auto places = static_cast<std::size_t>(std::max(scale, 0));
  if (parts.fraction.size() <= places) return true;
  const std::string_view dropped = parts.fraction.substr(places);
  if (places > 0) {
    digits += '.';
    digits += parts.fraction.substr(0, places);
  }
  // The text is normalised, so anything behind a leading 5 is more than half.
  const bool more = dropped[0] > '5' || (dropped[0] == '5' && dropped.size() > 1);
  const bool tie = dropped == "5";
  if (round && (more || (tie && (digits.back() - '0') % 2 != 0))) increment(digits);
  if (parts.negative) digits.insert(0, 1, '-');
  out = std::move(digits);
  return true;
}

DecimalSink::DecimalSink(const Type& to, const std::string& lossy)
    : to_(to), storage_(storage_of(to)), round_(lossy == "round"), truncate_(lossy == "truncate") {}

Fault DecimalSink::rescale(Int128 unscaled, std::int32_t scale, Int128& value) const {
  value = unscaled;
  if (scale < to_.scale) {
    const std::int32_t up = to_.scale - scale;
    if (value != 0 &&
        (up > k_max_wide_digits || __builtin_mul_overflow(value, power_of_ten(up), &value))) {
      return Fault::kOutOfRange;
    }
  } else if (scale > to_.scale) {
    const std::int32_t down = scale - to_.scale;
    value = divide(unscaled, down, round_);
    const bool exact =
        down > k_max_wide_digits ? unscaled == 0 : unscaled % power_of_ten(down) == 0;
    if (!exact && !round_ && !truncate_) return Fault::kInexact;
  }
  const Int128 limit = power_of_ten(to_.precision);
  return value < limit && value > -limit ? Fault::kNone : Fault::kOutOfRange;
}

Fault DecimalSink::read(std::string_view text, Int128& value, Scratch& scratch) const {
  switch (parse_decimal(text, to_.precision, to_.scale, value)) {
    case DecimalParse::kOk:
      return Fault::kNone;
    case DecimalParse::kNotANumber:
      return Fault::kNotThis;
    case DecimalParse::kTooManyDigits:
      return Fault::kOutOfRange;
    case DecimalParse::kInexact:
      break;
  }
  if (!round_ && !truncate_) return Fault::kInexact;
  if (!cut_decimal(text, to_.scale, round_, scratch.text)) return Fault::kNotThis;
  const bool fits =
      parse_decimal(scratch.text, to_.precision, to_.scale, value) == DecimalParse::kOk;
  return fits ? Fault::kNone : Fault::kOutOfRange;
}

Fault DecimalSink::put(Int128 unscaled, std::int32_t scale, std::size_t row, Column& out,
                       Scratch& scratch) const {
  if (storage_ == Storage::kWide) return rescale(unscaled, scale, out.wides[row]);
  scratch.more = format_decimal(unscaled, scale);
  return put_long(scratch.more, row, out, scratch);
}

Fault DecimalSink::put_text(std::string_view text, std::size_t row, Column& out,
                            Scratch& scratch) const {
  if (storage_ == Storage::kWide) return read(text, out.wides[row], scratch);
  return put_long(text, row, out, scratch);
}

// Brings normalised text to the declared scale and checks the number of digits.
Fault DecimalSink::pad_to_scale(std::string& plain, std::string& spare) const {
  DecimalText parts;
  split_decimal(plain, parts);
  if (to_.scale < 0) {
    const std::size_t last = plain.find_last_not_of('0');
    const std::size_t zeros = plain.size() - (last == std::string::npos ? 0 : last + 1);
    if (!parts.fraction.empty() || (plain != "0" && zeros < static_cast<std::size_t>(-to_.scale))) {
      if (!round_ && !truncate_) return Fault::kInexact;
      cut_decimal(plain, to_.scale, round_, spare);
      plain.swap(spare);
      split_decimal(plain, parts);
    }
  } else if (static_cast<std::int64_t>(parts.fraction.size()) > to_.scale) {
    if (!round_ && !truncate_) return Fault::kInexact;
    cut_decimal(plain, to_.scale, round_, spare);
    plain.swap(spare);
    split_decimal(plain, parts);
  }
  const std::size_t leading = parts.fraction.find_first_not_of('0');
  std::int64_t digits = 0;
  if (parts.whole != "0") {
    digits = static_cast<std::int64_t>(parts.whole.size()) + to_.scale;
  } else if (leading != std::string_view::npos) {
    digits = to_.scale - static_cast<std::int64_t>(leading);
  }
  if (digits > to_.precision) return Fault::kOutOfRange;
  if (to_.scale > 0) {
    if (parts.fraction.empty()) plain += '.';
    plain.append(static_cast<std::size_t>(to_.scale) - parts.fraction.size(), '0');
  }
  // Cutting may have left nothing but zeros behind a minus.
  if (plain[0] == '-' && plain.find_first_not_of("-.0") == std::string::npos) plain.erase(0, 1);
  return Fault::kNone;
}

// Columns that hold plain text: without a declared scale, or beyond 38 digits.
Fault DecimalSink::put_long(std::string_view text, std::size_t row, Column& out,
                            Scratch& scratch) const {
  if (text == "NaN" || (to_.precision == 0 && (text == "Infinity" || text == "-Infinity"))) {
    out.views[row] = scratch.arena.copy(text);
    return Fault::kNone;
  }
  std::string& plain = scratch.text;
  if (!normalize_decimal(text, plain)) return Fault::kNotThis;
  if (to_.precision != 0) {
    const Fault fault = pad_to_scale(plain, scratch.more);
    if (fault != Fault::kNone) return fault;
  }
  out.views[row] = scratch.arena.copy(plain);
  return Fault::kNone;
}

}  // namespace decant::conversion
