// SimCoordinator, what it takes over from the one before, and what is left to do: claims, what fits
// the plan, the rest.
#include <algorithm>

#include "common/wire/task_stores.h"
#include "tests/simulation/sim_coordinator.h"

namespace decant::sim {

// Until nothing of an earlier run can commit any more but what was adopted.
void SimCoordinator::settle(MonotonicMs now) {
  Life& life = *life_;
  if (world_.mutation != Mutation::kPlanBeforeSettled) {
    if (!life.adoption.is_settled(clock_.at(now)) || !reaches_target(now)) return;
    for (OpenTask& open : life.adoption.close()) life.to_fence_off.push_back(std::move(open));
    std::erase_if(life.to_fence_off, [&](const OpenTask& open) {
      const LedgerAnswer answer = world_.target.fence_off(life.epoch, open);
      if (!still_leads(answer)) return false;
      if (answer == LedgerAnswer::kYes) world_.events.note(Event::kUnclaimed);
      return answer != LedgerAnswer::kLocked;
    });
    if (!life.to_fence_off.empty() || !life.leads) return;
  }
  for (const std::string& store : command_.stores)
    life.censuses.push_back(world_.source.census(store));
  life.phase = Phase::kPlanning;
}

// Again where adopted tasks do not fit, once the ledger says what has become of them.
void SimCoordinator::plan() {
  Life& life = *life_;
  const auto is_settled = [&](TaskId id) { return life.dispatcher.is_settled(id); };
  if (!std::all_of(life.to_withdraw.begin(), life.to_withdraw.end(), is_settled)) return;
  EntityWork work = make_plan();
  if (!work.misfits.empty() && world_.mutation != Mutation::kAdoptMisfits)
    return withdraw(work.misfits);
  life.work = std::move(work);
  life.phase = Phase::kRecording;
}

EntityWork SimCoordinator::make_plan() const {
  const Life& life = *life_;
  PlanInput input;
  input.job = &job_;
  input.entity = &entity_;
  input.selection.stores = std::vector<std::string>(command_.stores);
  input.censuses = life.censuses;
  input.ledger = world_.target.chunks(command_.job);
  input.table_is_empty = world_.target.table().is_empty();
  input.table_is_loading = world_.target.is_loading(command_.job);
  input.allow_empty = true;
  input.worker_count = 2;
  if (world_.mutation != Mutation::kPlanAdoptedAgain) {
    for (const auto& [id, held] : life.adoption.adopted()) {
      if (!life.dispatcher.tasks().at(id).withdrawn) input.adopted.push_back(&held.task);
    }
  }
  if (world_.mutation == Mutation::kLimitsRecomputed)
    return make_plan_with_limits_anew(std::move(input));
  Result<EntityWork> work = plan_entity(input);
  if (!work) world_.violate("nothing can be planned: " + work.error().to_string());
  return work ? std::move(*work) : EntityWork{};
}

// Mutation::kLimitsRecomputed: as if no chunk had ever been cut. What was loaded under a chunk's
// name is taken for its content.
EntityWork SimCoordinator::make_plan_with_limits_anew(PlanInput input) const {
  std::map<ChunkName, ChunkRecord> recorded;
  for (ChunkRecord& record : input.ledger) recorded.emplace(record.spec.name(), std::move(record));
  input.ledger.clear();
  PlanInput first = input;
  first.adopted.clear();
  Result<EntityWork> anew = plan_entity(first);
  if (!anew) return {};
  for (PlannedChunk& chunk : anew->chunks) {
    const auto known = recorded.find(chunk.spec.name());
    if (known == recorded.end()) continue;
    known->second.spec = chunk.spec;
    input.ledger.push_back(known->second);
  }
  Result<EntityWork> work = plan_entity(input);
  return work ? std::move(*work) : EntityWork{};
}

void SimCoordinator::withdraw(const std::vector<TaskId>& tasks) {
  Life& life = *life_;
  for (const TaskId id : tasks) {
    life.dispatcher.withdraw_task(id);
    life.to_withdraw.push_back(id);
    world_.events.note(Event::kWithdrawn);
  }
}

void SimCoordinator::add_tasks(std::vector<Task> tasks) {
  Life& life = *life_;
  std::uint64_t number = life.last_task.value;
  for (Task& task : tasks) {
    task.run = life.run;
    task.id = TaskId(++number);
    if (life.tasks.contains(task.id)) return world_.violate("two tasks have one number");
    for (const StoreCensus& census : life.censuses) {
      if (census.store == task.store) task.snapshots[task.store] = {census.census.snapshot};
    }
    std::int64_t rows = 1;
    for (const TaskChunk& chunk : task.chunks) rows += chunk.spec.estimated_rows;
    life.dispatcher.add_task(task.id, stores_of(task), rows);
    life.tasks.emplace(task.id, std::move(task));
  }
}

// Before any of them is loaded, their limits are in the ledger for good.
void SimCoordinator::record_chunks(MonotonicMs now) {
  Life& life = *life_;
  if (!reaches_target(now)) return;
  std::vector<ChunkSpec> fresh;
  for (const PlannedChunk& chunk : life.work.chunks) {
    if (chunk.is_new) fresh.push_back(chunk.spec);
  }
  if (!still_leads(world_.target.put_chunks(life.epoch, command_.job, fresh))) return;
  if (dies(Event::kDeathAfterRecordingChunks, 20)) return;
  for (const auto& [id, held] : life.adoption.adopted()) {
    if (!life.dispatcher.tasks().at(id).withdrawn) life.dispatcher.await_task(id);
  }
  add_tasks(std::move(life.work.tasks));
  life.phase = Phase::kLoading;
}

void SimCoordinator::take_claim(const Incarnation& worker, const Claim& claim, MonotonicMs now) {
  Life& life = *life_;
  const Task task = claim.task;
  const std::string& table = task.plan.write.table;
  const Adoption::Answer answer = life.adoption.claim(worker, task, table, clock_.at(now));
  if (answer == Adoption::Answer::kWait) return;
  if (answer != Adoption::Answer::kAsk) {
    const bool is_its = answer == Adoption::Answer::kAdopted;
    return send(worker, ClaimAck{task.id, task.fence, is_its}, now);
  }
  post(now, [this, &life, worker, task](MonotonicMs then) {
    const OpenTask open{task.run, task.id, task.fence, task.plan.write.table, {}};
    const LedgerAnswer held = world_.target.adopt(life.epoch, open);
    if (!still_leads(held) || dies(Event::kDeathAfterAdopting, 8)) return;
    if (held == LedgerAnswer::kLocked) return life.adoption.record_failed(task.id);
    const AdoptedTask* taken = life.adoption.recorded(task.id, held == LedgerAnswer::kYes);
    if (taken != nullptr) {
      world_.events.note(Event::kAdopted);
      life.tasks.emplace(task.id, task);
      life.dispatcher.adopt_task(task.id, stores_of(task), 1, task.fence, worker, clock_.at(then));
    }
    send(worker, ClaimAck{task.id, task.fence, taken != nullptr}, then);
  });
}

}  // namespace decant::sim
