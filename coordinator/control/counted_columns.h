// Whether rows were counted as they will be found: a census reads a time, a key or a store as the
// values of one column of the target, and the plan finds rows by one. Pure.
#pragma once

#include <vector>

#include "common/base/result.h"
#include "coordinator/plan/planner.h"

namespace decant {

// kUsage where a census took another column than the plan, or the same one as another type: its
// months and stores would be those of other rows, and a selection would hide rows or take them out.
Status check_counted_columns(const EntityPlan& plan, const std::vector<StoreCensus>& censuses);

}  // namespace decant
