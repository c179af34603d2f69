// ChunkDigester: counts, digests and control sums of rows by chunk; the one piece of code that
// source side, in-flight side and read-back share, so that equal rows give equal numbers
// everywhere.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/connector/chunk_totals.h"
#include "common/digest/control_sums.h"
#include "common/digest/digest.h"
#include "common/job/entity_plan.h"
#include "common/job/slice.h"

namespace decant {

// Whether the text of a store column is a name that no store can have: nothing, and the names of
// slices without a store. Such a row belongs to no chunk; a reader refuses it.
bool is_reserved_store(std::string_view name);

// The store of rows whose store column has this text at the source, as the target's column of
// `type` will hold it; k_unknown_store where it names none.
std::string census_store(const std::optional<std::string>& text, const Type& type,
                         const ConvertOptions& options);

// Whether a row of a range column has a time that lies in a month, or a key: not NULL, not
// infinite.
bool has_range_value(const Column& column, std::size_t row);
// The value, or nothing for a row that has none.
std::optional<std::int64_t> range_value(const Column& column, std::size_t row);

// The chunk of each row: by the store column (or `store` where there is none) and the range column.
// Rows whose chunk is not in the router get ChunkRouter::k_no_chunk.
class RowRouter {
 public:
  RowRouter(const EntityPlan& plan, const std::vector<ChunkSpec>& chunks);
  void route(const RowBatch& batch, std::string_view store, std::vector<int>& chunk_of_row) const;

 private:
  ChunkRouter router_;
  int store_column_ = -1;
  int range_column_ = -1;
};

// Columns whose values belong to others once a row is there (keep_on_update): what the target holds
// of them proves nothing, so that digests of what was loaded and of what is read back leave them
// out. Positions in the plan, ascending.
std::vector<int> columns_left_to_others(const EntityPlan& plan);

class ChunkDigester {
 public:
  // `control_sums` made over plan.target_schema(). `chunk_count` totals, all empty. `left_out` are
  // columns that the digest does not take (columns_left_to_others).
  ChunkDigester(ControlSums control_sums, std::size_t chunk_count, std::vector<int> left_out = {});
  // Rows with chunk -1 or with mask[i] != 0 are passed over; an empty mask passes none over.
  void add(const RowBatch& batch, std::span<const int> chunk_of_row,
           std::span<const std::uint8_t> mask);
  // The same, and gives each row's canonical bytes and digest to whoever keeps them; no column is
  // left out.
  using TakeRow =
      std::function<void(int chunk, std::string_view canonical_row, const RowDigest& digest)>;
  void add_and_give(const RowBatch& batch, std::span<const int> chunk_of_row, const TakeRow& take);
  const std::vector<ChunkTotals>& totals() const { return totals_; }
  std::vector<ChunkTotals>& totals() { return totals_; }
  // The digest of one row as add() takes it.
  RowDigest digest_of(const RowBatch& batch, std::size_t row);

 private:
  ControlSums control_sums_;
  std::vector<int> left_out_;
  RowHasher hasher_;
  CanonicalBytes bytes_;
  std::vector<ChunkTotals> totals_;
};

}  // namespace decant
