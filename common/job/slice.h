// Slices and chunks: the ranges that work is cut into, their names, and the finding of a row's chunk.
//
// Limits are values of the entity's range column in the units of value/batch.h: days for a date column, microseconds
// for a timestamp (UTC for kTimestampTz), the integer for an integer key.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/value/batch.h"
#include "common/value/calendar.h"

namespace decant {

// Names of the slices for rows without a readable time or store, and of the only slice where there is none.
inline constexpr std::string_view k_undated = "undated";
inline constexpr std::string_view k_unknown_store = "unknown";
inline constexpr std::string_view k_all = "all";

// (entity, store, month). `period` is "2024-08", or k_undated, or k_all for an entity without time.
struct SliceId {
  std::string entity;
  std::string store;   // k_all where the job has no stores
  std::string period;
  auto operator<=>(const SliceId&) const = default;
  std::string name() const;  // ventas/tienda_01/2024-08, with '/', '%' and control bytes in parts as %2F
};

// Half-open; an absent side is open. With both absent it holds every value, and no row without one.
struct ValueRange {
  std::optional<std::int64_t> begin;
  std::optional<std::int64_t> end;
  auto operator<=>(const ValueRange&) const = default;
  bool contains(std::int64_t value) const {
    return (!begin || value >= *begin) && (!end || value < *end);
  }
};

struct ChunkSpec {
  SliceId slice;
  std::int32_t number = 1;     // within the slice, from 1
  ValueRange range;            // ignored for the undated slice
  std::int64_t estimated_rows = 0;

  ChunkName name() const;      // ventas/tienda_01/2024-08/003
  bool is_undated() const { return slice.period == k_undated; }
};

// The half-open range of values of a month in a zone. For kDate: days; kTimestamp: local microseconds; kTimestampTz:
// the UTC instants of the local month's ends; other kinds: kUsage.
Result<ValueRange> month_range(std::int64_t year, int month, TypeKind kind, const TimeZone& zone);
// "2024-08" -> year and month; false if it is not one.
bool parse_month(std::string_view text, std::int64_t& year, int& month);
std::string format_month(std::int64_t year, int month);
// The month ("2024-08") that a value of the range column lies in.
std::string month_of(std::int64_t value, TypeKind kind, const TimeZone& zone);

// Finds the chunk of each row from its store and range value. Built once per task; not shared between threads.
class ChunkRouter {
 public:
  // Ranges of one store must not overlap. Indices that route() gives are positions in `chunks`. Without ranges
  // (EntityPlan::has_ranges) no row has a value.
  ChunkRouter(const std::vector<ChunkSpec>& chunks, bool has_ranges);
  // A copy would keep pointing into the original's stores.
  ChunkRouter(const ChunkRouter&) = delete;
  ChunkRouter& operator=(const ChunkRouter&) = delete;
  ChunkRouter(ChunkRouter&&) = default;
  ChunkRouter& operator=(ChunkRouter&&) = default;

  static constexpr int k_no_chunk = -1;
  // `value` absent: the row has no range value and goes to the store's undated chunk, or where there are no ranges to
  // its only one.
  int route(std::string_view store, std::optional<std::int64_t> value) const;

 private:
  struct Limit {
    std::int64_t begin;
    std::int64_t end;  // INT64_MAX stands for open
    bool end_is_open;
    int chunk;
  };
  struct StoreChunks {
    std::vector<Limit> limits;  // by begin
    int valueless = k_no_chunk;  // for rows without a value
    mutable std::size_t last = 0;  // where the previous row was found: neighbours mostly share it
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  std::unordered_map<std::string, StoreChunks, Hash, std::equal_to<>> stores_;
  // Stores seen lately, by a cheap hash of their names: rows of one store come in runs, or a few dozen stores mixed.
  struct Recent {
    const std::string* name = nullptr;  // the key in stores_
    const StoreChunks* chunks = nullptr;
  };
  static constexpr std::size_t k_recent_slots = 64;
  const StoreChunks* find(std::string_view store) const;
  mutable std::array<Recent, k_recent_slots> recent_{};
};

}  // namespace decant
