// RowPlaces: what becomes of each row of a task: it belongs to one of its chunks, is a mistake, or
// is no part of the run. Pure but for what it remembers of the extent.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/job/store_zones.h"
#include "common/value/reject.h"
#include "common/wire/messages.h"

namespace decant {

class RowPlaces {
 public:
  // `task` and `job` must outlive it; `schema` is that of the batches. kUsage for an unknown zone.
  static Result<RowPlaces> make(const Task& task, const JobSpec& job, const Schema& schema);

  // The rows that come next are of this extent; `store` is whose source it is.
  Status begin(const Extent& extent, const std::string& store);

  // Rows of the run that lie in no chunk, by store: they came after the census.
  using Strays = std::map<std::string, std::int64_t>;

  // `chunk_of_row` is what the router made of the batch. Mistakes of store or date are added to
  // `faults`. Of the other rows those that are not to be read here get k_no_chunk, and the count of
  // their store in `strays` if nobody else is to read them either.
  void judge(const RowBatch& batch, std::vector<int>& chunk_of_row, RowFaults& faults,
             Strays& strays) const;

 private:
  RowPlaces(const Task& task, const JobSpec& job) : task_(&task), job_(&job) {}
  const Column* column(const RowBatch& batch, int position) const;
  void refuse_store(const RowBatch& batch, std::size_t row, RowFaults& faults) const;
  bool is_of_other_store(const RowBatch& batch, std::size_t row, std::string& scratch,
                         RowFaults& faults) const;
  void judge_unplaced(const RowBatch& batch, std::size_t row, bool is_dated, std::string_view store,
                      Strays& strays) const;

  const Task* task_;
  const JobSpec* job_;
  bool strict_ = false;
  bool has_own_sources_ = false;  // each store has; and rows say their store, too
  int range_column_ = -1;
  int store_column_ = -1;
  SelectedRanges selected_;
  // Of the extent.
  std::string store_;
  DayRange named_days_;  // by the name of its file
  std::optional<SelectedRanges> named_;
  bool must_be_dated_ = false;
};

}  // namespace decant
