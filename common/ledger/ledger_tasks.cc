// Tasks that are handed out and taken back: the fence (MESSAGING: leases are for liveness, the
// fence is for safety).
#include <chrono>
#include <set>
#include <thread>

#include "common/base/failpoint.h"
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_check_epoch = R"sql(
SELECT count(*) FROM (
  SELECT table_name FROM {schema}.leader WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT) AND table_name IN )sql";

// A task that is assigned under the same fence to the same worker already was assigned by a
// statement whose answer got lost: it counts as done.
constexpr std::string_view k_assign_known = R"sql(
UPDATE {schema}.tasks AS t
SET fence = CAST(r.fence AS BIGINT), state = 'assigned', worker = r.worker, assigned_at = {now},
    adoptable = CAST(r.adoptable AS BOOLEAN)
FROM {rows} AS r(run_id, task_id, table_name, fence, worker, adoptable)
WHERE t.run_id = r.run_id AND t.task_id = CAST(r.task_id AS BIGINT) AND (
  (t.state IN ('planned', 'abandoned') AND t.fence <= CAST(r.fence AS BIGINT)) OR
  (t.state = 'assigned' AND t.fence = CAST(r.fence AS BIGINT) AND t.worker = r.worker)))sql";

constexpr std::string_view k_assign_new = R"sql(
INSERT INTO {schema}.tasks (run_id, task_id, table_name, fence, state, worker, assigned_at, adoptable)
SELECT r.run_id, CAST(r.task_id AS BIGINT), r.table_name, CAST(r.fence AS BIGINT), 'assigned', r.worker, {now},
       CAST(r.adoptable AS BOOLEAN)
FROM {rows} AS r(run_id, task_id, table_name, fence, worker, adoptable)
WHERE NOT EXISTS (
  SELECT 1 FROM {schema}.tasks AS t WHERE t.run_id = r.run_id AND t.task_id = CAST(r.task_id AS BIGINT)))sql";

constexpr std::string_view k_bump = R"sql(
UPDATE {schema}.tasks SET fence = CAST($3 AS BIGINT), state = 'abandoned'
WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT) AND (
  (state = 'assigned' AND fence < CAST($3 AS BIGINT)) OR
  (state IN ('planned', 'abandoned') AND fence <= CAST($3 AS BIGINT))))sql";

std::vector<SqlValue> task_key(const RunId& run, TaskId task) {
  return {run.value, number(static_cast<std::int64_t>(task.value))};
}

// One try at raising a fence. In PostgreSQL it waits behind a commit in progress, at most for the
// lock timeout.
Result<std::int64_t> bump_once(SqlSession& sql, const std::string& schema, const Mandate& mandate,
                               const RunId& planner, TaskId task, Fence fence) {
  Transaction transaction(sql);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(bound_waits(sql, k_ledger_lock_timeout_ms));
  DECANT_TRY(check_epoch(sql, schema, mandate.run, mandate.epoch, {mandate.table}));
  auto values = task_key(planner, task);
  values.push_back(number(fence.value));
  DECANT_TRY_ASSIGN(const auto changed, sql.execute(fill(sql.dialect(), schema, k_bump), values));
  DECANT_TRY(transaction.commit());
  return changed;
}

}  // namespace

namespace ledger_internal {

Status check_epoch(SqlSession& sql, const std::string& schema, const RunId& run, Epoch epoch,
                   const std::set<std::string>& tables) {
  std::vector<SqlValue> values{run.value, number(epoch.value)};
  values.insert(values.end(), tables.begin(), tables.end());
  const std::string text = std::string(k_check_epoch) + parameter_list(3, tables.size()) +
                           " ORDER BY table_name {for_share}) AS l";
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, text), values));
  if (!rows.empty() && RowReader(rows[0]).integer() == static_cast<std::int64_t>(tables.size()))
    return {};
  return fail(ErrorCode::kFenced, "Run " + run.value + " no longer leads its tables.",
              "`decant status` shows which run holds them now.");
}

}  // namespace ledger_internal

Status Ledger::assign(const RunId& run, Epoch epoch, const std::vector<Assignment>& assignments) {
  if (assignments.empty()) return {};
  pass(Failpoint::kBeforeAssign);
  std::set<std::string> tables;
  ValueRows rows(6, {});
  for (const auto& one : assignments) {
    tables.insert(one.table);
    const RunId& planner = one.run.value.empty() ? run : one.run;
    rows.add({planner.value, number(static_cast<std::int64_t>(one.task.value)), one.table,
              number(one.fence.value), one.worker, boolean(one.adoptable)});
  }
  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(check_epoch(sql_, schema_, run, epoch, tables));
  DECANT_TRY_ASSIGN(const auto known,
                    rows.execute(sql_, fill(sql_.dialect(), schema_, k_assign_known)));
  const auto count = static_cast<std::int64_t>(assignments.size());
  std::int64_t added = 0;
  if (known < count) {
    DECANT_TRY_ASSIGN(added, rows.execute(sql_, fill(sql_.dialect(), schema_, k_assign_new)));
  }
  if (known + added != count) {
    return fail(ErrorCode::kFenced,
                std::to_string(count - known - added) + " of " + std::to_string(count) +
                    " tasks of run " + run.value +
                    " cannot be assigned: they are committed, or held under another fence.");
  }
  DECANT_TRY(transaction.commit());
  pass(Failpoint::kAfterAssign);
  return {};
}

Result<bool> Ledger::bump_fence(const Mandate& mandate, TaskId task_id, Fence new_fence,
                                const RunId& planner) {
  constexpr std::int64_t pause_ms = 20;
  const RunId& run = planner.value.empty() ? mandate.run : planner;
  pass(Failpoint::kBeforeFenceBump);
  auto changed = bump_once(sql_, schema_, mandate, run, task_id, new_fence);
  for (std::int64_t waited_ms = 0; !changed && is_write_conflict(sql_.dialect(), changed.error());
       waited_ms += pause_ms) {
    // DuckDB has no row locks to wait for: the commit in progress has to be given its time.
    if (waited_ms >= k_ledger_lock_timeout_ms) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    changed = bump_once(sql_, schema_, mandate, run, task_id, new_fence);
  }
  if (!changed &&
      (changed.error().sqlstate == "55P03" || is_write_conflict(sql_.dialect(), changed.error()))) {
    return fail(ErrorCode::kTimeout,
                "Task " + std::to_string(task_id.value) + " of run " + run.value +
                    " is being committed, and has been for " +
                    std::to_string(k_ledger_lock_timeout_ms / 1000) + " seconds.",
                "Its worker's session is ended before the next try.");
  }
  if (!changed) return fail(changed.error());
  pass(Failpoint::kAfterFenceBump);
  if (*changed == 1) return true;

  DECANT_TRY_ASSIGN(const auto found, task(run, task_id));
  if (!found) return true;  // it was never handed out, so nobody can commit it
  if (found->state == "committed") return false;
  return fail(ErrorCode::kFenced, "Task " + std::to_string(task_id.value) + " of run " + run.value +
                                      " is held under fence " + std::to_string(found->fence.value) +
                                      ", which is not below " + std::to_string(new_fence.value) +
                                      ".");
}

Result<std::optional<TaskRecord>> Ledger::task(const RunId& run, TaskId task_id) {
  DECANT_TRY_ASSIGN(const auto rows,
                    sql_.query(fill(sql_.dialect(), schema_,
                                    "SELECT fence, state, worker FROM {schema}.tasks "
                                    "WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT)"),
                               task_key(run, task_id)));
  if (rows.empty()) return std::optional<TaskRecord>();
  RowReader read(rows[0]);
  TaskRecord record;
  record.id = task_id;
  record.fence = Fence(read.integer());
  record.state = read.text();
  record.worker = read.text();
  return std::optional(std::move(record));
}

Status Ledger::end_backends(const std::string& application_name_prefix, Patience patience) {
  if (sql_.dialect() != Dialect::kPostgres || application_name_prefix.empty()) return {};
  // Names are cut at 63 bytes by the server. A task's prefix ends at a slash, so that task 1 does
  // not end task 12.
  DECANT_TRY_ASSIGN(
      const auto rows,
      sql_.query("SELECT pg_terminate_backend(pid, " +
                     std::to_string(patience == Patience::kNone ? 0 : k_ledger_lock_timeout_ms) +
                     ") FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
                     "current_database() AND (application_name = $1 OR "
                     "starts_with(application_name, rtrim($1, '/') || '/'))",
                 std::vector<SqlValue>{application_name_prefix}));
  for (const auto& row : rows) {
    if (!RowReader(row).truth()) {
      return fail(ErrorCode::kTimeout, "A session of " + application_name_prefix + " does not end.",
                  "End it by hand: pg_terminate_backend in pg_stat_activity.");
    }
  }
  return {};
}

}  // namespace decant
