#include "common/ledger/task_commit.h"

#include "common/digest/control_sums.h"
#include "common/value/canonical.h"

namespace decant {
namespace {

// Takes the rows that the target refused out of the totals of what was loaded.
Status take_out_refused(const Task& task, const LoadOutcome& outcome,
                        std::vector<BatchReport>& batches) {
  if (outcome.refused.empty()) return {};
  const auto schema = std::make_shared<const Schema>(task.plan.target_schema());
  DECANT_TRY_ASSIGN(const ControlSums sums, ControlSums::make(task.plan.control_sums, *schema));
  RowHasher hasher;
  RowBatch row;
  for (const RefusedRow& refused : outcome.refused) {
    BatchReport& batch = batches[static_cast<std::size_t>(refused.chunk)];
    row.reset(schema);
    DECANT_TRY(append_row_from_canonical(refused.canonical_row, row));
    ChunkTotals gone;
    gone.sums.resize(sums.sums().size());
    sums.add(row, 0, gone.sums);
    batch.loaded.digest.remove(hasher.hash(refused.canonical_row));
    for (std::size_t i = 0; i < gone.sums.size(); ++i) batch.loaded.sums[i].subtract(gone.sums[i]);
    ++(refused.reject.rule == k_superseded ? batch.rows_superseded : batch.rows_rejected);
  }
  return {};
}

}  // namespace

Status check_reject_limit(const Task& task, std::int64_t rejected_before,
                          const LoadOutcome& outcome, std::int64_t max) {
  std::int64_t rejected = rejected_before;
  const Reject* first = nullptr;
  for (const RefusedRow& refused : outcome.refused) {
    if (refused.reject.rule == k_superseded) continue;
    ++rejected;
    if (first == nullptr) first = &refused.reject;
  }
  if (first == nullptr || rejected <= max) return {};
  return fail(ErrorCode::kTooManyRejects,
              task.plan.write.table +
                  " refuses more rows than the job allows (rejects: max: " + std::to_string(max) +
                  "), the first by rule " + first->rule + ": " + first->reason,
              "Mend the source, or raise `rejects:` for " + task.plan.entity + ".");
}

Result<TaskCommit> make_task_commit(const Task& task, const CommitContext& context,
                                    std::vector<BatchReport>& batches,
                                    const std::vector<Reject>& rejects,
                                    const std::vector<int>& chunk_of_reject,
                                    const LoadOutcome& outcome) {
  for (std::size_t i = 0; i < batches.size() && i < outcome.counts.size(); ++i)
    batches[i].counts = outcome.counts[i];
  DECANT_TRY(take_out_refused(task, outcome, batches));
  TaskCommit commit;
  commit.run = context.run;
  commit.job = context.job;
  commit.table = task.plan.write.table;
  commit.entity = task.plan.entity;
  commit.task = task.id;
  commit.fence = task.fence;
  commit.worker = context.worker.value;
  commit.fingerprint = task.plan.fingerprint;
  commit.sum_names = task.plan.control_sums;
  commit.duration_ms = context.duration_ms;
  std::vector<int> record_of_chunk(task.chunks.size(), -1);
  for (const BatchReport& report : batches) {
    if (report.rows_read == 0 && !task.records_empty_chunks) continue;
    record_of_chunk[static_cast<std::size_t>(report.chunk)] =
        static_cast<int>(commit.batches.size());
    const TaskChunk& chunk = task.chunks[static_cast<std::size_t>(report.chunk)];
    BatchRecord record;
    record.chunk = chunk.spec;
    record.skipped = report.skipped;
    record.replaces = !report.skipped && chunk.prior.has_value();
    record.rows_read = report.rows_read;
    record.rows_rejected = report.rows_rejected;
    record.rows_superseded = report.rows_superseded;
    record.accepted = report.accepted;
    record.loaded = report.loaded;
    record.counts = report.counts;
    commit.batches.push_back(std::move(record));
  }
  const auto record_of = [&](int chunk) {
    const auto position = static_cast<std::size_t>(chunk);
    return chunk < 0 || position >= record_of_chunk.size() ? -1 : record_of_chunk[position];
  };
  commit.rejects = rejects;
  for (const int chunk : chunk_of_reject) commit.chunk_of_reject.push_back(record_of(chunk));
  for (const RefusedRow& refused : outcome.refused) {
    if (refused.reject.rule == k_superseded) continue;
    commit.rejects.push_back(refused.reject);
    commit.chunk_of_reject.push_back(record_of(refused.chunk));
  }
  return commit;
}

}  // namespace decant
