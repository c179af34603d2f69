// What comes in: messages, and tasks that have ended.
#include "worker/agent/session.h"

#include <algorithm>

namespace decant {
namespace {

constexpr std::size_t k_settled_kept = 256;

}  // namespace

Session::Session(SessionOptions options, MonotonicMs now)
    : options_(std::move(options)),
      last_heard_(now),
      next_hello_(now),
      hello_pause_ms_(options_.hello_pause_ms) {}

void Session::received(const Envelope& envelope, MonotonicMs now) {
  if (state_ == State::kLeft) return;
  // Not ours, or of a leader that has been followed by another. A refusal may not know who we are.
  const bool is_anonymous = envelope.incarnation == Incarnation{};
  if (envelope.incarnation != options_.incarnation && !is_anonymous) return;
  if (envelope.epoch < epoch_ && !is_anonymous) return;
  if (is_anonymous && !std::holds_alternative<Refusal>(envelope.body)) return;
  epoch_ = std::max(epoch_, envelope.epoch);
  last_heard_ = now;
  hellos_since_heard_ = 0;
  hellos_here_ = 0;
  if (!envelope.job.empty()) job_ = envelope.job;
  std::visit([&](const auto& body) { on(body, now); }, envelope.body);
  // Another leader speaks to us as if we had met: its Welcome is lost or late, and its tasks are
  // not of our run.
  if (state_ == State::kWorking && run_epoch_ < epoch_) greet_again(now);
}

void Session::undecodable(const Error& error, const std::optional<TaskInFlight>& task,
                          MonotonicMs now) {
  if (task && run_ && !held_.contains(Key(task->task, task->fence))) {
    TaskResult result;
    result.task = task->task;
    result.fence = task->fence;
    result.outcome = TaskOutcome::kFailed;
    result.error = Error{ErrorCode::kProtocol,
                         "The worker cannot read its task: " + error.message,
                         error.advice,
                         {},
                         {}};
    results_[Key(task->task, task->fence)] =
        Unacknowledged{std::move(result), nullptr, std::nullopt, now, options_.result_pause_ms};
    return;
  }
  // A working session outlives one bad message; one that has not begun speaks another version.
  refusal_ = error.to_string();
  if (state_ == State::kGreeting && !run_ && error.code == ErrorCode::kUnsupported) {
    leave(exit_status_for(error.code), refusal_);
  }
}

// The same job over the same files: what the runner made ready for our run serves the next one too.
bool Session::goes_on_with_ours(const Welcome& welcome) const {
  const auto& earlier = welcome.continued_runs;
  return run_ && (state_ == State::kGreeting || state_ == State::kWorking) &&
         std::find(earlier.begin(), earlier.end(), *run_) != earlier.end() &&
         welcome.job_text == welcome_.job_text && welcome.job_directory == welcome_.job_directory &&
         welcome.stage_folder == welcome_.stage_folder;
}

// What we hold is claimed before anything else is said about it: the new leader knows that it was
// handed out, and not what it is. A result that nobody has asked for any more goes with its task.
void Session::continue_in(const Welcome& welcome, MonotonicMs now) {
  welcome_ = welcome;
  refused_since_.reset();
  refusal_.clear();
  hello_pause_ms_ = options_.hello_pause_ms;
  welcome_epoch_ = run_epoch_ = epoch_;
  run_ = welcome.run;
  state_ = State::kWorking;
  next_credit_ = now;
  const Claiming claiming{now, options_.result_pause_ms};
  for (auto& [key, held] : held_) {
    if (!held.of_earlier_run) held.claiming = claiming;
  }
  std::erase_if(results_, [](const auto& entry) { return entry.second.task == nullptr; });
  for (auto& [key, kept] : results_) kept.claiming = claiming;
}

void Session::on(const Welcome& welcome, MonotonicMs now) {
  if (state_ == State::kBeginning && begin_asked_) {
    if (welcome.run != welcome_.run) next_welcome_ = welcome;
    if (welcome.run == welcome_.run) welcome_epoch_ = epoch_;
    return;
  }
  if (goes_on_with_ours(welcome)) return continue_in(welcome, now);
  welcome_ = welcome;
  refused_since_.reset();
  refusal_.clear();
  hello_pause_ms_ = options_.hello_pause_ms;
  welcome_epoch_ = epoch_;
  if (run_ == welcome.run) {
    run_epoch_ = welcome_epoch_;
    if (state_ == State::kGreeting) {
      state_ = State::kWorking;
      next_credit_ = now;
    }
    return;
  }
  state_ = State::kBeginning;
  begin_asked_ = false;
  results_.clear();
  settled_.clear();  // another run counts its tasks anew
  for (auto& [key, held] : held_) {
    held.of_earlier_run = true;
    if (!held.is_waiting) cancel(key, held, "another run", now);
  }
  std::erase_if(held_, [](const auto& entry) { return entry.second.is_waiting; });
}

void Session::on(const Refusal& refusal, MonotonicMs now) {
  refusal_ = refusal.text;
  switch (refusal.code) {
    case Refusal::Code::kVersion:
      leave(exit_status_for(ErrorCode::kUnsupported), refusal.text);
      break;
    case Refusal::Code::kUnknownSession:
      if (state_ == State::kWorking) greet_again(now);
      break;
    case Refusal::Code::kWrongJob:
      job_.clear();
      if (state_ == State::kWorking) greet_again(now);
      break;
    case Refusal::Code::kName:
      // Perhaps our own earlier life, which is forgotten after a lease.
      if (!refused_since_) refused_since_ = now;
      break;
    case Refusal::Code::kUnsupported:
      if (!run_) leave(exit_status_for(ErrorCode::kUnsupported), refusal.text);
      break;
  }
}

void Session::on(const Task& task, MonotonicMs now) {
  const Key key(task.id, task.fence);
  const bool has_begun = state_ == State::kWorking || (state_ == State::kGreeting && run_);
  if (!has_begun || epoch_ != run_epoch_ || results_.contains(key) || is_settled(key)) return;
  if (held_.contains(key)) return send(Accept{task.id, task.fence});
  if (leaving_) return give_back(key, "this worker is leaving", now);
  if (held_.size() >= 2 * static_cast<std::size_t>(options_.slots)) {
    return give_back(key, "all slots of this worker are taken", now);
  }
  Held& held = held_[key];
  held.task = std::make_shared<const Task>(task);
  held.lease_from = now;
  held.next_progress =
      now;  // asks at once whether the task is still ours: it may have been long under way
  send(Accept{task.id, task.fence});
}

void Session::on(const ProgressAck& ack, MonotonicMs now) {
  const Key key(ack.task, ack.fence);
  const auto place = held_.find(key);
  if (place == held_.end()) return;
  Held& held = place->second;
  if (!ack.still_yours) return cancel(key, held, "the coordinator has taken it back", now);
  const auto renewal = held.renewals.find(ack.renewal);
  if (renewal == held.renewals.end()) return;
  held.lease_from = std::max(held.lease_from, renewal->second);
  held.renewals.erase(held.renewals.begin(), std::next(renewal));
}

void Session::on(const ResultAck& ack, MonotonicMs) {
  const Key key(ack.task, ack.fence);
  if (results_.erase(key) > 0) settle(key);
}

void Session::on(const ClaimAck& ack, MonotonicMs now) {
  const Key key(ack.task, ack.fence);
  if (const auto held = held_.find(key); held != held_.end() && held->second.claiming) {
    held->second.claiming.reset();
    held->second.next_progress = now;
    if (!ack.adopted) cancel(key, held->second, "nobody waits for it any more", now);
    return;
  }
  const auto kept = results_.find(key);
  if (kept == results_.end() || !kept->second.claiming) return;
  kept->second.claiming.reset();
  kept->second.next_send = now;
  if (ack.adopted) return;
  results_.erase(kept);
  settle(key);
}

void Session::on(const Cancel& cancelled, MonotonicMs now) {
  const Key key(cancelled.task, cancelled.fence);
  if (results_.contains(key) || is_settled(key)) return;
  const auto held = held_.find(key);
  if (held == held_.end()) {
    // A task that has not come yet must not be run when it does.
    if (state_ != State::kBeginning) give_back(key, "it was cancelled before it came", now);
    return;
  }
  cancel(key, held->second, cancelled.reason, now);
}

void Session::on(const Drain& drain, MonotonicMs now) {
  if (leaving_) return;
  leaving_ = Leaving{drain.reason, 0, std::nullopt};
  next_credit_ = now;
}

void Session::run_begun(MonotonicMs now) {
  if (state_ != State::kBeginning) return;
  run_ = welcome_.run;
  run_epoch_ = welcome_epoch_;
  state_ = State::kWorking;
  next_credit_ = now;
  if (!next_welcome_) return;
  const Welcome next = *std::exchange(next_welcome_, std::nullopt);
  on(next, now);
}

void Session::disconnected(MonotonicMs now) {
  if (options_.redials && state_ == State::kWorking) greet_again(now);
}

void Session::reconnected(MonotonicMs now) {
  if (state_ == State::kWorking) greet_again(now);
  if (state_ != State::kGreeting) return;
  next_hello_ = now;
  hello_pause_ms_ = options_.hello_pause_ms;
}

void Session::run_refused(const Error& error) {
  leave(exit_status_for(error.code), error.to_string());
}

void Session::progressed(const TaskInFlight& task, std::int64_t rows) {
  const auto held = held_.find(Key(task.task, task.fence));
  if (held != held_.end()) held->second.rows = rows;
}

void Session::finished(TaskResult result, MonotonicMs now) {
  const Key key(result.task, result.fence);
  const auto held = held_.find(key);
  if (held == held_.end()) return;
  --running_;
  const Held ended = std::move(held->second);
  held_.erase(held);
  if (ended.of_earlier_run) return;
  results_[key] =
      Unacknowledged{std::move(result), ended.task, ended.claiming, now, options_.result_pause_ms};
}

void Session::stop(const std::string& reason, int exit_status, MonotonicMs now) {
  leaving_ = Leaving{reason, exit_status, MonotonicMs{now.value + options_.leave_within_ms}};
  std::vector<Key> keys;
  for (const auto& [key, held] : held_) keys.push_back(key);
  for (const Key& key : keys) cancel(key, held_.at(key), reason, now);
  next_credit_ = now;
}

// The task did not run, or will not: the coordinator may give it to another.
void Session::give_back(const Key& key, const std::string& why, MonotonicMs now) {
  std::shared_ptr<const Task> task;
  std::optional<Claiming> claiming;
  if (const auto held = held_.find(key); held != held_.end()) {
    task = held->second.task;
    claiming = held->second.claiming;
  }
  TaskResult result;
  result.task = key.first;
  result.fence = key.second;
  result.outcome = TaskOutcome::kCancelled;
  result.error = Error{ErrorCode::kCancelled, "The task was given back: " + why + ".", {}, {}, {}};
  results_[key] = Unacknowledged{std::move(result), task, claiming, now, options_.result_pause_ms};
}

void Session::cancel(const Key& key, Held& held, const std::string& why, MonotonicMs now) {
  if (held.is_waiting && !held.of_earlier_run) {
    give_back(key, why, now);
    held_.erase(key);
    return;
  }
  if (held.cancelled || held.is_waiting) return;
  held.cancelled = true;
  actions_.emplace_back(CancelTask{{key.first, key.second}});
}

void Session::settle(const Key& key) {
  settled_.push_back(key);
  if (settled_.size() > k_settled_kept) settled_.pop_front();
}

bool Session::is_settled(const Key& key) const {
  return std::find(settled_.begin(), settled_.end(), key) != settled_.end();
}

}  // namespace decant
