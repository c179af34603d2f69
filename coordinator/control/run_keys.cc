// RunController, the keys: built once the first load of a table is whole.
#include <algorithm>

#include "common/base/text.h"
#include "common/connector/key_sql.h"
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
    allowed = std::min(
        allowed,
        static_cast<std::int64_t>(limit.max_ratio * static_cast<double>(entity.rejects.rows_read)));
  }
  return allowed - entity.rejects.rows_rejected;
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
    TableRecord table = entity.table;
    if (options_.read_source_only) {  // which prepares no table
      DECANT_TRY_ASSIGN(const auto known, recorded_table(write.table));
      if (!known) continue;
      table = *known;
    }
    if (is_unkeyed(table)) continue;
    const bool changed = entity.rows_inserted + entity.rows_updated > 0;
    if (!changed && options_.verify == VerifyLevel::kLedger) continue;
    KeyRequest request{entity.plan, table, job_.ledger_schema, mandate(write.table),
                       rejects_left(entity)};
    if (options_.read_source_only) request.plan.write.reject_duplicates = false;
    DECANT_TRY_ASSIGN(KeyOutcome outcome, loop_->on_target<KeyOutcome>([=](TargetAccess& a) {
      return check_table_key(a, request);
    }));
    take_keys(entity, std::move(outcome));
  }
  return {};
}

Status RunController::build_keys() {
  DECANT_TRY(check_keys());
  if (options_.read_source_only) return {};
  for (EntityRun& entity : entities_) {
    if (is_interrupted()) return {};
    std::vector<std::string> tables = {entity.plan.write.table};
    if (keeps_keys(entity.plan)) tables.push_back(key_table_name(job_.ledger_schema, entity.plan));
    if (is_unkeyed(entity.table)) {
      loop_->begin_phase("keys " + entity.spec->name);
      const KeyRequest request{entity.plan, entity.table, job_.ledger_schema,
                               mandate(tables.front()), rejects_left(entity)};
      DECANT_TRY_ASSIGN(KeyOutcome outcome, loop_->on_target<KeyOutcome>([=](TargetAccess& a) {
        return build_table_key(a, request);
      }));
      take_keys(entity, std::move(outcome));
    } else if (!is_largely_changed(entity)) {
      continue;
    }
    loop_->begin_phase("analyze " + entity.spec->name);
    DECANT_TRY(loop_->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
      for (const std::string& table : tables) DECANT_TRY(a.target.analyze(table));
      return true;
    }));
  }
  return {};
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
    parts_.say("twice    … all of them are in the ledger's table duplicates");
  report_.duplicates.push_back(duplicates);
}

}  // namespace decant
