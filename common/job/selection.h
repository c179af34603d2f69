// What part of a job a run covers: dates, stores, entities (the --from/--to/--stores/--entities of every command).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/shared_names.h"
#include "common/job/job_spec.h"
#include "common/job/slice.h"

namespace decant {

// Half-open [begin, end) in local days since 2000-01-01; either side may be open.
struct DayRange {
  std::optional<std::int64_t> begin;
  std::optional<std::int64_t> end;
  bool operator==(const DayRange&) const = default;
};

bool overlaps(const DayRange& a, const DayRange& b);
// The months that the days lie in, from the first day of the first to the last of the last.
DayRange whole_months(const DayRange& days);

// `from` and `to` are inclusive and take a day (2024-08-31) or a month (2024-08); empty is open.
// kUsage for anything else and for an end before the start.
Result<DayRange> parse_day_range(std::string_view from, std::string_view to);

// The values of a range column that lie in these days of a zone, in the units of slice.h. kUsage for a kind that has
// no days.
Result<ValueRange> value_range(const DayRange& days, TypeKind kind, const TimeZone& zone);

struct Selection {
  DayRange days;
  SharedNames stores;                 // active stores in the job's order, or those asked for; empty with from_column
  std::vector<std::string> entities;  // in the job's order
};

// kUsage, with the nearest name, for an unknown store or entity, and for an inactive store that was asked for.
// Both lists may be empty: all active stores, all entities.
Result<Selection> select(const JobSpec& job, const DayRange& days, const std::vector<std::string>& stores,
                         const std::vector<std::string>& entities);

// Those that the job lists and that are not active.
std::vector<std::string> inactive_stores(const JobSpec& job);

}  // namespace decant
