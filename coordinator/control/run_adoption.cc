// RunController, the work of an earlier coordinator: what its workers still hold is adopted before
// anything is planned.
#include "common/base/text.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/stage_folder.h"

namespace decant {

Status RunController::settle_adoption() {
  if (taken_.continued.empty()) return {};
  const auto count = static_cast<std::int64_t>(taken_.open.size());
  if (count > 0) {
    parts_.say("adopt    " + group_digits(count) + " tasks of run " +
               taken_.open.front().run.value +
               " may still be with workers elsewhere, which have a moment to come back");
  }
  DECANT_TRY(loop_->settle_adoption());
  std::vector<OpenTask> held;
  for (const std::string& entity : selection_.entities) {
    for (const Task* task : loop_->adopted(entity)) {
      // What their workers read under is what this run reads under too, if any of them is left.
      for (const auto& [store, snapshots] : task->snapshots) {
        for (const std::string& snapshot : snapshots)
          snapshots_.learn(task->plan.entity, store, snapshot);
      }
      held.push_back({task->run, task->id, task->fence, task->plan.write.table, {}});
    }
  }
  const std::string folder = stage_folder();
  if (target_is_file_ && !folder.empty()) clean_stage_folder(folder, held);
  return {};
}

// Somebody who loads while we look makes an empty table one with rows: the ledger was read first,
// so rows that it knows of and that are not there are really gone.
Status RunController::look_at_table_again(EntityRun& entity) {
  if (taken_.continued.empty()) return {};
  return look_at_table(entity).map([](const std::optional<TableShape>&) {});
}

std::vector<TaskId> RunController::count_adopted(EntityRun& entity) {
  std::vector<TaskId> tasks;
  std::int64_t chunks = 0;
  for (const Task* task : loop_->adopted(entity.spec->name)) {
    tasks.push_back(task->id);
    chunks += static_cast<std::int64_t>(task->chunks.size());
  }
  if (tasks.empty()) return tasks;
  const auto count = static_cast<std::int64_t>(tasks.size());
  report_.adopted_tasks += count;
  report_.adopted_chunks += chunks;
  entity.notes.push_back(entity.spec->name + ": " + group_digits(count) + " tasks with " +
                         group_digits(chunks) +
                         " chunks were adopted from workers of a run whose coordinator had died.");
  parts_.say("adopted  " + group_digits(count) + " tasks with " + group_digits(chunks) +
             " chunks of " + entity.spec->name + " from workers that had them in hand");
  return tasks;
}

// Afterwards the ledger is to be read again.
Status RunController::withdraw(const EntityRun& entity, const std::vector<TaskId>& misfits) {
  parts_.logger.info(group_digits(static_cast<std::int64_t>(misfits.size())) +
                     " adopted tasks of " + entity.spec->name +
                     " do not fit what is there now; they are taken back and planned anew.");
  return loop_->withdraw(misfits);
}

}  // namespace decant
