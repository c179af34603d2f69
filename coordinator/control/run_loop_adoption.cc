// RunLoop, the work that an earlier coordinator gave out: claims are written into the ledger, what
// nobody claims is fenced off (common/ledger/FORMAT.md, Adoption).
#include "coordinator/control/run_loop.h"

#include <algorithm>

#include "common/ledger/table_lock.h"
#include "common/wire/task_stores.h"

namespace decant {
namespace {

constexpr int k_fence_off_attempts = 3;

// The fence first: from there on nobody can commit. Then the sessions, whose uncommitted keys would
// block the next owner; and one that is stuck in its commit makes room for the next attempt.
Status fence_off(TargetAccess& access, const RunId& run, Epoch epoch,
                 const std::vector<OpenTask>& tasks) {
  Status done;
  for (int attempt = 0; attempt < k_fence_off_attempts; ++attempt) {
    done = access.ledger.fence_off(run, epoch, tasks);
    if (!done && done.error().code != ErrorCode::kTimeout) return done;
    for (const OpenTask& task : tasks)
      DECANT_TRY(access.ledger.end_backends(session_of_task(task.run, task.id)));
    if (done) return done;
  }
  return done;
}

}  // namespace

void RunLoop::take_claim(const Incarnation& worker, const Claim& claim) {
  const TaskId id = claim.task.id;
  const auto name = parts_.table_names.find(claim.task.plan.write.table);
  if (name == parts_.table_names.end()) return send(worker, ClaimAck{id, claim.task.fence, false});
  const std::string& table = name->second;
  const Adoption::Answer answer = adoption_.claim(worker, claim.task, table, parts_.clock.now());
  if (answer == Adoption::Answer::kWait) return;
  if (answer != Adoption::Answer::kAsk) {
    const bool adopted = answer == Adoption::Answer::kAdopted;
    return send(worker, ClaimAck{id, claim.task.fence, adopted});
  }
  const OpenTask open{claim.task.run, id, claim.task.fence, table, {}};
  const RunId run = parts_.run;
  const Epoch epoch = epoch_;
  parts_.target.post([=, this](TargetAccess& access) -> TargetThread::Completion {
    const Result<bool> held = access.ledger.adopt(run, epoch, open);
    return [=, this] {
      if (held) return adopt(worker, open, *held);
      parts_.logger.warn("Task " + std::to_string(id.value) +
                         " could not be adopted yet: " + held.error().to_string());
      adoption_.record_failed(id);
      if (held.error().code == ErrorCode::kFenced) fatal_ = held.error();
    };
  });
}

// From here on the dispatcher follows it as any other.
void RunLoop::adopt(const Incarnation& worker, const OpenTask& open, bool is_held) {
  const AdoptedTask* adopted = adoption_.recorded(open.id, is_held);
  if (adopted != nullptr) {
    const Task& task = tasks_.emplace(open.id, adopted->task).first->second;
    dispatcher_.adopt_task(task.id, stores_of(task), weight_of(task), task.fence, worker,
                           parts_.clock.now());
    if (logs(task)) parts_.log->task_state(task, "adopted", name_of(worker));
  }
  send(worker, ClaimAck{open.id, open.fence, adopted != nullptr});
}

Status RunLoop::settle_adoption() {
  begin_phase("adopting");
  while (!adoption_.is_settled(parts_.clock.now()) && !fatal_ && parts_.interrupts == 0) {
    turn();
    watch_for_interrupts();
  }
  // An interrupt ends the wait, but not the ledger's answers that are under way.
  while (parts_.target.pending() > 0) turn();
  if (fatal_) return fail(*fatal_);
  const std::vector<OpenTask> lost = adoption_.close();
  if (lost.empty()) return {};
  const RunId run = parts_.run;
  const Epoch epoch = epoch_;
  return on_target<bool>([=](TargetAccess& access) -> Result<bool> {
           DECANT_TRY(fence_off(access, run, epoch, lost));
           return true;
         })
      .map([](bool) {});
}

std::vector<const Task*> RunLoop::adopted(const std::string& entity) const {
  std::vector<const Task*> tasks;
  for (const auto& [id, adopted] : adoption_.adopted()) {
    if (adopted.task.plan.entity == entity && !dispatcher_.tasks().at(id).withdrawn)
      tasks.push_back(&adopted.task);
  }
  return tasks;
}

Status RunLoop::withdraw(const std::vector<TaskId>& tasks) {
  for (const TaskId id : tasks) dispatcher_.withdraw_task(id);
  const auto is_open = [this](TaskId id) { return !dispatcher_.is_settled(id); };
  while (std::any_of(tasks.begin(), tasks.end(), is_open) && !fatal_) turn();
  if (fatal_) return fail(*fatal_);
  return {};
}

bool RunLoop::is_parked(TaskId id) const {
  const auto task = dispatcher_.tasks().find(id);
  return task != dispatcher_.tasks().end() && task->second.parked;
}

// What became of it while no phase waited for it counts now.
void RunLoop::await_adopted(const std::vector<TaskId>& tasks) {
  for (const TaskId id : tasks) {
    dispatcher_.await_task(id);
    const auto early = early_.find(id);
    if (early == early_.end()) continue;
    const EarlyEnd end = std::move(early->second);
    early_.erase(early);
    const Task& task = tasks_.at(id);
    if (end.refused) {
      take_refused(task, *end.result, *end.refused);
    } else if (end.result) {
      count_in(task, *end.result);
    } else if (end.recovered) {
      count_in(task, *end.recovered);
    }
  }
}

}  // namespace decant
