// The ledger's part of a task's transaction: the fence, then batches and rejects; the dividing of
// chunks with their batches; and the voiding of batches.

#include "common/base/failpoint.h"
#include "common/ledger/control_sums_text.h"
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_parts.h"
#include "common/ledger/ledger_rejects.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_pass_fence = R"sql(
UPDATE {schema}.tasks SET state = 'committed'
WHERE run_id = $1 AND task_id = CAST($2 AS BIGINT) AND fence = CAST($3 AS BIGINT) AND state = 'assigned')sql";

constexpr std::string_view k_void_replaced = R"sql(
UPDATE {schema}.migration_batches AS b SET status = 'voided', voided_by = $3, voided_at = {now}
FROM {rows} AS r(chunk)
WHERE b.job = $1 AND b.entity = $2 AND b.chunk = r.chunk AND b.status = 'loaded')sql";

constexpr std::string_view k_shorten_chunk = R"sql(
UPDATE {schema}.chunks SET range_end = CAST($5 AS BIGINT), estimated_rows = CAST($6 AS BIGINT)
WHERE job = $1 AND chunk = $2 AND range_begin IS NOT DISTINCT FROM CAST($3 AS BIGINT)
  AND range_end IS NOT DISTINCT FROM CAST($4 AS BIGINT))sql";

constexpr std::string_view k_void_entity = R"sql(
UPDATE {schema}.migration_batches SET status = 'voided', voided_by = $3, voided_at = {now}
WHERE job = $1 AND entity = $2 AND status = 'loaded')sql";

SqlValue task_number(const TaskCommit& commit) {
  return number(static_cast<std::int64_t>(commit.task.value));
}

Status pass_fence(SqlSession& sql, const std::string& schema, const TaskCommit& commit) {
  const auto passed = sql.execute(
      fill(sql.dialect(), schema, k_pass_fence),
      std::vector<SqlValue>{commit.run.value, task_number(commit), number(commit.fence.value)});
  if (!passed && !is_write_conflict(sql.dialect(), passed.error())) return fail(passed.error());
  if (passed && *passed == 1) return {};
  return fail(ErrorCode::kFenced, "Task " + std::to_string(commit.task.value) + " of run " +
                                      commit.run.value + " is no longer held under fence " +
                                      std::to_string(commit.fence.value) + ".");
}

Status void_replaced(SqlSession& sql, const std::string& schema, const TaskCommit& commit) {
  ValueRows rows(1, {commit.job, commit.entity, commit.run.value});
  for (const auto& batch : commit.batches) {
    if (batch.replaces && !batch.skipped) rows.add({batch.chunk.name().value});
  }
  if (rows.empty()) return {};
  DECANT_TRY(rows.execute(sql, fill(sql.dialect(), schema, k_void_replaced)));
  return {};
}

Status insert_batches(SqlSession& sql, const std::string& schema, const TaskCommit& commit) {
  ValueRows rows(17, {commit.run.value, commit.job, commit.table, commit.entity,
                      task_number(commit), commit.fingerprint, number(commit.fence.value),
                      storable_text(commit.worker), number(commit.duration_ms)});
  for (const auto& batch : commit.batches) {
    rows.add({batch.chunk.name().value, batch.skipped ? "skipped" : "loaded",
              boolean(batch.replaces), number(batch.rows_read), number(batch.rows_rejected),
              number(batch.accepted.digest.row_count), number(batch.loaded.digest.row_count),
              number(batch.counts.inserted), number(batch.counts.updated),
              number(batch.counts.deleted), batch.accepted.digest.hex(), batch.loaded.digest.hex(),
              write_control_sums(commit.sum_names, batch.accepted.sums),
              write_control_sums(commit.sum_names, batch.loaded.sums),
              number(batch.rows_superseded), boolean(batch.corrects),
              storable_text(batch.snapshot)});
  }
  if (rows.empty()) return {};
  DECANT_TRY(rows.execute(sql, fill(sql.dialect(), schema, statement("insert_batches"))));
  return {};
}

Status insert_rejects(SqlSession& sql, const std::string& schema, const TaskCommit& commit) {
  if (!commit.rejects) return {};
  RejectOwner owner{commit.run, commit.job, commit.entity, commit.task, true, {}};
  for (const BatchRecord& batch : commit.batches) owner.chunks.push_back(batch.chunk.name().value);
  return append_rejects(sql, schema, owner, INT64_MAX, commit.rejects);
}

}  // namespace

Status Ledger::commit_task(SqlSession& sql, const std::string& schema, const TaskCommit& commit) {
  pass(Failpoint::kBeforeFence);
  DECANT_TRY(pass_fence(sql, schema, commit));
  DECANT_TRY(void_replaced(sql, schema, commit));
  DECANT_TRY(insert_batches(sql, schema, commit));
  DECANT_TRY(insert_rejects(sql, schema, commit));
  pass(Failpoint::kAfterFence);
  return {};
}

Status Ledger::commit_as_leader(const Mandate& mandate, const TaskCommit& commit) {
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {commit.table}));
  DECANT_TRY(insert_batches(sql_, schema_, commit));
  return insert_rejects(sql_, schema_, commit);
}

Status Ledger::split_chunk(const Mandate& mandate, const std::string& job, const ChunkSpec& chunk,
                           const std::vector<ChunkSpec>& parts, const TaskCommit& batches) {
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {mandate.table}));
  const auto limit = [](const std::optional<std::int64_t>& value) {
    return value ? number(*value) : SqlValue();
  };
  const ChunkSpec& first = parts.front();
  DECANT_TRY_ASSIGN(
      const auto changed,
      sql_.execute(fill(sql_.dialect(), schema_, k_shorten_chunk),
                   std::vector<SqlValue>{job, chunk.name().value, limit(chunk.range.begin),
                                         limit(chunk.range.end), limit(first.range.end),
                                         number(first.estimated_rows)}));
  if (changed != 1) {
    return fail(ErrorCode::kNotFound, "The chunk " + chunk.name().value +
                                          " has other limits in the ledger than were read.");
  }
  const std::span<const ChunkSpec> others(parts.begin() + 1, parts.end());
  DECANT_TRY_ASSIGN(const std::int64_t added,
                    insert_chunks(sql_, schema_, job, mandate.table, others));
  if (added != static_cast<std::int64_t>(others.size())) {
    return fail(ErrorCode::kNotFound, "A part of the chunk " + chunk.name().value +
                                          " has the number of another in the ledger.");
  }
  DECANT_TRY(void_replaced(sql_, schema_, batches));
  return insert_batches(sql_, schema_, batches);
}

Status Ledger::void_batches(const Mandate& mandate, const std::string& job,
                            const std::string& entity) {
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {mandate.table}));
  DECANT_TRY(sql_.execute(fill(sql_.dialect(), schema_, k_void_entity),
                          std::vector<SqlValue>{job, entity, mandate.run.value}));
  return {};
}

}  // namespace decant
