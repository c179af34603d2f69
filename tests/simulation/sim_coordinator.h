// The coordinator in virtual time: the real SessionTable and Dispatcher, driven as
// coordinator/control's loop drives them, with a ledger that answers later. Each life is a new run,
// as `decant run` makes one; most of them are the same work, whose tasks they adopt. Some are not
// dead but stopped, and go on for a moment while another one leads.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/dispatch/adoption.h"
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

  void start();
  void crash(MonotonicMs now);
  bool is_alive() const { return life_ != nullptr; }
  // Nothing fails but the coordinator itself, whose next life adopts what this one left, or not;
  // else some do and some do not.
  void set_adopts(bool adopts) { adopts_ = adopts; }
  bool has_finished() const { return life_ && life_->has_planned && life_->dispatcher.finished(); }
  MonotonicMs may_start_at() const { return may_start_at_; }
  void turn(MonotonicMs now);

  // Told of every task that is taken from its owner, before the ledger hears of it.
  std::function<void(const RunId&, TaskId, Fence old_fence)> on_reclaim;
  const std::vector<std::string>& violations() const { return violations_; }
  std::string unfinished() const;
  std::int64_t found_committed = 0, duplicates = 0, stale = 0, staged = 0, refusals = 0,
               cancels = 0, adopted = 0, unclaimed = 0, withdrawn = 0, zombies = 0, led_no_more = 0;

 private:
  struct LedgerCall {
    MonotonicMs due;
    std::function<void(MonotonicMs)> call;
  };
  struct Life {
    RunId run;
    Epoch epoch;
    int work = 0;  // what it was asked to do
    SessionTable sessions;
    Dispatcher dispatcher;
    Adoption adoption;
    TaskId last_task;  // of the runs that it goes on with
    std::vector<OpenTask> to_fence_off;
    std::vector<TaskId> to_withdraw;
    bool has_withdrawn = false;
    bool has_planned = false;
    std::map<TaskId, Task> tasks;
    std::map<TaskId, bool> early_reads;  // Mutation::kReadBeforeBump
    std::deque<LedgerCall> ledger_calls;
    bool leads = true;  // as far as it knows
  };
  struct Zombie {
    std::unique_ptr<Life> life;
    MonotonicMs wakes_at, ends_at;
  };

  bool is_faulty() const { return !adopts_; }
  void begin(MonotonicMs now);
  bool settle(Life& life, MonotonicMs now);
  void plan(Life& life);
  void take_claim(Life& life, const Incarnation& worker, const Claim& claim, MonotonicMs now);
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
  void post(Life& life, MonotonicMs now, std::function<void(MonotonicMs)> call);
  void make_calls(Life& life, MonotonicMs now);
  void wake_zombies(MonotonicMs now);
  bool still_leads(Life& life, LedgerAnswer answer);
  void change_source();
  bool fits(const Task& task) const;
  void answer(const OutgoingMessage& message, MonotonicMs now);
  void send(Life& life, const Incarnation& worker, Body body, MonotonicMs now);
  void check(const Life& life);

  Random& random_;
  Network& network_;
  TargetStore& store_;
  Mutation mutation_;
  int chunk_count_;
  int lives_ = 0;
  bool is_starting_ = false;
  std::optional<bool> adopts_;
  std::unique_ptr<Life> life_;
  std::vector<Zombie> zombies_;
  std::vector<int> source_;  // of each chunk: which content the source has of it
  MonotonicMs may_start_at_;
  std::vector<std::string> violations_;
};

}  // namespace decant::sim
