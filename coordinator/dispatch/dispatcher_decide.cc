// What is to be done now: reclaim what was lost, cancel what was called off, hand out what can be
// handed out.
#include <algorithm>

#include "coordinator/dispatch/dispatcher.h"

namespace decant {
namespace {

// Where workers stage faster than the coordinator commits, stage files may not pile up: a worker
// goes on with as many tasks as it has credits while three times as many wait. Both then always
// have work, and the coordinator has several to commit together.
constexpr int k_staged_and_running = 4;

bool has_room(const DispatchWorker& worker) {
  return !worker.draining && worker.in_flight < worker.credits &&
         worker.in_flight + worker.staged < k_staged_and_running * worker.credits;
}

bool reaches(const DispatchWorker& worker, const std::string& store) {
  return store.empty() || worker.stores.empty() || worker.stores.contains(store);
}

// The worker with the most free slots that reaches the store, or null.
DispatchWorker* best_worker(const std::vector<DispatchWorker*>& free_workers,
                            const std::string& store) {
  DispatchWorker* best = nullptr;
  for (DispatchWorker* worker : free_workers) {
    if (!has_room(*worker) || !reaches(*worker, store)) continue;
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

// The heaviest waiting task whose store has room and is reached by a worker with a free slot; again
// until none is left.
void Dispatcher::assign_pending(std::vector<DispatchAction>& actions) {
  std::vector<DispatchWorker*> free_workers;
  for (auto& [incarnation, worker] : workers_) {
    if (has_room(worker)) free_workers.push_back(&worker);
  }
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
    std::erase_if(free_workers, [](const DispatchWorker* w) { return !has_room(*w); });
  }
}

}  // namespace decant
