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
  return !worker.draining && worker.suspects == 0 &&
         worker.in_flight < (is_ahead ? 2 : 1) * worker.credits && may_stage(worker);
}

bool reaches(const DispatchWorker& worker, const std::vector<std::string>& stores) {
  return worker.stores.empty() ||
         std::all_of(stores.begin(), stores.end(), [&](const std::string& store) {
           return store.empty() || worker.stores.contains(store);
         });
}

// Not everybody may take it.
bool is_choosy(const DispatchTask& task) { return task.is_suspect || !task.tried.empty(); }

// How long a task waits for a worker that has not tried it yet, where there is one: first pauses.
constexpr std::int64_t k_pauses_for_another = 10;
// Of one store, tasks that nobody may take right now and that are passed over for others.
constexpr int k_most_passed_over = 64;

Error lease_ended(int attempts) {
  return Error{ErrorCode::kTimeout,
               "Its worker gave no sign of it within its lease, " + std::to_string(attempts) +
                   (attempts == 1 ? " time." : " times."),
               "Look at the workers' logs and at the network between them and the coordinator.",
               {},
               {}};
}

}  // namespace

std::vector<DispatchAction> Dispatcher::decide(MonotonicMs now) {
  std::vector<DispatchAction> actions;
  forget_silent_workers(now, actions);
  reclaim_lost_tasks(now);
  hand_out_cancels(actions);
  hand_out_bumps(now, actions);
  wake_rested_tasks(now);
  if (!stopped_) assign_pending(now, actions);
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
    suspect_tasks_of(worker->second, "was not heard of for " +
                                         std::to_string(limits_.lease_ms / 1000) + " seconds");
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
    if (is_owned) {
      cancels_due_.push_back({DispatchAction::Kind::kSendCancel, id, task.fence, task.worker, {}});
      task.ending = TaskEnding::kLeaseEnded;
      task.last_error = lease_ended(task.attempts);
      task.tried.insert(task.worker);
    }
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
    waiting_[task.stores].insert(Rank(-task.weight, task.id));
    resting_.erase(resting_.begin());
  }
}

bool Dispatcher::have_room(const std::vector<std::string>& stores) const {
  return std::all_of(stores.begin(), stores.end(), [this](const std::string& store) {
    const auto limit = store_limits_.find(store);
    if (limit == store_limits_.end() || limit->second <= 0) return true;
    const auto busy = store_busy_.find(store);
    return busy == store_busy_.end() || busy->second < limit->second;
  });
}

// Those that no worker who joined reaches; where each is reached and nobody reaches all, all of
// them. Empty: somebody can read them.
std::vector<std::string> Dispatcher::unreached(const std::vector<std::string>& stores) const {
  const auto is_reached = [this](const std::vector<std::string>& of) {
    return std::any_of(workers_.begin(), workers_.end(), [&](const auto& worker) {
      return !worker.second.draining && reaches(worker.second, of);
    });
  };
  if (is_reached(stores)) return {};
  std::vector<std::string> by_nobody;
  std::copy_if(stores.begin(), stores.end(), std::back_inserter(by_nobody),
               [&](const std::string& store) { return !is_reached({store}); });
  return by_nobody.empty() ? stores : by_nobody;
}

WaitState Dispatcher::waiting() const {
  WaitState state;
  for (const auto& [incarnation, worker] : workers_)
    state.has_workers = state.has_workers || !worker.draining;
  if (stopped_) return state;
  for (const auto& [stores, ranks] : waiting_) {
    if (ranks.empty()) continue;
    state.tasks += ranks.size();
    const std::vector<std::string> missing = unreached(stores);
    if (!missing.empty()) state.tasks_of_stores[missing] += ranks.size();
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

// The one with the most free slots that reaches its stores, or null. One that has not tried the
// task yet comes first, and is waited for a while.
DispatchWorker* Dispatcher::worker_for(const DispatchTask& task,
                                       const std::vector<DispatchWorker*>& free_workers,
                                       MonotonicMs now) {
  const auto may_take = [&](const DispatchWorker& worker) {
    return reaches(worker, task.stores) && (!task.is_suspect || worker.in_flight == 0);
  };
  const auto is_new = [&](const DispatchWorker& worker) {
    return !task.tried.contains(worker.incarnation);
  };
  DispatchWorker* best = nullptr;
  for (DispatchWorker* worker : free_workers) {
    if (!may_take(*worker)) continue;
    const bool is_better = best == nullptr || (is_new(*worker) && !is_new(*best)) ||
                           (is_new(*worker) == is_new(*best) &&
                            worker->credits - worker->in_flight > best->credits - best->in_flight);
    if (is_better) best = worker;
  }
  if (best == nullptr || is_new(*best)) return best;
  const bool may_wait =
      now.value < task.not_before.value + k_pauses_for_another * limits_.retry_pause_ms;
  const bool has_another = std::any_of(workers_.begin(), workers_.end(), [&](const auto& entry) {
    return !entry.second.draining && reaches(entry.second, task.stores) && is_new(entry.second);
  });
  return may_wait && has_another ? nullptr : best;
}

// The heaviest waiting task whose stores have room and that a worker with a free slot may take.
Dispatcher::Choice Dispatcher::heaviest(const std::vector<DispatchWorker*>& free_workers,
                                        MonotonicMs now) {
  Choice best;
  for (const auto& [stores, ranks] : waiting_) {
    if (ranks.empty() || !have_room(stores)) continue;
    int passed_over = 0;
    for (const Rank& rank : ranks) {
      if (best.rank != nullptr && *best.rank < rank) break;
      DispatchWorker* candidate = worker_for(tasks_.at(rank.second), free_workers, now);
      if (candidate != nullptr) {
        best = {&rank, candidate};
        break;
      }
      if (!is_choosy(tasks_.at(rank.second)) || ++passed_over > k_most_passed_over) break;
    }
  }
  return best;
}

// The heaviest one of `least_weight` for a worker that has a session with its store already:
// another one would have to open one, which takes a far store many round trips.
Dispatcher::Choice Dispatcher::nearest(const std::vector<DispatchWorker*>& free_workers,
                                       std::int64_t least_weight) {
  Choice best;
  for (DispatchWorker* worker : free_workers) {
    const auto near = near_.find(worker->incarnation);
    if (near == near_.end()) continue;
    for (const std::set<Rank>* waiting : near->second) {
      if (waiting->empty()) continue;
      const Rank& rank = *waiting->begin();
      if (-rank.first < least_weight || (best.rank != nullptr && *best.rank < rank)) continue;
      const DispatchTask& task = tasks_.at(rank.second);
      if (is_choosy(task) || !reaches(*worker, task.stores) || !have_room(task.stores)) continue;
      best = {&rank, worker};
    }
  }
  return best;
}

// Large tasks first, so that none is left for the end; among those that are about as large, the one
// that its worker is near to. Again until none is left.
void Dispatcher::assign_pending(MonotonicMs now, std::vector<DispatchAction>& actions) {
  std::size_t waiting = 0;
  for (const auto& [stores, ranks] : waiting_) waiting += ranks.size();
  std::vector<DispatchWorker*> free_workers = workers_with_room(waiting);
  while (!free_workers.empty()) {
    Choice choice = heaviest(free_workers, now);
    if (choice.worker == nullptr) return;
    const std::int64_t least_weight = (1 - choice.rank->first) / 2;
    if (const Choice near = nearest(free_workers, least_weight); near.worker != nullptr)
      choice = near;
    DispatchTask& task = tasks_.at(choice.rank->second);
    task.worker = choice.worker->incarnation;
    enter(task, DispatchState::kAssigning);
    task.fence.value = ++last_fence_;
    actions.push_back({DispatchAction::Kind::kAssign, task.id, task.fence, task.worker, {}});
    free_workers = workers_with_room(--waiting);
  }
}

}  // namespace decant
