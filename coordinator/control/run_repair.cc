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

// In the order of the file, as entities are loaded: later ones may refer to earlier ones. What was
// kept or refused by then, and by the copy before, is tried again with what has changed since.
Status RunController::repair() {
  const std::size_t errors_before = report_.errors.size();
  const std::int64_t changes = rows_changed();
  KeptRounds kept(entities_.size(), true);
  judges_references_ = false;
  for (EntityRun& entity : entities_) entity.lets_go = false;
  for (std::size_t i = 0; i < entities_.size(); ++i) {
    const Status status = repair_entity(entities_[i]);
    if (is_interrupted()) return {};
    DECANT_TRY(status);
    note_kept(kept, i, changes);
  }
  if (report_.errors.size() > errors_before) return {};
  DECANT_TRY(settle_kept(kept));
  if (interrupted_ || report_.errors.size() > errors_before) return {};
  return settle_rivals();
}

Status RunController::repair_entity(EntityRun& entity) {
  const std::size_t errors_before = report_.errors.size();
  DECANT_TRY(read_back_entity(entity));
  // What was not read says nothing of its chunks.
  if (is_interrupted() || report_.errors.size() > errors_before) return {};
  std::set<ChunkName> differing;
  for (const auto& [name, chunk] : entity.evidence) {
    if (target_differs(chunk, options_.verify)) differing.insert(chunk.chunk.name());
  }
  DECANT_TRY(add_double_claims(entity, differing));
  forget_read_back(entity);
  JoinedChunks joined(entity.plan, entity.work.chunks);
  std::int64_t chunks = 0;
  for (std::size_t i = 0; i < entity.work.chunks.size(); ++i) {
    if (!differing.contains(entity.work.chunks[i].spec.name())) continue;
    joined.want(i);
    ++chunks;
  }
  if (chunks == 0) return {};
  if (entity.plan.write.mode == WriteMode::kInsert) {
    entity.notes.push_back(entity.spec->name + ": " + counted(chunks, "chunk") + " of the target " +
                           (chunks == 1 ? "differs" : "differ") +
                           " from what was loaded; mode insert changes no row that is there.");
    return {};
  }
  DECANT_TRY_ASSIGN(const bool went_well,
                    load_round(entity, joined,
                               "repair   " + entity.spec->name + ": " + counted(chunks, "chunk") +
                                   " of the target " + (chunks == 1 ? "differs" : "differ") +
                                   " from what was loaded, and " + (chunks == 1 ? "is" : "are") +
                                   " loaded again"));
  return went_well ? load_joined(entity, joined).map([](bool) {}) : Status{};
}

}  // namespace decant
