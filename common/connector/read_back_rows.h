// ReadBackRows: digests the rows of a target's table by chunk. Workers use it over extents
// (PostgreSQL), the holder of a DuckDB file over the whole table.
//
// In mode replace a row's chunk is where its store and range value lie. In modes upsert and insert
// it is the chunk that claimed its key (key_sql.h): the rows then come from select_owned_rows, with
// their chunk in a last column, and columns that others may change are left out of the digest.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/chunk_digester.h"
#include "common/connector/source.h"
#include "common/job/store_zones.h"

namespace decant {

class ReadBackRows {
 public:
  // Rows outside of the `selected` ranges and stores, and of stores that are left out, belong to
  // other runs and are passed over. No selected stores: all but those.
  static Result<std::unique_ptr<ReadBackRows>> make(const EntityPlan& plan,
                                                    const std::vector<ChunkSpec>& chunks,
                                                    SelectedRanges selected,
                                                    std::vector<std::string> selected_stores,
                                                    std::vector<std::string> left_out_stores);

  // The SELECT whose rows are to be taken, or empty where it is the table's own.
  std::string select(std::string_view job, std::string_view ledger_schema) const;
  // Takes rows to the end, or until `go_on(rows so far)` says false (kCancelled). Rows may come in
  // other types than the plan's where both have the same canonical form (a narrower integer);
  // kMismatch where they do not.
  Status take_all(RowSource& source, const std::function<bool(std::int64_t)>& go_on);

  const std::vector<ChunkTotals>& totals() const { return digester_.totals(); }
  // Inside the selection and of no chunk, mode replace; rows that cannot be read are among them.
  std::int64_t foreign_rows() const { return foreign_rows_; }
  // The first of them that could be read, for people; empty: there is none.
  const std::string& first_foreign() const { return first_foreign_; }
  // In the selected range and of no chunk, of stores that are not selected: rows by store, those of
  // the first hundred by name. Mode replace.
  const std::map<std::string, std::int64_t>& other_stores() const { return other_stores_; }
  // Inside the selection and claimed; modes upsert and insert.
  std::int64_t claimed_rows() const { return claimed_rows_; }
  std::int64_t row_count() const { return row_count_; }

 private:
  ReadBackRows(const EntityPlan& plan, const std::vector<ChunkSpec>& chunks, ControlSums sums);
  void take_chunks(RowBatch& batch, std::vector<int>& chunk_of_row) const;
  void place_rows(const RowBatch& rows, std::vector<int>& chunk_of_row);
  bool is_in_range(const RowBatch& batch, std::size_t row, std::string_view store) const;
  std::string_view store_of(const RowBatch& batch, std::size_t row, std::string& scratch) const;
  bool is_selected(std::string_view store) const;

  EntityPlan plan_;
  std::vector<ChunkSpec> chunks_;
  bool by_keys_ = false;
  std::shared_ptr<const Schema> schema_;
  RowRouter router_;
  ChunkDigester digester_;
  SelectedRanges selected_;
  std::vector<std::string> selected_stores_;
  std::vector<std::string> left_out_stores_;
  std::string only_store_;
  int range_column_ = -1;
  int store_column_ = -1;
  std::int64_t foreign_rows_ = 0;
  std::string first_foreign_;
  std::map<std::string, std::int64_t> other_stores_;
  std::int64_t claimed_rows_ = 0;
  std::int64_t row_count_ = 0;
};

}  // namespace decant
