// Where local days begin, and the day that a value lies in: the one rule by which rows are counted
// and chunks are cut.
//
// Values and days count as in value/batch.h. A day begins at the first instant at which a clock of
// the zone shows its midnight, or at the end of the gap that swallowed it, and holds all up to
// where the next one begins: also the hour of the day before that clocks show again where they go
// back over midnight.
#pragma once

#include <cstdint>

#include "common/value/calendar.h"
#include "common/value/type.h"

namespace decant {

// The first value of `kind` (a date or a timestamp) of a day. Never falls while days rise. Beyond
// the values that there are: k_minus_infinity or k_infinity.
std::int64_t first_of_day(std::int64_t day, TypeKind kind, const TimeZone& zone);

// The day whose values hold this one, which is finite: first_of_day(day) <= value <
// first_of_day(day + 1).
std::int64_t local_day_of(std::int64_t value, TypeKind kind, const TimeZone& zone);

}  // namespace decant
