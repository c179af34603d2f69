#include "tests/simulation/sim_worker.h"

#include <algorithm>

#include "common/wire/codec.h"

namespace decant::sim {
namespace {

Event death_after(Step step) {
  switch (step) {
    case Step::kExtract:
      return Event::kDeathAfterExtract;
    case Step::kLoad:
      return Event::kDeathAfterLoad;
    case Step::kFence:
      return Event::kDeathAfterFence;
    case Step::kHoldLock:
      return Event::kDeathBeforeCommit;
    case Step::kCommitSent:
      return Event::kDeathAfterCommit;
    case Step::kReport:
      break;
  }
  return Event::kDeathAfterResult;
}

}  // namespace

void SimWorker::start(MonotonicMs now) {
  SessionOptions options;
  options.endpoint = "sim://coordinator";
  options.name = WorkerName("w" + std::to_string(number_));
  for (auto& byte : options.incarnation.value)
    byte = static_cast<std::uint8_t>(world_.random.bits());
  options.slots = k_slots;
  options.hello_pause_ms = 200;
  options.longest_hello_pause_ms = 1'000;
  options.result_pause_ms = 200;
  options.longest_result_pause_ms = 2'000;
  options.redials = !world_.has_one_address && world_.coordinators > 1;
  options.give_up_after_ms = 15'000;
  options.leave_within_ms = 3'000;
  session_.emplace(options, clock_.at(now));
  peer_ = "worker-" + std::to_string(number_) + "-" + std::to_string(++lives_);
  world_.network.connect_peer(peer_);
  dialled_ = world_.has_one_address ? world_.network.dial() : 0;
  is_connected_ = world_.network.is_listening(dialled_);
}

void SimWorker::crash(MonotonicMs now) {
  for (auto& [key, work] : works_) {
    if (work.transaction == 0) continue;
    const MonotonicMs noticed{now.value + world_.random.between(1, 4'000)};
    world_.target.connection_lost(work.transaction, noticed);
  }
  works_.clear();
  renewed_.clear();
  sent_in_vain_.clear();
  session_.reset();
  world_.network.forget_peer(peer_);
  stopped_until_ = {};
  was_suspended_ = false;
  may_start_at_.value = now.value + world_.random.between(50, 4'000);
}

void SimWorker::bury(MonotonicMs now) {
  if (is_alive()) crash(now);
  is_buried_ = true;
}

void SimWorker::suspend_until(MonotonicMs now, MonotonicMs until) {
  clock_.stand_still(until.value - now.value);
  stop_until(until);
  was_suspended_ = true;
}

void SimWorker::lose_connection(MonotonicMs now) {
  if (!session_) return;
  if (world_.has_one_address) dialled_ = world_.network.dial();
  session_->disconnected(clock_.at(now));
  session_->reconnected(clock_.at(now));
}

// Somebody begins to listen at the other end, or does no more: the transport says so after a while.
void SimWorker::watch_connection(MonotonicMs now) {
  const bool is_heard = world_.network.is_listening(dialled_);
  if (is_heard == is_connected_ || !world_.random.one_in(10)) return;
  is_connected_ = is_heard;
  if (is_heard) {
    session_->reconnected(clock_.at(now));
  } else {
    session_->disconnected(clock_.at(now));
  }
}

bool SimWorker::believes_in(const RunId& run, TaskId task, Fence fence) const {
  const auto work = works_.find(Key(task, fence));
  return work != works_.end() && !was_suspended_ && work->second.task.run == run &&
         !work->second.is_over && work->second.step < Step::kCommitSent &&
         renewed_.contains(Key(task, fence));
}

int SimWorker::most_sent_in_vain() const {
  int most = 0;
  for (const auto& [key, times] : sent_in_vain_) most = std::max(most, times);
  return most;
}

void SimWorker::turn(MonotonicMs now) {
  if (!is_alive() && !is_buried_ && may_start_at_ <= now) start(now);
  if (!is_running(now)) return;
  watch_connection(now);
  receive(now);
  for (auto& [key, work] : works_) {
    session_->progressed({key.first, key.second}, static_cast<std::int64_t>(work.step));
  }
  perform(session_->tick(clock_.at(now)), now);
  if (!is_alive()) return;
  for (auto& [key, work] : works_) {
    if (!advance(work, now)) return crash(now);
  }
  std::erase_if(works_, [](const auto& entry) { return entry.second.is_over; });
}

void SimWorker::receive(MonotonicMs now) {
  for (const std::string& bytes : world_.network.take_for_worker(peer_, now)) {
    const auto envelope = decode(bytes);
    if (!envelope) {
      session_->undecodable(envelope.error(), task_in(bytes), clock_.at(now));
      continue;
    }
    const auto* ack = std::get_if<ProgressAck>(&envelope->body);
    if (ack != nullptr && ack->still_yours) renewed_.insert(Key(ack->task, ack->fence));
    const auto* taken = std::get_if<ResultAck>(&envelope->body);
    if (taken != nullptr) sent_in_vain_.erase(Key(taken->task, taken->fence));
    session_->received(*envelope, clock_.at(now));
  }
}

void SimWorker::perform(std::vector<SessionAction> actions, MonotonicMs now) {
  for (SessionAction& action : actions) {
    if (const auto* message = std::get_if<SendMessage>(&action)) {
      send(message->envelope, now);
    } else if (std::holds_alternative<BeginRun>(action)) {
      sent_in_vain_.clear();
      session_->run_begun(clock_.at(now));
    } else if (auto* start = std::get_if<StartTask>(&action)) {
      begin(std::move(start->task), now);
    } else if (const auto* cancel = std::get_if<CancelTask>(&action)) {
      const auto work = works_.find(Key(cancel->task.task, cancel->task.fence));
      if (work != works_.end() && world_.mutation != Mutation::kNoLeaseCheck)
        work->second.is_cancelled = true;
    } else if (std::holds_alternative<Redial>(action)) {
      world_.events.note(Event::kRedialled);
      dialled_ = (dialled_ + 1) % world_.coordinators;
      is_connected_ = world_.network.is_listening(dialled_);
    } else if (const auto* leave = std::get_if<Leave>(&action)) {
      if (leave->exit_status == 0) world_.events.note(Event::kDrained);
      return crash(now);  // and the operator starts it again
    }
  }
  // What was cancelled in this turn stops in this turn.
  for (auto& [key, work] : works_) {
    if (!work.is_cancelled || work.is_over || work.step >= Step::kCommitSent) continue;
    if (work.transaction != 0) world_.target.roll_back(work.transaction);
    report(work, TaskOutcome::kCancelled, now);
  }
}

void SimWorker::send(const Envelope& envelope, MonotonicMs now) {
  const auto* result = std::get_if<TaskResult>(&envelope.body);
  const bool must_be_heard = !world_.has_faults && world_.network.is_listening(dialled_);
  if (result != nullptr && must_be_heard && result->outcome != TaskOutcome::kStaged)
    ++sent_in_vain_[Key(result->task, result->fence)];
  if (const auto bytes = encode(envelope))
    world_.network.to_coordinator(dialled_, peer_, *bytes, now);
}

void SimWorker::begin(Task task, MonotonicMs now) {
  reads += std::ssize(task.chunks);
  Work work{std::move(task)};
  work.until.value = now.value + world_.random.between(10, 1'500);
  const Key key(work.task.id, work.task.fence);
  renewed_.erase(key);
  works_.insert_or_assign(key, std::move(work));
}

// False: the process dies here.
bool SimWorker::advance(Work& work, MonotonicMs now) {
  if (work.is_over || now < work.until) return true;
  switch (work.step) {
    case Step::kExtract:
      if (world_.source.is_stalled(work.task.store, now)) return true;
      if (world_.strikes(25)) {
        report(work, TaskOutcome::kFailed, now);
        return true;
      }
      work.load = read(work.task);
      return end_step(work, Step::kLoad, 1'000, now);
    case Step::kLoad:
      if (world_.stages) {
        world_.staged[{work.task.run, work.task.id, work.task.fence}] = work.load;
        report(work, TaskOutcome::kStaged, now);
        return end_step(work, Step::kReport, 0, now);
      }
      return end_step(work, Step::kFence, 50, now);
    case Step::kFence:
      return try_fence(work, now);
    case Step::kHoldLock:
      if (world_.target.state(work.transaction) == TargetStore::TransactionState::kRolledBack) {
        report(work, TaskOutcome::kFailed, now);  // its backend was ended
        return true;
      }
      world_.target.send_commit(work.transaction);
      return end_step(work, Step::kCommitSent, 0, now);
    case Step::kCommitSent:
      return await_commit(work, now);
    case Step::kReport:
      report(work, TaskOutcome::kDone, now);
      return end_step(work, Step::kReport, 0, now);
  }
  return true;
}

bool SimWorker::end_step(Work& work, Step next, std::int64_t longest_ms, MonotonicMs now) {
  const Step ended = work.step;
  work.step = next;
  work.until.value = now.value + world_.random.between(0, longest_ms);
  if (!world_.strikes(30)) return true;
  world_.events.note(death_after(ended));
  return false;
}

// A chunk that has what it had is left alone.
std::shared_ptr<const TaskLoad> SimWorker::read(const Task& task) const {
  auto load = std::make_shared<TaskLoad>();
  load->job = task.plan.entity;
  load->fingerprint = task.plan.fingerprint;
  load->method = task.method;
  const int version = Source::version_of(task.snapshots.at(task.store));
  for (const TaskChunk& chunk : task.chunks) {
    ChunkLoad& out = load->chunks.emplace_back();
    out.spec = chunk.spec;
    out.rows = world_.source.read(task.store, chunk.spec.range, version);
    out.digest = digest_of(task.store, out.rows);
    out.is_skipped = chunk.prior && chunk.prior->accepted == out.digest &&
                     chunk.prior->fingerprint == load->fingerprint;
  }
  return load;
}

bool SimWorker::try_fence(Work& work, MonotonicMs now) {
  const Task& task = work.task;
  const auto opened = world_.target.fence_statement(task.run, task.id, task.fence, work.load);
  if (opened.answer == LedgerAnswer::kLocked) return true;  // waits
  if (opened.answer == LedgerAnswer::kNo) {
    report(work, TaskOutcome::kFenced, now);
    return true;
  }
  work.transaction = opened.transaction;
  if (world_.mutation == Mutation::kAcknowledgeBeforeCommit) {
    report(work, TaskOutcome::kDone, now);
    work.is_over = false;
  }
  return end_step(work, Step::kHoldLock, 300, now);
}

bool SimWorker::await_commit(Work& work, MonotonicMs now) {
  using State = TargetStore::TransactionState;
  const State state = world_.target.state(work.transaction);
  // The connection is lost while COMMIT is on its way: nobody here knows.
  if (world_.strikes(40) || state == State::kRolledBack) {
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
  session_->finished(std::move(result), clock_.at(now));
}

}  // namespace decant::sim
