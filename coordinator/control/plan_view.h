// What `decant plan` shows: the mapping of each entity, and what a run would do with its chunks.
#pragma once

#include <string>
#include <vector>

#include "coordinator/control/entity_run.h"

namespace decant {

std::string plan_text(const std::vector<EntityRun>& entities);
std::string plan_json(const RunId& run, const std::string& job,
                      const std::vector<EntityRun>& entities);

}  // namespace decant
