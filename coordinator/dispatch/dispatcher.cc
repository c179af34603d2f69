// Tasks, workers and the bookkeeping of states.
#include "coordinator/dispatch/dispatcher.h"

#include <algorithm>
#include <cassert>

#include "coordinator/dispatch/second_try.h"

namespace decant {
namespace {

constexpr std::size_t k_lost_kept = 4;

// While a worker has it, or may still have it.
bool occupies_source(DispatchState state) {
  return state == DispatchState::kAssigning || state == DispatchState::kAssigned ||
         state == DispatchState::kReclaiming;
}

bool occupies_slot(DispatchState state) {
  return state == DispatchState::kAssigning || state == DispatchState::kAssigned;
}

bool has(const std::vector<std::string>& stores, const std::string& store) {
  return std::find(stores.begin(), stores.end(), store) != stores.end();
}

bool occupies_stage(DispatchState state) { return state == DispatchState::kCommitting; }

}  // namespace

void Dispatcher::set_first_fence(Fence first) {
  last_fence_ = std::max(last_fence_, first.value - 1);
}

void Dispatcher::add_task(TaskId id, std::vector<std::string> stores, std::int64_t weight) {
  DispatchTask task;
  task.id = id;
  task.stores = std::move(stores);
  task.weight = weight;
  add(std::move(task));
}

// What cost its worker each time needs no such proof again: one more loss says in which part it is.
void Dispatcher::add_part(TaskId id, TaskId whole, std::int64_t weight) {
  const DispatchTask& parent = tasks_.at(whole);
  DispatchTask task;
  task.id = id;
  task.stores = parent.stores;
  task.weight = weight;
  task.is_part = true;
  if (parent.ending == TaskEnding::kLost) {
    task.is_suspect = true;
    task.losses = limits_.max_losses - 1;
    task.lost = parent.lost;
  } else if (parent.last_error && parent.last_error->code == ErrorCode::kUnreachable) {
    task.attempts = std::max(0, limits_.max_attempts - 2);
  }
  add(std::move(task));
}

void Dispatcher::add(DispatchTask task) {
  const TaskId id = task.id;
  const Rank rank(-task.weight, id);
  const auto [place, added] = tasks_.emplace(id, std::move(task));
  assert(added);
  if (!added) return;
  waiting_[place->second.stores].insert(rank);
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
      worker.suspects += occupies_slot(task.state) && task.is_suspect ? 1 : 0;
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

bool Dispatcher::worker_lost(const Incarnation& incarnation, const std::string& how) {
  const auto worker = workers_.find(incarnation);
  if (worker == workers_.end()) return false;
  const bool had_any = suspect_tasks_of(worker->second, how);
  workers_.erase(worker);
  return had_any;
}

// Where it had several, nobody knows which one it was. Called before the worker is erased, so that
// no count of it has to be kept.
bool Dispatcher::suspect_tasks_of(const DispatchWorker& worker, const std::string& how) {
  std::vector<DispatchTask*> held;
  for (const TaskId id : active_) {
    DispatchTask& task = tasks_.at(id);
    if (task.worker == worker.incarnation && task.state == DispatchState::kAssigned)
      held.push_back(&task);
  }
  for (DispatchTask* task : held) {
    task->is_suspect = limits_.max_losses > 0;
    task->losses += held.size() == 1 ? 1 : 0;
    task->tried.insert(worker.incarnation);
    task->lost.push_back(worker.name.value + " " + how);
    if (task->lost.size() > k_lost_kept) task->lost.erase(task->lost.begin());
    task->ending = TaskEnding::kLost;
    task->last_error = Error{ErrorCode::kInternal, "Worker " + task->lost.back() + ".", {}, {}, {}};
  }
  return !held.empty();
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
    waiting_[task.stores].erase(Rank(-task.weight, task.id));
    resting_.erase({task.not_before, task.id});
  } else {
    active_.erase(task.id);
  }
  if (occupies_source(task.state)) {
    for (const std::string& store : task.stores) --store_busy_[store];
  }
  const auto worker = workers_.find(task.worker);
  if (worker == workers_.end()) return;
  worker->second.in_flight -= occupies_slot(task.state) ? 1 : 0;
  worker->second.suspects -= occupies_slot(task.state) && task.is_suspect ? 1 : 0;
  worker->second.staged -= occupies_stage(task.state) ? 1 : 0;
  worker->second.staged_rows -= occupies_stage(task.state) ? task.rows : 0;
}

// A task on its way into kPending is put into waiting_ or resting_ by the caller.
void Dispatcher::enter(DispatchTask& task, DispatchState state) {
  leave(task);
  task.state = state;
  if (has_ended(state) && !task.parked) ++settled_;
  if (state != DispatchState::kPending && !has_ended(state)) active_.insert(task.id);
  if (occupies_source(state)) {
    for (const std::string& store : task.stores) ++store_busy_[store];
  }
  const auto worker = workers_.find(task.worker);
  if (worker == workers_.end()) return;
  worker->second.in_flight += occupies_slot(state) ? 1 : 0;
  worker->second.suspects += occupies_slot(state) && task.is_suspect ? 1 : 0;
  worker->second.staged += occupies_stage(state) ? 1 : 0;
  worker->second.staged_rows += occupies_stage(state) ? task.rows : 0;
}

// Back to pending, after a pause.
void Dispatcher::rest(DispatchTask& task, MonotonicMs now) {
  enter(task, DispatchState::kPending);
  task.not_before.value = now.value + pause_before_next_ms(task, limits_);
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
  task.ending = TaskEnding::kFailed;
}

// Rows under way are a sign too, since the others may be large.
StoreSigns Dispatcher::signs_of_store(const std::string& store, const DispatchTask& task) const {
  StoreSigns signs;
  const auto gave = store_gave_.find(store);
  signs.answers = gave != store_gave_.end() && gave->second >= task.first_assigned;
  signs.has_others = std::any_of(waiting_.begin(), waiting_.end(), [&](const auto& waiting) {
    return !waiting.second.empty() && has(waiting.first, store);
  });
  for (const TaskId id : active_) {
    const DispatchTask& other = tasks_.at(id);
    if (id == task.id || !has(other.stores, store)) continue;
    signs.has_others = true;
    signs.answers = signs.answers || other.state == DispatchState::kCommitting ||
                    (other.state == DispatchState::kAssigned && other.rows > 0);
  }
  signs.has_others =
      signs.has_others || std::any_of(resting_.begin(), resting_.end(), [&](const auto& resting) {
        return has(tasks_.at(resting.second).stores, store);
      });
  return signs;
}

DispatchTask* Dispatcher::held_under(TaskId id, Fence fence, DispatchState state) {
  const auto task = tasks_.find(id);
  if (task == tasks_.end() || task->second.fence != fence || task->second.state != state)
    return nullptr;
  return &task->second;
}

}  // namespace decant
