// What a conversion may cost, and what a column's policy (`lossy: round`, `lossy: truncate`) does
// with values that have no equal in the target's type.
//
// Without a policy such a value is a reject; a pair of types of which most values have none (a
// float64 into a decimal, a timestamp into a date) is refused as a whole. A policy shortens: digits
// after the decimal point, steps of time, a time of day, characters. It never helps a value that is
// out of range, nor one that is no value of the type at all.
#pragma once

#include <string>
#include <string_view>

#include "common/value/convert.h"

namespace decant {

// The types alone say that something may be lost (kLossy), yet each value is looked at: it is kept
// exactly or is a reject, and no policy is needed.
bool each_value_decides(const Type& from, const Type& to);

// What `lossy` does with values of `from` on their way to `to`: "digits after the 2nd decimal place
// are rounded, half to even". Empty where it has nothing to do, or is "".
std::string loss_words(const Type& from, const Type& to, std::string_view lossy);

// The fidelity of a column with that policy: kLossy where values may be bent by it, or would have
// to be and it is ""; kExact for a pair of each_value_decides without one.
Fidelity declared_fidelity(const Type& from, const Type& to, std::string_view lossy);

// "exact; a value that does not fit is a reject", "lossy: digits after …": as a plan shows it.
std::string fidelity_words(const Type& from, const Type& to, std::string_view lossy);

}  // namespace decant
