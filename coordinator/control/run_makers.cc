// RunController, tables that several entities write: which of them makes one that is not there yet,
// and what the others know of it.
#include <algorithm>

#include "common/job/landing.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/table_checks.h"

namespace decant {

// The columns that an entity's rows will land in, as far as they are known before a census.
Schema RunController::table_to_come(const EntityRun& entity) const {
  if (entity.table_columns) return *entity.table_columns;
  if (options_.source_only || options_.read_source_only) return {};
  const std::string& name = table_names_.at(entity.spec->write.table);
  const auto maker = std::find_if(entities_.begin(), entities_.end(), [&](const EntityRun& other) {
    return table_names_.at(other.spec->write.table) == name;
  });
  return maker == entities_.end() ? Schema{} : columns_to_make(*maker->spec);
}

// Several entities may upsert or insert into one table. Where it is not there yet, the first of
// them makes it, and the others load into it as it will be.
Status RunController::find_maker(EntityRun& entity, const Schema& source) {
  if (entity.table_exists || options_.source_only || options_.read_source_only) return {};
  const std::string& name = table_names_.at(entity.spec->write.table);
  const auto maker = std::find_if(entities_.begin(), entities_.end(), [&](const EntityRun& other) {
    return &other == &entity || table_names_.at(other.spec->write.table) == name;
  });
  if (&*maker == &entity) return {};
  DECANT_TRY_ASSIGN(const EntityPlan own, resolve_entity(job_, *entity.spec, source, nullptr));
  if (Status fits = check_made_together(maker->plan, own); !fits) {
    return fail(std::move(fits).error().at({job_.name, entity.spec->name, {}, {}}));
  }
  entity.maker = &*maker;
  return {};
}

}  // namespace decant
