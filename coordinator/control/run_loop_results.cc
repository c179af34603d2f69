// RunLoop, what comes back: results are judged, staged ones committed, finished ones handed to the
// run.
#include "coordinator/control/run_loop.h"

#include <algorithm>

namespace decant {

// Tasks that are still to be handed out may import it too.
void RunLoop::learn_snapshot(const Task& from, const std::string& snapshot) {
  constexpr std::size_t k_most_snapshots = 16;
  for (auto& [id, task] : tasks_) {
    std::vector<std::string>& known = task.snapshots;
    if (task.plan.entity != from.plan.entity || task.store != from.store || known.empty()) continue;
    if (std::find(known.begin(), known.end(), snapshot) != known.end()) continue;
    if (known.size() == k_most_snapshots) known.erase(known.begin());
    known.push_back(snapshot);
  }
}

void RunLoop::take_result(const Incarnation& worker, const TaskResult& result) {
  const ResultAck ack{result.task, result.fence};
  if (!tasks_.contains(result.task)) {
    send(worker, ack);  // of an earlier phase: it was taken then
    return;
  }
  if (!result.snapshot.empty()) learn_snapshot(tasks_.at(result.task), result.snapshot);
  const Verdict verdict = dispatcher_.result(worker, result, parts_.clock.now());
  const auto& state = dispatcher_.tasks().at(result.task);
  // Acknowledged implies in the ledger: a staged result is acknowledged once it is committed.
  if (state.state == DispatchState::kCommitting) {
    if (verdict == Verdict::kTake) commit_stage(worker, result);
    return;
  }
  send(worker, ack);
  if (verdict != Verdict::kTake) return;
  const Task& task = tasks_.at(result.task);
  if (result.outcome == TaskOutcome::kDone) {
    finish_task(task, result, name_of(worker));
    return;
  }
  if (result.error && result.outcome == TaskOutcome::kFailed) {
    parts_.logger.warn("Task " + std::to_string(task.id.value) + " of " + task.plan.entity +
                       " failed on " + name_of(worker) + ": " + result.error->to_string());
    for (std::size_t i = 0; i < result.rejects.size() && i < 10; ++i) {
      const Reject& reject = result.rejects[i];
      parts_.logger.warn("  reject: " + reject.source + ":" + std::to_string(reject.place.line) +
                         ": " + reject.reason);
    }
    if (logs(task))
      parts_.log->task_state(task, "failed", name_of(worker), result.error->to_string());
    if (result.error->code == ErrorCode::kTooManyRejects) fatal_ = result.error;
  }
}

void RunLoop::commit_stage(const Incarnation& worker, const TaskResult& result) {
  const Task task = tasks_.at(result.task);
  const std::string worker_name = name_of(worker);
  const CommitContext context{parts_.run, parts_.job, WorkerName(worker_name),
                              result.times.total_ms};
  const std::string schema = parts_.ledger_schema;
  const auto limit = parts_.max_rejects.find(task.plan.entity);
  const std::int64_t max_rejects = limit == parts_.max_rejects.end() ? 0 : limit->second;
  parts_.target.post([this, task, worker, worker_name, result = TaskResult(result), context,
                      max_rejects,
                      schema](TargetAccess& access) mutable -> TargetThread::Completion {
    const MonotonicMs begin = parts_.clock.now();
    LoadPlan plan;
    plan.entity = task.plan;
    plan.method = task.method;
    for (const TaskChunk& chunk : task.chunks) plan.chunks.push_back(chunk.spec);
    plan.ledger_schema = schema;
    plan.run_id = context.run.value;
    plan.task_id = static_cast<std::int64_t>(task.id.value);
    std::vector<int> chunks;
    for (const BatchReport& batch : result.batches) {
      if (!batch.skipped) chunks.push_back(batch.chunk);
    }
    const std::vector<int> chunk_of_reject(result.chunk_of_reject.begin(),
                                           result.chunk_of_reject.end());
    const auto outcome = access.target.commit_stage(
        plan, result.stage_file, chunks, [&](SqlSession& sql, const LoadOutcome& loaded) -> Status {
          DECANT_TRY(check_reject_limit(task, result.rows_rejected, loaded, max_rejects));
          DECANT_TRY_ASSIGN(const TaskCommit commit,
                            make_task_commit(task, context, result.batches, result.rejects,
                                             chunk_of_reject, loaded));
          return Ledger::commit_task(sql, schema, commit);
        });
    result.times.commit_ms += parts_.clock.now().value - begin.value;
    if (!outcome) {
      return [this, task, error = outcome.error()] {
        parts_.logger.warn("The stage of task " + std::to_string(task.id.value) +
                           " was not committed: " + error.to_string());
        dispatcher_.commit_failed(task.id, error, parts_.clock.now());
        if (error.code == ErrorCode::kTooManyRejects) fatal_ = error;
      };
    }
    return [this, task, worker, worker_name, result] {
      dispatcher_.committed(task.id);
      send(worker, ResultAck{result.task, result.fence});
      finish_task(task, result, worker_name);
    };
  });
}

void RunLoop::finish_task(const Task& task, const TaskResult& result, const std::string& worker) {
  ++view_.tasks_done;
  std::int64_t& peak = worker_peaks_[worker];
  peak = std::max(peak, result.peak_memory_bytes);
  rows_done_ += result.rows_read;
  view_.rejects += result.rows_rejected;
  if (logs(task)) parts_.log->task_done(task, result, worker);
  if (done_) done_(task, result);
}

}  // namespace decant
