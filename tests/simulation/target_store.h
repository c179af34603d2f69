// The target in memory: a table, a ledger and transactions with the row locks, the fence and the
// leases of the real one (common/ledger). A COMMIT that was sent is carried out later, whatever has
// become of its sender. Its clock is its own and may jump.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/ledger/ledger.h"
#include "tests/simulation/events.h"
#include "tests/simulation/mutation.h"
#include "tests/simulation/target_table.h"

namespace decant::sim {

enum class LedgerAnswer { kYes, kNo, kLocked, kBusy, kNotLeading };

// What a task brings: the rows of its chunks, or that one has what it had.
struct ChunkLoad {
  ChunkSpec spec;
  bool is_skipped = false;
  Rows rows;
  SetDigest digest;
};
struct TaskLoad {
  std::string job;
  std::string fingerprint;
  LoadMethod method = LoadMethod::kAppend;
  std::vector<ChunkLoad> chunks;
};

class TargetStore {
 public:
  enum class TransactionState { kOpen, kCommitSent, kCommitted, kRolledBack };

  TargetStore(Random& random, Mutation mutation, Events& events)
      : random_(random), mutation_(mutation), events_(events) {}

  // Time passes: what is due is committed, or rolled back.
  void advance(MonotonicMs now);
  bool answers() const { return now_ >= silent_until_; }
  // Faults: it is silent for a while, or starts anew, or its clock is set.
  void stall(MonotonicMs until) { silent_until_ = until; }
  void crash(MonotonicMs up_again);
  void set_clock_on(std::int64_t ms) { clock_offset_ms_ += ms; }

  // Who leads, or did last; `work` as of the run.
  struct Leader {
    Epoch epoch;
    RunId run;
    std::string job, holder;
    int work = 0;
    bool lives = false;    // its lease has not ended, by the target's clock
    bool is_done = false;  // its run has ended by itself
  };
  const Leader& leader();
  LeaderRecord leader_record();  // the same, as the ledger gives it
  struct Candidate {
    RunId run;
    std::string job, holder;
    int work = 0;
    std::int64_t lease_ms = 0;
    std::function<bool(const std::string& holder)> is_dead;
  };
  // One conditional update. Bumps the fence of every unfinished task of other runs but for those of
  // runs with the same work, which are given back; kLocked while one of the others is in a
  // transaction, kBusy while another leads.
  LedgerAnswer take_over(const Candidate& candidate, Ledger::Takeover& takeover);
  void begin_run(const Candidate& candidate);
  LedgerAnswer renew(const RunId& run, Epoch epoch, std::int64_t lease_ms);
  // Its run is done; lets go of the leadership, and of what is unfinished.
  void end_run(const RunId& run);
  void release(const RunId& run, Epoch epoch);

  // The coordinator's side. Every write of a leader is answered kNotLeading once another has taken
  // over.
  LedgerAnswer put_chunks(Epoch epoch, const std::string& job,
                          const std::vector<ChunkSpec>& chunks);
  std::vector<ChunkRecord> chunks(const std::string& job) const;
  LedgerAnswer adopt(Epoch epoch, const OpenTask& open);
  LedgerAnswer fence_off(Epoch epoch, const OpenTask& open);
  LedgerAnswer assign(Epoch epoch, const RunId& run, TaskId task, Fence fence);
  void end_backends(const RunId& run, TaskId task);
  // A staged result, committed by the coordinator itself (DuckDB), under the fence as well.
  LedgerAnswer commit_stage(const RunId& run, TaskId task, Fence fence, const TaskLoad& load);
  LedgerAnswer bump(Epoch epoch, const RunId& run, TaskId task, Fence fence);
  bool is_committed(const RunId& run, TaskId task) const;  // a plain read
  const TargetTable& table() const { return table_; }
  // Found empty by a run of the job, none of which has ended yet: it has no key.
  bool is_loading(const std::string& job) const { return loading_job_ == job; }

  // The worker's side. The fence statement comes last in its transaction; the row lock is held
  // until the end.
  struct Opened {
    LedgerAnswer answer = LedgerAnswer::kNo;
    int transaction = 0;
  };
  Opened fence_statement(const RunId& run, TaskId task, Fence fence,
                         std::shared_ptr<const TaskLoad> load);
  void send_commit(int transaction);
  void roll_back(int transaction);
  TransactionState state(int transaction) const { return transactions_.at(transaction).state; }
  // The connections of a dead process are noticed after a while.
  void connection_lost(int transaction, MonotonicMs noticed_at);

  // For the invariants.
  const std::string& violation() const { return violation_; }
  // A message about a task does not say of which run: its fence does.
  bool has_batch(TaskId task, Fence fence) const { return batches_.contains({task, fence}); }
  void note_cancelled(TaskId task, Fence fence) { cancelled_.insert({task, fence}); }
  std::size_t batch_count() const { return batches_.size(); }
  std::size_t chunk_count() const { return chunks_.size(); }

 private:
  using TaskKey = std::pair<RunId, TaskId>;
  using Holding = std::pair<TaskId, Fence>;
  struct TaskRow {
    enum class State { kAssigned, kCommitted, kAbandoned } state = State::kAssigned;
    Fence fence;
    int locked_by = 0;
  };
  struct Transaction {
    TaskKey task;
    Fence fence;
    std::shared_ptr<const TaskLoad> load;
    TransactionState state = TransactionState::kOpen;
    MonotonicMs due{INT64_MAX};
  };
  struct Batch {  // live: neither skipped nor voided
    SetDigest digest;
    std::string fingerprint;
  };
  struct ChunkRow {
    ChunkSpec spec;
    std::vector<Batch> live;
    std::set<RunId> runs;  // that brought a batch
  };
  struct Run {
    std::string job;
    int work = 0;
    enum class State { kRunning, kDone, kInterrupted } state = State::kRunning;
  };

  std::int64_t clock_ms() const { return now_.value + clock_offset_ms_; }
  bool has_work(const RunId& run, int work) const;
  bool is_to_fence_off(const TaskKey& task, const TaskRow& row, const Candidate& by) const;
  void end(int id, Transaction& transaction, TransactionState state);
  void apply(const TaskKey& task, Fence fence, const TaskLoad& load);
  void apply(const TaskKey& task, const TaskLoad& load, const ChunkLoad& chunk);
  void raise_fence(TaskRow& row, Fence fence);
  void abandon(TaskRow& row);
  bool is_led_by(Epoch epoch) const {
    return epoch == leader_.epoch || mutation_ == Mutation::kNoEpochCheck;
  }
  void violate(const std::string& what) {
    if (violation_.empty()) violation_ = what;
  }

  Random& random_;
  Mutation mutation_;
  Events& events_;
  MonotonicMs now_, silent_until_;
  std::int64_t clock_offset_ms_ = 0;
  Leader leader_;
  std::int64_t lease_until_ms_ = INT64_MIN;  // by its clock
  std::map<RunId, Run> runs_;
  std::map<TaskKey, TaskRow> tasks_;
  std::map<int, Transaction> transactions_;
  int last_transaction_ = 0;
  TargetTable table_;
  std::string loading_job_;
  std::map<std::pair<std::string, ChunkName>, ChunkRow> chunks_;
  std::set<Holding> batches_, issued_, cancelled_;
  std::string violation_;
};

}  // namespace decant::sim
