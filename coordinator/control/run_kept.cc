// RunController, rows that foreign keys of the target keep in it: their chunks are loaded again
// when entities that refer to them have been.
#include <algorithm>

#include "common/base/text.h"
#include "common/connector/held_rows.h"
#include "coordinator/control/run_controller.h"

namespace decant {
namespace {

bool can_keep(const EntityRun& entity) {
  return entity.plan.write.mode == WriteMode::kReplace && entity.plan.has_key();
}

RowsKept kept_rows_of(const EntityRun& entity) {
  RowsKept all;
  if (!can_keep(entity)) return all;
  for (const auto& [name, chunk] : entity.evidence) all += decant::kept_rows_of(chunk);
  return all;
}

bool has_refused_rows(const EntityRun& entity) {
  return std::any_of(entity.evidence.begin(), entity.evidence.end(),
                     [](const auto& chunk) { return rows_refused_by_target(chunk.second) > 0; });
}

// As people write it.
std::string shown(const std::string& quoted_table) {
  std::string name = quoted_table;
  name.erase(std::remove(name.begin(), name.end(), '"'), name.end());
  return name;
}

// `reads_a_part`: a row that this run does not find at the source may be where it does not look.
std::string what_stays(const RowsKept& kept, const std::string& tables, bool reads_a_part) {
  std::string text;
  if (kept.gone() > 0) {
    const bool one = kept.gone() == 1;
    const std::string why = reads_a_part ? "not in what this run reads" : "gone at the source";
    text = group_digits(kept.gone()) + (one ? " row that is " : " rows that are ") + why +
           (one ? " stays in the table" : " stay in the table");
  }
  if (kept.changed > 0) {
    text += std::string(text.empty() ? "" : ", and ") + group_digits(kept.changed) +
            (kept.changed == 1 ? " row that changed there stays as it was"
                               : " rows that changed there stay as they were");
  }
  return text + ", since rows of " + tables + " refer to them";
}

// Whether any row of a table refers to another by this foreign key, as far as the user may know.
bool holds_references(SqlSession& sql, const Reference& reference) {
  std::string is_set;
  for (const std::string& column : reference.columns)
    is_set += (is_set.empty() ? "" : " AND ") + quote_identifier(column) + " IS NOT NULL";
  const auto any = sql.query("SELECT 1 FROM " + reference.table + " WHERE " + is_set + " LIMIT 1");
  return !any || !any->empty();
}

// The tables whose foreign keys can have kept such rows, those behind a cascade too.
void add_keepers(SqlSession& sql, const std::vector<Reference>& references, const RowsKept& kept,
                 std::vector<std::string>& names) {
  for (const Reference& reference : references) {
    const bool refuses = (kept.gone() > 0 && reference.refuses_delete) ||
                         (kept.changed > 0 && reference.refuses_update);
    if (refuses && reference.can_read && holds_references(sql, reference)) {
      const std::string name = shown(reference.table);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    if (reference.deletes && kept.gone() > 0)
      add_keepers(sql, reference.next, RowsKept{kept.gone(), 0}, names);
  }
}

}  // namespace

std::int64_t RunController::rows_changed() const {
  std::int64_t rows = 0;
  for (const EntityRun& entity : entities_)
    rows += entity.rows_inserted + entity.rows_updated + entity.rows_deleted;
  return rows;
}

void RunController::note_kept(KeptRounds& rounds, std::size_t entity, std::int64_t changes) {
  const EntityRun& run = entities_[entity];
  rounds.tried(entity, kept_rows_of(run).any(), can_keep(run) && has_refused_rows(run), changes);
}

// Later entities first: rows that these let go refer to nothing any more. Rows that the target
// refused are tried again with those that it kept, which may have stood in their way.
Status RunController::settle_kept(KeptRounds& rounds) {
  if (options_.plan_only || options_.read_source_only) return {};
  while (const auto next = rounds.next(rows_changed())) {
    if (is_interrupted()) return {};
    EntityRun& entity = entities_[*next];
    const std::int64_t changes = rows_changed();
    JoinedChunks joined(entity.plan, entity.work.chunks);
    for (std::size_t i = 0; i < entity.work.chunks.size(); ++i) {
      const auto known = entity.evidence.find(entity.work.chunks[i].spec.name().value);
      if (known == entity.evidence.end()) continue;
      if (decant::kept_rows_of(known->second).any() || rows_refused_by_target(known->second) > 0)
        joined.want(i);
    }
    if (joined.has_work()) {
      DECANT_TRY_ASSIGN(
          const bool went_well,
          load_round(entity, joined,
                     "kept     " + entity.spec->name +
                         ": rows of other tables referred to rows that go or change; their chunks "
                         "are loaded again"));
      if (went_well) DECANT_TRY(load_joined(entity, joined));
      if (!went_well || interrupted_) return {};
    }
    note_kept(rounds, *next, changes);
  }
  return {};
}

Status RunController::tell_kept() {
  for (const EntityRun& entity : entities_) {
    const RowsKept kept = kept_rows_of(entity);
    if (!kept.any()) continue;
    const std::string table = entity.plan.write.table;
    DECANT_TRY_ASSIGN(const auto names,
                      loop_->on_target<std::vector<std::string>>(
                          [=](TargetAccess& a) -> Result<std::vector<std::string>> {
                            SqlSession& sql = a.target.sql();
                            std::vector<std::string> found;
                            DECANT_TRY_ASSIGN(const auto references, references_to(sql, table));
                            add_keepers(sql, references, kept, found);
                            return found;
                          }));
    // Told by the reconciliation alone: it is nothing that a foreign key keeps.
    if (names.empty()) continue;
    const std::string tables = join(names, ", ");
    note_errors({Error{ErrorCode::kDataRefused,
                       entity.spec->name + ": " + what_stays(kept, tables, reads_a_part()) + ".",
                       (reads_a_part() ? "Run without --from, --to and --stores, in case they "
                                         "moved; else take the rows out of "
                                       : "Take the rows out of ") +
                           tables +
                           " that refer to them, at the source if this job loads it, and run "
                           "again.",
                       {},
                       {job_.name, entity.spec->name, {}, {}}}},
                "failed   ");
  }
  return {};
}

}  // namespace decant
