#include "common/job/store_zones.h"

#include <algorithm>
#include <set>
#include <utility>

namespace decant {

Result<StoreZones> StoreZones::make(const JobSpec& job) {
  DECANT_TRY_ASSIGN(TimeZone zone, TimeZone::find(job.time_zone));
  StoreZones zones(std::move(zone));
  for (const StoreSpec& store : job.stores) {
    if (store.time_zone.empty() || store.time_zone == job.time_zone) continue;
    const auto known =
        std::find_if(zones.zones_.begin(), zones.zones_.end(),
                     [&](const TimeZone& other) { return other.name() == store.time_zone; });
    zones.own_[store.name] = static_cast<std::size_t>(known - zones.zones_.begin());
    if (known != zones.zones_.end()) continue;
    DECANT_TRY_ASSIGN(TimeZone own, TimeZone::find(store.time_zone));
    zones.zones_.push_back(std::move(own));
  }
  return zones;
}

std::size_t StoreZones::index_of(std::string_view store) const {
  if (own_.empty()) return 0;
  const auto own = own_.find(store);
  return own == own_.end() ? 0 : own->second;
}

std::vector<std::string> StoreZones::exceptions() const {
  std::vector<std::string> stores;
  for (const auto& [store, zone] : own_) stores.push_back(store);
  return stores;
}

std::string zone_of_mixed_stores(const JobSpec& job) {
  std::set<std::string> zones;
  if (!job.strict_stores) zones.insert(job.time_zone);
  for (const StoreSpec& store : job.stores) {
    if (store.active) zones.insert(store.time_zone.empty() ? job.time_zone : store.time_zone);
  }
  if (zones.empty()) return job.time_zone;
  return zones.size() == 1 ? *zones.begin() : std::string();
}

Result<SelectedRanges> SelectedRanges::make(const JobSpec& job, const DayRange& days,
                                            TypeKind kind) {
  const bool has_days =
      kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
  if (!has_days || (!days.begin && !days.end)) return SelectedRanges();
  if (kind != TypeKind::kTimestampTz) {
    DECANT_TRY_ASSIGN(const ValueRange range, value_range(days, kind, TimeZone()));
    return SelectedRanges(StoreZones{TimeZone()}, {range});
  }
  DECANT_TRY_ASSIGN(StoreZones zones, StoreZones::make(job));
  std::vector<ValueRange> ranges;
  for (const TimeZone& zone : zones.all()) {
    DECANT_TRY_ASSIGN(const ValueRange range, value_range(days, kind, zone));
    ranges.push_back(range);
  }
  return SelectedRanges(std::move(zones), std::move(ranges));
}

}  // namespace decant
