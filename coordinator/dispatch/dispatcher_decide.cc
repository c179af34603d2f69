// What is to be done now: reclaim what was lost, cancel what was called off, hand out what can be
// handed out.
#include <algorithm>

#include "coordinator/dispatch/dispatcher.h"

namespace decant {
namespace {

// Where workers stage faster than the coordinator commits, stage files may not pile up: a worker
// goes on with as many tasks as it has credits while three times as many wait, or more of them that
// are small. Both then always have work, and the coordinator has several to commit together.
constexpr int k_staged_and_running = 4;
constexpr int k_small_staged = 16;
constexpr std::int64_t k_small_staged_rows = 1'000'000;

bool may_stage(const DispatchWorker& worker) {
  const int running = std::min(worker.in_flight, worker.credits - 1);
  return running + worker.staged < k_staged_and_running * worker.credits ||
         (worker.staged < k_small_staged * worker.credits &&
          worker.staged_rows < k_small_staged_rows);
}

bool has_room(const DispatchWorker& worker, bool is_ahead) {
  return !worker.draining && worker.in_flight < (is_ahead ? 2 : 1) * worker.credits &&
         may_stage(worker);
}

bool reaches(const DispatchWorker& worker, const std::string& store) {
  return store.empty() || worker.stores.empty() || worker.stores.contains(store);
}

// The worker with the most free slots that reaches the store, or null.
DispatchWorker* best_worker(const std::vector<DispatchWorker*>& free_workers,
                            const std::string& store) {
  DispatchWorker* best = nullptr;
  for (DispatchWorker* worker : free_workers) {
    if (!reaches(*worker, store)) continue;
    if (best == nullptr || worker->credits - worker->in_flight > best->credits - best->in_flight)
      best = worker;
  }
  return best;
}

}  // namespace

std::vector<DispatchAction> Dispatcher::decide(MonotonicMs now) {
  std::vector<DispatchAction> actions;
  forget_silent_workers(now, actions);
  reclaim_lost_tasks(now);
  hand_out_cancels(actions);
  hand_out_bumps(now, actions);
  wake_rested_tasks(now);
  if (!stopped_) assign_pending(actions);
  return actions;
}

// Every sign of life counts, so a worker that is silent for a lease holds no lease any more.
void Dispatcher::forget_silent_workers(MonotonicMs now, std::vector<DispatchAction>& actions) {
  for (auto worker = workers_.begin(); worker != workers_.end();) {
    if (worker->second.last_heard.value + limits_.lease_ms > now.value) {
      ++worker;
      continue;
    }
    actions.push_back({DispatchAction::Kind::kForgetWorker, {}, {}, worker->first, {}});
    worker = workers_.erase(worker);
  }
}

void Dispatcher::reclaim_lost_tasks(MonotonicMs now) {
  const std::vector<TaskId> active(active_.begin(), active_.end());
  for (TaskId id : active) {
    DispatchTask& task = tasks_.at(id);
    if (task.state != DispatchState::kAssigned) continue;
    const bool is_owned = workers_.contains(task.worker);
    if (is_owned && task.lease_until > now) continue;
    if (is_owned)
      cancels_due_.push_back({DispatchAction::Kind::kSendCancel, id, task.fence, task.worker, {}});
    start_reclaim(task);
  }
}

void Dispatcher::hand_out_cancels(std::vector<DispatchAction>& actions) {
  if (cancelled_) {
    for (TaskId id : active_) {
      DispatchTask& task = tasks_.at(id);
      if (task.state != DispatchState::kAssigned || task.cancel_sent) continue;
      task.cancel_sent = true;
      cancels_due_.push_back({DispatchAction::Kind::kSendCancel, id, task.fence, task.worker, {}});
    }
  }
  actions.insert(actions.end(), cancels_due_.begin(), cancels_due_.end());
  cancels_due_.clear();
}

void Dispatcher::hand_out_bumps(MonotonicMs now, std::vector<DispatchAction>& actions) {
  for (auto bump = bumps_due_.begin(); bump != bumps_due_.end();) {
    if (tasks_.at(bump->first).not_before > now) {
      ++bump;
      continue;
    }
    actions.push_back(bump->second);
    bump = bumps_due_.erase(bump);
  }
}

void Dispatcher::wake_rested_tasks(MonotonicMs now) {
  while (!resting_.empty() && resting_.begin()->first <= now) {
    const DispatchTask& task = tasks_.at(resting_.begin()->second);
    waiting_[task.store].insert(Rank(-task.weight, task.id));
    resting_.erase(resting_.begin());
  }
}

bool Dispatcher::store_has_room(const std::string& store) const {
  const auto limit = store_limits_.find(store);
  if (limit == store_limits_.end() || limit->second <= 0) return true;
  const auto busy = store_busy_.find(store);
  return busy == store_busy_.end() || busy->second < limit->second;
}

WaitState Dispatcher::waiting() const {
  WaitState state;
  for (const auto& [incarnation, worker] : workers_)
    state.has_workers = state.has_workers || !worker.draining;
  if (stopped_) return state;
  for (const auto& [store, ranks] : waiting_) {
    if (ranks.empty()) continue;
    state.tasks += ranks.size();
    const bool is_reached = std::any_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
      return !worker.second.draining && reaches(worker.second, store);
    });
    if (!is_reached) state.tasks_of_stores[store] = ranks.size();
  }
  return state;
}

bool Dispatcher::is_any_running() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker.second.in_flight > 0; });
}

// The last tasks are for those who are free: ahead of time only what leaves something for every
// slot.
std::vector<DispatchWorker*> Dispatcher::workers_with_room(std::size_t waiting) {
  std::size_t slots = 0;
  for (const auto& [incarnation, worker] : workers_)
    slots += static_cast<std::size_t>(std::max(worker.credits, 0));
  const bool is_ahead = limits_.hands_ahead && waiting > slots;
  std::vector<DispatchWorker*> found;
  for (auto& [incarnation, worker] : workers_) {
    if (has_room(worker, is_ahead)) found.push_back(&worker);
  }
  return found;
}

// The heaviest waiting task whose store has room and is reached by a worker with a free slot; again
// until none is left.
void Dispatcher::assign_pending(std::vector<DispatchAction>& actions) {
  std::size_t waiting = 0;
  for (const auto& [store, ranks] : waiting_) waiting += ranks.size();
  std::vector<DispatchWorker*> free_workers = workers_with_room(waiting);
  while (!free_workers.empty()) {
    const Rank* best_rank = nullptr;
    DispatchWorker* worker = nullptr;
    for (const auto& [store, ranks] : waiting_) {
      if (ranks.empty() || (best_rank != nullptr && *best_rank < *ranks.begin()) ||
          !store_has_room(store))
        continue;
      DispatchWorker* candidate = best_worker(free_workers, store);
      if (candidate == nullptr) continue;
      best_rank = &*ranks.begin();
      worker = candidate;
    }
    if (worker == nullptr) return;
    DispatchTask& task = tasks_.at(best_rank->second);
    task.worker = worker->incarnation;
    enter(task, DispatchState::kAssigning);
    task.fence.value = ++last_fence_;
    actions.push_back({DispatchAction::Kind::kAssign, task.id, task.fence, task.worker, {}});
    free_workers = workers_with_room(--waiting);
  }
}

}  // namespace decant
