// RunController, --repair: chunks whose rows in the target are not those that were loaded, since
// somebody changed them there, are loaded again. A run by itself compares the source with the
// ledger and skips them.
#include "common/base/text.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/plan/joined.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// What was read back is of the table as it was.
void forget_read_back(EntityRun& entity) {
  for (auto& [name, chunk] : entity.evidence) {
    chunk.target = {};
    chunk.has_target = false;
  }
  entity.foreign_rows = entity.claimed_rows = entity.target_only_rows = 0;
  entity.first_foreign.clear();
  entity.other_stores.clear();
}

}  // namespace

// In the order of the file, as entities are loaded: later ones may refer to earlier ones.
Status RunController::repair() {
  for (EntityRun& entity : entities_) {
    const Status status = repair_entity(entity);
    if (is_interrupted()) return {};
    DECANT_TRY(status);
  }
  return {};
}

Status RunController::repair_entity(EntityRun& entity) {
  const std::size_t errors_before = report_.errors.size();
  DECANT_TRY(read_back_entity(entity));
  // What was not read says nothing of its chunks.
  if (is_interrupted() || report_.errors.size() > errors_before) return {};
  JoinedChunks joined(entity.plan, entity.work.chunks);
  std::int64_t chunks = 0;
  for (std::size_t i = 0; i < entity.work.chunks.size(); ++i) {
    const auto known = entity.evidence.find(entity.work.chunks[i].spec.name().value);
    if (known == entity.evidence.end() || !target_differs(known->second, options_.verify)) continue;
    joined.want(i);
    ++chunks;
  }
  forget_read_back(entity);
  if (chunks == 0) return {};
  if (entity.plan.write.mode == WriteMode::kInsert) {
    entity.notes.push_back(entity.spec->name + ": " + counted(chunks, "chunk") + " of the target " +
                           (chunks == 1 ? "differs" : "differ") +
                           " from what was loaded; mode insert changes no row that is there.");
    return {};
  }
  // Differences by key leave a key alone that the table holds twice. Only a table without a unique
  // index or constraint on it can: there the ranges of the chunks are emptied.
  entity.may_hold_keys_twice = entity.plan.has_key() && !entity.has_unique_key;
  DECANT_TRY_ASSIGN(const bool went_well,
                    load_round(entity, joined,
                               "repair   " + entity.spec->name + ": " + counted(chunks, "chunk") +
                                   " of the target " + (chunks == 1 ? "differs" : "differ") +
                                   " from what was loaded, and " + (chunks == 1 ? "is" : "are") +
                                   " loaded again"));
  return went_well ? load_joined(entity, joined) : Status{};
}

}  // namespace decant
