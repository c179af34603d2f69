#include "tests/simulation/sim_coordinator.h"

#include <algorithm>

#include "common/wire/codec.h"

namespace decant::sim {

void SimCoordinator::turn(MonotonicMs now) {
  if (!is_up_ && !is_buried_ && !is_done_ && may_start_at_ <= now) start(now);
  if (!is_running(now) || is_done_) return;
  if (!life_) look(now);
  if (!life_) return;
  Life& life = *life_;
  keep_leading(now);
  receive(now);
  make_calls(now);
  if (life.phase == Phase::kSettling) settle(now);
  if (life.phase == Phase::kPlanning) plan();
  if (life.phase == Phase::kRecording) record_chunks(now);
  if (life.phase < Phase::kEnding && life.leads && !is_dying_) {
    for (const DispatchAction& action : life.dispatcher.decide(clock_.at(now))) act(action, now);
  }
  check();
  if (is_dying_ || !life.leads) return leave(now, 3'000);
  if (life.phase == Phase::kLoading && life.dispatcher.finished()) end_run(now);
  if (life.phase == Phase::kDraining) drain(now);
}

void SimCoordinator::receive(MonotonicMs now) {
  Life& life = *life_;
  for (const IncomingMessage& message : world_.network.take_for_coordinator(number_, now)) {
    const auto envelope = decode(message.bytes);
    if (!envelope) {
      const Refusal refusal{Refusal::Code::kUnsupported, envelope.error().message};
      answer(life.sessions.refuse(message.peer, refusal), now);
      continue;
    }
    const auto received = life.sessions.receive(message.peer, *envelope, clock_.at(now));
    if (received.reply) answer(*received.reply, now);
    if (received.accepted) take(*envelope, now);
  }
}

void SimCoordinator::take(const Envelope& envelope, MonotonicMs now) {
  Life& life = *life_;
  const MonotonicMs here = clock_.at(now);
  const Incarnation& worker = envelope.incarnation;
  if (const auto* hello = std::get_if<Hello>(&envelope.body)) {
    Hello decided = *hello;
    std::erase_if(decided.in_flight, [&](const TaskInFlight& held) {
      return life.adoption.is_undecided(held.task, held.fence);
    });
    life.dispatcher.worker_joined(decided, envelope.worker, worker, here);
    return;
  }
  life.dispatcher.worker_heard(worker, here);
  if (const auto* credit = std::get_if<Credit>(&envelope.body)) {
    life.dispatcher.credit(worker, credit->tasks);
  } else if (const auto* progress = std::get_if<Progress>(&envelope.body)) {
    const bool still_yours = life.dispatcher.progress(worker, *progress, here);
    if (!still_yours && life.adoption.is_undecided(progress->task, progress->fence)) return;
    send(worker, ProgressAck{progress->task, progress->fence, still_yours, progress->renewal}, now);
  } else if (const auto* result = std::get_if<TaskResult>(&envelope.body)) {
    if (!life.adoption.is_undecided(result->task, result->fence)) take_result(worker, *result, now);
  } else if (const auto* claim = std::get_if<Claim>(&envelope.body)) {
    take_claim(worker, *claim, now);
  } else if (std::holds_alternative<Goodbye>(envelope.body)) {
    life.dispatcher.worker_left(worker, here);
    life.sessions.forget(worker);
  }
}

void SimCoordinator::take_result(const Incarnation& worker, const TaskResult& result,
                                 MonotonicMs now) {
  Life& life = *life_;
  // What is staged once the run is over is not committed any more.
  if (life.phase >= Phase::kEnding && result.outcome == TaskOutcome::kStaged) return;
  const Verdict verdict = life.dispatcher.result(worker, result, clock_.at(now));
  if (verdict == Verdict::kDuplicate) world_.events.note(Event::kDuplicate);
  if (verdict == Verdict::kStale) world_.events.note(Event::kStale);
  // Acknowledged implies in the ledger: a staged result is acknowledged once it is committed.
  const auto task = life.dispatcher.tasks().find(result.task);
  if (task != life.dispatcher.tasks().end() && task->second.state == DispatchState::kCommitting) {
    if (verdict == Verdict::kTake) commit_stage(worker, result, now);
    return;
  }
  acknowledge(worker, result, now);
}

void SimCoordinator::commit_stage(const Incarnation& worker, const TaskResult& result,
                                  MonotonicMs now) {
  world_.events.note(Event::kStaged);
  post(now, [this, worker, result](MonotonicMs then) {
    Dispatcher& dispatcher = life_->dispatcher;
    const Error lost{ErrorCode::kUnreachable, "The target went away.", {}, {}, {}};
    if (world_.strikes(15)) return dispatcher.commit_failed(result.task, lost, clock_.at(then));
    const RunId& run = life_->tasks.at(result.task).run;
    const TaskLoad& stage = *world_.staged.at({run, result.task, result.fence});
    if (world_.target.commit_stage(run, result.task, result.fence, stage) != LedgerAnswer::kYes) {
      const Error fenced{ErrorCode::kFenced, "Another owner has it.", {}, {}, {}};
      return dispatcher.commit_failed(result.task, fenced, clock_.at(then));
    }
    if (dies(Event::kDeathAfterCommittingStage)) return;
    // It may have committed although nobody heard of it.
    if (world_.strikes(15)) return dispatcher.commit_failed(result.task, lost, clock_.at(then));
    dispatcher.committed(result.task);
    acknowledge(worker, result, then);
  });
}

void SimCoordinator::acknowledge(const Incarnation& worker, const TaskResult& result,
                                 MonotonicMs now) {
  // Of whatever run and however late: who says that it is done has committed.
  const auto& tasks = life_->dispatcher.tasks();
  const auto task = tasks.find(result.task);
  const bool is_settled_by_it = task != tasks.end() && task->second.fence == result.fence &&
                                task->second.state == DispatchState::kDone;
  if ((result.outcome == TaskOutcome::kDone || is_settled_by_it) &&
      !world_.target.has_batch(result.task, result.fence))
    world_.violate("a result was acknowledged that is not in the ledger");
  if (result.outcome == TaskOutcome::kCancelled)
    world_.target.note_cancelled(result.task, result.fence);
  if (world_.mutation == Mutation::kNoResultAcknowledgement) return;
  send(worker, ResultAck{result.task, result.fence}, now);
}

void SimCoordinator::act(const DispatchAction& action, MonotonicMs now) {
  Life& life = *life_;
  switch (action.kind) {
    case DispatchAction::Kind::kAssign: {
      const DispatchWorker& worker = life.dispatcher.workers().at(action.worker);
      if (worker.in_flight > worker.credits)
        world_.violate("more is in flight than the credits allow");
      assign(action, now);
      break;
    }
    case DispatchAction::Kind::kBumpFence:
      // What is withdrawn is taken back before its lease ends: the fence is enough.
      if (on_reclaim && action.old_fence.value != 0 &&
          !life.dispatcher.tasks().at(action.task).withdrawn)
        on_reclaim(life.tasks.at(action.task).run, action.task, action.old_fence);
      bump(action, now);
      break;
    case DispatchAction::Kind::kSendCancel:
      world_.events.note(Event::kCancel);
      send(action.worker, Cancel{action.task, action.fence, "taken back"}, now);
      break;
    case DispatchAction::Kind::kForgetWorker:
      life.sessions.forget(action.worker);
      break;
  }
}

void SimCoordinator::assign(const DispatchAction& action, MonotonicMs now) {
  post(now, [this, action](MonotonicMs then) {
    Life& life = *life_;
    Task& task = life.tasks.at(action.task);
    const auto held = world_.target.assign(life.epoch, task.run, action.task, action.fence);
    if (!still_leads(held) || dies(Event::kDeathAfterAssigning)) return;
    if (held != LedgerAnswer::kYes)
      return life.dispatcher.assign_failed(action.task, action.fence, clock_.at(then));
    life.dispatcher.assigned(action.task, action.fence, clock_.at(then));
    task.fence = action.fence;
    send(action.worker, task, then);
  });
}

void SimCoordinator::bump(const DispatchAction& action, MonotonicMs now) {
  post(now, [this, action](MonotonicMs then) {
    Life& life = *life_;
    TargetStore& target = world_.target;
    const RunId& run = life.tasks.at(action.task).run;
    const bool reads_early = world_.mutation == Mutation::kReadBeforeBump;
    if (reads_early)
      life.early_reads.try_emplace(action.task, target.is_committed(run, action.task));
    if (world_.random.one_in(2)) target.end_backends(run, action.task);
    const LedgerAnswer bumped = target.bump(life.epoch, run, action.task, action.fence);
    if (!still_leads(bumped) || dies(Event::kDeathAfterBumping)) return;
    if (bumped == LedgerAnswer::kLocked)
      return life.dispatcher.reclaim_failed(action.task, clock_.at(then));
    bool was_committed = bumped == LedgerAnswer::kNo;
    if (was_committed) world_.events.note(Event::kFoundCommitted);
    if (reads_early) {
      was_committed = life.early_reads.at(action.task);
      life.early_reads.erase(action.task);
    }
    life.dispatcher.reclaimed(action.task, was_committed, clock_.at(then));
  });
}

void SimCoordinator::post(MonotonicMs now, std::function<void(MonotonicMs)> call) {
  std::deque<LedgerCall>& calls = life_->ledger_calls;
  std::int64_t due = now.value + world_.random.between(0, 80);
  if (!calls.empty()) due = std::max(due, calls.back().due.value);
  calls.push_back({MonotonicMs{due}, std::move(call)});
}

void SimCoordinator::make_calls(MonotonicMs now) {
  Life& life = *life_;
  while (life.leads && !is_dying_ && reaches_target(now) && !life.ledger_calls.empty() &&
         life.ledger_calls.front().due <= now) {
    const auto call = std::move(life.ledger_calls.front().call);
    life.ledger_calls.pop_front();
    call(now);
  }
}

void SimCoordinator::answer(const OutgoingMessage& message, MonotonicMs now) {
  if (is_dying_) return;
  if (const auto* refusal = std::get_if<Refusal>(&message.envelope.body)) {
    world_.events.note(Event::kRefusal);
    if (refusal->text.empty()) world_.violate("a refusal says nothing");
  }
  if (const auto bytes = encode(message.envelope))
    world_.network.to_worker(message.peer, *bytes, now);
}

void SimCoordinator::send(const Incarnation& worker, Body body, MonotonicMs now) {
  if (const auto message = life_->sessions.address(worker, std::move(body))) answer(*message, now);
}

void SimCoordinator::check() const {
  const Life& life = *life_;
  for (const auto& [incarnation, worker] : life.dispatcher.workers()) {
    if (worker.credits > k_slots) world_.violate("a worker has more credit than slots");
  }
  for (const auto& [id, task] : life.dispatcher.tasks()) {
    if (task.state == DispatchState::kFailed && !task.withdrawn)
      world_.violate("a task was given up");
    const bool is_done = task.state == DispatchState::kDone;
    if (is_done && !world_.target.is_committed(life.tasks.at(id).run, id))
      world_.violate("a task is done that is not in the ledger");
  }
}

}  // namespace decant::sim
