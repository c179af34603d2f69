// The job's rules on columns (DESIGN 5): a row that does not meet one is a reject with the rule's
// name.
#pragma once

#include <memory>
#include <vector>

#include "common/job/job_spec.h"
#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant {

class RowRules {
 public:
  virtual ~RowRules() = default;
  // Adds a fault for every row that has none yet and breaks a rule.
  virtual void check(const RowBatch& batch, RowFaults& faults) const = 0;
};

// kUsage for a rule on a column that is not there, a limit that is no value of the column's type, a
// bad pattern. A limit without an offset is of `time_zone`, as the column's values are.
Result<std::unique_ptr<RowRules>> make_rules(const std::vector<RuleSpec>& rules,
                                             const Schema& schema, const std::string& time_zone);

}  // namespace decant
