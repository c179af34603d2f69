#include "tests/simulation/target_store.h"

#include <algorithm>

namespace decant::sim {
namespace {

constexpr std::int64_t k_longest_commit_ms = 400;

}  // namespace

void TargetStore::raise_fence(TaskRow& row, Fence fence) {
  if (fence <= row.fence) violations_.push_back("a fence did not grow");
  row.fence = fence;
}

LedgerAnswer TargetStore::take_over(const RunId& run, int work, Ledger::Takeover& takeover) {
  const auto is_fenced_off = [&](const TaskKey& key, const TaskRow& row) {
    return key.first != run && row.state == TaskRow::State::kAssigned &&
           works_.at(key.first) != work && mutation_ != Mutation::kAdoptOtherWork;
  };
  for (const auto& [key, row] : tasks_) {
    if (is_fenced_off(key, row) && row.locked_by != 0) return LedgerAnswer::kLocked;
  }
  std::set<RunId> continued;
  if (last_run_ && works_.at(*last_run_) == work) continued.insert(*last_run_);
  works_[run] = work;
  last_run_ = run;
  for (auto& [key, row] : tasks_) {
    if (is_fenced_off(key, row)) {
      raise_fence(row, Fence(row.fence.value + 1));
      row.state = TaskRow::State::kAbandoned;
    } else if (row.state == TaskRow::State::kAssigned) {
      takeover.open.push_back({key.first, key.second, row.fence, {}, {}});
      continued.insert(key.first);
    }
  }
  takeover.continued.assign(continued.begin(), continued.end());
  for (const auto& [key, row] : tasks_) {
    if (continued.contains(key.first))
      takeover.last_task = std::max(takeover.last_task, key.second);
  }
  return LedgerAnswer::kYes;
}

LedgerAnswer TargetStore::adopt(Epoch epoch, const OpenTask& open) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  TaskRow& row = tasks_.at({open.run, open.id});
  if (row.locked_by != 0) return LedgerAnswer::kLocked;
  if (mutation_ == Mutation::kAdoptWithoutFenceCheck) {
    if (open.fence < row.fence) violations_.push_back("a fence did not grow");
    row.fence = open.fence;
    row.state = TaskRow::State::kAssigned;
    return LedgerAnswer::kYes;
  }
  const bool is_held = row.fence == open.fence && row.state != TaskRow::State::kAbandoned;
  return is_held ? LedgerAnswer::kYes : LedgerAnswer::kNo;
}

LedgerAnswer TargetStore::fence_off(Epoch epoch, const OpenTask& open) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  TaskRow& row = tasks_.at({open.run, open.id});
  if (row.locked_by != 0) return LedgerAnswer::kLocked;
  if (row.fence != open.fence || row.state != TaskRow::State::kAssigned) return LedgerAnswer::kNo;
  raise_fence(row, Fence(row.fence.value + 1));
  row.state = TaskRow::State::kAbandoned;
  return LedgerAnswer::kYes;
}

LedgerAnswer TargetStore::assign(Epoch epoch, const RunId& run, TaskId task, Fence fence) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  issued_.insert({task, fence});
  const auto [place, is_new] = tasks_.try_emplace({run, task});
  TaskRow& row = place->second;
  if (row.locked_by != 0) return LedgerAnswer::kLocked;
  const bool is_free = is_new || row.state == TaskRow::State::kAbandoned;
  // Who reads before he bumps also trusts what he read when he assigns.
  if (!is_free && mutation_ != Mutation::kReadBeforeBump) return LedgerAnswer::kNo;
  raise_fence(row, fence);
  row.state = TaskRow::State::kAssigned;
  return LedgerAnswer::kYes;
}

// A backend that is carrying out its COMMIT may finish it or not.
void TargetStore::end_backends(const RunId& run, TaskId task) {
  for (auto& [id, transaction] : transactions_) {
    if (transaction.run != run || transaction.task != task) continue;
    const bool is_open = transaction.state == TransactionState::kOpen;
    const bool is_committing = transaction.state == TransactionState::kCommitSent;
    if (is_open || (is_committing && random_.one_in(3)))
      end(id, transaction, TransactionState::kRolledBack);
  }
}

LedgerAnswer TargetStore::bump(Epoch epoch, const RunId& run, TaskId task, Fence fence) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  TaskRow& row = tasks_.at({run, task});
  if (row.locked_by != 0) {
    ++waited_for_lock;
    return LedgerAnswer::kLocked;
  }
  if (row.state == TaskRow::State::kCommitted) return LedgerAnswer::kNo;
  if (row.fence != fence) raise_fence(row, fence);
  row.state = TaskRow::State::kAbandoned;
  return LedgerAnswer::kYes;
}

bool TargetStore::is_committed(const RunId& run, TaskId task) const {
  return tasks_.at({run, task}).state == TaskRow::State::kCommitted;
}

std::set<int> TargetStore::committed_chunks() const {
  std::set<int> chunks;
  for (const Batch& batch : batches_) chunks.insert(batch.chunk);
  return chunks;
}

bool TargetStore::has_batch(TaskId task, Fence fence) const {
  return std::any_of(batches_.begin(), batches_.end(), [&](const Batch& batch) {
    return batch.task == task && batch.fence == fence;
  });
}

TargetStore::Opened TargetStore::fence_statement(const RunId& run, TaskId task, Fence fence,
                                                 int chunk) {
  TaskRow& row = tasks_.at({run, task});
  if (row.locked_by != 0) return {LedgerAnswer::kLocked, 0};
  const bool is_ours = row.state == TaskRow::State::kAssigned && row.fence == fence;
  if (!is_ours && mutation_ != Mutation::kNoFencePredicate) {
    ++fenced_off;
    return {LedgerAnswer::kNo, 0};
  }
  row.locked_by = ++last_transaction_;
  transactions_[last_transaction_] = {run, task, fence, chunk};
  return {LedgerAnswer::kYes, last_transaction_};
}

void TargetStore::send_commit(int id, MonotonicMs now) {
  Transaction& transaction = transactions_.at(id);
  if (transaction.state != TransactionState::kOpen) return;
  transaction.state = TransactionState::kCommitSent;
  transaction.due.value = now.value + random_.between(1, k_longest_commit_ms);
}

void TargetStore::roll_back(int id) {
  Transaction& transaction = transactions_.at(id);
  if (transaction.state == TransactionState::kOpen)
    end(id, transaction, TransactionState::kRolledBack);
}

void TargetStore::connection_lost(int id, MonotonicMs noticed_at) {
  Transaction& transaction = transactions_.at(id);
  if (transaction.state == TransactionState::kOpen) transaction.due = noticed_at;
}

void TargetStore::advance(MonotonicMs now) {
  for (auto& [id, transaction] : transactions_) {
    if (transaction.due > now) continue;
    if (transaction.state == TransactionState::kOpen)
      end(id, transaction, TransactionState::kRolledBack);
    if (transaction.state == TransactionState::kCommitSent)
      end(id, transaction, TransactionState::kCommitted);
  }
}

void TargetStore::end(int id, Transaction& transaction, TransactionState state) {
  transaction.state = state;
  TaskRow& row = tasks_.at({transaction.run, transaction.task});
  if (row.locked_by == id) row.locked_by = 0;
  if (state != TransactionState::kCommitted) return;

  apply(row, {transaction.run, transaction.task, transaction.fence, transaction.chunk});
}

void TargetStore::apply(TaskRow& row, const Batch& batch) {
  row.state = TaskRow::State::kCommitted;
  ++rows_.at(batch.chunk);
  batches_.push_back(batch);
  const auto owner = std::pair(batch.task, batch.fence);
  const std::string name = "chunk " + std::to_string(batch.chunk);
  if (rows_.at(batch.chunk) > 1) violations_.push_back(name + " was loaded twice");
  if (!issued_.contains(owner)) {
    violations_.push_back(name + " was committed under a fence that was never issued");
  }
  if (cancelled_.contains(owner)) {
    violations_.push_back(name + " was committed after its cancel was acknowledged");
  }
}

LedgerAnswer TargetStore::commit_stage(const RunId& run, TaskId task, Fence fence, int chunk) {
  TaskRow& row = tasks_.at({run, task});
  if (row.state != TaskRow::State::kAssigned || row.fence != fence) return LedgerAnswer::kNo;
  apply(row, {run, task, fence, chunk});
  return LedgerAnswer::kYes;
}

}  // namespace decant::sim
