#include "coordinator/control/counted_columns.h"

#include <algorithm>
#include <string>

namespace decant {
namespace {

std::string in_quotes(const std::string& name) { return "\"" + name + "\""; }

std::string words_of(const std::string& column, const Type& type) {
  return in_quotes(column) + " as " + to_string(type);
}

// Of the time, the key or the store: `source` is the column that it comes from.
Status check(const EntityPlan& plan, const std::string& source, const std::string& found_by,
             const CountedAs& counted) {
  const auto column = std::find_if(plan.columns.begin(), plan.columns.end(),
                                   [&](const ColumnPlan& other) { return other.name == found_by; });
  if (column == plan.columns.end()) return {};
  if (counted.column == found_by && counted.type == column->type) return {};
  return fail(
      ErrorCode::kUsage,
      "The rows of " + plan.entity + " were counted by what " + in_quotes(source) + " gives in " +
          words_of(counted.column, counted.type) + ", and the plan finds them in " +
          words_of(found_by, column->type) + ", so that a run could miss some of them.",
      "Declare the type of " + in_quotes(found_by) + " under \"columns\" of " + plan.entity +
          (counted.column == found_by
               ? "."
               : ", and list it before the others that " + in_quotes(source) + " feeds."));
}

}  // namespace

Status check_counted_columns(const EntityPlan& plan, const std::vector<StoreCensus>& censuses) {
  for (const StoreCensus& store : censuses) {
    const CensusResult& census = store.census;
    if (census.range) DECANT_TRY(check(plan, plan.source_time, plan.range_column, *census.range));
    if (census.store) DECANT_TRY(check(plan, plan.source_store, plan.store_column, *census.store));
  }
  return {};
}

}  // namespace decant
