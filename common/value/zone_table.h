// One zone of the tz database as a table of offsets, made of a TZif file (RFC 9636): its list of
// transitions, and behind the last of them the rule that stands at the file's end, as far as it
// takes to repeat. Seconds count from 1970-01-01 UTC.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace decant {

// Months, days and weekdays come back every 400 years, and with them what a rule says.
inline constexpr std::int64_t k_calendar_seconds = 146'097LL * 86'400;

struct ZoneSpan {
  std::int64_t begin = std::numeric_limits<std::int64_t>::min();
  std::int32_t offset = 0;  // seconds east of UTC, until the next span begins
};

struct ZoneTable {
  std::vector<ZoneSpan> spans;  // by `begin`; the first has no beginning
  // From here on all is as it was 400 years before; the spans go on for that long and some more.
  std::int64_t repeats_from = std::numeric_limits<std::int64_t>::max();
  bool repeats_before = false;  // before it, too: the file is a rule and nothing else
};

// Nothing where the bytes are no such file of version 2 or later, or its clock counts leap seconds.
std::optional<ZoneTable> read_zone(std::string_view file);

}  // namespace decant
