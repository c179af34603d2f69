#include "tests/simulation/sim_coordinator.h"

#include "common/wire/codec.h"
#include "tests/simulation/sim_worker.h"

namespace decant::sim {
namespace {

// Faults are meant to be survived here, not counted.
constexpr int k_max_attempts = 10'000;

Welcome welcome_to(const RunId& run) {
  Welcome welcome;
  welcome.run = run;
  welcome.lease_ms = k_lease_ms;
  return welcome;
}

}  // namespace

void SimCoordinator::start(MonotonicMs) {
  const RunId run("run-" + std::to_string(++lives_));
  const Epoch epoch = store_.take_leadership();
  const std::int64_t lease_ms = mutation_ == Mutation::kNoReclaim ? INT64_MAX / 4 : k_lease_ms;
  life_.emplace(Life{run,
                     epoch,
                     SessionTable("ventas", welcome_to(run), epoch, k_lease_ms),
                     Dispatcher(DispatchLimits{lease_ms, k_max_attempts, 100}),
                     false,
                     {},
                     {}});
  // A result of an earlier run may still be under way: it must never fit a task of this one.
  if (mutation_ != Mutation::kFencesStartAnew)
    life_->dispatcher.set_first_fence(Fence(epoch.value << 20));
}

void SimCoordinator::crash(MonotonicMs now) {
  life_.reset();
  ledger_calls_.clear();
  may_start_at_.value = now.value + random_.between(100, 3'000);
}

void SimCoordinator::turn(MonotonicMs now) {
  if (!life_) return;
  Life& life = *life_;
  if (!life.has_planned) plan(life);
  receive(life, now);
  while (!ledger_calls_.empty() && ledger_calls_.front().due <= now) {
    const auto call = std::move(ledger_calls_.front().call);
    ledger_calls_.pop_front();
    call(now);
  }
  if (life.has_planned) {
    for (const DispatchAction& action : life.dispatcher.decide(now)) act(life, action, now);
  }
  check(life);
}

// First the fences of earlier runs, then, in a later statement, the ledger (DESIGN 7).
void SimCoordinator::plan(Life& life) {
  if (store_.abandon_other_runs(life.run) == LedgerAnswer::kLocked) return;
  const std::set<int> loaded = store_.committed_chunks();
  std::uint64_t number = 0;
  for (int chunk = 0; chunk < chunk_count_; ++chunk) {
    if (loaded.contains(chunk)) continue;
    Task task;
    task.id = TaskId(++number);
    task.store = "store" + std::to_string(chunk % 2);
    task.chunks.resize(1);
    task.chunks[0].spec.number = chunk;
    life.dispatcher.add_task(task.id, task.store, chunk);
    life.tasks.emplace(task.id, std::move(task));
  }
  life.dispatcher.set_store_limit("store0", 2);
  life.has_planned = true;
}

void SimCoordinator::receive(Life& life, MonotonicMs now) {
  for (const IncomingMessage& message : network_.take_for_coordinator(now)) {
    const auto envelope = decode(message.bytes);
    if (!envelope) {
      answer(life.sessions.refuse(message.peer,
                                  {Refusal::Code::kUnsupported, envelope.error().message}),
             now);
      continue;
    }
    const auto received = life.sessions.receive(message.peer, *envelope, now);
    if (received.reply) answer(*received.reply, now);
    if (received.accepted) take(life, *envelope, now);
  }
}

void SimCoordinator::take(Life& life, const Envelope& envelope, MonotonicMs now) {
  const Incarnation& worker = envelope.incarnation;
  Dispatcher& dispatcher = life.dispatcher;
  if (const auto* hello = std::get_if<Hello>(&envelope.body)) {
    dispatcher.worker_joined(*hello, envelope.worker, worker, now);
    return;
  }
  dispatcher.worker_heard(worker, now);
  if (const auto* credit = std::get_if<Credit>(&envelope.body)) {
    dispatcher.credit(worker, credit->tasks);
  } else if (const auto* progress = std::get_if<Progress>(&envelope.body)) {
    const bool still_yours = dispatcher.progress(worker, *progress, now);
    send(life, worker, ProgressAck{progress->task, progress->fence, still_yours, progress->renewal},
         now);
  } else if (const auto* result = std::get_if<TaskResult>(&envelope.body)) {
    take_result(life, worker, *result, now);
  } else if (std::holds_alternative<Goodbye>(envelope.body)) {
    dispatcher.worker_left(worker, now);
    life.sessions.forget(worker);
  }
}

void SimCoordinator::take_result(Life& life, const Incarnation& worker, const TaskResult& result,
                                 MonotonicMs now) {
  const Verdict verdict = life.dispatcher.result(worker, result, now);
  if (verdict == Verdict::kDuplicate) ++duplicates;
  if (verdict == Verdict::kStale) ++stale;
  // Acknowledged implies in the ledger: a staged result is acknowledged once it is committed.
  const auto task = life.dispatcher.tasks().find(result.task);
  if (task != life.dispatcher.tasks().end() && task->second.state == DispatchState::kCommitting) {
    if (verdict == Verdict::kTake) commit_stage(life, worker, result, now);
    return;
  }
  acknowledge(life, worker, result, now);
}

void SimCoordinator::commit_stage(Life& life, const Incarnation& worker, const TaskResult& result,
                                  MonotonicMs now) {
  ++staged;
  post(now, [this, &life, worker, result](MonotonicMs then) {
    const Error lost{ErrorCode::kUnreachable, "The target went away.", {}, {}, {}};
    if (random_.one_in(15)) return life.dispatcher.commit_failed(result.task, lost, then);
    const int chunk = life.tasks.at(result.task).chunks[0].spec.number;
    if (store_.commit_stage(life.run, result.task, result.fence, chunk) != LedgerAnswer::kYes) {
      const Error fenced{ErrorCode::kFenced, "Another owner has it.", {}, {}, {}};
      return life.dispatcher.commit_failed(result.task, fenced, then);
    }
    // It may have committed although nobody heard of it.
    if (random_.one_in(15)) return life.dispatcher.commit_failed(result.task, lost, then);
    life.dispatcher.committed(result.task);
    acknowledge(life, worker, result, then);
  });
}

void SimCoordinator::acknowledge(Life& life, const Incarnation& worker, const TaskResult& result,
                                 MonotonicMs now) {
  // Of whatever run and however late: who says that it is done has committed.
  const auto task = life.dispatcher.tasks().find(result.task);
  const bool is_settled_by_it = task != life.dispatcher.tasks().end() &&
                                task->second.fence == result.fence &&
                                task->second.state == DispatchState::kDone;
  if ((result.outcome == TaskOutcome::kDone || is_settled_by_it) &&
      !store_.has_batch(result.task, result.fence)) {
    violations_.push_back("a result was acknowledged that is not in the ledger");
  }
  if (result.outcome == TaskOutcome::kCancelled) store_.note_cancelled(result.task, result.fence);
  send(life, worker, ResultAck{result.task, result.fence}, now);
}

void SimCoordinator::act(Life& life, const DispatchAction& action, MonotonicMs now) {
  switch (action.kind) {
    case DispatchAction::Kind::kAssign: {
      const DispatchWorker& worker = life.dispatcher.workers().at(action.worker);
      if (worker.in_flight > worker.credits)
        violations_.push_back("more is in flight than the credits allow");
      assign(life, action, now);
      break;
    }
    case DispatchAction::Kind::kBumpFence:
      if (on_reclaim && action.old_fence.value != 0)
        on_reclaim(life.run, action.task, action.old_fence);
      bump(life, action, now);
      break;
    case DispatchAction::Kind::kSendCancel:
      ++cancels;
      send(life, action.worker, Cancel{action.task, action.fence, "taken back"}, now);
      break;
    case DispatchAction::Kind::kForgetWorker:
      life.sessions.forget(action.worker);
      break;
  }
}

void SimCoordinator::assign(Life& life, const DispatchAction& action, MonotonicMs now) {
  post(now, [this, &life, action](MonotonicMs then) {
    if (store_.assign(life.run, action.task, action.fence) != LedgerAnswer::kYes) {
      return life.dispatcher.assign_failed(action.task, action.fence, then);
    }
    life.dispatcher.assigned(action.task, action.fence, then);
    Task& task = life.tasks.at(action.task);
    task.fence = action.fence;
    send(life, action.worker, task, then);
  });
}

void SimCoordinator::bump(Life& life, const DispatchAction& action, MonotonicMs now) {
  post(now, [this, &life, action](MonotonicMs then) {
    const bool reads_early = mutation_ == Mutation::kReadBeforeBump;
    if (reads_early)
      life.early_reads.try_emplace(action.task, store_.is_committed(life.run, action.task));
    if (random_.one_in(2)) store_.end_backends(life.run, action.task);
    const LedgerAnswer bumped = store_.bump(life.run, action.task, action.fence);
    if (bumped == LedgerAnswer::kLocked) return life.dispatcher.reclaim_failed(action.task, then);
    bool was_committed = bumped == LedgerAnswer::kNo;
    if (was_committed) ++found_committed;
    if (reads_early) {
      was_committed = life.early_reads.at(action.task);
      life.early_reads.erase(action.task);
    }
    life.dispatcher.reclaimed(action.task, was_committed, then);
  });
}

void SimCoordinator::post(MonotonicMs now, std::function<void(MonotonicMs)> call) {
  std::int64_t due = now.value + random_.between(0, 80);
  if (!ledger_calls_.empty()) due = std::max(due, ledger_calls_.back().due.value);
  ledger_calls_.push_back({MonotonicMs{due}, std::move(call)});
}

void SimCoordinator::answer(const OutgoingMessage& message, MonotonicMs now) {
  if (const auto* refusal = std::get_if<Refusal>(&message.envelope.body)) {
    ++refusals;
    if (refusal->text.empty()) violations_.push_back("a refusal says nothing");
  }
  if (const auto bytes = encode(message.envelope)) network_.to_worker(message.peer, *bytes, now);
}

void SimCoordinator::send(Life& life, const Incarnation& worker, Body body, MonotonicMs now) {
  if (const auto message = life.sessions.address(worker, std::move(body))) answer(*message, now);
}

void SimCoordinator::check(const Life& life) {
  for (const auto& [incarnation, worker] : life.dispatcher.workers()) {
    if (worker.credits > k_slots) violations_.push_back("a worker has more credit than slots");
  }
  for (const auto& [id, task] : life.dispatcher.tasks()) {
    if (task.state == DispatchState::kFailed) violations_.push_back("a task was given up");
    if (task.state == DispatchState::kDone && !store_.is_committed(life.run, id)) {
      violations_.push_back("a task is done that is not in the ledger");
    }
  }
}

std::string SimCoordinator::unfinished() const {
  if (!life_) return "the coordinator is down";
  if (!life_->has_planned) return "the coordinator has not planned";
  std::string text;
  for (const auto& [id, task] : life_->dispatcher.tasks()) {
    if (task.state == DispatchState::kDone) continue;
    text += " task " + std::to_string(id.value) + " state " +
            std::to_string(static_cast<int>(task.state)) + " attempts " +
            std::to_string(task.attempts);
  }
  return text;
}

}  // namespace decant::sim
