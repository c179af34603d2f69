// The values that a rule names, read once in the form of its column: limits of a range, and what
// `one_of` lists.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/job/job_spec.h"
#include "common/value/batch.h"

namespace decant {

struct RuleValue {
  std::shared_ptr<Column> column;  // one row, never NULL
  std::shared_ptr<Arena> memory;
  std::string text;
};

// kUsage for a text that is no value of the field's type, to the last digit, and for a limit of a
// type without an order. A time without an offset is of `time_zone`, as the column's values are.
Result<RuleValue> read_limit(const std::string& text, const Field& field,
                             const std::string& time_zone);
Result<RuleValue> read_listed(const std::string& text, const Field& field,
                              const std::string& time_zone);

// Whether all values of the rules can be read, before anything is made.
Status check_rule_values(const std::vector<RuleSpec>& rules, const Schema& schema,
                         const std::string& time_zone);

}  // namespace decant
