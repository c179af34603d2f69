#include "tests/simulation/target_store.h"

#include <algorithm>

namespace decant::sim {
namespace {

constexpr std::int64_t k_longest_commit_ms = 400;

}  // namespace

void TargetStore::raise_fence(TaskRow& row, Fence fence) {
  if (fence <= row.fence) violate("a fence did not grow");
  row.fence = fence;
}

void TargetStore::abandon(TaskRow& row) {
  raise_fence(row, Fence(row.fence.value + 1));
  row.state = TaskRow::State::kAbandoned;
}

// Those that are there already keep their limits.
LedgerAnswer TargetStore::put_chunks(Epoch epoch, const std::string& job,
                                     const std::vector<ChunkSpec>& chunks) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  for (const ChunkSpec& spec : chunks)
    chunks_.try_emplace({job, spec.name()}, ChunkRow{spec, {}, {}});
  return LedgerAnswer::kYes;
}

std::vector<ChunkRecord> TargetStore::chunks(const std::string& job) const {
  std::vector<ChunkRecord> records;
  for (const auto& [name, row] : chunks_) {
    if (name.first != job) continue;
    ChunkRecord& record = records.emplace_back();
    record.spec = row.spec;
    record.job = job;
    record.batch_count = static_cast<std::int64_t>(row.live.size());
    for (const Batch& batch : row.live) {
      record.accepted.digest.merge(batch.digest);
      record.fingerprint = batch.fingerprint;
    }
    record.loaded = record.accepted;
  }
  return records;
}

LedgerAnswer TargetStore::assign(Epoch epoch, const RunId& run, TaskId task, Fence fence) {
  if (!is_led_by(epoch)) return LedgerAnswer::kNotLeading;
  const auto [place, is_new] = tasks_.try_emplace({run, task});
  TaskRow& row = place->second;
  if (row.locked_by != 0) return LedgerAnswer::kLocked;
  const bool is_free = is_new || row.state == TaskRow::State::kAbandoned;
  // Who reads before he bumps also trusts what he read when he assigns.
  if (!is_free && mutation_ != Mutation::kReadBeforeBump) return LedgerAnswer::kNo;
  raise_fence(row, fence);
  row.state = TaskRow::State::kAssigned;
  issued_.insert({task, fence});
  return LedgerAnswer::kYes;
}

// A backend that is carrying out its COMMIT may finish it or not.
void TargetStore::end_backends(const RunId& run, TaskId task) {
  for (auto& [id, transaction] : transactions_) {
    if (transaction.task != TaskKey(run, task)) continue;
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
    events_.note(Event::kWaitedForLock);
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

TargetStore::Opened TargetStore::fence_statement(const RunId& run, TaskId task, Fence fence,
                                                 std::shared_ptr<const TaskLoad> load) {
  TaskRow& row = tasks_.at({run, task});
  if (!answers() || row.locked_by != 0) return {LedgerAnswer::kLocked, 0};
  const bool is_ours = row.state == TaskRow::State::kAssigned && row.fence == fence;
  if (!is_ours && mutation_ != Mutation::kNoFencePredicate) {
    events_.note(Event::kFencedOff);
    return {LedgerAnswer::kNo, 0};
  }
  row.locked_by = ++last_transaction_;
  transactions_[last_transaction_] = {{run, task}, fence, std::move(load)};
  return {LedgerAnswer::kYes, last_transaction_};
}

void TargetStore::send_commit(int id) {
  Transaction& transaction = transactions_.at(id);
  if (transaction.state != TransactionState::kOpen) return;
  transaction.state = TransactionState::kCommitSent;
  transaction.due.value = now_.value + random_.between(1, k_longest_commit_ms);
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
  now_ = now;
  if (!answers()) return;
  for (auto& [id, transaction] : transactions_) {
    if (transaction.due > now) continue;
    if (transaction.state == TransactionState::kOpen)
      end(id, transaction, TransactionState::kRolledBack);
    if (transaction.state == TransactionState::kCommitSent)
      end(id, transaction, TransactionState::kCommitted);
  }
}

// What was committed stays; of what was being committed nobody knows.
void TargetStore::crash(MonotonicMs up_again) {
  silent_until_ = up_again;
  for (auto& [id, transaction] : transactions_) {
    const bool is_committing = transaction.state == TransactionState::kCommitSent;
    if (transaction.state != TransactionState::kOpen && !is_committing) continue;
    const bool commits = is_committing && random_.one_in(2);
    end(id, transaction, commits ? TransactionState::kCommitted : TransactionState::kRolledBack);
  }
}

void TargetStore::end(int id, Transaction& transaction, TransactionState state) {
  transaction.state = state;
  transaction.due.value = INT64_MAX;
  TaskRow& row = tasks_.at(transaction.task);
  if (row.locked_by == id) row.locked_by = 0;
  if (state == TransactionState::kCommitted)
    apply(transaction.task, transaction.fence, *transaction.load);
  transaction.load.reset();
}

void TargetStore::apply(const TaskKey& task, Fence fence, const TaskLoad& load) {
  tasks_.at(task).state = TaskRow::State::kCommitted;
  const Holding holding(task.second, fence);
  batches_.insert(holding);
  if (!issued_.contains(holding))
    violate("a task was committed under a fence that was never issued");
  if (cancelled_.contains(holding))
    violate("a task was committed after its cancel was acknowledged");
  for (const ChunkLoad& chunk : load.chunks) apply(task, load, chunk);
}

void TargetStore::apply(const TaskKey& task, const TaskLoad& load, const ChunkLoad& chunk) {
  const std::string& store = chunk.spec.slice.store;
  const std::string name = chunk.spec.name().value;
  ChunkRow& row = chunks_.at({load.job, ChunkName(name)});
  if (!row.runs.insert(task.first).second)
    violate("chunk " + name + " was loaded twice in run " + task.first.value);
  events_.note(chunk.is_skipped ? Event::kSkipped : Event::kReplaced);
  if (!chunk.is_skipped) {
    if (load.method != LoadMethod::kAppend) {
      row.live.clear();
      table_.erase(store, chunk.spec.range);
    }
    table_.insert(store, chunk.rows);
    row.live.push_back({chunk.digest, load.fingerprint});
  }
  SetDigest vouched;
  for (const Batch& batch : row.live) vouched.merge(batch.digest);
  if (!(vouched == table_.digest(store, row.spec.range)))
    violate("the table has other rows in chunk " + name + " than the ledger says");
}

LedgerAnswer TargetStore::commit_stage(const RunId& run, TaskId task, Fence fence,
                                       const TaskLoad& load) {
  TaskRow& row = tasks_.at({run, task});
  if (row.state != TaskRow::State::kAssigned || row.fence != fence) return LedgerAnswer::kNo;
  apply({run, task}, fence, load);
  return LedgerAnswer::kYes;
}

}  // namespace decant::sim
