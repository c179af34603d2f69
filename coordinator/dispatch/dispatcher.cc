// Tasks, workers and the bookkeeping of states.
#include "coordinator/dispatch/dispatcher.h"

#include <algorithm>
#include <cassert>

namespace decant {
namespace {

constexpr std::int64_t k_longest_pause_ms = 60'000;

// While a worker has it, or may still have it.
bool occupies_source(DispatchState state) {
  return state == DispatchState::kAssigning || state == DispatchState::kAssigned ||
         state == DispatchState::kReclaiming;
}

bool occupies_slot(DispatchState state) {
  return state == DispatchState::kAssigning || state == DispatchState::kAssigned;
}

bool occupies_stage(DispatchState state) { return state == DispatchState::kCommitting; }

}  // namespace

void Dispatcher::set_first_fence(Fence first) {
  last_fence_ = std::max(last_fence_, first.value - 1);
}

void Dispatcher::add_task(TaskId id, const std::string& store, std::int64_t weight) {
  DispatchTask task;
  task.id = id;
  task.store = store;
  task.weight = weight;
  const auto [place, added] = tasks_.emplace(id, std::move(task));
  assert(added);
  if (!added) return;
  waiting_[store].insert(Rank(-weight, id));
  if (cancelled_)
    settle_failed(place->second,
                  Error{ErrorCode::kCancelled, "The run was called off.", {}, {}, {}});
}

void Dispatcher::set_store_limit(const std::string& store, int max_parallel) {
  store_limits_[store] = max_parallel;
}

void Dispatcher::worker_joined(const Hello& hello, const WorkerName& name,
                               const Incarnation& incarnation, MonotonicMs now) {
  const bool is_new = !knows(incarnation);
  DispatchWorker& worker = workers_[incarnation];
  worker.incarnation = incarnation;
  worker.name = name;
  worker.stores = {hello.stores.begin(), hello.stores.end()};
  worker.last_heard = now;
  if (is_new) {
    for (const TaskId id : active_) {
      const DispatchTask& task = tasks_.at(id);
      if (task.worker != incarnation) continue;
      worker.in_flight += occupies_slot(task.state) ? 1 : 0;
      worker.staged += occupies_stage(task.state) ? 1 : 0;
      worker.staged_rows += occupies_stage(task.state) ? task.rows : 0;
    }
  }
  for (const TaskInFlight& held : hello.in_flight) {
    DispatchTask* task = held_under(held.task, held.fence, DispatchState::kAssigned);
    if (task != nullptr && task->worker == incarnation) {
      task->lease_until.value = now.value + limits_.lease_ms;  // adopted, not run again
    } else {
      cancels_due_.push_back(
          {DispatchAction::Kind::kSendCancel, held.task, held.fence, incarnation, {}});
    }
  }
}

bool Dispatcher::knows(const Incarnation& incarnation) const {
  return workers_.contains(incarnation);
}

void Dispatcher::worker_heard(const Incarnation& incarnation, MonotonicMs now) {
  const auto worker = workers_.find(incarnation);
  if (worker != workers_.end()) worker->second.last_heard = now;
}

// Its tasks have no owner now, which the next decide() sees.
void Dispatcher::worker_left(const Incarnation& incarnation, MonotonicMs) {
  workers_.erase(incarnation);
}

void Dispatcher::worker_draining(const Incarnation& incarnation) {
  const auto worker = workers_.find(incarnation);
  if (worker != workers_.end()) worker->second.draining = true;
}

void Dispatcher::credit(const Incarnation& incarnation, int tasks) {
  const auto worker = workers_.find(incarnation);
  if (worker != workers_.end()) worker->second.credits = tasks;
}

// Undoes what the task's present state means to stores, workers and the views.
void Dispatcher::leave(const DispatchTask& task) {
  assert(!has_ended(task.state));
  if (task.state == DispatchState::kPending) {
    waiting_[task.store].erase(Rank(-task.weight, task.id));
    resting_.erase({task.not_before, task.id});
  } else {
    active_.erase(task.id);
  }
  if (occupies_source(task.state)) --store_busy_[task.store];
  const auto worker = workers_.find(task.worker);
  if (worker == workers_.end()) return;
  worker->second.in_flight -= occupies_slot(task.state) ? 1 : 0;
  worker->second.staged -= occupies_stage(task.state) ? 1 : 0;
  worker->second.staged_rows -= occupies_stage(task.state) ? task.rows : 0;
}

// A task on its way into kPending is put into waiting_ or resting_ by the caller.
void Dispatcher::enter(DispatchTask& task, DispatchState state) {
  leave(task);
  task.state = state;
  if (has_ended(state) && !task.parked) ++settled_;
  if (state != DispatchState::kPending && !has_ended(state)) active_.insert(task.id);
  if (occupies_source(state)) ++store_busy_[task.store];
  const auto worker = workers_.find(task.worker);
  if (worker == workers_.end()) return;
  worker->second.in_flight += occupies_slot(state) ? 1 : 0;
  worker->second.staged += occupies_stage(state) ? 1 : 0;
  worker->second.staged_rows += occupies_stage(state) ? task.rows : 0;
}

// Back to pending, after a pause that doubles with every attempt.
void Dispatcher::rest(DispatchTask& task, MonotonicMs now) {
  enter(task, DispatchState::kPending);
  const int doublings = std::clamp(task.attempts - 1, 0, 16);
  const std::int64_t pause_ms = std::min(limits_.retry_pause_ms << doublings, k_longest_pause_ms);
  task.not_before.value = now.value + pause_ms;
  task.worker = {};
  task.rows = 0;
  task.stage.clear();
  if (!task.parked) resting_.insert({task.not_before, task.id});
}

// A fence that nobody has been given yet takes the task away from its owner, whoever that may be.
void Dispatcher::start_reclaim(DispatchTask& task) {
  const Fence old_fence = task.fence;
  enter(task, DispatchState::kReclaiming);
  task.fence.value = ++last_fence_;
  task.not_before = {};
  bumps_due_[task.id] = {DispatchAction::Kind::kBumpFence, task.id, task.fence, task.worker,
                         old_fence};
}

void Dispatcher::settle_failed(DispatchTask& task, Error error) {
  enter(task, DispatchState::kFailed);
  task.last_error = std::move(error);
}

DispatchTask* Dispatcher::held_under(TaskId id, Fence fence, DispatchState state) {
  const auto task = tasks_.find(id);
  if (task == tasks_.end() || task->second.fence != fence || task->second.state != state)
    return nullptr;
  return &task->second;
}

}  // namespace decant
