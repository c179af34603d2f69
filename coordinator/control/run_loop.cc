#include "coordinator/control/run_loop.h"

#include <algorithm>

#include "common/base/failpoint.h"
#include "common/ledger/table_lock.h"
#include "common/wire/codec.h"
#include "common/wire/task_stores.h"
#include "coordinator/dispatch/second_try.h"
#include "coordinator/plan/halves.h"

namespace decant {
namespace {

constexpr int k_turn_ms = 50;
constexpr std::int64_t k_drain_ms = 3'000;
// What is in flight when a person interrupts may finish.
constexpr std::int64_t k_finish_ms = 60'000;
constexpr std::int64_t k_cancel_pause_ms = 1'000;
constexpr int k_recovered_rejects = 20;

Result<RecoveredTask> recover(Ledger& ledger, const RunId& run, TaskId task) {
  RecoveredTask recovered;
  DECANT_TRY_ASSIGN(recovered.batches, ledger.batches_of_task(run, task));
  std::vector<ChunkSpec> chunks;
  for (const BatchRecord& batch : recovered.batches) chunks.push_back(batch.chunk);
  DECANT_TRY(ledger.rejects_of_task(run, task, chunks, k_recovered_rejects,
                                    [&](const Reject& reject, int chunk) -> Status {
                                      recovered.rejects.push_back(reject);
                                      recovered.chunk_of_reject.push_back(chunk);
                                      return {};
                                    }));
  return recovered;
}
// How long workers of an earlier coordinator have to find this one: they try to connect every five
// seconds at least.
constexpr std::int64_t k_adoption_grace_ms = 12'000;

}  // namespace

RunLoop::RunLoop(LoopParts parts, Welcome welcome, Epoch epoch, DispatchLimits limits)
    : parts_(std::move(parts)),
      sessions_(parts_.job, std::move(welcome), epoch, limits.lease_ms),
      dispatcher_(limits),
      wait_notice_(parts_.how_to_start_a_worker),
      attempt_notice_(limits.max_attempts),
      epoch_(epoch),
      lease_ms_(limits.lease_ms),
      adoption_(parts_.taken, MonotonicMs{parts_.clock.now().value + k_adoption_grace_ms}),
      started_(parts_.clock.now()),
      last_worker_seen_(started_) {
  // A result of an earlier run may still be under way: no fence of this one may equal its.
  dispatcher_.set_first_fence(Fence((epoch.value << 20) + 1));
  // The tasks of the runs that this one goes on with keep their numbers.
  next_task_ = parts_.taken.last_task.value + 1;
  CoordinatorTransport* transport = &parts_.transport;
  parts_.target.set_wake([transport] { transport->wake(); });
}

// The transport goes after the loop, and the target's thread may be just about to wake it, or in
// the middle of work that looks at this loop.
RunLoop::~RunLoop() {
  parts_.target.set_wake({});
  parts_.target.abandon_completions();
}

// The completion log tells what becomes of chunks; census and read-back change none.
bool RunLoop::logs(const Task& task) const {
  return parts_.log != nullptr && task.kind == TaskKind::kCopy;
}

std::string RunLoop::name_of(const Incarnation& worker) const {
  const WorkerName* name = sessions_.name_of(worker);
  return name != nullptr ? name->value : to_hex(worker).substr(0, 8);
}

Result<PhaseOutcome> RunLoop::run(const std::string& phase, std::vector<Task> tasks,
                                  const Done& done, const Recovered& recovered,
                                  const std::vector<TaskId>& adopted) {
  std::erase_if(tasks_, [this](const auto& task) { return !is_parked(task.first); });
  done_ = done;
  recovered_ = recovered;
  fatal_.reset();
  begin_phase(phase, std::ssize(tasks) + std::ssize(adopted), view_.rows_expected);
  view_.needs_workers = true;
  last_worker_seen_ = phase_started_;
  await_adopted(adopted);
  for (Task& task : tasks) {
    task.run = parts_.run;
    task.id = TaskId(next_task_++);
    dispatcher_.add_task(task.id, stores_of(task), weight_of(task));
    if (logs(task)) parts_.log->task_state(task, "planned", {});
    tasks_.emplace(task.id, std::move(task));
  }
  PhaseOutcome outcome;
  while (!dispatcher_.finished() && !fatal_) {
    turn();
    tell_waiting();
    if (parts_.interrupts > 0 && dispatcher_.in_flight() == 0) break;
    if (is_called_off()) break;
  }
  outcome.interrupted = parts_.interrupts > 0;
  call_off();
  // What they refer to may be gone when a late result comes.
  done_ = {};
  recovered_ = {};
  for (const auto& [id, task] : dispatcher_.tasks()) {
    if (task.state != DispatchState::kFailed || task.parked || !tasks_.contains(id)) continue;
    outcome.failed.push_back({tasks_.at(id), set_aside_error(tasks_.at(id), task)});
  }
  if (!fatal_ && !outcome.interrupted) return outcome;
  // Why the phase ended is told, not what was called off because of it.
  std::erase_if(outcome.failed, [](const FailedTask& failed) {
    return failed.error.code == ErrorCode::kCancelled;
  });
  if (!fatal_) return outcome;
  const bool is_told =
      std::any_of(outcome.failed.begin(), outcome.failed.end(),
                  [&](const FailedTask& failed) { return failed.error.code == fatal_->code; });
  const std::optional<Error> fatal = std::exchange(fatal_, std::nullopt);
  if (!is_told && fatal->code == ErrorCode::kTooManyRejects) {
    outcome.stopped = fatal;
  } else if (!is_told) {
    return fail(*fatal);
  }
  return outcome;
}

// After a fatal error, or a second interrupt, what is in flight is called off and given a moment to
// roll back.
void RunLoop::call_off() {
  const MonotonicMs until{parts_.clock.now().value + k_drain_ms};
  const bool stops = stopped().has_value();
  if (stops) dispatcher_.cancel_all(parts_.clock.now());
  while (stops && dispatcher_.in_flight() > 0 && parts_.clock.now().value < until.value) turn();
  while (parts_.target.pending() > 0 || !staged_.is_empty()) {
    if (stops) cancel(parts_.target);
    turn();
  }
}

bool RunLoop::is_called_off() const {
  const std::int64_t now = parts_.clock.now().value;
  return parts_.interrupts > 1 ||
         (interrupted_since_ && now - interrupted_since_->value >= k_finish_ms);
}

std::optional<Error> RunLoop::stopped() const {
  if (fatal_) return fatal_;
  if (!is_called_off()) return std::nullopt;
  return Error{ErrorCode::kCancelled,
               "Interrupted: what was under way is called off, and what is loaded stays loaded.",
               "The same command goes on from here.",
               {},
               {}};
}

void RunLoop::cancel(TargetThread& thread) {
  const MonotonicMs now = parts_.clock.now();
  if (now.value - last_cancel_.value < k_cancel_pause_ms) return;
  last_cancel_ = now;
  thread.cancel();
}

Status RunLoop::wait_for(TargetThread& thread, const std::function<bool()>& is_done) {
  while (!is_done()) {
    turn();
    if (stopped()) cancel(thread);
  }
  if (auto why = stopped()) return fail(std::move(*why));
  return {};
}

void RunLoop::turn() {
  receive(k_turn_ms);
  parts_.target.run_completions();
  if (beside_ != nullptr) beside_->run_completions();
  watch_for_interrupts();  // before anything more is handed out
  for (const DispatchAction& action : dispatcher_.decide(parts_.clock.now())) act(action);
  commit_what_is_due();  // after the ledger was told of new tasks, which takes no time
  reap_local_workers();
  if (parts_.leader != nullptr && !fatal_) fatal_ = parts_.leader->lost();
  refresh_view();
}

void RunLoop::receive(int timeout_ms) {
  auto messages = parts_.transport.receive(timeout_ms);
  if (!messages) {
    fatal_ = std::move(messages).error();
    return;
  }
  const MonotonicMs now = parts_.clock.now();
  for (const IncomingMessage& message : *messages) {
    const Result<Envelope> envelope = decode(message.bytes);
    const auto answer = [&](const OutgoingMessage& out) {
      if (const auto bytes = encode(out.envelope)) (void)parts_.transport.send(out.peer, *bytes);
    };
    if (!envelope) {
      parts_.logger.warn("A message could not be read: " + envelope.error().to_string());
      answer(
          sessions_.refuse(message.peer, {Refusal::Code::kUnsupported, envelope.error().message}));
      continue;
    }
    const SessionTable::Received received = sessions_.receive(message.peer, *envelope, now);
    if (received.reply) answer(*received.reply);
    if (!received.accepted) continue;
    const Incarnation& worker = envelope->incarnation;
    if (const Hello* hello = std::get_if<Hello>(&envelope->body)) {
      take_hello(worker, envelope->worker, *hello);
      continue;
    }
    dispatcher_.worker_heard(worker, now);
    last_worker_seen_ = now;
    if (const Credit* credit = std::get_if<Credit>(&envelope->body)) {
      dispatcher_.credit(worker, credit->tasks);
    } else if (const Progress* progress = std::get_if<Progress>(&envelope->body)) {
      take_progress(worker, *progress);
    } else if (const TaskResult* result = std::get_if<TaskResult>(&envelope->body)) {
      take_result(worker, *result);
    } else if (const Claim* claim = std::get_if<Claim>(&envelope->body)) {
      take_claim(worker, *claim);
    } else if (std::holds_alternative<Goodbye>(envelope->body)) {
      parts_.logger.info("Worker " + name_of(worker) + " left.");
      dispatcher_.worker_left(worker, now);
      sessions_.forget(worker);
    }
  }
}

// Said again, it renews what the worker still holds and calls off what it no longer does; but what
// it may have from an earlier coordinator, it will claim.
void RunLoop::take_hello(const Incarnation& worker, const WorkerName& name, const Hello& hello) {
  const bool is_new = !dispatcher_.knows(worker);
  Hello decided = hello;
  std::erase_if(decided.in_flight, [this](const TaskInFlight& held) {
    return adoption_.is_undecided(held.task, held.fence);
  });
  dispatcher_.worker_joined(decided, name, worker, parts_.clock.now());
  if (!is_new) return;
  worker_peaks_.emplace(name.value, 0);
  parts_.logger.info("Worker " + name.value + " joined.");
}

void RunLoop::take_progress(const Incarnation& worker, const Progress& progress) {
  const bool yours = dispatcher_.progress(worker, progress, parts_.clock.now());
  if (!yours && adoption_.is_undecided(progress.task, progress.fence)) return;
  send(worker, ProgressAck{progress.task, progress.fence, yours, progress.renewal});
}

void RunLoop::act(const DispatchAction& action) {
  switch (action.kind) {
    case DispatchAction::Kind::kAssign:
      assign(action);
      break;
    case DispatchAction::Kind::kBumpFence:
      bump(action);
      break;
    case DispatchAction::Kind::kSendCancel:
      send(action.worker, Cancel{action.task, action.fence, "the coordinator called it off"});
      break;
    case DispatchAction::Kind::kForgetWorker:
      parts_.logger.warn("Worker " + name_of(action.worker) +
                         " was not heard of for a lease and is given up.");
      // One of ours that hangs makes room for another.
      if (parts_.local_workers != nullptr) parts_.local_workers->kill(name_of(action.worker));
      sessions_.forget(action.worker);
      break;
  }
}

void RunLoop::assign(const DispatchAction& action) {
  Task& task = tasks_.at(action.task);
  task.fence = action.fence;
  // The newest, since a snapshot's id lives no longer than the session that gave it.
  if (parts_.snapshots != nullptr && task.kind != TaskKind::kReadBack)
    task.snapshots = parts_.snapshots->of(task.plan.entity, stores_of(task));
  const std::string worker_name = name_of(action.worker);
  const auto go = [this, action, worker_name] {
    dispatcher_.assigned(action.task, action.fence, parts_.clock.now());
    Task to_send = tasks_.at(action.task);
    to_send.extents = cut_extents(to_send.extents, dispatcher_.tasks().at(action.task).halvings);
    if (logs(to_send)) parts_.log->task_state(to_send, "assigned", worker_name);
    send(action.worker, std::move(to_send));
  };
  // Only what writes into the target needs a fence in the ledger.
  if (task.kind != TaskKind::kCopy || !parts_.writes_ledger) {
    go();
    return;
  }
  // A local worker goes with this process, another may live on.
  const bool is_local = parts_.local_workers != nullptr && parts_.local_workers->has(worker_name);
  const Ledger::Assignment assignment{action.task,
                                      action.fence,
                                      parts_.table_names.at(task.plan.write.table),
                                      worker_name,
                                      !is_local && task.chunks_are_complete,
                                      task.run};
  const RunId run = parts_.run;
  const Epoch epoch = epoch_;
  parts_.target.post(
      [this, action, assignment, run, epoch, go](TargetAccess& access) -> TargetThread::Completion {
        Status status = access.ledger.assign(run, epoch, {assignment});
        if (status) return go;
        return [this, action, error = std::move(status).error()] {
          dispatcher_.assign_failed(action.task, action.fence, parts_.clock.now());
          parts_.logger.warn("Task " + std::to_string(action.task.value) +
                             " could not be handed out: " + error.to_string());
          if (!may_pass(error)) fatal_ = error;
        };
      });
}

void RunLoop::bump(const DispatchAction& action) {
  const Task& task = tasks_.at(action.task);
  if (task.kind != TaskKind::kCopy || !parts_.writes_ledger) {
    settle_reclaimed(action.task);
    return;
  }
  const Mandate lead{parts_.run, epoch_, task.plan.write.table};
  const RunId run = task.run;
  const std::string owner = session_of_task(run, task.id);
  parts_.target.post(
      [this, action, lead, run, owner](TargetAccess& access) -> TargetThread::Completion {
        // The fence first: from here on the old owner cannot commit. Then its backend, whose
        // uncommitted keys would block the new one. A bump that waits too long for that backend
        // gets it out of the way.
        Result<bool> bumped = access.ledger.bump_fence(lead, action.task, action.fence, run);
        const Status ended = access.ledger.end_backends(owner);
        if (!bumped) bumped = access.ledger.bump_fence(lead, action.task, action.fence, run);
        if (!bumped || !ended) {
          const Error error = bumped ? ended.error() : bumped.error();
          return [this, action, error] { settle_not_reclaimed(action.task, error); };
        }
        if (*bumped) {
          return [this, action] { settle_reclaimed(action.task); };
        }
        auto recovered = recover(access.ledger, run, action.task);
        if (!recovered) {
          return [this, error = recovered.error()] { fatal_ = error; };
        }
        return [this, action, recovered = std::move(*recovered)] {
          dispatcher_.reclaimed(action.task, true, parts_.clock.now());
          count_in(tasks_.at(action.task), recovered);
        };
      });
}

void RunLoop::send(const Incarnation& worker, Body body) {
  const bool is_ack = std::holds_alternative<ResultAck>(body);
  const auto out = sessions_.address(worker, std::move(body));
  if (!out) return;
  if (is_ack) pass(Failpoint::kBeforeAck);
  const auto bytes = encode(out->envelope);
  if (!bytes) {
    fatal_ = bytes.error();
    return;
  }
  if (const Status sent = parts_.transport.send(out->peer, *bytes); !sent) {
    parts_.logger.debug("A message to " + name_of(worker) +
                        " was not sent: " + sent.error().message);
  }
  if (is_ack) pass(Failpoint::kAfterAck);
}

void RunLoop::drain() {
  draining_ = true;
  is_over_ = true;
  std::vector<Incarnation> workers;
  for (const auto& [incarnation, worker] : dispatcher_.workers()) workers.push_back(incarnation);
  for (const Incarnation& worker : workers) send(worker, Drain{"the run is over"});
  const MonotonicMs until{parts_.clock.now().value + k_drain_ms};
  while (!dispatcher_.workers().empty() && parts_.clock.now().value < until.value) {
    receive(k_turn_ms);
    parts_.target.run_completions();
  }
}

}  // namespace decant
