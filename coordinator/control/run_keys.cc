// RunController, the keys: built once the first load of a table is whole.
#include <algorithm>

#include "common/base/text.h"
#include "common/connector/key_sql.h"
#include "common/ledger/table_lock.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/table_checks.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

constexpr std::size_t k_shown_keys = 10;

// How many rows may still be refused; both limits must hold.
std::int64_t rejects_left(const EntityRun& entity) {
  const RejectLimit& limit = entity.spec->rejects;
  std::int64_t allowed = limit.max;
  if (limit.max_ratio >= 0) {
    allowed = std::min(allowed, allowed_by_ratio(limit.max_ratio, entity.rejects.rows_read));
  }
  return allowed - entity.rejects.rows_rejected;
}

void add_notes(const std::vector<std::string>& notes, EntityRun& entity) {
  for (const std::string& note : notes) entity.notes.push_back(entity.spec->name + ": " + note);
}

// Statistics of a table hold until a tenth of its rows is another: PostgreSQL's autovacuum goes by
// that too, and takes up what smaller changes add up to.
bool is_largely_changed(const EntityRun& entity) {
  const std::int64_t changes = entity.rows_inserted + entity.rows_updated + entity.rows_deleted;
  std::int64_t rows = 0;
  for (const auto& [name, chunk] : entity.evidence) rows += chunk.loaded.digest.row_count;
  return changes > rows / 10;
}

}  // namespace

// In DuckDB no index keeps a key apart. Rows of two chunks may share one since this run or, where a
// run was broken off between its loads and its check, since an earlier one.
Status RunController::check_keys() {
  if (!target_is_file_) return {};
  for (EntityRun& entity : entities_) {
    const WriteSpec& write = entity.plan.write;
    if (write.key.empty() || write.enforce || write.mode != WriteMode::kReplace) continue;
    if (is_interrupted()) return {};
    if (is_unkeyed(entity.table)) continue;
    const bool changed = entity.rows_inserted + entity.rows_updated > 0;
    if (!changed && options_.verify == VerifyLevel::kLedger) continue;
    const KeyRequest request = key_request(entity);
    DECANT_TRY_ASSIGN(KeyOutcome outcome, loop_->on_target<KeyOutcome>([=](TargetAccess& a) {
      return check_table_key(a, request);
    }));
    take_keys(entity, std::move(outcome));
  }
  return {};
}

// Who loads nothing builds no key either: a table whose key was refused, or never came to be built,
// may hold keys more than once all the same.
Status RunController::look_at_keys() {
  for (EntityRun& entity : entities_) {
    const WriteSpec& write = entity.plan.write;
    if (write.key.empty() || write.mode != WriteMode::kReplace) continue;
    if (is_interrupted()) return {};
    DECANT_TRY_ASSIGN(const auto known, recorded_table(write.table));
    if (!known) continue;
    const bool is_checked = target_is_file_ && !write.enforce;  // by query alone, at each run
    if (!is_unkeyed(*known) && (!is_checked || options_.verify == VerifyLevel::kLedger)) continue;
    const KeyRequest request = key_request(entity);
    DECANT_TRY_ASSIGN(KeyOutcome outcome, loop_->on_target<KeyOutcome>([=](TargetAccess& a) {
      return look_at_table_key(a, request);
    }));
    take_keys(entity, std::move(outcome));
  }
  return {};
}

Status RunController::build_keys() {
  if (options_.read_source_only) return look_at_keys();
  DECANT_TRY(check_keys());
  for (EntityRun& entity : entities_) {
    if (is_interrupted()) return {};
    if (is_read_back_beside_key(entity)) continue;
    const bool is_new = is_unkeyed(entity.table);
    if (is_new) DECANT_TRY(build_key(entity));
    if (is_new || is_largely_changed(entity)) DECANT_TRY(analyze(entity));
  }
  return {};
}

Status RunController::build_key(EntityRun& entity) {
  loop_->begin_phase("keys " + entity.spec->name);
  const KeyRequest request = key_request(entity);
  DECANT_TRY_ASSIGN(KeyOutcome outcome, loop_->on_target<KeyOutcome>([=](TargetAccess& a) {
    return build_table_key(a, request);
  }));
  take_keys(entity, std::move(outcome));
  return {};
}

Status RunController::analyze(EntityRun& entity) {
  std::vector<std::string> tables = {entity.plan.write.table};
  if (keeps_keys(entity.plan)) tables.push_back(key_table_name(job_.ledger_schema, entity.plan));
  loop_->begin_phase("analyze " + entity.spec->name);
  using Notes = std::vector<std::string>;
  DECANT_TRY_ASSIGN(const Notes notes,
                    loop_->on_target<Notes>([=](TargetAccess& a) -> Result<Notes> {
                      Notes all;
                      for (const std::string& table : tables) {
                        DECANT_TRY_ASSIGN(const Notes more, a.target.analyze(table));
                        all.insert(all.end(), more.begin(), more.end());
                      }
                      return all;
                    }));
  add_notes(notes, entity);
  return {};
}

KeyRequest RunController::key_request(const EntityRun& entity) const {
  return {entity.plan, entity.table, job_.ledger_schema, mandate(entity.plan.write.table),
          rejects_left(entity)};
}

// Sorting an index leaves processors idle, and its table can be read meanwhile. Not where rows that
// share a key would be taken out: what was read would be wrong.
bool RunController::is_read_back_beside_key(const EntityRun& entity) const {
  return !target_is_file_ && options_.verify != VerifyLevel::kLedger && is_unkeyed(entity.table) &&
         !keeps_keys(entity.plan) && !entity.plan.write.reject_duplicates;
}

// Called as the run's own: who overtakes this run ends it, and other ledgers are kept out.
Result<std::unique_ptr<TargetThread>> RunController::open_key_session() {
  DECANT_TRY_ASSIGN(
      auto session,
      TargetThread::start([this] { return parts_.open_target(connection_); }, job_.ledger_schema));
  DECANT_TRY(session->call<bool>([&](TargetAccess& a) -> Result<bool> {
    DECANT_TRY(keep_place(a.target.sql(), job_.ledger_schema, led_tables(), run_));
    return true;
  }));
  return session;
}

Status RunController::read_back_beside_keys() {
  std::vector<EntityRun*> unkeyed;
  for (EntityRun& entity : entities_) {
    if (is_read_back_beside_key(entity)) unkeyed.push_back(&entity);
  }
  if (unkeyed.empty() || options_.read_source_only) return read_back();
  const auto session = open_key_session();  // without one, one after the other
  if (session) DECANT_TRY(read_back_beside(**session, unkeyed));
  for (EntityRun* entity : unkeyed) {
    if (is_interrupted()) return {};
    DECANT_TRY(build_key(*entity));
    if (!session) DECANT_TRY(analyze(*entity));
  }
  return session ? Status() : read_back();
}

// `session` makes what the keys of `unkeyed` need, one after the other, while workers read.
Status RunController::read_back_beside(TargetThread& session,
                                       const std::vector<EntityRun*>& unkeyed) {
  std::size_t left = unkeyed.size();
  RunLoop* const loop = loop_.get();
  const std::atomic<int>* const interrupts = &parts_.interrupts;
  for (EntityRun* entity : unkeyed) {
    session.post([=, &left, request = key_request(*entity)](TargetAccess& a) {
      const Result<std::vector<std::string>> begun =
          *interrupts > 0 ? std::vector<std::string>() : begin_table_key(a, request);
      return [=, &left] {
        --left;
        if (begun) add_notes(*begun, *entity);
        if (!begun) loop->stop(begun.error());
      };
    });
  }
  loop->serve(&session);
  const Status read = read_back();
  loop->begin_phase("keys " + unkeyed.back()->spec->name);
  const Status waited = loop->wait_for(session, [&] { return left == 0; });
  loop->serve(nullptr);
  return read ? waited : read;
}

// Duplicates that stay leave the table unkeyed; the rows stay too, and the run ends with a
// difference (DESIGN 5).
void RunController::take_keys(EntityRun& entity, KeyOutcome outcome) {
  if (outcome.built) entity.table.state = TableState::kKeyed;
  if (outcome.refused) {
    parts_.say("keys     " + outcome.refused->to_string());
    if (outcome.refused->code == ErrorCode::kDiffers) {
      report_.reconciliation.differences.push_back({DifferenceKind::kKeyRefused,
                                                    {entity.spec->name, {}, {}},
                                                    {},
                                                    outcome.refused->to_string()});
    } else {
      report_.errors.push_back(*outcome.refused);
    }
  }
  for (const BatchRecord& correction : outcome.corrections) {
    entity.rejects.rows_rejected += correction.rows_rejected;
    entity.rows_deleted += correction.counts.deleted;
    reject_summary_.count(entity.spec->name, correction.chunk.slice.store,
                          correction.rows_rejected);
    const auto evidence = entity.evidence.find(correction.chunk.name().value);
    if (evidence == entity.evidence.end()) continue;  // loaded by an earlier run, not in this one
    evidence->second.rows_rejected += correction.rows_rejected;
    evidence->second.loaded.merge(correction.loaded);
  }
  if (!outcome.duplicates) return;
  const DuplicateReport& duplicates = *outcome.duplicates;
  if (duplicates.rejected > 0) {
    parts_.say("keys     more than once in " + duplicates.table + " (" +
               join(duplicates.key, ", ") + "): " + counted(duplicates.found.keys, "key") +
               "; one row of each stays, the others are rejects: " +
               counted(duplicates.rejected, "row") + ".");
  }
  const auto& first = duplicates.found.first;
  for (std::size_t i = 0; i < first.size() && i < k_shown_keys; ++i)
    parts_.say("twice    " + first[i].key + ": " + counted(first[i].rows, "row"));
  if (duplicates.found.keys > static_cast<std::int64_t>(std::min(first.size(), k_shown_keys)))
    parts_.say(options_.read_source_only
                   ? "twice    … and more"
                   : "twice    … all of them are in the ledger's table duplicates");
  report_.duplicates.push_back(duplicates);
}

}  // namespace decant
