// A coordinator process in virtual time: the real Standby, SessionTable, Dispatcher, Adoption and
// planner, driven as coordinator/control drives them, with a ledger that answers later. It waits
// until it may lead; each time it does is a new run, as `decant run` makes one. A process that dies
// is started again until a run of its work has ended. One that is stopped may wake up while another
// leads, and goes on where it was.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/control/standby.h"
#include "coordinator/dispatch/adoption.h"
#include "coordinator/dispatch/dispatcher.h"
#include "coordinator/dispatch/session_table.h"
#include "coordinator/plan/planner.h"
#include "tests/simulation/world.h"

namespace decant::sim {

// What a process is started for.
struct Command {
  std::string job;
  int work = 0;  // equal for commands that ask for the same
  std::vector<std::string> stores;
  bool is_standby = false;
};

class SimCoordinator {
 public:
  SimCoordinator(int number, Command command, World& world);

  void turn(MonotonicMs now);
  void crash(MonotonicMs now);
  void bury(MonotonicMs now);  // it dies and is not started again
  void stop_until(MonotonicMs until) { stopped_until_ = until; }
  void suspend_until(MonotonicMs now, MonotonicMs until);
  void cut_off_until(MonotonicMs until) { cut_off_until_ = until; }  // from the target
  void lose_target(MonotonicMs now);

  // Nothing fails but the process itself, whose next life is for the same work or for another.
  void restart(bool same_work, MonotonicMs now);

  bool is_running(MonotonicMs now) const { return is_up_ && stopped_until_ <= now; }
  bool is_leading() const { return life_ != nullptr; }
  bool is_buried() const { return is_buried_; }
  // A run of its work has ended.
  bool is_done() const { return is_done_; }
  int number() const { return number_; }
  const Command& command() const { return command_; }

  // Told of every task that is taken from its owner, before the ledger hears of it.
  std::function<void(const RunId&, TaskId, Fence old_fence)> on_reclaim;
  std::string unfinished() const;

 private:
  struct LedgerCall {
    MonotonicMs due;
    std::function<void(MonotonicMs)> call;
  };
  enum class Phase { kSettling, kPlanning, kRecording, kLoading, kEnding, kDraining };
  // As long as it leads.
  struct Life {
    RunId run;
    Epoch epoch;
    MonotonicMs renewed, next_renewal;  // of the leadership, by its own clock
    SessionTable sessions;
    Dispatcher dispatcher;
    Adoption adoption;
    TaskId last_task;  // of the runs that it goes on with
    Phase phase = Phase::kSettling;
    std::vector<OpenTask> to_fence_off;
    std::vector<TaskId> to_withdraw;
    std::vector<StoreCensus> censuses;
    EntityWork work;
    std::map<TaskId, Task> tasks;
    std::map<TaskId, bool> early_reads;  // Mutation::kReadBeforeBump
    std::deque<LedgerCall> ledger_calls;
    MonotonicMs drained_by;
    bool leads = true;  // as far as it knows
  };

  // sim_leading.cc: to the leadership and from it.
  void look(MonotonicMs now);
  void start(MonotonicMs now);
  bool knows_dead(const std::string& other) const;
  void take_over(MonotonicMs now);
  void lead(const Ledger::Takeover& takeover, const RunId& run, MonotonicMs now);
  void keep_leading(MonotonicMs now);
  bool still_leads(LedgerAnswer answer);
  void end_run(MonotonicMs now);
  void drain(MonotonicMs now);
  void leave(MonotonicMs now, std::int64_t longest_ms);
  bool dies(Event step, std::int64_t rarity = 30);
  std::string holder() const;

  // sim_planning.cc: what it takes over, and what is left to do.
  void settle(MonotonicMs now);
  void plan();
  EntityWork make_plan() const;
  EntityWork make_plan_with_limits_anew(PlanInput input) const;
  void withdraw(const std::vector<TaskId>& tasks);
  void record_chunks(MonotonicMs now);
  void add_tasks(std::vector<Task> tasks);
  void take_claim(const Incarnation& worker, const Claim& claim, MonotonicMs now);

  // sim_coordinator.cc: the loop.
  void receive(MonotonicMs now);
  void take(const Envelope& envelope, MonotonicMs now);
  void take_result(const Incarnation& worker, const TaskResult& result, MonotonicMs now);
  void commit_stage(const Incarnation& worker, const TaskResult& result, MonotonicMs now);
  void acknowledge(const Incarnation& worker, const TaskResult& result, MonotonicMs now);
  void act(const DispatchAction& action, MonotonicMs now);
  void assign(const DispatchAction& action, MonotonicMs now);
  void bump(const DispatchAction& action, MonotonicMs now);
  void post(MonotonicMs now, std::function<void(MonotonicMs)> call);
  void make_calls(MonotonicMs now);
  bool reaches_target(MonotonicMs now) const {
    return cut_off_until_ <= now && world_.target.answers();
  }
  void answer(const OutgoingMessage& message, MonotonicMs now);
  void send(const Incarnation& worker, Body body, MonotonicMs now);
  void check() const;

  int number_;
  Command command_;
  World& world_;
  LocalClock clock_;
  JobSpec job_;
  EntityPlan entity_;
  bool is_up_ = false;
  bool is_buried_ = false;
  bool is_done_ = false;
  bool is_dying_ = false;  // nothing that it does is heard of any more
  int lives_ = 0;
  std::unique_ptr<Life> life_;
  std::optional<Standby> standby_;  // of this process, where it is one
  MonotonicMs may_start_at_, next_look_, stopped_until_, cut_off_until_;
};

}  // namespace decant::sim
