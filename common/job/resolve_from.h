// resolve_entity for the columns of one place among several.
#pragma once

#include <string>

#include "common/job/entity_plan.h"

namespace decant {

// Errors name `place` ("data/B.csv") as where the columns stand, where it is given.
Result<EntityPlan> resolve_entity_from(const JobSpec& job, const EntitySpec& entity,
                                       const Schema& source, const Schema* target,
                                       const std::string& place);

}  // namespace decant
