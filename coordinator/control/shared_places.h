// What a run would read twice: for two stores, or under two names. Pure.
#pragma once

#include <vector>

#include "common/base/result.h"
#include "common/job/job_spec.h"
#include "coordinator/plan/planner.h"

namespace decant {

// kUsage where two stores have one file or the same table of one database, or where a file is found
// twice (a link beside what it leads to): its rows would land twice.
Status check_places_apart(const EntitySpec& entity, const std::vector<StoreCensus>& censuses);

}  // namespace decant
