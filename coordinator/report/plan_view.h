// What `decant plan` shows: the mapping of each entity, and what a run would do with its chunks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/job/entity_plan.h"

namespace decant {

struct PlannedAction {
  enum class What {
    kLoad,
    kReplace,
    kSkip,
    kRefuse  // it has changed, and mode insert follows no changes
  };
  std::string chunk;
  What what = What::kLoad;
  std::int64_t rows = 0;  // that the source has and no rule of reading refuses
  std::int64_t rejects = 0;
  std::int64_t rows_now = 0;  // that were loaded of it and stand in the target
};

struct EntityPlanView {
  std::string entity;
  std::string table;
  bool table_exists = false;
  std::vector<ColumnPlan> columns;
  std::vector<PlannedAction> chunks;  // in order of name
  std::int64_t rows_rejected = 0;
  std::vector<std::string> notes;
};

std::string plan_text(const std::vector<EntityPlanView>& entities);
std::string plan_json(const std::string& run, const std::string& job,
                      const std::vector<EntityPlanView>& entities);

}  // namespace decant
