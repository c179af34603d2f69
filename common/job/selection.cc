#include "common/job/selection.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/job/local_day.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

// The days that `text` names, half-open: one day, or those of a month.
Result<DayRange> parse_days(std::string_view text, std::string_view option) {
  std::int64_t year = 0;
  int month = 0;
  std::int64_t day = 0;
  if (text.size() == 7 && parse_month(text, year, month)) {
    DECANT_TRY_ASSIGN(const ValueRange days, month_range(year, month, TypeKind::kDate, TimeZone()));
    return DayRange{days.begin, days.end};
  }
  if (text.size() == 10 && text[4] == '-' && parse_date(text, day)) return DayRange{day, day + 1};
  return fail(ErrorCode::kUsage,
              std::string(option) + " \"" + std::string(text) + "\" is neither a day nor a month.",
              "Write it like 2024-08-31 or 2024-08.");
}

// The names asked for, in the order of `known`; kUsage for one that is not among them.
Result<std::vector<std::string>> pick(const std::vector<std::string>& known,
                                      const std::vector<std::string>& wanted,
                                      const std::string& what) {
  for (const std::string& name : wanted) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest(name, known);
    return fail(
        ErrorCode::kUsage, "The job has no " + what + " \"" + name + "\".",
        near.empty() ? "It has " + join(known, ", ") + "." : "Did you mean \"" + near + "\"?");
  }
  std::vector<std::string> picked;
  for (const std::string& name : known) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end())
      picked.push_back(name);
  }
  return picked;
}

tl::unexpected<Error> inactive(const std::string& store) {
  return fail(ErrorCode::kUsage, "Store \"" + store + "\" is inactive.",
              "Leave it out, or take \"active: false\" from the job file.");
}

Result<std::vector<std::string>> pick_stores(const JobSpec& job,
                                             const std::vector<std::string>& wanted) {
  std::vector<std::string> names;
  for (const StoreSpec& store : job.stores) names.push_back(store.name);
  // Stores that come from a column are whatever the rows say, unless only listed ones are let in.
  if (!job.store_from_column.empty() && !job.strict_stores) {
    std::vector<std::string> picked;
    for (const std::string& name : wanted) {
      const StoreSpec* store = job.find_store(name);
      if (store != nullptr && !store->active) return inactive(name);
      if (std::find(picked.begin(), picked.end(), name) == picked.end()) picked.push_back(name);
    }
    return picked;
  }
  if (!job.store_from_column.empty() && wanted.empty()) return std::vector<std::string>();
  DECANT_TRY_ASSIGN(std::vector<std::string> picked, pick(names, wanted, "store"));
  std::vector<std::string> active;
  for (const std::string& name : picked) {
    if (job.find_store(name)->active) {
      active.push_back(name);
    } else if (!wanted.empty()) {
      return inactive(name);
    }
  }
  if (active.empty()) return fail(ErrorCode::kUsage, "Every store of the job is inactive.");
  return active;
}

}  // namespace

std::vector<std::string> inactive_stores(const JobSpec& job) {
  std::vector<std::string> names;
  for (const StoreSpec& store : job.stores)
    if (!store.active) names.push_back(store.name);
  return names;
}

bool overlaps(const DayRange& a, const DayRange& b) {
  return (!a.begin || !b.end || *a.begin < *b.end) && (!b.begin || !a.end || *b.begin < *a.end);
}

DayRange whole_months(const DayRange& days) {
  DayRange months = days;
  if (days.begin) {
    const CivilDate first = civil_from_days(*days.begin);
    months.begin = days_from_civil({first.year, first.month, 1});
  }
  if (days.end) {
    const CivilDate last = civil_from_days(*days.end - 1);
    months.end = last.month == 12 ? days_from_civil({last.year + 1, 1, 1})
                                  : days_from_civil({last.year, last.month + 1, 1});
  }
  return months;
}

Result<DayRange> parse_day_range(std::string_view from, std::string_view to) {
  DayRange range;
  if (!from.empty()) {
    DECANT_TRY_ASSIGN(const DayRange days, parse_days(from, "--from"));
    range.begin = days.begin;
  }
  if (!to.empty()) {
    DECANT_TRY_ASSIGN(const DayRange days, parse_days(to, "--to"));
    range.end = days.end;
  }
  if (range.begin && range.end && *range.begin >= *range.end) {
    return fail(ErrorCode::kUsage,
                "--to " + std::string(to) + " lies before --from " + std::string(from) + ".");
  }
  return range;
}

Result<ValueRange> value_range(const DayRange& days, TypeKind kind, const TimeZone& zone) {
  if (kind == TypeKind::kDate) return ValueRange{days.begin, days.end};
  if (kind != TypeKind::kTimestamp && kind != TypeKind::kTimestampTz) {
    return fail(ErrorCode::kUsage,
                "A range of days needs a date or a timestamp column, and this is neither.");
  }
  const auto first = [&](std::optional<std::int64_t> day) -> std::optional<std::int64_t> {
    return day ? std::optional(first_of_day(*day, kind, zone)) : std::nullopt;
  };
  return ValueRange{first(days.begin), first(days.end)};
}

Result<Selection> select(const JobSpec& job, const DayRange& days,
                         const std::vector<std::string>& stores,
                         const std::vector<std::string>& entities) {
  Selection selection;
  selection.days = days;
  DECANT_TRY_ASSIGN(selection.stores, pick_stores(job, stores));
  std::vector<std::string> names;
  for (const EntitySpec& entity : job.entities) names.push_back(entity.name);
  DECANT_TRY_ASSIGN(selection.entities, pick(names, entities, "entity"));
  return selection;
}

}  // namespace decant
