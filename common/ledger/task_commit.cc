#include "common/ledger/task_commit.h"

#include "common/base/text.h"
#include "common/connector/held_rows.h"
#include "common/connector/snapshot_text.h"
#include "common/ledger/table_lock.h"
#include "common/value/canonical.h"
#include "common/wire/task_stores.h"

namespace decant {
namespace {

constexpr std::size_t k_first_refusals = 20;
// A leader notices within a quarter of its lease that its session is gone.
constexpr std::int64_t k_leader_absence_ms = 20'000;

std::string how_to_go_on(const Task& task, const RunId& run) {
  return "They are in the ledger's table rejects under run " + run.value + ", the first " +
         group_digits(k_max_kept_rejects) +
         " of a task. Mend the source or the rule, or raise `rejects:` for " + task.plan.entity +
         ", and run again: what is loaded stays.";
}

}  // namespace

Result<std::unique_ptr<TargetRefusals>> TargetRefusals::make(const Task& task,
                                                             std::vector<BatchReport>& batches,
                                                             RejectSpool& rejects) {
  auto schema = std::make_shared<const Schema>(task.plan.target_schema());
  DECANT_TRY_ASSIGN(ControlSums sums, ControlSums::make(task.plan.control_sums, *schema));
  return std::unique_ptr<TargetRefusals>(
      new TargetRefusals(task, batches, rejects, std::move(schema), std::move(sums)));
}

Status TargetRefusals::take(const RefusedRow& refused) {
  BatchReport& batch = (*batches_)[static_cast<std::size_t>(refused.chunk)];
  row_.reset(schema_);
  DECANT_TRY(append_row_from_canonical(refused.canonical_row, row_));
  if (refused.reject.rule == k_held) {  // it is there still, whatever the source has
    batch.loaded.digest.add(digester_.digest_of(row_, 0));
    batch.loaded.sums.resize(sums_.sums().size());
    sums_.add(row_, 0, batch.loaded.sums);
    return {};
  }
  ChunkTotals gone;
  gone.sums.resize(sums_.sums().size());
  sums_.add(row_, 0, gone.sums);
  batch.loaded.digest.remove(digester_.digest_of(row_, 0));
  for (std::size_t i = 0; i < gone.sums.size(); ++i) batch.loaded.sums[i].subtract(gone.sums[i]);
  // Another row with its key counts: a later one, or the former one that a foreign key keeps.
  if (refused.reject.rule == k_superseded || refused.reject.rule == k_unwritten) {
    ++batch.rows_superseded;
    return {};
  }
  ++batch.rows_rejected;
  if (count_++ == 0)
    why_ = "the first by rule " + refused.reject.rule + ": " + refused.reject.reason;
  Reject reject = refused.reject;
  // The table knows no file and no line; `original` has the row's key.
  if (reject.source.empty())
    reject.source = task_->chunks[static_cast<std::size_t>(refused.chunk)].spec.slice.store;
  if (first_.size() < k_first_refusals) first_.push_back({refused.chunk, reject, {}});
  return rejects_->add(reject, refused.chunk);
}

Status TargetRefusals::check_limit(const RunId& run, std::int64_t rejected_before,
                                   std::int64_t max) const {
  if (count_ == 0 || rejected_before + count_ <= max) return {};
  return fail(ErrorCode::kTooManyRejects,
              task_->plan.write.table + " refuses " + group_digits(count_) +
                  " rows of one task, and the job allows " + group_digits(max) +
                  " rejects (rejects: max), " + why_,
              how_to_go_on(*task_, run));
}

TaskCommit make_task_commit(const Task& task, const CommitContext& context,
                            std::vector<BatchReport>& batches, EachReject rejects,
                            const LoadOutcome& outcome) {
  for (std::size_t i = 0; i < batches.size() && i < outcome.counts.size(); ++i)
    batches[i].counts = outcome.counts[i];
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
    const auto read_under = context.snapshots.find(store_of(task, chunk.spec));
    if (read_under != context.snapshots.end())
      record.snapshot = snapshot_content(read_under->second);
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
  if (!rejects) return commit;
  commit.rejects = [rejects = std::move(rejects),
                    record_of_chunk = std::move(record_of_chunk)](const TakeReject& take) {
    return rejects([&](const Reject& reject, int chunk) {
      const auto position = static_cast<std::size_t>(chunk);
      const bool known = chunk >= 0 && position < record_of_chunk.size();
      return take(reject, known ? record_of_chunk[position] : -1);
    });
  };
  return commit;
}

namespace {

// Chunks that are loaded again together have an empty prior: they were looked at before.
bool is_remapped(const Task& task, const TaskChunk& chunk) {
  const auto& prior = chunk.prior;
  const bool is_looked_at = prior && prior->fingerprint.empty() && prior->accepted == SetDigest();
  return task.method == LoadMethod::kUpsert && prior && !is_looked_at &&
         prior->fingerprint != task.plan.fingerprint;
}

}  // namespace

LoadPlan load_plan_of(const Task& task, const RunId& run, const std::string& job,
                      const std::string& ledger_schema) {
  LoadPlan plan;
  plan.entity = task.plan;
  plan.method = task.method;
  for (const TaskChunk& chunk : task.chunks) {
    const auto position = static_cast<int>(plan.chunks.size());
    if (chunk.is_tried_again) plan.tried_again.push_back(position);
    if (is_remapped(task, chunk)) plan.remapped.push_back(position);
    plan.chunks.push_back(chunk.spec);
  }
  plan.job = job;
  plan.ledger_schema = ledger_schema;
  plan.run_id = run.value;
  plan.task_id = static_cast<std::int64_t>(task.id.value);
  plan.rejects_moved_keys = task.rejects_moved_keys;
  plan.lets_go = task.lets_go;
  plan.awaits_parents = task.awaits_parents;
  plan.begins_with = [ledger_schema, table = plan.entity.write.table](SqlSession& transaction) {
    return join_work(transaction, ledger_schema, table, k_leader_absence_ms);
  };
  return plan;
}

void hand_back(TaskResult& result, std::vector<KeyPlace> keys_elsewhere) {
  result.outcome = TaskOutcome::kHandedBack;
  result.keys_elsewhere = std::move(keys_elsewhere);
  result.batches.clear();
  result.strays.clear();
  result.rejects.clear();
  result.chunk_of_reject.clear();
  result.rows_rejected = 0;
}

RefusedTask make_refused_task(const Task& task, const CommitContext& context,
                              std::int64_t rows_read, std::int64_t rows_rejected,
                              const Error& error, EachReject rejects) {
  RefusedTask refused;
  refused.run = context.run;
  refused.job = context.job;
  refused.table = task.plan.write.table;
  refused.entity = task.plan.entity;
  refused.task = task.id;
  refused.fence = task.fence;
  refused.worker = context.worker.value;
  for (const TaskChunk& chunk : task.chunks) refused.chunks.push_back(chunk.spec);
  refused.rows_read = rows_read;
  refused.rows_rejected = rows_rejected;
  refused.error = error.message;
  refused.rejects = std::move(rejects);
  return refused;
}

Error too_many_rejects(const Task& task, const RunId& run, std::int64_t rows_read,
                       std::int64_t rows_rejected, std::int64_t max) {
  return Error{ErrorCode::kTooManyRejects,
               group_digits(rows_rejected) + " of the " + group_digits(rows_read) +
                   " rows of one task are refused, and the job allows " + group_digits(max) +
                   " (rejects: max). Nothing of the task was loaded.",
               how_to_go_on(task, run),
               {},
               {}};
}

}  // namespace decant
