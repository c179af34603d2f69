// The coordinator in virtual time: the real SessionTable and Dispatcher, driven as
// coordinator/control's loop drives them, with a ledger that answers later. Each life is a new run,
// as `decant run` makes one.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/dispatch/dispatcher.h"
#include "coordinator/dispatch/session_table.h"
#include "tests/simulation/network.h"
#include "tests/simulation/target_store.h"

namespace decant::sim {

class SimCoordinator {
 public:
  SimCoordinator(Random& random, Network& network, TargetStore& store, Mutation mutation,
                 int chunk_count)
      : random_(random),
        network_(network),
        store_(store),
        mutation_(mutation),
        chunk_count_(chunk_count) {}

  void start(MonotonicMs now);
  void crash(MonotonicMs now);
  bool is_alive() const { return life_.has_value(); }
  bool has_finished() const { return life_ && life_->has_planned && life_->dispatcher.finished(); }
  MonotonicMs may_start_at() const { return may_start_at_; }
  void turn(MonotonicMs now);

  // Told of every task that is taken from its owner, before the ledger hears of it.
  std::function<void(const RunId&, TaskId, Fence old_fence)> on_reclaim;
  const std::vector<std::string>& violations() const { return violations_; }
  std::string unfinished() const;
  std::int64_t found_committed = 0, duplicates = 0, stale = 0, staged = 0, refusals = 0,
               cancels = 0;

 private:
  struct Life {
    RunId run;
    Epoch epoch;
    SessionTable sessions;
    Dispatcher dispatcher;
    bool has_planned = false;
    std::map<TaskId, Task> tasks;
    std::map<TaskId, bool> early_reads;  // Mutation::kReadBeforeBump
  };
  struct LedgerCall {
    MonotonicMs due;
    std::function<void(MonotonicMs)> call;
  };

  void plan(Life& life);
  void receive(Life& life, MonotonicMs now);
  void take(Life& life, const Envelope& envelope, MonotonicMs now);
  void take_result(Life& life, const Incarnation& worker, const TaskResult& result,
                   MonotonicMs now);
  void commit_stage(Life& life, const Incarnation& worker, const TaskResult& result,
                    MonotonicMs now);
  void acknowledge(Life& life, const Incarnation& worker, const TaskResult& result,
                   MonotonicMs now);
  void act(Life& life, const DispatchAction& action, MonotonicMs now);
  void assign(Life& life, const DispatchAction& action, MonotonicMs now);
  void bump(Life& life, const DispatchAction& action, MonotonicMs now);
  void post(MonotonicMs now, std::function<void(MonotonicMs)> call);
  void answer(const OutgoingMessage& message, MonotonicMs now);
  void send(Life& life, const Incarnation& worker, Body body, MonotonicMs now);
  void check(const Life& life);

  Random& random_;
  Network& network_;
  TargetStore& store_;
  Mutation mutation_;
  int chunk_count_;
  int lives_ = 0;
  std::optional<Life> life_;
  std::deque<LedgerCall> ledger_calls_;
  MonotonicMs may_start_at_;
  std::vector<std::string> violations_;
};

}  // namespace decant::sim
