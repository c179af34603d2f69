// RunController, the plan of an entity: read the ledger, plan, and plan again where tasks that were
// adopted do not fit.
#include <algorithm>
#include <set>

#include "coordinator/control/run_controller.h"
#include "coordinator/control/stranded_rows.h"
#include "coordinator/control/table_checks.h"
#include "coordinator/plan/splitting.h"

namespace decant {
namespace {

bool holds_rows(const std::vector<ChunkRecord>& chunks) {
  return std::any_of(chunks.begin(), chunks.end(),
                     [](const ChunkRecord& chunk) { return chunk.accepted.digest.row_count > 0; });
}

// The ledger speaks of rows that are gone: its batches hold nothing any more. Whether it had any.
bool forget_batches(std::vector<ChunkRecord>& chunks) {
  bool any = false;
  for (ChunkRecord& chunk : chunks) {
    any = any || chunk.batch_count > 0;
    chunk.batch_count = 0;
    chunk.accepted = {};
  }
  return any;
}

// Adopted tasks that write into chunks which are about to be divided.
Result<std::vector<TaskId>> tasks_of_divided_chunks(const PlanInput& input) {
  std::vector<TaskId> tasks;
  if (input.adopted.empty()) return tasks;
  DECANT_TRY_ASSIGN(const std::vector<ChunkSplit> splits, wanted_splits(input));
  std::set<ChunkName> divided;
  for (const ChunkSplit& split : splits) divided.insert(split.record.spec.name());
  for (const Task* task : input.adopted) {
    if (std::any_of(task->chunks.begin(), task->chunks.end(),
                    [&](const TaskChunk& chunk) { return divided.contains(chunk.spec.name()); }))
      tasks.push_back(task->id);
  }
  return tasks;
}

Status void_batches(TargetAccess& access, const Mandate& mandate, const std::string& job,
                    const std::string& entity) {
  DECANT_TRY(access.target.sql().begin());
  Status voided = access.ledger.void_batches(mandate, job, entity);
  if (voided) return access.target.sql().commit();
  access.target.sql().rollback();
  return voided;
}

}  // namespace

Result<std::vector<ChunkRecord>> RunController::recorded_chunks(const std::string& entity) {
  if (options_.source_only) return std::vector<ChunkRecord>{};
  const std::string job = job_.name;
  return loop_->on_target<std::vector<ChunkRecord>>(
      [=](TargetAccess& a) -> Result<std::vector<ChunkRecord>> {
        DECANT_TRY_ASSIGN(const auto presence, a.ledger.presence());
        if (presence == LedgerPresence::kAbsent) return std::vector<ChunkRecord>{};
        return a.ledger.chunks(job, entity);
      });
}

// The ledger is asked only for a store that nobody else knows: its rows may lie on other days, or
// be gone at the source.
Status RunController::check_stores() {
  Status known = check_selected_stores(job_, selection_, entities_, {});
  if (known) return {};
  std::set<std::string> loaded;
  for (const EntityRun& entity : entities_) {
    DECANT_TRY_ASSIGN(const auto chunks, recorded_chunks(entity.spec->name));
    for (const ChunkRecord& chunk : chunks) {
      if (chunk.batch_count > 0) loaded.insert(chunk.spec.slice.store);
    }
  }
  return check_selected_stores(job_, selection_, entities_, loaded);
}

Status RunController::void_lost_batches(EntityRun& entity, bool was_emptied) {
  const std::string job = job_.name;
  const std::string name = entity.spec->name;
  const Mandate mandate = this->mandate(entity.plan.write.table);
  entity.notes.push_back(name + (was_emptied
                                     ? ": somebody emptied the table since it was loaded; it is "
                                       "loaded again."
                                     : ": the table was dropped since it was loaded; it is loaded "
                                       "again."));
  return loop_
      ->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
        DECANT_TRY(void_batches(a, mandate, job, name));
        return true;
      })
      .map([](bool) {});
}

PlanInput RunController::plan_input(const EntityRun& entity) const {
  PlanInput input;
  input.job = &job_;
  input.entity = &entity.plan;
  input.selection = selection_;
  input.censuses = entity.censuses;
  input.table_has_key = entity.has_unique_key;
  input.allow_empty = options_.allow_empty;
  input.worker_count = std::max(1, options_.workers < 0 ? 2 : options_.workers);
  return input;
}

// False: adopted tasks did not fit and were taken back. What has become of them is in the ledger.
Result<bool> RunController::try_plan(EntityRun& entity) {
  PlanInput input = plan_input(entity);
  DECANT_TRY_ASSIGN(input.ledger, recorded_chunks(entity.spec->name));
  DECANT_TRY(look_at_table_again(entity));
  const bool was_emptied = entity.table_exists && entity.table_is_empty &&
                           holds_rows(input.ledger) && !options_.read_source_only;
  input.adopted = loop_->adopted(entity.spec->name);
  if ((!entity.table_exists || was_emptied) && !options_.source_only) {
    if (!input.adopted.empty()) {
      std::vector<TaskId> all;
      for (const Task* task : input.adopted) all.push_back(task->id);
      DECANT_TRY(withdraw(entity, all));
      return false;
    }
    const bool any = forget_batches(input.ledger);
    if (any && !options_.plan_only) DECANT_TRY(void_lost_batches(entity, was_emptied));
  }
  if (input.adopted.empty() && entity.table_exists && !options_.source_only) {
    DECANT_TRY_ASSIGN(const Dialect dialect, loop_->on_target<Dialect>([](TargetAccess& a) {
      return Result<Dialect>(a.target.sql().dialect());
    }));
    if (const auto question = ask_for_stranded_rows(dialect, entity.plan, input.ledger)) {
      DECANT_TRY_ASSIGN(const auto answer,
                        loop_->on_target<std::vector<SqlRow>>([question](TargetAccess& a) {
                          return a.target.sql().query(*question);
                        }));
      DECANT_TRY(refuse_stranded_rows(entity.plan, input.ledger, answer,
                                      {job_.name, entity.spec->name, {}, {}}));
    }
  }
  const bool loads = !options_.plan_only && !options_.read_source_only && !options_.source_only;
  if (loads && entity.table_is_empty && input.adopted.empty()) DECANT_TRY(forget_claims(entity));
  DECANT_TRY_ASSIGN(input.to_judge, chunks_to_judge(entity, input.ledger));
  input.table_is_empty = entity.table_is_empty;
  input.table_is_loading = is_unkeyed(entity.table);
  DECANT_TRY_ASSIGN(const std::vector<TaskId> divided, tasks_of_divided_chunks(input));
  if (!divided.empty()) {
    DECANT_TRY(withdraw(entity, divided));
    return false;
  }
  DECANT_TRY_ASSIGN(const bool is_split, split_chunks(entity, input));
  if (is_split) {
    DECANT_TRY_ASSIGN(input.ledger, recorded_chunks(entity.spec->name));
  }
  DECANT_TRY_ASSIGN(entity.work, plan_entity(input));
  if (entity.work.misfits.empty()) return true;
  DECANT_TRY(withdraw(entity, entity.work.misfits));
  return false;
}

Status RunController::plan(EntityRun& entity) {
  for (bool fits = false; !fits;) {
    DECANT_TRY_ASSIGN(fits, try_plan(entity));
  }
  entity.notes.insert(entity.notes.end(), entity.work.notes.begin(), entity.work.notes.end());
  if (options_.plan_only || options_.read_source_only) return {};
  std::vector<ChunkSpec> fresh;
  for (const PlannedChunk& chunk : entity.work.chunks) {
    if (chunk.is_new) fresh.push_back(chunk.spec);
  }
  const std::string job = job_.name;
  const Mandate mandate = this->mandate(entity.plan.write.table);
  DECANT_TRY(loop_->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
    DECANT_TRY(a.ledger.put_chunks(mandate, job, fresh));
    return true;
  }));
  return {};
}

}  // namespace decant
