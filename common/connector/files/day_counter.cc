#include "common/connector/files/day_counter.h"

#include <algorithm>

#include "common/job/local_day.h"
#include "common/value/batch.h"

namespace decant {

DayLimits day_limits(std::int64_t day, TypeKind kind, const TimeZone& zone) {
  return {first_of_day(day, kind, zone), first_of_day(day + 1, kind, zone)};
}

DayCounter::DayCounter(TypeKind kind, const DayRange& days, ZoneOf zone_of)
    : kind_(kind), days_(days), zone_of_(std::move(zone_of)) {}

DayCounter::Store& DayCounter::find(std::string_view name) {
  if (last_store_ == nullptr || name != last_name_) {
    auto found = stores_.find(name);
    if (found == stores_.end()) {
      found = stores_.emplace(std::string(name), Store{}).first;
      found->second.zone = zone_of_(name);
    }
    last_name_ = found->first;
    last_store_ = &found->second;
  }
  return *last_store_;
}

void DayCounter::add(std::string_view store, std::optional<std::int64_t> value) {
  Store& rows = find(store);
  // Infinite times lie in no month.
  if (value && *value != k_infinity && *value != k_minus_infinity) {
    add_value(rows, *value);
  } else {
    ++rows.undated_rows;
  }
}

void DayCounter::add_value(Store& store, std::int64_t value) {
  if (store.last_rows != nullptr && value >= store.last_begin && value < store.last_end) {
    ++*store.last_rows;
    return;
  }
  const std::int64_t day = local_day_of(value, kind_, store.zone);
  if ((days_.begin && day < *days_.begin) || (days_.end && day >= *days_.end)) return;
  std::int64_t& rows = store.days[day];
  ++rows;
  const DayLimits limits = day_limits(day, kind_, store.zone);
  store.last_begin = limits.begin;
  store.last_end = limits.end;
  store.last_rows = &rows;
}

std::vector<StoreRows> DayCounter::take() {
  std::vector<StoreRows> out;
  for (auto& [name, store] : stores_) {
    StoreRows rows{name, store.undated_rows, store.unreadable_rows, {}};
    for (const auto& [day, count] : store.days) rows.days.push_back({day, count});
    std::sort(rows.days.begin(), rows.days.end(),
              [](const DayRows& a, const DayRows& b) { return a.day < b.day; });
    out.push_back(std::move(rows));
  }
  std::sort(out.begin(), out.end(),
            [](const StoreRows& a, const StoreRows& b) { return a.store < b.store; });
  stores_.clear();
  last_store_ = nullptr;
  return out;
}

}  // namespace decant
