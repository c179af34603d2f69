#include "common/value/finer_time.h"

#include "common/value/batch.h"

namespace decant {

Rest with_digit(Rest rest, bool is_first, char digit) {
  if (is_first) {
    return digit == '0'   ? Rest::kNone
           : digit < '5'  ? Rest::kBelowHalf
           : digit == '5' ? Rest::kHalf
                          : Rest::kAboveHalf;
  }
  if (digit == '0') return rest;
  return rest == Rest::kNone ? Rest::kBelowHalf : rest == Rest::kHalf ? Rest::kAboveHalf : rest;
}

Shortened shorten_time(std::int64_t& us, Rest rest, std::int64_t unit, const std::string& lossy) {
  if (us == k_infinity || us == k_minus_infinity) return Shortened::kYes;
  const std::int64_t over = ((us % unit) + unit) % unit;
  if (over == 0 && rest == Rest::kNone) return Shortened::kYes;
  if (lossy.empty()) return Shortened::kInexact;
  // A unit of more than a microsecond is even, so that its half is a whole number of them.
  const bool at_half = unit == 1 ? rest == Rest::kHalf : over * 2 == unit && rest == Rest::kNone;
  const bool above = unit == 1 ? rest == Rest::kAboveHalf
                               : over * 2 > unit || (over * 2 == unit && rest != Rest::kNone);
  const bool is_odd = (us - over) / unit % 2 != 0;
  const bool up = lossy == "round" && (above || (at_half && is_odd));
  const bool overflows =
      up ? __builtin_add_overflow(us, unit - over, &us) : __builtin_sub_overflow(us, over, &us);
  // The last microsecond of all would be rounded up to infinity.
  const bool is_beyond = overflows || us == k_infinity || us == k_minus_infinity;
  return is_beyond ? Shortened::kOutOfRange : Shortened::kYes;
}

}  // namespace decant
