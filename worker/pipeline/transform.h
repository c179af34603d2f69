// Transform: source batches into batches as the target shall hold them; rows that do not fit become
// faults.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/job/entity_plan.h"
#include "common/value/convert.h"
#include "common/value/limits.h"

namespace decant {

class Transform {
 public:
  // `source` is what the RowSource gives, `store` may be null (from_column). The plan's types must
  // fit `source`. What the target cannot hold is outside of `limits`. `time_zone` is that of the
  // job's own texts, and of the source's local times unless `local_time_zone` says another, or an
  // empty one: that nobody can tell.
  static Result<std::unique_ptr<Transform>> make(const EntityPlan& plan, const EntitySpec& entity,
                                                 const StoreSpec* store, const Schema& source,
                                                 const std::string& time_zone,
                                                 const ValueLimits& limits,
                                                 std::optional<std::string> local_time_zone = {});

  // Fills `out` (reset here) with all rows of `in`; columns that stay what they are are taken out
  // of `in`, which must outlive `out`'s use, since views may point into it. `faults` is reset; a
  // faulty row's other columns are filled as far as they could be read.
  void apply(RowBatch& in, RowBatch& out, RowFaults& faults) const;
  const std::shared_ptr<const Schema>& schema() const { return schema_; }

 private:
  struct Step {
    int from = -1;  // source column, or -1: the constant
    std::unique_ptr<ColumnConverter> converter;
    bool keeps_values = false;  // and no other step has the same source column
    Column constant;            // one row
    std::shared_ptr<Arena> constant_memory;
  };
  Transform() = default;
  std::shared_ptr<const Schema> schema_;
  std::vector<Step> steps_;
  ValueLimits limits_;
  bool changes_nothing_ = false;  // whatever the values: rows stay as the source sent them
};

}  // namespace decant
