// Where days and months begin for each store: a store may have a time zone of its own.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/job/job_spec.h"
#include "common/job/selection.h"
#include "common/job/slice.h"
#include "common/value/calendar.h"

namespace decant {

class StoreZones {
 public:
  // kUsage for a zone that the system does not know.
  static Result<StoreZones> make(const JobSpec& job);
  // All stores alike.
  explicit StoreZones(TimeZone zone) : zones_{std::move(zone)} {}

  // The different zones; the job's is the first.
  const std::vector<TimeZone>& all() const { return zones_; }
  // The place in all() of a store's zone; the job's for a store that the job does not list.
  std::size_t index_of(std::string_view store) const;
  // The stores that do not have the job's.
  std::vector<std::string> exceptions() const;

 private:
  std::vector<TimeZone> zones_;
  std::map<std::string, std::size_t, std::less<>> own_;
};

// The zone of local times in a source that has the rows of several stores (`stores: from_column`):
// values are read before it is known whose they are. Empty where the stores' zones differ, so that
// nobody can tell; a store that the job does not list has the job's.
std::string zone_of_mixed_stores(const JobSpec& job);

// The values of a range column that some days are, store by store. Open for a column that has no
// days.
class SelectedRanges {
 public:
  // Open on both sides.
  SelectedRanges() : zones_(TimeZone()), ranges_(1) {}
  static Result<SelectedRanges> make(const JobSpec& job, const DayRange& days, TypeKind kind);

  const ValueRange& of(std::string_view store) const { return ranges_[zones_.index_of(store)]; }
  bool is_open() const { return !ranges_.front().begin && !ranges_.front().end; }
  // Whether it is the same range for all stores: ranges differ for instants only.
  bool are_alike() const { return ranges_.size() == 1; }
  // Stores whose range may be another one than that of stores nobody knows.
  std::vector<std::string> exceptions() const { return zones_.exceptions(); }

 private:
  SelectedRanges(StoreZones zones, std::vector<ValueRange> ranges)
      : zones_(std::move(zones)), ranges_(std::move(ranges)) {}

  StoreZones zones_;
  std::vector<ValueRange> ranges_;  // by zone
};

}  // namespace decant
