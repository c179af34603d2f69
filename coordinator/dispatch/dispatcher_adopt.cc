// Tasks that an earlier coordinator gave out: they are followed from where they are.
#include <algorithm>
#include <cassert>

#include "coordinator/dispatch/dispatcher.h"

namespace decant {
namespace {

Error no_longer_wanted() {
  return Error{
      ErrorCode::kCancelled, "Its chunks are planned anew; the task was taken back.", {}, {}, {}};
}

}  // namespace

void Dispatcher::adopt_task(TaskId id, std::vector<std::string> stores, std::int64_t weight,
                            Fence fence, const Incarnation& worker, MonotonicMs now) {
  last_fence_ = std::max(last_fence_, fence.value);
  DispatchTask task;
  task.id = id;
  task.stores = std::move(stores);
  task.weight = weight;
  task.fence = fence;
  task.worker = worker;
  task.attempts = 1;
  task.assigned_at = now;
  task.lease_until.value = now.value + limits_.lease_ms;
  task.parked = true;
  const auto [place, added] = tasks_.emplace(id, std::move(task));
  assert(added);
  if (!added) return;
  ++parked_;
  enter(place->second, DispatchState::kAssigned);
}

void Dispatcher::await_task(TaskId id) {
  const auto place = tasks_.find(id);
  if (place == tasks_.end() || !place->second.parked) return;
  DispatchTask& task = place->second;
  task.parked = false;
  --parked_;
  if (has_ended(task.state)) ++settled_;
  if (task.state == DispatchState::kPending) resting_.insert({task.not_before, id});
}

// A staged result that is being committed runs to its end: it is in the ledger then.
void Dispatcher::withdraw_task(TaskId id) {
  const auto place = tasks_.find(id);
  if (place == tasks_.end()) return;
  DispatchTask& task = place->second;
  task.withdrawn = true;
  if (task.state == DispatchState::kPending) return settle_failed(task, no_longer_wanted());
  if (task.state != DispatchState::kAssigned) return;
  cancels_due_.push_back({DispatchAction::Kind::kSendCancel, id, task.fence, task.worker, {}});
  start_reclaim(task);
}

bool Dispatcher::is_settled(TaskId id) const {
  const auto task = tasks_.find(id);
  return task == tasks_.end() || has_ended(task->second.state);
}

}  // namespace decant
