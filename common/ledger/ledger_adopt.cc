// Tasks that outlive the coordinator that gave them out (FORMAT.md, Adoption).
#include <set>

#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_adopt = R"sql(
UPDATE {schema}.tasks SET adopted_by = $4, adopted_at = {now}
WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT) AND fence = CAST($3 AS BIGINT)
  AND state IN ('assigned', 'committed'))sql";

constexpr std::string_view k_fence_off = R"sql(
UPDATE {schema}.tasks AS t SET fence = t.fence + 1, state = 'abandoned'
FROM {rows} AS r(run_id, task_id, fence)
WHERE t.run_id = r.run_id AND t.task_id = CAST(r.task_id AS BIGINT) AND t.fence = CAST(r.fence AS BIGINT)
  AND t.state = 'assigned')sql";

// A wait for a commit in progress that took too long.
Error still_committing(Error error) {
  if (error.sqlstate != "55P03") return error;
  return Error{ErrorCode::kTimeout,
               "A task of an earlier run has been committing for " +
                   std::to_string(k_ledger_lock_timeout_ms / 1000) + " seconds.",
               "Look for its session (decant/RUN/TASK/…) in pg_stat_activity of the target.",
               error.sqlstate,
               {}};
}

template <typename Work>
Status in_transaction(SqlSession& sql, const Work& work) {
  Transaction transaction(sql);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(bound_waits(sql, k_ledger_lock_timeout_ms));
  DECANT_TRY(work());
  return transaction.commit();
}

}  // namespace

Result<bool> Ledger::adopt(const RunId& leader, Epoch epoch, const OpenTask& task) {
  bool is_held = false;
  const auto write = [&]() -> Status {
    DECANT_TRY(check_epoch(sql_, schema_, leader, epoch, {task.table}));
    const auto changed = sql_.execute(
        fill(sql_.dialect(), schema_, k_adopt),
        std::vector<SqlValue>{task.run.value, number(static_cast<std::int64_t>(task.id.value)),
                              number(task.fence.value), leader.value});
    if (!changed) return fail(still_committing(changed.error()));
    is_held = *changed == 1;
    return {};
  };
  DECANT_TRY(in_transaction(sql_, write));
  return is_held;
}

Status Ledger::fence_off(const RunId& leader, Epoch epoch, const std::vector<OpenTask>& tasks) {
  if (tasks.empty()) return {};
  std::set<std::string> tables;
  ValueRows rows(3, {});
  for (const OpenTask& task : tasks) {
    tables.insert(task.table);
    rows.add({task.run.value, number(static_cast<std::int64_t>(task.id.value)),
              number(task.fence.value)});
  }
  return in_transaction(sql_, [&]() -> Status {
    DECANT_TRY(check_epoch(sql_, schema_, leader, epoch, tables));
    const auto changed = rows.execute(sql_, fill(sql_.dialect(), schema_, k_fence_off));
    if (!changed) return fail(still_committing(changed.error()));
    return {};
  });
}

}  // namespace decant
