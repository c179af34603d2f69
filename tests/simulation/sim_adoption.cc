// SimCoordinator, what a life takes over from the one before: claims, what fits the plan, the rest.
#include <algorithm>

#include "tests/simulation/sim_coordinator.h"

namespace decant::sim {

// A file that is written again while no coordinator looks.
void SimCoordinator::change_source() {
  source_.resize(static_cast<std::size_t>(chunk_count_));
  if (!is_faulty()) return;
  for (int& content : source_) content += random_.one_in(10) ? 1 : 0;
}

bool SimCoordinator::fits(const Task& task) const {
  const auto chunk = static_cast<std::size_t>(task.chunks.at(0).spec.number);
  return task.plan.fingerprint == std::to_string(source_.at(chunk));
}

// True: nothing of an earlier run can commit any more but what was adopted.
bool SimCoordinator::settle(Life& life, MonotonicMs now) {
  if (mutation_ == Mutation::kPlanBeforeSettled) return true;
  if (!life.adoption.is_settled(now)) return false;
  for (OpenTask& open : life.adoption.close()) life.to_fence_off.push_back(std::move(open));
  std::erase_if(life.to_fence_off, [this, &life](const OpenTask& open) {
    const LedgerAnswer answer = store_.fence_off(life.epoch, open);
    if (!still_leads(life, answer)) return false;
    if (answer == LedgerAnswer::kYes) ++unclaimed;
    return answer != LedgerAnswer::kLocked;
  });
  if (!life.to_fence_off.empty()) return false;
  // Some do not fit what the source has by now.
  if (!life.has_withdrawn) {
    life.has_withdrawn = true;
    for (const auto& [id, held] : life.adoption.adopted()) {
      if (fits(held.task) || mutation_ == Mutation::kAdoptMisfits) continue;
      life.dispatcher.withdraw_task(id);
      life.to_withdraw.push_back(id);
      ++withdrawn;
    }
  }
  return std::all_of(life.to_withdraw.begin(), life.to_withdraw.end(),
                     [&](TaskId id) { return life.dispatcher.is_settled(id); });
}

void SimCoordinator::plan(Life& life) {
  std::set<int> taken = store_.committed_chunks();
  for (const auto& [id, held] : life.adoption.adopted()) {
    if (life.dispatcher.tasks().at(id).withdrawn) continue;
    if (mutation_ != Mutation::kPlanAdoptedAgain) {
      taken.insert(held.task.chunks.at(0).spec.number);
    }
    life.dispatcher.await_task(id);
  }
  std::uint64_t number = life.last_task.value;
  for (int chunk = 0; chunk < chunk_count_; ++chunk) {
    if (taken.contains(chunk)) continue;
    Task task;
    task.run = life.run;
    task.id = TaskId(++number);
    task.store = "store" + std::to_string(chunk % 2);
    task.chunks.resize(1);
    task.chunks[0].spec.number = chunk;
    task.plan.fingerprint = std::to_string(source_.at(static_cast<std::size_t>(chunk)));
    life.dispatcher.add_task(task.id, task.store, chunk);
    life.tasks.emplace(task.id, std::move(task));
  }
  life.dispatcher.set_store_limit("store0", 2);
  life.has_planned = true;
}

void SimCoordinator::take_claim(Life& life, const Incarnation& worker, const Claim& claim,
                                MonotonicMs now) {
  const Task task = claim.task;
  const Adoption::Answer answer = life.adoption.claim(worker, task, {}, now);
  if (answer == Adoption::Answer::kWait) return;
  if (answer != Adoption::Answer::kAsk) {
    const bool is_its = answer == Adoption::Answer::kAdopted;
    return send(life, worker, ClaimAck{task.id, task.fence, is_its}, now);
  }
  post(life, now, [this, &life, worker, task](MonotonicMs then) {
    const LedgerAnswer held = store_.adopt(life.epoch, {task.run, task.id, task.fence, {}, {}});
    if (!still_leads(life, held)) return;
    if (held == LedgerAnswer::kLocked) return life.adoption.record_failed(task.id);
    const AdoptedTask* taken = life.adoption.recorded(task.id, held == LedgerAnswer::kYes);
    if (taken != nullptr) {
      ++adopted;
      life.tasks.emplace(task.id, task);
      life.dispatcher.adopt_task(task.id, task.store, 1, task.fence, worker, then);
    }
    send(life, worker, ClaimAck{task.id, task.fence, taken != nullptr}, then);
  });
}

}  // namespace decant::sim
