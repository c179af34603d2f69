// RunLoop, what it keeps an eye on: its local workers, signals, a run that nobody works for; and
// what it shows of all that.
#include <sys/wait.h>

#include <algorithm>

#include "coordinator/control/run_loop.h"

namespace decant {
namespace {

constexpr std::int64_t k_show_ms = 500;
constexpr std::int64_t k_wait_check_ms = 1'000;
constexpr std::int64_t k_no_worker_ms = 60'000;
constexpr int k_max_replaced_workers = 20;

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
    for (const Incarnation& incarnation : gone) {
      dispatcher_.worker_left(incarnation, parts_.clock.now());
      sessions_.forget(incarnation);
    }
    if (++replaced_workers_ <= k_max_replaced_workers) {
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
  dispatcher_.stop_assigning();
  parts_.logger.warn("Interrupted: what is under way is finished; once more stops at once.");
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
  for (const std::string& store : wait_notice_.given_up(state, now)) {
    dispatcher_.give_up(store, {ErrorCode::kUnreachable,
                                "No worker that joined reaches it, for ten minutes.",
                                "Start one there and run again: " + parts_.how_to_start_a_worker,
                                {},
                                {{}, {}, store, {}}});
  }
}

void RunLoop::refresh_view() {
  const MonotonicMs now = parts_.clock.now();
  if (!parts_.show || now.value - last_shown_.value < k_show_ms) return;
  last_shown_ = now;
  std::int64_t rows = rows_done_;
  std::map<std::string, std::int64_t> oldest;
  for (const auto& [id, task] : dispatcher_.tasks()) {
    if (task.state != DispatchState::kAssigned || !tasks_.contains(id)) continue;
    rows += task.rows;
    oldest.emplace(task.store, static_cast<std::int64_t>(id.value));
  }
  view_.rows = rows;
  view_.elapsed_ms = now.value - phase_started_.value;
  view_.rows_per_second = view_.elapsed_ms > 0 ? static_cast<double>(rows) * 1000.0 /
                                                     static_cast<double>(view_.elapsed_ms)
                                               : 0;
  view_.workers = static_cast<int>(dispatcher_.workers().size());
  parts_.show(view_);
}

}  // namespace decant
