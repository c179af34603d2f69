// RunController, rows that foreign keys of the target keep in it: their chunks are loaded again
// when entities that refer to them have been.
#include <algorithm>

#include "common/base/text.h"
#include "common/connector/held_rows.h"
#include "coordinator/control/run_controller.h"

namespace decant {
namespace {

bool can_hold(const EntityRun& entity) {
  return entity.plan.write.mode == WriteMode::kReplace && entity.plan.has_key();
}

RowsHeld held_rows_of(const EntityRun& entity) {
  RowsHeld all;
  if (!can_hold(entity)) return all;
  for (const auto& [name, chunk] : entity.evidence) {
    const RowsHeld held = decant::held_rows_of(chunk);
    all.gone += held.gone;
    all.changed_chunks += held.changed_chunks;
  }
  return all;
}

// As people write it.
std::string shown(const std::string& quoted_table) {
  std::string name = quoted_table;
  name.erase(std::remove(name.begin(), name.end(), '"'), name.end());
  return name;
}

std::string what_stays(const RowsHeld& held, const std::string& tables) {
  std::string text;
  if (held.gone > 0) {
    text = group_digits(held.gone) + (held.gone == 1
                                          ? " row that is gone at the source stays in the table"
                                          : " rows that are gone at the source stay in the table");
  }
  if (held.changed_chunks > 0) {
    text += std::string(text.empty() ? "" : ", and ") + "rows of " +
            group_digits(held.changed_chunks) + (held.changed_chunks == 1 ? " chunk" : " chunks") +
            " stay as they were";
  }
  return text + ", since rows of " + tables + " refer to them";
}

}  // namespace

std::int64_t RunController::rows_changed() const {
  std::int64_t rows = 0;
  for (const EntityRun& entity : entities_)
    rows += entity.rows_inserted + entity.rows_updated + entity.rows_deleted;
  return rows;
}

void RunController::note_held(HeldRounds& rounds, std::size_t entity, std::int64_t changes) {
  rounds.tried(entity, held_rows_of(entities_[entity]).any(), changes);
}

// Later entities first: rows that these let go refer to nothing any more.
Status RunController::settle_held(HeldRounds& rounds) {
  if (options_.plan_only || options_.read_source_only) return {};
  while (const auto next = rounds.next(rows_changed())) {
    if (is_interrupted()) return {};
    EntityRun& entity = entities_[*next];
    const std::int64_t changes = rows_changed();
    JoinedChunks joined(entity.plan, entity.work.chunks);
    for (std::size_t i = 0; i < entity.work.chunks.size(); ++i) {
      const auto known = entity.evidence.find(entity.work.chunks[i].spec.name().value);
      if (known != entity.evidence.end() && decant::held_rows_of(known->second).any())
        joined.want(i);
    }
    if (!joined.has_work()) return {};
    DECANT_TRY_ASSIGN(
        const bool went_well,
        load_round(entity, joined,
                   "held     " + entity.spec->name +
                       ": rows of other tables referred to rows that go or change; their chunks "
                       "are loaded again"));
    if (went_well) DECANT_TRY(load_joined(entity, joined));
    if (!went_well || interrupted_) return {};
    note_held(rounds, *next, changes);
  }
  return {};
}

Status RunController::tell_held() {
  for (const EntityRun& entity : entities_) {
    const RowsHeld held = held_rows_of(entity);
    if (!held.any()) continue;
    const std::string table = entity.plan.write.table;
    DECANT_TRY_ASSIGN(const auto references,
                      loop_->on_target<std::vector<Reference>>([table](TargetAccess& a) {
                        return references_to(a.target.sql(), table);
                      }));
    std::vector<std::string> names;
    for (const Reference& reference : references) {
      const std::string name = shown(reference.table);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    // Told by the reconciliation alone: it is nothing that a foreign key keeps.
    if (names.empty()) continue;
    const std::string tables = join(names, ", ");
    note_errors({Error{ErrorCode::kDataRefused,
                       entity.spec->name + ": " + what_stays(held, tables) + ".",
                       "Take the rows out of " + tables +
                           " that refer to them, at the source if this job loads it, and run "
                           "again.",
                       {},
                       {job_.name, entity.spec->name, {}, {}}}},
                "failed   ");
  }
  return {};
}

}  // namespace decant
