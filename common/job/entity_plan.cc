#include "common/job/entity_plan.h"

#include <algorithm>
#include <utility>

#include "common/base/text.h"
#include "common/job/entity_resolver.h"
#include "common/job/resolve_from.h"

namespace decant {

Schema EntityPlan::target_schema() const {
  Schema schema;
  schema.fields.reserve(columns.size());
  for (const ColumnPlan& column : columns) {
    const bool is_key =
        std::find(write.key.begin(), write.key.end(), column.name) != write.key.end();
    schema.fields.push_back({column.name, column.type, column.nullable && !is_key});
  }
  return schema;
}

Result<EntityPlan> resolve_entity(const JobSpec& job, const EntitySpec& entity,
                                  const Schema& source, const Schema* target) {
  auto plan = EntityResolver(job, entity, source, target).resolve();
  if (!plan) return fail(std::move(plan).error().at({job.name, entity.name, {}, {}}));
  return plan;
}

Result<EntityPlan> resolve_entity_from(const JobSpec& job, const EntitySpec& entity,
                                       const Schema& source, const Schema* target,
                                       const std::string& place) {
  auto plan = EntityResolver(job, entity, source, target, place).resolve();
  if (!plan) return fail(std::move(plan).error().at({job.name, entity.name, {}, {}}));
  return plan;
}

}  // namespace decant
