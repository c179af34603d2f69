#include "tests/simulation/sim_worker.h"

#include "common/wire/codec.h"

namespace decant::sim {

void SimWorker::start(MonotonicMs now) {
  SessionOptions options;
  options.endpoint = "sim://coordinator";
  options.name = WorkerName("w" + std::to_string(number_));
  for (auto& byte : options.incarnation.value) byte = static_cast<std::uint8_t>(random_.bits());
  options.slots = k_slots;
  options.hello_pause_ms = 200;
  options.longest_hello_pause_ms = 1'000;
  options.result_pause_ms = 200;
  options.longest_result_pause_ms = 2'000;
  options.give_up_after_ms = 15'000;
  options.leave_within_ms = 3'000;
  session_.emplace(options, now);
  peer_ = "worker-" + std::to_string(number_) + "-" + std::to_string(++lives_);
  network_.connect_peer(peer_);
}

void SimWorker::crash(MonotonicMs now) {
  for (auto& [key, work] : works_) {
    if (work.transaction != 0) {
      store_.connection_lost(work.transaction, MonotonicMs{now.value + random_.between(1, 4'000)});
    }
  }
  works_.clear();
  renewed_.clear();
  session_.reset();
  network_.forget_peer(peer_);
  stalled_until_ = {};
  may_start_at_.value = now.value + random_.between(50, 4'000);
}

bool SimWorker::believes_in(const RunId& run, TaskId task, Fence fence) const {
  const auto work = works_.find(Key(task, fence));
  return work != works_.end() && work->second.task.run == run && !work->second.is_over &&
         work->second.step < Step::kCommitSent && renewed_.contains(Key(task, fence));
}

void SimWorker::turn(MonotonicMs now) {
  if (!is_alive() || is_stalled(now)) return;
  receive(now);
  for (auto& [key, work] : works_) {
    session_->progressed({key.first, key.second}, static_cast<std::int64_t>(work.step));
  }
  perform(session_->tick(now), now);
  if (!is_alive()) return;
  for (auto& [key, work] : works_) {
    if (!advance(work, now)) return crash(now);
  }
  std::erase_if(works_, [](const auto& entry) { return entry.second.is_over; });
}

void SimWorker::receive(MonotonicMs now) {
  for (const std::string& bytes : network_.take_for_worker(peer_, now)) {
    const auto envelope = decode(bytes);
    if (!envelope) {
      session_->undecodable(envelope.error(), task_in(bytes), now);
      continue;
    }
    const auto* ack = std::get_if<ProgressAck>(&envelope->body);
    if (ack != nullptr && ack->still_yours) renewed_.insert(Key(ack->task, ack->fence));
    session_->received(*envelope, now);
  }
}

void SimWorker::perform(std::vector<SessionAction> actions, MonotonicMs now) {
  for (SessionAction& action : actions) {
    if (const auto* send = std::get_if<SendMessage>(&action)) {
      if (const auto bytes = encode(send->envelope)) network_.to_coordinator(peer_, *bytes, now);
    } else if (std::holds_alternative<BeginRun>(action)) {
      session_->run_begun(now);
    } else if (auto* start = std::get_if<StartTask>(&action)) {
      ++starts[start->task.chunks.at(0).spec.number];
      Work work{std::move(start->task)};
      work.until.value = now.value + random_.between(10, 1'500);
      const Key key(work.task.id, work.task.fence);
      renewed_.erase(key);
      works_.insert_or_assign(key, std::move(work));
    } else if (const auto* cancel = std::get_if<CancelTask>(&action)) {
      const auto work = works_.find(Key(cancel->task.task, cancel->task.fence));
      if (work != works_.end() && mutation_ != Mutation::kNoLeaseCheck)
        work->second.is_cancelled = true;
    } else {
      return crash(now);  // it leaves, and the operator starts it again
    }
  }
  // What was cancelled in this turn stops in this turn.
  for (auto& [key, work] : works_) {
    if (!work.is_cancelled || work.is_over || work.step >= Step::kCommitSent) continue;
    if (work.transaction != 0) store_.roll_back(work.transaction);
    report(work, TaskOutcome::kCancelled, now);
  }
}

// False: the process dies here.
bool SimWorker::advance(Work& work, MonotonicMs now) {
  if (work.is_over || now < work.until) return true;
  switch (work.step) {
    case Step::kExtract:
      if (faulty_ && random_.one_in(25)) {
        report(work, TaskOutcome::kFailed, now);
        return true;
      }
      return end_step(work, Step::kLoad, 1'000, now);
    case Step::kLoad:
      if (stages_) {
        report(work, TaskOutcome::kStaged, now);
        return true;
      }
      return end_step(work, Step::kFence, 50, now);
    case Step::kFence:
      return try_fence(work, now);
    case Step::kHoldLock:
      if (store_.state(work.transaction) == TargetStore::TransactionState::kRolledBack) {
        report(work, TaskOutcome::kFailed, now);  // its backend was ended
        return true;
      }
      store_.send_commit(work.transaction, now);
      return end_step(work, Step::kCommitSent, 0, now);
    case Step::kCommitSent:
      return await_commit(work, now);
    case Step::kReport:
      report(work, TaskOutcome::kDone, now);
      return true;
  }
  return true;
}

bool SimWorker::end_step(Work& work, Step next, std::int64_t longest_ms, MonotonicMs now) {
  const Step ended = work.step;
  work.step = next;
  work.until.value = now.value + random_.between(0, longest_ms);
  if (!faulty_ || !random_.one_in(60)) return true;
  ++deaths[ended];
  return false;
}

bool SimWorker::try_fence(Work& work, MonotonicMs now) {
  const int chunk = work.task.chunks.at(0).spec.number;
  const auto opened = store_.fence_statement(work.task.run, work.task.id, work.task.fence, chunk);
  if (opened.answer == LedgerAnswer::kLocked) return true;  // waits
  if (opened.answer == LedgerAnswer::kNo) {
    report(work, TaskOutcome::kFenced, now);
    return true;
  }
  work.transaction = opened.transaction;
  if (mutation_ == Mutation::kAcknowledgeBeforeCommit) {
    report(work, TaskOutcome::kDone, now);
    work.is_over = false;
  }
  return end_step(work, Step::kHoldLock, 300, now);
}

bool SimWorker::await_commit(Work& work, MonotonicMs now) {
  using State = TargetStore::TransactionState;
  const State state = store_.state(work.transaction);
  // The connection is lost while COMMIT is on its way: nobody here knows.
  const bool is_lost = faulty_ && random_.one_in(40);
  if (is_lost || state == State::kRolledBack) {
    report(work, TaskOutcome::kCommitUnknown, now);
    return true;
  }
  if (state != State::kCommitted) return true;
  return end_step(work, Step::kReport, 100, now);
}

void SimWorker::report(Work& work, TaskOutcome outcome, MonotonicMs now) {
  work.is_over = true;
  if (work.is_reported) return;
  work.is_reported = true;
  TaskResult result;
  result.task = work.task.id;
  result.fence = work.task.fence;
  result.outcome = outcome;
  if (outcome == TaskOutcome::kFailed) {
    result.error = Error{ErrorCode::kUnreachable, "The source went away.", {}, {}, {}};
  }
  session_->finished(std::move(result), now);
}

}  // namespace decant::sim
