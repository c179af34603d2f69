// TargetStore, who leads: leases on the target's clock, and what a new leader finds.
#include <algorithm>

#include "tests/simulation/target_store.h"

namespace decant::sim {

bool TargetStore::has_work(const RunId& run, int work) const {
  const auto known = runs_.find(run);
  return known != runs_.end() && known->second.work == work;
}

const TargetStore::Leader& TargetStore::leader() {
  leader_.lives = clock_ms() < lease_until_ms_;
  const auto run = runs_.find(leader_.run);
  leader_.is_done = run != runs_.end() && run->second.state == Run::State::kDone;
  return leader_;
}

LeaderRecord TargetStore::leader_record() {
  const Leader& known = leader();
  LeaderRecord record;
  record.table = "sales";
  record.epoch = known.epoch;
  record.run = known.run;
  record.job = known.job;
  record.holder = known.holder;
  record.leads = known.lives;
  record.state = known.is_done ? "done" : "running";
  record.work = std::to_string(known.work);
  return record;
}

bool TargetStore::is_to_fence_off(const TaskKey& task, const TaskRow& row,
                                  const Candidate& by) const {
  return task.first != by.run && row.state == TaskRow::State::kAssigned &&
         !has_work(task.first, by.work) && mutation_ != Mutation::kNoBumpAcrossRuns;
}

LedgerAnswer TargetStore::take_over(const Candidate& candidate, Ledger::Takeover& takeover) {
  const Leader before = leader();
  const bool is_led = before.lives && !candidate.is_dead(before.holder);
  if (is_led && mutation_ != Mutation::kLeadWhileAnotherLives) return LedgerAnswer::kBusy;
  for (const auto& [key, row] : tasks_) {
    if (row.locked_by != 0 && is_to_fence_off(key, row, candidate)) return LedgerAnswer::kLocked;
  }
  leader_.epoch.value = before.epoch.value + 1;
  leader_.run = candidate.run;
  leader_.job = candidate.job;
  leader_.holder = candidate.holder;
  leader_.work = candidate.work;
  lease_until_ms_ = clock_ms() + candidate.lease_ms;

  std::set<RunId> continued;
  for (auto& [key, row] : tasks_) {
    if (is_to_fence_off(key, row, candidate)) {
      abandon(row);
    } else if (row.state == TaskRow::State::kAssigned && has_work(key.first, candidate.work)) {
      takeover.open.push_back({key.first, key.second, row.fence, "sales", {}});
      continued.insert(key.first);
    }
  }
  const auto led = runs_.find(before.run);
  if (led != runs_.end() && led->second.state == Run::State::kRunning) {
    if (led->second.work == candidate.work) continued.insert(before.run);
    led->second.state = Run::State::kInterrupted;
  }
  takeover.epoch = leader_.epoch;
  takeover.continued.assign(continued.begin(), continued.end());
  for (const auto& [key, row] : tasks_) {
    if (continued.contains(key.first))
      takeover.last_task = std::max(takeover.last_task, key.second);
  }
  if (table_.is_empty()) loading_job_ = candidate.job;
  return LedgerAnswer::kYes;
}

void TargetStore::begin_run(const Candidate& candidate) {
  runs_[candidate.run] = {candidate.job, candidate.work, Run::State::kRunning};
}

LedgerAnswer TargetStore::renew(const RunId& run, Epoch epoch, std::int64_t lease_ms) {
  if (leader_.run != run || leader_.epoch != epoch) return LedgerAnswer::kNotLeading;
  lease_until_ms_ = clock_ms() + lease_ms;
  return LedgerAnswer::kYes;
}

void TargetStore::end_run(const RunId& run) {
  Run& row = runs_.at(run);
  row.state = Run::State::kDone;
  if (loading_job_ == row.job) loading_job_.clear();
}

void TargetStore::release(const RunId& run, Epoch epoch) {
  if (leader_.run != run || leader_.epoch != epoch) return;
  for (auto& [key, row] : tasks_) {
    if (row.state == TaskRow::State::kAssigned && row.locked_by == 0) abandon(row);
  }
  lease_until_ms_ = clock_ms();
}

LedgerAnswer TargetStore::adopt(Epoch epoch, const OpenTask& open) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  const auto place = tasks_.find({open.run, open.id});
  if (place == tasks_.end()) return LedgerAnswer::kNo;
  TaskRow& row = place->second;
  if (row.locked_by != 0) return LedgerAnswer::kLocked;
  if (mutation_ == Mutation::kAdoptWithoutFenceCheck) {
    if (open.fence < row.fence) violate("a fence did not grow");
    row.fence = open.fence;
    row.state = TaskRow::State::kAssigned;
    return LedgerAnswer::kYes;
  }
  const bool is_held = row.fence == open.fence && row.state != TaskRow::State::kAbandoned;
  return is_held ? LedgerAnswer::kYes : LedgerAnswer::kNo;
}

LedgerAnswer TargetStore::fence_off(Epoch epoch, const OpenTask& open) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  const auto place = tasks_.find({open.run, open.id});
  if (place == tasks_.end()) return LedgerAnswer::kNo;
  TaskRow& row = place->second;
  if (row.locked_by != 0) return LedgerAnswer::kLocked;
  if (row.fence != open.fence || row.state != TaskRow::State::kAssigned) return LedgerAnswer::kNo;
  abandon(row);
  return LedgerAnswer::kYes;
}

}  // namespace decant::sim
