// RunController, rows that foreign keys of the target keep in it: their chunks are loaded again
// when entities that refer to them have been.
#include <algorithm>
#include <set>

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

// `reads_a_part`: a row that this run does not find at the source may be where it does not look;
// `rejects`: or among these.
std::string what_stays(const RowsKept& kept, const std::string& tables, bool reads_a_part,
                       bool rejects) {
  std::string text;
  if (kept.gone() > 0) {
    const bool one = kept.gone() == 1;
    const std::string why =
        std::string(reads_a_part ? "not in what this run reads" : "gone at the source") +
        (rejects ? ", or rejected," : "");
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
    // A new row that takes a unique value of one that is gone counts as a change, and so does one
    // that could only be deleted and inserted.
    const bool refuses = reference.refuses_delete ||
                         (kept.changed > 0 && (reference.refuses_update || reference.follows()));
    if (refuses && reference.can_read && holds_references(sql, reference)) {
      const std::string name = shown(reference.table);
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    if (reference.deletes) add_keepers(sql, reference.next, RowsKept{kept.beyond, 0}, names);
  }
}

void want_kept(const EntityRun& entity, bool and_refused, JoinedChunks& joined) {
  for (std::size_t i = 0; i < entity.work.chunks.size(); ++i) {
    const auto known = entity.evidence.find(entity.work.chunks[i].spec.name().value);
    if (known == entity.evidence.end()) continue;
    const bool is_refused = and_refused && rows_refused_by_target(known->second) > 0;
    if (decant::kept_rows_of(known->second).any() || is_refused) joined.want(i);
  }
}

}  // namespace

// Whether a row of the entity that is not in the run is nowhere.
bool RunController::reads_all(const EntityRun& entity) const {
  // A store that is not active is not read, and rows may go to it like to any other.
  const bool has_all_stores = job_.store_from_column.empty()
                                  ? selection_.stores.size() == job_.stores.size()
                                  : selection_.stores.empty() && !leaves_stores();
  // Rows of another entity that follow may go elsewhere at the source, too.
  const bool has_all_entities = entities_.size() == job_.entities.size();
  const bool has_all_days =
      !entity.plan.has_ranges() || (!selection_.days.begin && !selection_.days.end);
  return report_.left_out.empty() && has_all_stores && has_all_entities && has_all_days;
}

// A row that was rejected is at the source, whatever its key; one that is not read may be, one of
// what failed, and one that moved between two snapshots.
bool RunController::may_let_go(const EntityRun& entity) const {
  return reads_all(entity) && entity.rejects.rows_rejected == 0 && report_.errors.empty() &&
         !snapshots_.may_miss_rows(entity.spec->name);
}

// Whether a table that follows is an entity's of which rows stay as they were or wait: the source
// may have such a row with another parent.
Result<bool> RunController::keeps_a_follower(const EntityRun& entity,
                                             const std::vector<std::string>& followers) {
  std::set<std::string> kept;
  for (const EntityRun& other : entities_) {
    if (&other != &entity && kept_rows_of(other).any())
      kept.insert(table_names_.at(other.spec->write.table));
  }
  if (kept.empty()) return false;
  return loop_->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
    for (const std::string& follower : followers) {
      DECANT_TRY_ASSIGN(const std::string name, a.target.resolve_name(follower));
      if (kept.contains(name)) return true;
    }
    return false;
  });
}

void RunController::note_not_let_go(EntityRun& entity, const std::string& followers,
                                    bool follower_stays) {
  std::string note = entity.spec->name + ": rows that are gone ";
  note += reads_all(entity) ? "at the source" : "from what this run reads";
  note += " stay in the table while " + followers + " refers to them and would lose that: ";
  if (follower_stays) {
    note +=
        "some of its rows wait for others, or stay as they were, and may have another parent "
        "at the source. The run that loads these deletes them.";
  } else if (!reads_all(entity)) {
    note +=
        "they may have moved to what it does not read. A run over all entities, stores and times ";
    note +=
        leaves_stores() ? "deletes them; a store that is not active is not read." : "deletes them.";
  } else if (!report_.errors.empty()) {
    note += "they may have moved to what failed. A run in which nothing fails deletes them.";
  } else if (snapshots_.not_held().contains(entity.spec->name)) {
    note += "they may have moved while it read, since no snapshot held them. Delete them by hand.";
  } else if (!snapshots_.divided().empty()) {
    note += "they may have moved between two snapshots of the source. The next run deletes them.";
  } else {
    note += "they may be among those that were rejected. A run without rejects deletes them.";
  }
  entity.notes.push_back(note);
  parts_.say("note     " + entity.notes.back());
}

// Rows that go, and that others would go with or change: all tasks of the entity have settled, and
// what has moved to another chunk has been joined with it. Whether there were any.
Result<bool> RunController::let_go(EntityRun& entity) {
  if (options_.plan_only || options_.read_source_only || is_interrupted()) return false;
  if (!kept_rows_of(entity).any()) return false;
  const std::string table = entity.plan.write.table;
  DECANT_TRY_ASSIGN(const auto references,
                    loop_->on_target<std::vector<Reference>>(
                        [table](TargetAccess& a) { return references_to(a.target.sql(), table); }));
  const std::vector<std::string> followers = tables_that_follow(references);
  if (followers.empty()) return false;
  std::vector<std::string> names;
  for (const std::string& follower : followers) names.push_back(shown(follower));
  DECANT_TRY_ASSIGN(const bool follower_stays, keeps_a_follower(entity, names));
  if (follower_stays || !may_let_go(entity)) {
    note_not_let_go(entity, join(names, ", "), follower_stays);
    return false;
  }
  entity.lets_go = true;
  JoinedChunks joined(entity.plan, entity.work.chunks);
  want_kept(entity, false, joined);
  joined.let_go();
  DECANT_TRY_ASSIGN(const bool went_well,
                    load_round(entity, joined,
                               "gone     " + entity.spec->name +
                                   ": rows that no chunk has any more may go now, with what " +
                                   join(names, ", ") + " has of them"));
  if (went_well) DECANT_TRY(load_joined(entity, joined));
  return true;
}

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

// Rows of an earlier entity are not written yet, or stand where others are to come; or those of
// another task of the same table are.
Result<bool> RunController::awaits_parents(EntityRun& entity) {
  if (judges_references_ || entity.plan.write.mode != WriteMode::kReplace || !entity.plan.has_key())
    return false;
  if (!entity.refers_to_itself) {
    const std::string table = entity.plan.write.table;
    DECANT_TRY_ASSIGN(const auto references,
                      loop_->on_target<std::vector<Reference>>([table](TargetAccess& a) {
                        return references_to(a.target.sql(), table);
                      }));
    entity.refers_to_itself = std::any_of(references.begin(), references.end(),
                                          [](const Reference& of) { return of.is_own; });
  }
  if (*entity.refers_to_itself) return true;
  for (const EntityRun& earlier : entities_) {
    if (&earlier == &entity) return false;
    if (kept_rows_of(earlier).any()) return true;
  }
  return false;
}

// Entities that refer to others first, each as often as something has changed; then rows go that
// others follow; what is refused for want of a parent even then is a reject. What failed may hold
// the parent, or such a row: rows wait then, and stay.
Status RunController::settle_kept(KeptRounds& rounds) {
  if (options_.plan_only || options_.read_source_only) return {};
  const std::size_t errors_before = report_.errors.size();
  const auto is_over = [&] { return is_interrupted() || report_.errors.size() > errors_before; };
  DECANT_TRY(settle_kept_once(rounds));
  for (std::size_t i = entities_.size(); i-- > 0 && !is_over();) {
    const std::int64_t changes = rows_changed();
    DECANT_TRY_ASSIGN(const bool any, let_go(entities_[i]));
    if (any && !is_over()) note_kept(rounds, i, changes);
  }
  if (is_over()) return {};
  DECANT_TRY(settle_kept_once(rounds));
  if (is_over()) return {};
  if (errors_before > 0) {  // a parent may be among what failed
    note_waiting();
    return {};
  }
  judges_references_ = true;
  bool any = false;
  for (std::size_t i = 0; i < entities_.size() && !is_over(); ++i) {
    if (!entities_[i].awaited_parents || !kept_rows_of(entities_[i]).any()) continue;
    any = true;
    DECANT_TRY(load_kept(i, rounds));
  }
  return any && !is_over() ? settle_kept_once(rounds) : Status{};
}

// Rows that nobody judged: they are neither in the table as the source has them nor rejects.
void RunController::note_waiting() {
  for (EntityRun& entity : entities_) {
    if (!entity.awaited_parents || !kept_rows_of(entity).any()) continue;
    entity.notes.push_back(entity.spec->name +
                           ": rows wait for others that they refer to, and that may be among what "
                           "failed. A run in which nothing fails loads or rejects them.");
    parts_.say("note     " + entity.notes.back());
  }
}

// Later entities first: rows that these let go refer to nothing any more.
Status RunController::settle_kept_once(KeptRounds& rounds) {
  while (const auto next = rounds.next(rows_changed())) {
    if (is_interrupted()) return {};
    const std::size_t errors_before = report_.errors.size();
    DECANT_TRY(load_kept(*next, rounds));
    if (report_.errors.size() > errors_before) return {};
  }
  return {};
}

// Rows that the target refused are tried again with those that it kept, which may have stood in
// their way.
Status RunController::load_kept(std::size_t entity, KeptRounds& rounds) {
  EntityRun& run = entities_[entity];
  const std::int64_t changes = rows_changed();
  JoinedChunks joined(run.plan, run.work.chunks);
  want_kept(run, true, joined);
  if (run.lets_go && may_let_go(run)) joined.let_go();
  if (joined.has_work()) {
    DECANT_TRY_ASSIGN(
        const bool went_well,
        load_round(run, joined,
                   "kept     " + run.spec->name +
                       (run.awaited_parents
                            ? ": rows waited for others that they refer to; their chunks "
                            : ": rows of other tables referred to rows that go or change; their "
                              "chunks ") +
                       "are loaded again"));
    if (went_well) DECANT_TRY(load_joined(run, joined));
    if (!went_well || interrupted_) return {};
  }
  note_kept(rounds, entity, changes);
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
    const bool rejects = entity.rejects.rows_rejected > 0;
    note_errors(
        {Error{ErrorCode::kDataRefused,
               entity.spec->name + ": " + what_stays(kept, tables, reads_a_part(), rejects) + ".",
               (reads_a_part() ? "Run without --from, --to and --stores, in case they "
                                 "moved; else take the rows out of "
                : rejects      ? "Mend what is rejected, in case it is theirs; else take the "
                                 "rows out of "
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
