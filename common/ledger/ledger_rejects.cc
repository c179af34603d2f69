// Rows that were refused: written with a batch, kept of a task that met too many, asked for.
#include "common/ledger/ledger_rejects.h"

#include <algorithm>
#include <array>

#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_hold_fence = R"sql(
SELECT 1 FROM {schema}.tasks
WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT) AND fence = CAST($3 AS BIGINT) AND state = 'assigned'
{for_update})sql";

constexpr std::string_view k_forget_kept = R"sql(
DELETE FROM {schema}.rejects WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT) AND NOT in_batch)sql";

constexpr std::string_view k_update_refused = R"sql(
UPDATE {schema}.refused_tasks
SET worker = $3, rows_read = CAST($4 AS BIGINT), rows_rejected = CAST($5 AS BIGINT),
    rows_kept = CAST($6 AS BIGINT), reason = $7, refused_at = {now}
WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT))sql";

constexpr std::string_view k_insert_refused = R"sql(
INSERT INTO {schema}.refused_tasks (run_id, task_id, worker, rows_read, rows_rejected, rows_kept, reason, job,
                                    table_name, entity, refused_at)
VALUES ($1, CAST($2 AS BIGINT), $3, CAST($4 AS BIGINT), CAST($5 AS BIGINT), CAST($6 AS BIGINT), $7, $8, $9, $10,
        {now}))sql";

constexpr std::string_view k_rejects_of_task = R"sql(
SELECT chunk, source, line, byte_offset, column_name, rule, reason, original FROM {schema}.rejects
WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT) AND in_batch
ORDER BY chunk, source, line, byte_offset LIMIT )sql";

SqlValue task_number(TaskId task) { return number(static_cast<std::int64_t>(task.value)); }

}  // namespace

Status ledger_internal::append_rejects(SqlSession& sql, const std::string& schema,
                                       const RejectOwner& owner, std::int64_t most,
                                       const EachReject& rejects) {
  const std::string task = std::to_string(owner.task.value);
  std::int64_t count = 0;
  const auto rows = [&](const AppendRow& append) {
    return rejects([&](const Reject& reject, int chunk) -> Status {
      if (count == most) return {};
      ++count;
      const bool known = chunk >= 0 && static_cast<std::size_t>(chunk) < owner.chunks.size();
      const std::string line = std::to_string(reject.place.line);
      const std::string offset = std::to_string(reject.place.byte_offset);
      const std::string source = storable_text(reject.source);
      const std::string column = storable_text(reject.column);
      const std::string rule = storable_text(reject.rule);
      const std::string reason = storable_text(reject.reason);
      const std::string original = storable_text(reject.original);
      const std::array<std::optional<std::string_view>, 13> values = {
          owner.run.value,
          owner.job,
          owner.entity,
          known ? std::string_view(owner.chunks[static_cast<std::size_t>(chunk)])
                : std::string_view(),
          task,
          source,
          line,
          offset,
          column,
          rule,
          reason,
          original,
          owner.in_batch ? "true" : "false"};
      return append(values);
    });
  };
  DECANT_TRY(sql.append(schema, "rejects",
                        {"run_id", "job", "entity", "chunk", "task_id", "source", "line",
                         "byte_offset", "column_name", "rule", "reason", "original", "in_batch"},
                        rows));
  return {};
}

Status Ledger::keep_refused(SqlSession& sql, const std::string& schema, const RefusedTask& task) {
  Transaction transaction(sql);
  DECANT_TRY(transaction.begin());
  const std::vector<SqlValue> key{task.run.value, task_number(task.task)};
  std::vector<SqlValue> held = key;
  held.push_back(number(task.fence.value));
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, k_hold_fence), held));
  if (rows.empty()) {
    return fail(ErrorCode::kFenced, "Task " + std::to_string(task.task.value) + " of run " +
                                        task.run.value + " is no longer held under fence " +
                                        std::to_string(task.fence.value) + ".");
  }
  DECANT_TRY(sql.execute(fill(sql.dialect(), schema, k_forget_kept), key));
  RejectOwner owner{task.run, task.job, task.entity, task.task, false, {}};
  for (const ChunkSpec& chunk : task.chunks) owner.chunks.push_back(chunk.name().value);
  std::vector<SqlValue> values{task.run.value,
                               task_number(task.task),
                               storable_text(task.worker),
                               number(task.rows_read),
                               number(task.rows_rejected),
                               number(std::min(task.rows_rejected, k_max_kept_rejects)),
                               storable_text(task.error)};
  DECANT_TRY_ASSIGN(const auto changed,
                    sql.execute(fill(sql.dialect(), schema, k_update_refused), values));
  if (changed == 0) {
    values.insert(values.end(), {task.job, task.table, task.entity});
    DECANT_TRY(sql.execute(fill(sql.dialect(), schema, k_insert_refused), values));
  }
  if (task.rejects)
    DECANT_TRY(append_rejects(sql, schema, owner, k_max_kept_rejects, task.rejects));
  return transaction.commit();
}

Status Ledger::rejects_of_task(const RunId& run, TaskId task, const std::vector<ChunkSpec>& chunks,
                               int most, const TakeReject& take) {
  const std::string text =
      fill(sql_.dialect(), schema_, k_rejects_of_task) + std::to_string(std::max(most, 0));
  DECANT_TRY_ASSIGN(const auto rows,
                    sql_.query(text, std::vector<SqlValue>{run.value, task_number(task)}));
  for (const auto& row : rows) {
    RowReader read(row);
    const std::string chunk = read.text();
    const auto at = std::find_if(chunks.begin(), chunks.end(),
                                 [&](const ChunkSpec& spec) { return spec.name().value == chunk; });
    Reject reject;
    reject.source = read.text();
    reject.place.line = static_cast<std::uint64_t>(read.integer());
    reject.place.byte_offset = static_cast<std::uint64_t>(read.integer());
    reject.column = read.text();
    reject.rule = read.text();
    reject.reason = read.text();
    reject.original = read.text();
    DECANT_TRY(take(reject, at == chunks.end() ? -1 : static_cast<int>(at - chunks.begin())));
  }
  return {};
}

Result<std::vector<Ledger::RejectRow>> Ledger::rejects(const std::string& job, int most) {
  const std::string text =
      fill(sql_.dialect(), schema_, statement("rejects")) + std::to_string(std::max(most, 0));
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(text, std::vector<SqlValue>{job}));
  std::vector<RejectRow> rejects;
  for (const auto& row : rows) {
    RowReader read(row);
    RejectRow reject;
    reject.chunk = read.text();
    reject.run = read.text();
    reject.source = read.text();
    reject.column = read.text();
    reject.rule = read.text();
    reject.reason = read.text();
    reject.original = read.text();
    reject.line = read.integer();
    rejects.push_back(std::move(reject));
  }
  return rejects;
}

}  // namespace decant
