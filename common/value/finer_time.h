// Times of more digits of a second than the six that are kept: as far as a column's policy needs
// them to shorten a time once, and not twice.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/value/calendar.h"

namespace decant {

// What stands behind the microseconds, in parts of one.
enum class Rest { kNone, kBelowHalf, kHalf, kAboveHalf };

// `rest` with one more digit; the first is of tenths.
Rest with_digit(Rest rest, bool is_first, char digit);

struct FinerTimestamp : ParsedTimestamp {
  Rest rest = Rest::kNone;
  bool ends_day = false;  // written as 24:00, of the day before the one that `us` begins
};

// As parse_time and parse_timestamp, which take no other text than one whose rest is kNone.
bool parse_finer_time(std::string_view text, std::int64_t& us, Rest& rest);
bool parse_finer_timestamp(std::string_view text, FinerTimestamp& out);

// `us` as a multiple of `unit`, half to even (`round`) or towards the past (`truncate`). Without a
// policy a time that is none is left as it is.
enum class Shortened { kYes, kInexact, kOutOfRange };
Shortened shorten_time(std::int64_t& us, Rest rest, std::int64_t unit, const std::string& lossy);

}  // namespace decant
