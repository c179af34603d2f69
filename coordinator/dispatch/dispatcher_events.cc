// What has happened: each event is checked against the task's state and fence, then applied.
#include <algorithm>

#include "coordinator/dispatch/dispatcher.h"
#include "coordinator/dispatch/second_try.h"

namespace decant {
namespace {

// Whether another attempt, here or elsewhere, may end otherwise.
bool is_worth_another_attempt(const Error& error) {
  switch (remedy_for(error.code)) {
    case Remedy::kReconnect:
    case Remedy::kReassign:
      return true;
    case Remedy::kAbort:
    case Remedy::kQuarantine:
      return false;
  }
  return false;
}

Error called_off() { return Error{ErrorCode::kCancelled, "The run was called off.", {}, {}, {}}; }

// Of several, the one that the error is about.
std::string failed_store(const DispatchTask& task) {
  if (!task.last_error) return task.store();
  const auto found =
      std::find(task.stores.begin(), task.stores.end(), task.last_error->place.store);
  return found == task.stores.end() ? task.store() : *found;
}

Error unexplained() {
  return Error{ErrorCode::kInternal, "A worker reports a failure without an error.", {}, {}, {}};
}

}  // namespace

void Dispatcher::assigned(TaskId id, Fence fence, MonotonicMs now) {
  DispatchTask* task = held_under(id, fence, DispatchState::kAssigning);
  if (task == nullptr) return;
  enter(*task, DispatchState::kAssigned);
  ++task->attempts;
  task->assigned_at = now;
  if (task->first_assigned == MonotonicMs{}) task->first_assigned = now;
  task->lease_until.value = now.value + limits_.lease_ms;
  task->cancel_sent = false;
}

void Dispatcher::assign_failed(TaskId id, Fence fence, MonotonicMs now) {
  DispatchTask* task = held_under(id, fence, DispatchState::kAssigning);
  if (task == nullptr) return;
  if (cancelled_) return settle_failed(*task, called_off());
  rest(*task, now);
}

bool Dispatcher::progress(const Incarnation& worker, const Progress& progress, MonotonicMs now) {
  DispatchTask* task = held_under(progress.task, progress.fence, DispatchState::kAssigned);
  if (task == nullptr || task->worker != worker) return false;
  task->lease_until.value = now.value + limits_.lease_ms;
  task->rows = progress.rows;
  task->stage = progress.stage;
  return true;
}

// A task of all stores says nothing of any.
void Dispatcher::note_read(const std::string& store, const Incarnation& worker, MonotonicMs now) {
  store_gave_[store] = now;
  if (store.empty()) return;
  Incarnation& reader = reader_of_[store];
  if (reader != worker && workers_.contains(reader)) return;
  if (reader != worker) near_[worker].push_back(&waiting_[{store}]);
  reader = worker;
}

void Dispatcher::note_read(const DispatchTask& task, MonotonicMs now) {
  for (const std::string& store : task.stores) note_read(store, task.worker, now);
}

Verdict Dispatcher::result(const Incarnation& worker, const TaskResult& result, MonotonicMs now) {
  const auto place = tasks_.find(result.task);
  if (place == tasks_.end() || place->second.fence != result.fence) return Verdict::kStale;
  DispatchTask& task = place->second;
  if (task.worker != worker) return Verdict::kStale;
  if (task.state == DispatchState::kAssigning)
    return Verdict::kStale;  // the task has not even been sent
  if (task.state != DispatchState::kAssigned) return Verdict::kDuplicate;

  task.rows = result.rows_read;
  switch (result.outcome) {
    case TaskOutcome::kDone:
    case TaskOutcome::kHandedBack:  // its chunks come again, in another task
      note_read(task, now);
      enter(task, DispatchState::kDone);
      break;
    case TaskOutcome::kStaged:
      note_read(task, now);
      enter(task, DispatchState::kCommitting);
      break;
    case TaskOutcome::kFenced:
    case TaskOutcome::kCommitUnknown:
      start_reclaim(task);  // the ledger knows what has become of it
      break;
    case TaskOutcome::kCancelled:
      if (cancelled_) {
        settle_failed(task, called_off());
      } else {
        --task.attempts;  // the worker gave it back: that says nothing about the task
        start_reclaim(task);
      }
      break;
    case TaskOutcome::kFailed:
      task.last_error = result.error ? *result.error : unexplained();
      task.ending = TaskEnding::kFailed;
      task.tried.insert(worker);
      if (is_worth_another_attempt(*task.last_error)) {
        start_reclaim(task);
      } else {
        enter(task, DispatchState::kFailed);
      }
      break;
  }
  return Verdict::kTake;
}

void Dispatcher::committed(TaskId id) {
  const auto task = tasks_.find(id);
  if (task == tasks_.end() || task->second.state != DispatchState::kCommitting) return;
  enter(task->second, DispatchState::kDone);
}

void Dispatcher::commit_failed(TaskId id, const Error& error, MonotonicMs) {
  const auto task = tasks_.find(id);
  if (task == tasks_.end() || task->second.state != DispatchState::kCommitting) return;
  if (!is_worth_another_attempt(error)) return settle_failed(task->second, error);
  task->second.last_error = error;
  task->second.ending = TaskEnding::kFailed;
  start_reclaim(task->second);
}

void Dispatcher::reclaimed(TaskId id, bool was_committed, MonotonicMs now,
                           Divisibility divisibility) {
  const auto place = tasks_.find(id);
  if (place == tasks_.end() || place->second.state != DispatchState::kReclaiming) return;
  DispatchTask& task = place->second;
  bumps_due_.erase(id);
  if (was_committed) return enter(task, DispatchState::kDone);
  if (cancelled_ || task.withdrawn) return settle_failed(task, called_off());
  if (task.parked) return rest(task, now);  // judged once a phase waits for it
  const std::string store = failed_store(task);
  const StoreSigns signs = signs_of_store(store, task);
  switch (second_try(task, limits_, divisibility, signs)) {
    case SecondTry::kAgainInHalves:
      ++task.halvings;
      task.tried.clear();
      task.attempts = 0;
      [[fallthrough]];
    case SecondTry::kAgain:
      return rest(task, now);
    case SecondTry::kDivide:
      return enter(task, DispatchState::kDivided);
    case SecondTry::kSetAside:
      break;
  }
  enter(task, DispatchState::kFailed);
  if (is_store_away(task, signs)) give_up({store}, *task.last_error);
}

void Dispatcher::reclaim_failed(TaskId id, MonotonicMs now) {
  const auto place = tasks_.find(id);
  if (place == tasks_.end() || place->second.state != DispatchState::kReclaiming) return;
  DispatchTask& task = place->second;
  task.not_before.value = now.value + limits_.retry_pause_ms;
  bumps_due_[id] = {DispatchAction::Kind::kBumpFence, id, task.fence, task.worker, {}};
}

void Dispatcher::give_up(const std::vector<std::string>& stores, const Error& error) {
  for (auto& [id, task] : tasks_) {
    if (task.state != DispatchState::kPending) continue;
    const bool reads_all = std::all_of(stores.begin(), stores.end(), [&](const std::string& store) {
      return std::find(task.stores.begin(), task.stores.end(), store) != task.stores.end();
    });
    if (reads_all) settle_failed(task, error);
  }
}

void Dispatcher::cancel_all(MonotonicMs) {
  cancelled_ = true;
  stopped_ = true;
  for (auto& [id, task] : tasks_) {
    if (task.state == DispatchState::kPending) settle_failed(task, called_off());
  }
}

}  // namespace decant
