// RunController, the copy: tasks for the workers, comparisons by sums and what these leave to load,
// and the rejects that are met.
#include <algorithm>

#include "common/base/text.h"
#include "common/connector/references.h"
#include "common/wire/task_stores.h"
#include "coordinator/control/failures.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/table_checks.h"

namespace decant {
namespace {

std::int64_t rows_of(const std::vector<Task>& tasks) {
  std::int64_t rows = 0;
  for (const Task& task : tasks) {
    if (!task.records_empty_chunks) continue;  // another part of the same chunks counts them
    for (const TaskChunk& chunk : task.chunks) rows += chunk.spec.estimated_rows;
  }
  return rows;
}

}  // namespace

// More rejects than the job allows, over all tasks so far, end the run as soon as it is certain:
// not before the end where rows wait for keys that a task to come may let go (run_rivals.cc). A
// plan or a comparison goes on: it is there to show them.
void RunController::judge_rejects(EntityRun& entity) {
  const WriteSpec& write = entity.plan.write;
  const bool may_be_settled = write.mode == WriteMode::kUpsert && write.latest_by.empty();
  if (options_.plan_only || options_.read_source_only || may_be_settled) return;
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

Status RunController::copy() {
  for (EntityRun& entity : entities_) expect_chunks(entity, loop_->adopted(entity.spec->name));
  KeptRounds kept(entities_.size());
  const std::size_t errors_before = report_.errors.size();
  for (std::size_t i = 0; i < entities_.size(); ++i) {
    const std::int64_t changes = rows_changed();
    const std::size_t errors_of_others = report_.errors.size();
    leave_set_aside(entities_[i]);
    DECANT_TRY(copy_entity(entities_[i]));
    if (!may_go_on(errors_of_others)) return {};
    DECANT_TRY(set_aside(entities_[i], errors_of_others));
    note_kept(kept, i, changes);
  }
  DECANT_TRY(settle_kept(kept));
  if (interrupted_ || report_.errors.size() > errors_before) return {};
  return settle_rivals();
}

// A store's failure, or rows that are refused, are no reason to load nothing of the others.
bool RunController::may_go_on(std::size_t errors_before) const {
  return !interrupted_ &&
         std::none_of(report_.errors.begin() + static_cast<std::ptrdiff_t>(errors_before),
                      report_.errors.end(),
                      [](const Error& error) { return reach_of(error) == Reach::kRun; });
}

// Entities are loaded in the order of the file, since later ones may refer to earlier ones: where
// the table is referred to, its store's rows wait with those that failed.
Status RunController::set_aside(const EntityRun& entity, std::size_t errors_before) {
  if (report_.errors.size() == errors_before) return {};
  const std::string table = entity.plan.write.table;
  DECANT_TRY_ASSIGN(const auto references, loop_->on_target<std::vector<Reference>>([=](auto& a) {
    return references_to(a.target.sql(), table);
  }));
  const bool is_referred_to = std::any_of(references.begin(), references.end(),
                                          [](const Reference& of) { return !of.is_own; });
  for (std::size_t i = errors_before; i < report_.errors.size(); ++i) {
    const Error& error = report_.errors[i];
    if (is_referred_to || reach_of(error) == Reach::kStore) set_aside_.insert(error.place.store);
  }
  return {};
}

void RunController::leave_set_aside(EntityRun& entity) {
  std::set<std::string> left;
  const auto is_left = [&](const Task& task) {
    if (!set_aside_.contains(task.store)) return false;
    left.insert(task.store);
    return true;
  };
  std::erase_if(entity.work.tasks, is_left);
  std::erase_if(entity.work.comparisons,
                [&](const Comparison& comparison) { return is_left(comparison.whole); });
  for (const std::string& store : left) {
    const std::string note = entity.spec->name + (store.empty() ? "" : " of " + store) +
                             " is left as it is, since what comes before it in the job failed.";
    report_.notes.push_back(note);
    parts_.say("note     " + note);
  }
}

Status RunController::copy_entity(EntityRun& entity) {
  const std::size_t errors_before = report_.errors.size();
  std::int64_t rows = 0;
  for (const PlannedChunk& chunk : entity.work.chunks) rows += chunk.spec.estimated_rows;
  std::vector<Task> tasks = std::move(entity.work.tasks);
  for (Task& task : tasks) {
    if (options_.plan_only || options_.read_source_only) task.kind = TaskKind::kCompare;
  }
  std::vector<SumComparison> comparisons;
  for (Comparison& planned : entity.work.comparisons) {
    std::vector<Task> parts = comparisons.emplace_back(std::move(planned)).tasks();
    std::move(parts.begin(), parts.end(), std::back_inserter(tasks));
  }
  loop_->expect_rows(rows);
  if (is_counted(entity.censuses)) entity.rejects.rows_at_most = rows;
  const std::string phase = (comparisons.empty() ? "copy " : "compare ") + entity.spec->name;
  JoinedChunks joined(entity.plan, entity.work.chunks);
  DECANT_TRY(run_copy(entity, phase, std::move(tasks), comparisons, joined, count_adopted(entity)));
  if (interrupted_) return {};
  // What the comparisons found is recorded even if another task failed.
  DECANT_TRY(finish_comparisons(entity, comparisons, joined, may_go_on(errors_before)));
  return may_go_on(errors_before) ? load_joined(entity, joined).map([](bool) {}) : Status{};
}

// Runs tasks that copy or compare. Whether all of them were done.
Result<bool> RunController::run_copy(EntityRun& entity, const std::string& phase,
                                     std::vector<Task> tasks,
                                     std::vector<SumComparison>& comparisons, JoinedChunks& joined,
                                     const std::vector<TaskId>& adopted) {
  loop_->on_refused(
      [&](const Task& task, const TaskResult& result) { reject_summary_.take(task, result); });
  DECANT_TRY_ASSIGN(const bool awaits, awaits_parents(entity));
  entity.awaited_parents = entity.awaited_parents || awaits;
  for (Task& task : tasks) task.awaits_parents = awaits;
  const auto done = [&](const Task& task, const TaskResult& result) {
    if (result.outcome == TaskOutcome::kHandedBack) {
      joined.take(task, result.keys_elsewhere);
      return;
    }
    const auto comparison =
        std::find_if(comparisons.begin(), comparisons.end(),
                     [&](const SumComparison& candidate) { return candidate.has(task); });
    if (comparison != comparisons.end()) {
      comparison->add(task, result);
    } else {
      take_batches(entity, task, result.batches);
      reject_summary_.take(task, result);
      judge_rejects(entity);
    }
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
    for (const BatchRecord& batch : task.batches)
      snapshots_.learn_content(of.plan.entity, store_of(of, batch.chunk), batch.snapshot);
    const std::string& name = entity.spec->name;
    for (const BatchRecord& batch : task.batches)
      reject_summary_.count(name, batch.chunk.slice.store, batch.rows_rejected);
    for (std::size_t i = 0; i < task.rejects.size(); ++i) {
      const auto chunk = static_cast<std::size_t>(task.chunk_of_reject[i]);
      const bool known = chunk < task.batches.size();
      reject_summary_.remember(name, known ? task.batches[chunk].chunk : ChunkSpec{},
                               task.rejects[i]);
    }
    judge_rejects(entity);
  };
  DECANT_TRY_ASSIGN(const PhaseOutcome outcome,
                    loop_->run(phase, std::move(tasks), done, recovered, adopted));
  loop_->on_refused({});
  note_failures(outcome);
  if (!options_.plan_only) DECANT_TRY(record_failures(entity, outcome));
  return outcome.failed.empty() && !outcome.interrupted;
}

Status RunController::record_failures(const EntityRun& entity, const PhaseOutcome& outcome) {
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

// Records what is as it was, and loads what is not. Whether the entity is loaded.
Result<bool> RunController::finish_comparisons(EntityRun& entity,
                                               std::vector<SumComparison>& comparisons,
                                               JoinedChunks& joined, bool may_load) {
  std::vector<Task> clears;
  std::vector<Task> loads;
  for (const SumComparison& comparison : comparisons) {
    if (!comparison.is_complete()) continue;  // why not was said when its task failed
    ComparisonOutcome outcome = comparison.outcome();
    if (options_.plan_only || options_.read_source_only) {
      take_batches(entity, outcome.all.task, outcome.all.result.batches);
      reject_summary_.take(outcome.all.task, outcome.all.result);
      continue;
    }
    std::vector<Task> next = outcome.loads;
    next.push_back(outcome.unchanged.task);
    if (outcome.clear) next.push_back(*outcome.clear);
    expect_instead(entity, outcome.all.task, next);
    if (!outcome.unchanged.result.batches.empty()) {
      DECANT_TRY(loop_->record(outcome.unchanged.task, outcome.unchanged.result));
      take_batches(entity, outcome.unchanged.task, outcome.unchanged.result.batches);
    }
    if (outcome.clear) clears.push_back(std::move(*outcome.clear));
    std::move(outcome.loads.begin(), outcome.loads.end(), std::back_inserter(loads));
  }
  comparisons.clear();
  if (!may_load || loads.empty()) return may_load;
  loop_->expect_rows(rows_of(loads));
  if (!clears.empty()) {
    DECANT_TRY_ASSIGN(const bool cleared, run_copy(entity, "clear " + entity.spec->name,
                                                   std::move(clears), comparisons, joined));
    // Rows that are still there must not be added to.
    if (!cleared) return false;
  }
  return run_copy(entity, "copy " + entity.spec->name, std::move(loads), comparisons, joined);
}

// A round of chunks that are loaded again, instead of what this run had found of them. Whether it
// went well.
Result<bool> RunController::load_round(EntityRun& entity, JoinedChunks& joined,
                                       const std::string& why) {
  PlanInput input = plan_input(entity);
  input.table_is_empty = false;
  input.table_is_loading = is_unkeyed(entity.table);
  DECANT_TRY_ASSIGN(std::vector<Task> tasks, joined.next_round(input));
  for (const Task& task : tasks) {
    for (const TaskChunk& chunk : task.chunks) {
      const auto known = entity.evidence.find(chunk.spec.name().value);
      if (known == entity.evidence.end()) continue;
      reject_summary_.forget(entity.spec->name, chunk.spec, known->second.rows_rejected);
    }
    expect_again(entity, task);
  }
  parts_.say(why + " (" + group_digits(static_cast<std::int64_t>(tasks.size())) +
             (tasks.size() == 1 ? " task)." : " tasks)."));
  std::vector<SumComparison> none;
  return run_copy(entity, "copy " + entity.spec->name, std::move(tasks), none, joined);
}

// Chunks between which keys moved, in as many rounds as it takes. Whether all went well.
Result<bool> RunController::load_joined(EntityRun& entity, JoinedChunks& joined) {
  bool goes_on = true;
  while (joined.has_work() && goes_on) {
    DECANT_TRY_ASSIGN(
        goes_on, load_round(entity, joined,
                            "moved    " + entity.spec->name +
                                ": keys moved between chunks, or are there twice; these are loaded "
                                "together"));
  }
  note_keys_in_the_way(entity, joined);
  return goes_on;
}

}  // namespace decant
