// RunLoop, what it keeps an eye on: its local workers, signals, a run that nobody works for; and
// what it shows of all that.
#include <sys/wait.h>

#include <algorithm>

#include "common/base/text.h"
#include "coordinator/control/run_loop.h"
#include "coordinator/dispatch/slowest.h"

namespace decant {
namespace {

constexpr std::int64_t k_show_ms = 500;
constexpr std::int64_t k_wait_check_ms = 1'000;
constexpr std::int64_t k_no_worker_ms = 60'000;
constexpr int k_max_replaced_workers = 20;
// A worker says something every third of a lease, which is ten seconds.
constexpr std::int64_t k_lively_ms = 15'000;

}  // namespace

// A local worker that died is replaced; its tasks are reclaimed at once, since nothing of it is
// left.
void RunLoop::reap_local_workers() {
  if (parts_.local_workers == nullptr || draining_) return;
  for (const LocalWorkers::Ended& ended : parts_.local_workers->reap()) {
    const std::string how = WIFSIGNALED(ended.status)
                                ? "was ended by signal " + std::to_string(WTERMSIG(ended.status))
                                : "left with status " + std::to_string(WEXITSTATUS(ended.status));
    parts_.logger.warn("Local worker " + ended.name + " " + how + ".");
    std::vector<Incarnation> gone;
    for (const auto& [incarnation, worker] : dispatcher_.workers()) {
      if (worker.name.value == ended.name) gone.push_back(incarnation);
    }
    bool had_tasks = ended.was_killed;  // it was given up with what it had
    for (const Incarnation& incarnation : gone) {
      had_tasks = dispatcher_.worker_lost(incarnation, how) || had_tasks;
      sessions_.forget(incarnation);
    }
    // What a task costs is bounded by the task's being set aside.
    replaced_workers_ += had_tasks ? 0 : 1;
    if (replaced_workers_ <= k_max_replaced_workers) {
      if (const Status started = parts_.local_workers->replace(); !started)
        fatal_ = started.error();
    } else {
      fatal_ = Error{ErrorCode::kInternal,
                     "Local workers keep ending; the last one " + how + ".",
                     "Look at the messages above and at the machine's memory.",
                     {},
                     {}};
    }
  }
  const MonotonicMs now = parts_.clock.now();
  if (!dispatcher_.workers().empty()) last_worker_seen_ = now;
  if (now.value - last_worker_seen_.value > k_no_worker_ms && parts_.local_workers->running() > 0) {
    fatal_ = Error{ErrorCode::kUnreachable,
                   "No worker has connected for a minute.",
                   "Look at the workers' messages.",
                   {},
                   {}};
  }
}

void RunLoop::watch_for_interrupts() {
  if (parts_.interrupts == 0 || draining_) return;
  draining_ = true;
  interrupted_since_ = parts_.clock.now();
  dispatcher_.stop_assigning();
  parts_.logger.warn(
      "Interrupted: what is under way has a minute to finish; once more stops at once.");
}

// Nobody waits in silence. Local workers are on their way by themselves.
void RunLoop::tell_waiting() {
  const MonotonicMs now = parts_.clock.now();
  if (!parts_.say || now.value - last_waited_.value < k_wait_check_ms) return;
  last_waited_ = now;
  WaitState state = dispatcher_.waiting();
  const bool is_starting = parts_.local_workers != nullptr && parts_.local_workers->running() > 0;
  if (is_starting && dispatcher_.workers().empty()) state = {};
  if (const auto line = wait_notice_.due(state, now)) parts_.say(*line);
  for (const std::vector<std::string>& stores : wait_notice_.given_up(state, now)) {
    const std::string what = stores.size() > 1 ? join(stores, " together with ") : "it";
    dispatcher_.give_up(stores, {ErrorCode::kUnreachable,
                                 "No worker that joined reaches " + what + ", for ten minutes.",
                                 "Start one there and run again: " + parts_.how_to_start_a_worker,
                                 {},
                                 {{}, {}, stores.front(), {}}});
  }
}

void RunLoop::refresh_view() {
  const MonotonicMs now = parts_.clock.now();
  if (!parts_.show || now.value - last_shown_.value < k_show_ms) return;
  last_shown_ = now;
  std::int64_t rows = rows_done_ + target_rows_;
  for (const auto& [id, task] : dispatcher_.tasks()) {
    const bool is_read =
        task.state == DispatchState::kAssigned || task.state == DispatchState::kCommitting;
    if (is_read && tasks_.contains(id) && !task.parked) rows += task.rows;
  }
  view_.rows = rows;
  view_.elapsed_ms = now.value - phase_started_.value;
  view_.rows_per_second = rate_.add(now, rows);
  view_.workers = static_cast<int>(std::count_if(
      dispatcher_.workers().begin(), dispatcher_.workers().end(), [&](const auto& worker) {
        return now.value - worker.second.last_heard.value < k_lively_ms;
      }));
  const auto slow = view_.needs_workers ? slowest_store(dispatcher_.tasks(), now) : std::nullopt;
  view_.slowest_store = slow ? slow->store : std::string();
  view_.slowest_reason = slow ? slow->reason : std::string();
  parts_.show(view_);
}

void RunLoop::begin_phase(const std::string& phase, std::int64_t tasks, std::int64_t rows) {
  phase_started_ = parts_.clock.now();
  rows_done_ = 0;
  target_rows_ = 0;
  rate_ = {};
  view_.phase = phase;
  view_.tasks = tasks;
  view_.tasks_done = 0;
  view_.rows_expected = rows;
  view_.needs_workers = false;
  last_shown_ = {};  // a new phase is shown at once
}

}  // namespace decant
