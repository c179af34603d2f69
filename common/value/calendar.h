// Days, months and time zones. Everything counts from 2000-01-01, as batch.h says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace decant {

inline constexpr std::int64_t k_us_per_day = 86'400'000'000;
inline constexpr std::int64_t k_days_1970_to_2000 = 10'957;

struct CivilDate {
  std::int64_t year = 2000;
  int month = 1;
  int day = 1;
  auto operator<=>(const CivilDate&) const = default;
};

std::int64_t days_from_civil(const CivilDate& date);  // days since 2000-01-01, proleptic Gregorian
CivilDate civil_from_days(std::int64_t days);

// ISO 8601: dates `YYYY-MM-DD` (years up to 6 digits, a leading - or a trailing BC), times
// `HH:MM[:SS[.ffffff]]` (24:00 allowed), timestamps with T or blank between, an offset (Z,
// +hh[:mm]) where `offset_us` is not null. `infinity` and `-infinity` give k_infinity and
// k_minus_infinity. False when the text is something else.
bool parse_date(std::string_view text, std::int64_t& days);
bool parse_time(std::string_view text, std::int64_t& us);
struct ParsedTimestamp {
  std::int64_t us = 0;  // as written, without the offset applied
  bool has_offset = false;
  std::int64_t offset_us = 0;  // east of UTC
};
bool parse_timestamp(std::string_view text, ParsedTimestamp& out);

std::string format_date(std::int64_t days);     // 2024-08-31
std::string format_time(std::int64_t us);       // 21:05:00 or 21:05:00.000123
std::string format_timestamp(std::int64_t us);  // 2024-08-31 21:05:00[.ffffff]

// A named zone of the system's tz database. Cheap to copy; thread-safe.
class TimeZone {
 public:
  // kUsage with a suggestion when the system does not know the name. "UTC" always works.
  static Result<TimeZone> find(const std::string& name);
  // The instant (UTC) of a local time. In a gap: the instant the gap ends; in a repeat: the earlier
  // one.
  std::int64_t to_utc(std::int64_t local_us) const;
  std::int64_t to_local(std::int64_t utc_us) const;
  const std::string& name() const { return name_; }

 private:
  std::string name_ = "UTC";
  const void* zone_ = nullptr;  // the process's ZoneTable; null for UTC
};

}  // namespace decant
