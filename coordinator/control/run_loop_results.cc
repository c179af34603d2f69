// RunLoop, what comes back: results are judged, staged ones committed, finished ones handed to the
// run.
#include "coordinator/control/run_loop.h"

#include <algorithm>

namespace decant {
namespace {

// Whether a result speaks only of chunks that the task has.
bool fits(const Task& task, const TaskResult& result) {
  return std::all_of(result.batches.begin(), result.batches.end(), [&](const BatchReport& batch) {
    return batch.chunk >= 0 && static_cast<std::size_t>(batch.chunk) < task.chunks.size();
  });
}

TaskResult refused(const TaskResult& result) {
  TaskResult out;
  out.task = result.task;
  out.fence = result.fence;
  out.outcome = TaskOutcome::kFailed;
  out.error = Error{ErrorCode::kProtocol,
                    "A worker reports chunks that its task does not have.",
                    "Use the same version of decant and decant-worker.",
                    {},
                    {}};
  return out;
}

}  // namespace

void RunLoop::take_result(const Incarnation& worker, const TaskResult& result) {
  const ResultAck ack{result.task, result.fence};
  if (adoption_.is_undecided(result.task, result.fence)) return;  // it comes again
  if (!tasks_.contains(result.task)) {
    send(worker, ack);  // of an earlier phase: it was taken then
    return;
  }
  // What is staged once the run is over is not committed any more, so it is not acknowledged.
  if (is_over_ && result.outcome == TaskOutcome::kStaged) return;
  if (!fits(tasks_.at(result.task), result)) return take_result(worker, refused(result));
  if (parts_.snapshots != nullptr) {
    const std::string& entity = tasks_.at(result.task).plan.entity;
    for (const auto& [store, snapshot] : result.snapshots)
      parts_.snapshots->learn(entity, store, snapshot);
  }
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
  if (result.outcome == TaskOutcome::kDone || result.outcome == TaskOutcome::kHandedBack) {
    finish_task(task, result, name_of(worker));
    return;
  }
  if (result.error && result.outcome == TaskOutcome::kFailed) {
    tell_attempt(task, *result.error);
    if (logs(task))
      parts_.log->task_state(task, "failed", name_of(worker), result.error->to_string());
    if (result.error->code == ErrorCode::kTooManyRejects) {
      keep_rejects(task, name_of(worker), result);
    }
  }
}

void RunLoop::tell_attempt(const Task& task, const Error& error) {
  const DispatchTask& state = dispatcher_.tasks().at(task.id);
  if (state.state != DispatchState::kReclaiming) return;  // the run tells what failed for good
  if (const auto line = attempt_notice_.failed(task, error, state.attempts))
    parts_.logger.warn(*line);
}

StageContext RunLoop::stage_context(const Task& task, const std::string& worker,
                                    const TaskResult& result) const {
  const auto limit = parts_.max_rejects.find(task.plan.entity);
  return {{task.run, parts_.job, WorkerName(worker), result.times.total_ms, result.snapshots},
          parts_.ledger_schema,
          limit == parts_.max_rejects.end() ? 0 : limit->second};
}

void RunLoop::commit_stage(const Incarnation& worker, const TaskResult& result) {
  const Task& task = tasks_.at(result.task);
  const std::string name = name_of(worker);
  staged_.push(
      {task, worker, name, stage_context(task, name, result), result, parts_.clock.now(), {}});
}

// One transaction at a time: what is staged meanwhile goes together in the next. Nothing waits for
// more once the run is to end.
void RunLoop::commit_what_is_due() {
  const bool are_more_coming =
      dispatcher_.is_any_running() && parts_.interrupts == 0 && !stopped().has_value();
  if (is_committing_ || !staged_.is_due(parts_.clock.now(), are_more_coming)) return;
  is_committing_ = true;
  parts_.target.post([this](TargetAccess& access) -> TargetThread::Completion {
    auto staged = std::make_shared<std::vector<StagedResult>>(staged_.take());
    const MonotonicMs begin = parts_.clock.now();
    commit_staged(access, staged_, *staged);
    const std::int64_t commit_ms = parts_.clock.now().value - begin.value;
    return [this, staged, commit_ms] {
      is_committing_ = false;
      for (StagedResult& each : *staged) {
        each.result.times.commit_ms += commit_ms / std::ssize(*staged);
        settle_commit(each);
      }
    };
  });
}

void RunLoop::settle_commit(const StagedResult& staged) {
  if (!staged.committed) {
    const Error& error = staged.committed.error();
    dispatcher_.commit_failed(staged.task.id, error, parts_.clock.now());
    tell_attempt(staged.task, error);
    if (error.code == ErrorCode::kTooManyRejects) take_refused(staged.task, staged.result, error);
    return;
  }
  dispatcher_.committed(staged.task.id);
  send(staged.worker, ResultAck{staged.result.task, staged.result.fence});
  finish_task(staged.task, staged.result, staged.worker_name);
}

Status RunLoop::record(Task task, TaskResult result) {
  task.id = TaskId(next_task_++);
  const std::string name = "coordinator";
  const CommitContext context{parts_.run, parts_.job, WorkerName(name), result.times.total_ms, {}};
  const EachReject none = [](const TakeReject&) { return Status(); };
  const TaskCommit commit = make_task_commit(task, context, result.batches, none, LoadOutcome{});
  const Mandate mandate{parts_.run, epoch_, commit.table};
  DECANT_TRY(on_target<bool>([commit, mandate](TargetAccess& access) -> Result<bool> {
    SqlSession& sql = access.target.sql();
    DECANT_TRY(sql.begin());
    Status written = access.ledger.commit_as_leader(mandate, commit);
    if (written) written = sql.commit();
    if (!written) {
      sql.rollback();
      return fail(std::move(written).error());
    }
    return true;
  }));
  if (parts_.log != nullptr) parts_.log->task_done(task, result, name);
  return {};
}

// A task over the limit ends the phase; its first rejects go to people.
void RunLoop::take_refused(const Task& task, const TaskResult& result, const Error& error) {
  if (is_parked(task.id)) {
    early_[task.id] = {result, std::nullopt, error};
    return;
  }
  stop(error);
  if (refused_) refused_(task, result);
}

// A worker that reaches the ledger itself has kept its rejects there. The phase ends only after
// that, since its end calls off what the target is about.
void RunLoop::keep_rejects(const Task& task, const std::string& worker, const TaskResult& result) {
  if (result.reject_file.empty() || !parts_.writes_ledger) {
    take_refused(task, result, *result.error);
    return;
  }
  parts_.target.post([this, task, result, context = stage_context(task, worker, result)](
                         TargetAccess& access) -> TargetThread::Completion {
    const Status kept = keep_reject_file(access, task, context, result);
    return [this, task, result, kept] {
      if (!kept)
        parts_.logger.warn("Rejects could not be kept in the ledger: " + kept.error().to_string());
      take_refused(task, result, *result.error);
    };
  });
}

void RunLoop::finish_task(const Task& task, const TaskResult& result, const std::string& worker) {
  set_aside_in_a_row_ = 0;
  std::int64_t& peak = worker_peaks_[worker];
  peak = std::max(peak, result.peak_memory_bytes);
  if (logs(task) && result.outcome == TaskOutcome::kHandedBack) {
    parts_.log->task_state(task, "handed back", worker, "keys of its rows stand in other chunks");
  } else if (logs(task)) {
    parts_.log->task_done(task, result, worker);
  }
  count_in(task, result);
}

void RunLoop::count_in(const Task& task, const TaskResult& result) {
  if (is_parked(task.id)) {
    early_[task.id] = {result, std::nullopt, std::nullopt};
    return;
  }
  ++view_.tasks_done;
  if (result.outcome != TaskOutcome::kHandedBack) {
    rows_done_ += result.rows_read;
    view_.rejects += result.rows_rejected;
  }
  if (done_) done_(task, result);
}

void RunLoop::count_in(const Task& task, const RecoveredTask& recovered) {
  if (is_parked(task.id)) {
    early_[task.id] = {std::nullopt, recovered, std::nullopt};
    return;
  }
  ++view_.tasks_done;
  if (recovered_) recovered_(task, recovered);
}

}  // namespace decant
