#include "tests/simulation/sim_coordinator.h"

#include <algorithm>

#include "common/wire/codec.h"
#include "tests/simulation/sim_worker.h"

namespace decant::sim {
namespace {

// Faults are meant to be survived here, not counted.
constexpr int k_max_attempts = 10'000;

// A life whose workers come back late finds that others have their work.
constexpr std::int64_t k_grace_ms = 2'500;

Welcome welcome_to(const RunId& run, const std::vector<RunId>& continued) {
  Welcome welcome;
  welcome.run = run;
  welcome.lease_ms = k_lease_ms;
  welcome.continued_runs = continued;
  return welcome;
}

}  // namespace

void SimCoordinator::start() { is_starting_ = true; }

// First the fences of earlier runs (but for what may be adopted), then, in a later statement, the
// ledger (DESIGN 7).
void SimCoordinator::begin(MonotonicMs now) {
  const RunId run("run-" + std::to_string(lives_ + 1));
  const bool same_work = adopts_.value_or(!random_.one_in(4));
  Ledger::Takeover takeover;
  const int work = same_work ? 0 : lives_ + 1;
  if (store_.take_over(run, work, takeover) == LedgerAnswer::kLocked) return;
  ++lives_;
  is_starting_ = false;
  change_source();
  const Epoch epoch = store_.take_leadership();
  const std::int64_t lease_ms = mutation_ == Mutation::kNoReclaim ? INT64_MAX / 4 : k_lease_ms;
  Adoption adoption(takeover, MonotonicMs{now.value + k_grace_ms});
  const TaskId last_task = takeover.last_task;
  const Welcome welcome = welcome_to(run, takeover.continued);
  life_ = std::make_unique<Life>(Life{
      run, epoch, work, SessionTable("ventas", welcome, epoch, k_lease_ms),
      Dispatcher(DispatchLimits{lease_ms, k_max_attempts, 100}), std::move(adoption), last_task});
  // A result of an earlier run may still be under way: it must never fit a task of this one.
  if (mutation_ != Mutation::kFencesStartAnew)
    life_->dispatcher.set_first_fence(Fence(epoch.value << 20));
}

void SimCoordinator::crash(MonotonicMs now) {
  // A process that was stopped past its lease goes on where it was.
  if (life_ && is_faulty() && random_.one_in(2)) {
    const std::int64_t wakes = now.value + random_.between(100, k_lease_ms);
    zombies_.push_back({std::move(life_), MonotonicMs{wakes}, MonotonicMs{wakes + 1'500}});
    ++zombies;
  }
  life_.reset();
  is_starting_ = false;
  may_start_at_.value = now.value + random_.between(100, 3'000);
}

// It hears nobody; what it had sent to the ledger, and what it thinks is due, is done late.
void SimCoordinator::wake_zombies(MonotonicMs now) {
  for (Zombie& zombie : zombies_) {
    if (now < zombie.wakes_at) continue;
    make_calls(*zombie.life, now);
    for (const DispatchAction& action : zombie.life->dispatcher.decide(now)) {
      if (zombie.life->leads) act(*zombie.life, action, now);
    }
  }
  std::erase_if(zombies_,
                [&](const Zombie& zombie) { return !zombie.life->leads || zombie.ends_at <= now; });
}

void SimCoordinator::make_calls(Life& life, MonotonicMs now) {
  while (life.leads && !life.ledger_calls.empty() && life.ledger_calls.front().due <= now) {
    const auto call = std::move(life.ledger_calls.front().call);
    life.ledger_calls.pop_front();
    call(now);
  }
}

// What the run loop takes for the end of its phase.
bool SimCoordinator::still_leads(Life& life, LedgerAnswer answer) {
  if (answer != LedgerAnswer::kNotLeading) return true;
  if (&life == life_.get()) violations_.push_back("the leader was told that it does not lead");
  ++led_no_more;
  life.leads = false;
  return false;
}

void SimCoordinator::turn(MonotonicMs now) {
  if (is_starting_) begin(now);
  wake_zombies(now);
  if (!life_) return;
  Life& life = *life_;
  if (!life.has_planned && settle(life, now)) plan(life);
  receive(life, now);
  make_calls(life, now);
  for (const DispatchAction& action : life.dispatcher.decide(now)) act(life, action, now);
  check(life);
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
    Hello decided = *hello;
    std::erase_if(decided.in_flight, [&](const TaskInFlight& held) {
      return life.adoption.is_undecided(held.task, held.fence);
    });
    dispatcher.worker_joined(decided, envelope.worker, worker, now);
    return;
  }
  dispatcher.worker_heard(worker, now);
  if (const auto* credit = std::get_if<Credit>(&envelope.body)) {
    dispatcher.credit(worker, credit->tasks);
  } else if (const auto* progress = std::get_if<Progress>(&envelope.body)) {
    const bool still_yours = dispatcher.progress(worker, *progress, now);
    if (!still_yours && life.adoption.is_undecided(progress->task, progress->fence)) return;
    send(life, worker, ProgressAck{progress->task, progress->fence, still_yours, progress->renewal},
         now);
  } else if (const auto* result = std::get_if<TaskResult>(&envelope.body)) {
    if (!life.adoption.is_undecided(result->task, result->fence))
      take_result(life, worker, *result, now);
  } else if (const auto* claim = std::get_if<Claim>(&envelope.body)) {
    take_claim(life, worker, *claim, now);
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
  post(life, now, [this, &life, worker, result](MonotonicMs then) {
    const Error lost{ErrorCode::kUnreachable, "The target went away.", {}, {}, {}};
    if (is_faulty() && random_.one_in(15))
      return life.dispatcher.commit_failed(result.task, lost, then);
    const int chunk = life.tasks.at(result.task).chunks[0].spec.number;
    if (store_.commit_stage(life.tasks.at(result.task).run, result.task, result.fence, chunk) !=
        LedgerAnswer::kYes) {
      const Error fenced{ErrorCode::kFenced, "Another owner has it.", {}, {}, {}};
      return life.dispatcher.commit_failed(result.task, fenced, then);
    }
    // It may have committed although nobody heard of it.
    if (is_faulty() && random_.one_in(15))
      return life.dispatcher.commit_failed(result.task, lost, then);
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
      // What is withdrawn is taken back before its lease ends: the fence is enough.
      if (on_reclaim && action.old_fence.value != 0 && &life == life_.get() &&
          !life.dispatcher.tasks().at(action.task).withdrawn)
        on_reclaim(life.tasks.at(action.task).run, action.task, action.old_fence);
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
  post(life, now, [this, &life, action](MonotonicMs then) {
    const RunId& run = life.tasks.at(action.task).run;
    const LedgerAnswer held = store_.assign(life.epoch, run, action.task, action.fence);
    if (!still_leads(life, held)) return;
    if (held != LedgerAnswer::kYes) {
      return life.dispatcher.assign_failed(action.task, action.fence, then);
    }
    life.dispatcher.assigned(action.task, action.fence, then);
    Task& task = life.tasks.at(action.task);
    task.fence = action.fence;
    send(life, action.worker, task, then);
  });
}

void SimCoordinator::bump(Life& life, const DispatchAction& action, MonotonicMs now) {
  post(life, now, [this, &life, action](MonotonicMs then) {
    const RunId& run = life.tasks.at(action.task).run;
    const bool reads_early = mutation_ == Mutation::kReadBeforeBump;
    if (reads_early)
      life.early_reads.try_emplace(action.task, store_.is_committed(run, action.task));
    if (random_.one_in(2)) store_.end_backends(run, action.task);
    const LedgerAnswer bumped = store_.bump(life.epoch, run, action.task, action.fence);
    if (!still_leads(life, bumped)) return;
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

void SimCoordinator::post(Life& life, MonotonicMs now, std::function<void(MonotonicMs)> call) {
  std::int64_t due = now.value + random_.between(0, 80);
  if (!life.ledger_calls.empty()) due = std::max(due, life.ledger_calls.back().due.value);
  life.ledger_calls.push_back({MonotonicMs{due}, std::move(call)});
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
    if (task.state == DispatchState::kFailed && !task.withdrawn)
      violations_.push_back("a task was given up");
    if (task.state == DispatchState::kDone && !store_.is_committed(life.tasks.at(id).run, id)) {
      violations_.push_back("a task is done that is not in the ledger");
    }
    const bool counts = task.state == DispatchState::kDone && !task.withdrawn && !task.parked;
    if (!counts) continue;
    // What this run shows as its own it has to have planned, or would have.
    const Task& planned = life.tasks.at(id);
    if (store_.work_of(planned.run) != life.work)
      violations_.push_back("a task of other work was counted");
    if (!fits(planned)) violations_.push_back("a task was counted that does not fit the plan");
  }
}

std::string SimCoordinator::unfinished() const {
  if (is_starting_) return "the coordinator has not taken over";
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
