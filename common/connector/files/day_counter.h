// DayCounter: the rows of a file by store and local day, in one pass.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/job/selection.h"
#include "common/value/calendar.h"
#include "common/value/type.h"

namespace decant {

struct DayRows {
  std::int64_t day = 0;  // local, since 2000-01-01
  std::int64_t rows = 0;
};

struct StoreRows {
  std::string store;
  std::int64_t undated_rows = 0;     // without a time, or with an infinite one
  std::int64_t unreadable_rows = 0;  // with one that nobody can read
  std::vector<DayRows> days;         // in order
};

// Memory: one bucket per (store, day) that has rows.
class DayCounter {
 public:
  using ZoneOf = std::function<TimeZone(std::string_view store)>;

  // `kind` of the values. Days outside `days` are not counted.
  DayCounter(TypeKind kind, const DayRange& days, ZoneOf zone_of);

  // `value` absent: the row has no time.
  void add(std::string_view store, std::optional<std::int64_t> value);
  void add_unreadable(std::string_view store) { ++find(store).unreadable_rows; }
  std::size_t store_count() const { return stores_.size(); }
  std::vector<StoreRows> take();  // by store name

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct Store {
    TimeZone zone;
    std::int64_t undated_rows = 0;
    std::int64_t unreadable_rows = 0;
    std::unordered_map<std::int64_t, std::int64_t> days;
    // The bucket of the previous row: neighbours mostly share it.
    std::int64_t last_begin = 0;
    std::int64_t last_end = 0;
    std::int64_t* last_rows = nullptr;
  };
  Store& find(std::string_view name);
  void add_value(Store& store, std::int64_t value);

  TypeKind kind_;
  DayRange days_;
  ZoneOf zone_of_;
  std::unordered_map<std::string, Store, Hash, std::equal_to<>> stores_;
  std::string_view last_name_;
  Store* last_store_ = nullptr;
};

// The values of `kind` that lie on a local day.
struct DayLimits {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};
DayLimits day_limits(std::int64_t day, TypeKind kind, const TimeZone& zone);

}  // namespace decant
