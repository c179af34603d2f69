// ReadBackRows: digests the rows of a target's table by chunk. Workers use it over extents
// (PostgreSQL), the holder of a DuckDB file over the whole table.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "common/connector/chunk_digester.h"
#include "common/connector/source.h"

namespace decant {

class ReadBackRows {
 public:
  // Rows outside `selected` range and stores belong to other runs and are passed over.
  static Result<std::unique_ptr<ReadBackRows>> make(const EntityPlan& plan,
                                                    const std::vector<ChunkSpec>& chunks,
                                                    const ValueRange& selected,
                                                    std::vector<std::string> selected_stores);

  // Takes rows to the end, or until `go_on(rows so far)` says false (kCancelled). Rows may come in
  // other types than the plan's where both have the same canonical form (a narrower integer);
  // kMismatch where they do not.
  Status take_all(RowSource& source, const std::function<bool(std::int64_t)>& go_on);

  const std::vector<ChunkTotals>& totals() const { return digester_.totals(); }
  std::int64_t foreign_rows() const {
    return foreign_rows_;
  }  // inside the selection and of no chunk; rows that cannot be read are among them
  std::int64_t row_count() const { return row_count_; }

 private:
  ReadBackRows(const EntityPlan& plan, const std::vector<ChunkSpec>& chunks, ControlSums sums);
  void count_foreign(const RowBatch& batch, const std::vector<int>& chunk_of_row);

  EntityPlan plan_;
  std::shared_ptr<const Schema> schema_;
  RowRouter router_;
  ChunkDigester digester_;
  ValueRange selected_;
  std::vector<std::string> selected_stores_;
  std::string only_store_;
  int range_column_ = -1;
  int store_column_ = -1;
  std::int64_t foreign_rows_ = 0;
  std::int64_t row_count_ = 0;
};

}  // namespace decant
