// How a row is told to a person who has to find it again.
#pragma once

#include <string>
#include <vector>

#include "common/job/entity_plan.h"
#include "common/job/job_spec.h"
#include "common/value/batch.h"

namespace decant {

// "store=north, id=17": the columns of the key, which must be in the batch as the plan has them;
// empty for an entity without one. Values of private columns are masked; at most 1,000 bytes.
std::string key_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row);
// The same, or all columns where there is no key.
std::string row_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row);

// The same, with the columns that say its store and its place in the range.
std::string placed_row_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row);

// The key of a row as its source has it, for rows that cannot become ours: which of the columns
// read say it. Those of private columns are left out. A row of a database has no line:
// RowSource::next puts its key into Reject::source, and the worker what was read before it.
class SourceKey {
 public:
  SourceKey() = default;
  SourceKey(const EntitySpec& entity, const std::vector<std::string>& columns);
  // "id=17", of batches with these columns; a row beyond batch.rows too, while it is filled.
  std::string text(const RowBatch& batch, std::size_t row) const;

 private:
  std::vector<std::size_t> columns_;
};

}  // namespace decant
