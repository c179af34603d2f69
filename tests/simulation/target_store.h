// The target in memory: a table, a ledger and transactions with the row locks and the fence of the
// real one (common/ledger). A COMMIT that was sent is carried out later, whatever has
// become of its sender.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/ledger/ledger.h"
#include "tests/simulation/random.h"

namespace decant::sim {

// Ways to break the protocol, one at a time, to see that the invariants notice.
enum class Mutation {
  kNone,
  kNoFencePredicate,         // the worker's last statement does not look at the fence
  kReadBeforeBump,           // the ledger is read, then the fence is bumped
  kAcknowledgeBeforeCommit,  // the worker reports before it commits
  kNoLeaseCheck,             // the worker goes on after its lease
  kNoReclaim,                // the coordinator never takes a task back
  kFencesStartAnew,          // each run counts its fences from 1
  kAdoptWithoutFenceCheck,   // what a worker claims becomes its own, whatever the ledger says
  kPlanAdoptedAgain,         // the chunks of adopted tasks are planned once more
  kPlanBeforeSettled,        // the plan does not wait for what is open
  kNoEpochCheck,             // a coordinator writes although another one leads by now
  kAdoptOtherWork,           // tasks of a run that was asked to do something else are left open
  kAdoptMisfits,             // adopted tasks are kept although the source has changed since
};

enum class LedgerAnswer { kYes, kNo, kLocked, kNotLeading };

struct Batch {
  RunId run;
  TaskId task;
  Fence fence;
  int chunk = 0;
};

class TargetStore {
 public:
  using TaskKey = std::pair<RunId, TaskId>;
  enum class TransactionState { kOpen, kCommitSent, kCommitted, kRolledBack };

  TargetStore(Random& random, Mutation mutation, int chunk_count)
      : random_(random), mutation_(mutation) {
    for (int chunk = 0; chunk < chunk_count; ++chunk) rows_[chunk] = 0;
  }

  // The coordinator's side. Every write of a leader is answered kNotLeading once another has taken
  // over.
  Epoch take_leadership() { return Epoch(++epoch_); }
  // Bumps the fence of every unfinished task of other runs but for those of runs with the same
  // `work`, which are given back; kLocked while one of the others is in a transaction.
  LedgerAnswer take_over(const RunId& run, int work, Ledger::Takeover& takeover);
  LedgerAnswer adopt(Epoch epoch, const OpenTask& open);
  LedgerAnswer fence_off(Epoch epoch, const OpenTask& open);
  LedgerAnswer assign(Epoch epoch, const RunId& run, TaskId task, Fence fence);
  void end_backends(const RunId& run, TaskId task);
  // A staged result, committed by the coordinator itself (DuckDB): one transaction, under the fence
  // as well.
  LedgerAnswer commit_stage(const RunId& run, TaskId task, Fence fence, int chunk);
  LedgerAnswer bump(Epoch epoch, const RunId& run, TaskId task, Fence fence);
  bool is_committed(const RunId& run, TaskId task) const;  // a plain read
  std::set<int> committed_chunks() const;
  int work_of(const RunId& run) const { return works_.at(run); }

  // The worker's side. The fence statement comes last in its transaction; the row lock is held
  // until the end.
  struct Opened {
    LedgerAnswer answer = LedgerAnswer::kNo;
    int transaction = 0;
  };
  Opened fence_statement(const RunId& run, TaskId task, Fence fence, int chunk);
  void send_commit(int transaction, MonotonicMs now);
  void roll_back(int transaction);
  TransactionState state(int transaction) const { return transactions_.at(transaction).state; }
  // The connections of a dead process are noticed after a while.
  void connection_lost(int transaction, MonotonicMs noticed_at);

  void advance(MonotonicMs now);

  // For the invariants.
  const std::map<int, int>& rows() const {
    return rows_;
  }  // chunk -> how many times its rows are there
  const std::vector<Batch>& batches() const { return batches_; }
  const std::vector<std::string>& violations() const { return violations_; }
  bool has_batch(TaskId task, Fence fence) const;
  void note_cancelled(TaskId task, Fence fence) { cancelled_.insert({task, fence}); }
  std::int64_t fenced_off = 0, waited_for_lock = 0;

 private:
  struct TaskRow {
    enum class State { kAssigned, kCommitted, kAbandoned } state = State::kAssigned;
    Fence fence;
    int locked_by = 0;
  };
  struct Transaction {
    RunId run;
    TaskId task;
    Fence fence;
    int chunk = 0;
    TransactionState state = TransactionState::kOpen;
    MonotonicMs due{INT64_MAX};
  };
  void end(int id, Transaction& transaction, TransactionState state);
  void apply(TaskRow& row, const Batch& batch);
  void raise_fence(TaskRow& row, Fence fence);
  bool is_led_by(Epoch epoch) const {
    return epoch.value == epoch_ || mutation_ == Mutation::kNoEpochCheck;
  }

  Random& random_;
  Mutation mutation_;
  std::int64_t epoch_ = 0;
  std::map<RunId, int> works_;
  std::optional<RunId> last_run_;
  std::map<TaskKey, TaskRow> tasks_;
  std::map<int, Transaction> transactions_;
  int last_transaction_ = 0;
  std::map<int, int> rows_;
  std::vector<Batch> batches_;
  std::set<std::pair<TaskId, Fence>> issued_, cancelled_;
  std::vector<std::string> violations_;
};

}  // namespace decant::sim
