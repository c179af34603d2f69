// RunController, the copy of one entity after the other, and the rejects that it meets.
#include "common/base/text.h"
#include "coordinator/control/run_controller.h"

namespace decant {

// More rejects than the job allows, over all tasks so far, end the run as soon as it is certain. A
// plan or a comparison goes on: it is there to show them.
void RunController::judge_rejects(EntityRun& entity) {
  if (options_.plan_only || options_.read_source_only) return;
  if (const auto over = over_reject_limit(*entity.spec, entity.rejects, false)) loop_->stop(*over);
}

// max and max_ratio are limits of the whole run; a worker sees only its task.
void RunController::judge_rejects_at_end() {
  for (const Error& error : report_.errors) {
    if (error.code == ErrorCode::kTooManyRejects) return;
  }
  for (const EntityRun& entity : entities_) {
    const auto over = over_reject_limit(*entity.spec, entity.rejects, true);
    if (over) report_.errors.push_back(*over);
  }
}

Status RunController::copy_entity(EntityRun& entity) {
  std::vector<Task> tasks = std::move(entity.work.tasks);
  std::int64_t rows = 0;
  for (const PlannedChunk& chunk : entity.work.chunks) rows += chunk.spec.estimated_rows;
  for (Task& task : tasks) {
    task.snapshots = entity.snapshots;
    if (options_.plan_only || options_.read_source_only) task.kind = TaskKind::kCompare;
  }
  loop_->expect_rows(rows);
  if (is_counted(entity.censuses)) entity.rejects.rows_at_most = rows;
  loop_->on_refused(
      [&](const Task& task, const TaskResult& result) { reject_summary_.take(task, result); });
  const auto done = [&](const Task& task, const TaskResult& result) {
    take_batches(entity, task, result.batches);
    reject_summary_.take(task, result);
    judge_rejects(entity);
    std::int64_t strays = 0;
    for (const StrayRows& stray : result.strays) strays += stray.rows;
    if (strays > 0) {
      report_.errors.push_back({ErrorCode::kSourceChanged,
                                task.plan.entity + ": " + group_digits(strays) +
                                    " rows were read that belong to no chunk of the plan.",
                                "The source changed since the census; run again.",
                                {},
                                {job_.name, task.plan.entity, task.store, {}}});
    }
  };
  const auto recovered = [&](const Task& of, const RecoveredTask& task) {
    take_ledger_batches(entity, of, task.batches);
    const std::string& name = entity.spec->name;
    for (const BatchRecord& batch : task.batches)
      reject_summary_.count(name, batch.chunk.slice.store, batch.rows_rejected);
    for (std::size_t i = 0; i < task.rejects.size(); ++i) {
      const auto chunk = static_cast<std::size_t>(task.chunk_of_reject[i]);
      const bool known = chunk < task.batches.size();
      reject_summary_.remember(name, known ? task.batches[chunk].chunk.slice.store : std::string(),
                               task.rejects[i]);
    }
    judge_rejects(entity);
  };
  DECANT_TRY_ASSIGN(const PhaseOutcome outcome,
                    loop_->run("copy " + entity.spec->name, std::move(tasks), done, recovered));
  loop_->on_refused({});
  note_failures(outcome);
  if (options_.plan_only) return {};
  const std::string job = job_.name;
  const Mandate mandate = this->mandate(entity.plan.write.table);
  for (const FailedTask& failed : outcome.failed) {
    std::vector<ChunkName> names;
    for (const TaskChunk& chunk : failed.task.chunks) names.push_back(chunk.spec.name());
    const std::string why = parts_.mask.mask(failed.error.to_string());
    DECANT_TRY(loop_->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
      for (const ChunkName& name : names)
        DECANT_TRY(a.ledger.set_chunk_error(mandate, job, name, why));
      return true;
    }));
  }
  return {};
}

Status RunController::copy() {
  for (EntityRun& entity : entities_) expect_chunks(entity);
  for (EntityRun& entity : entities_) {
    const std::size_t errors_before = report_.errors.size();
    DECANT_TRY(copy_entity(entity));
    // Entities are loaded in the order of the file, since later ones may refer to earlier ones.
    if (interrupted_ || report_.errors.size() > errors_before) break;
  }
  return {};
}

}  // namespace decant
