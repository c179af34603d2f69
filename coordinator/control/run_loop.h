// RunLoop: the thin loop around the deciders. It receives messages, asks the dispatcher what is
// due, tells the ledger, sends tasks, commits staged results and hands finished ones to the run. It
// decides nothing itself.
//
// One thread; the target is reached through the TargetThread only, so that workers are answered
// while it is busy.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/ledger/task_commit.h"
#include "common/wire/transport.h"
#include "coordinator/control/completion_log.h"
#include "coordinator/control/failures.h"
#include "coordinator/control/leader_keeper.h"
#include "coordinator/control/local_workers.h"
#include "coordinator/control/row_rate.h"
#include "coordinator/control/source_snapshots.h"
#include "coordinator/control/staged_results.h"
#include "coordinator/control/target_thread.h"
#include "coordinator/dispatch/adoption.h"
#include "coordinator/dispatch/dispatcher.h"
#include "coordinator/dispatch/session_table.h"

namespace decant {

struct LoopParts {
  CoordinatorTransport& transport;
  TargetThread& target;
  const Clock& clock;
  Logger& logger;
  CompletionLog* log = nullptr;           // may be null (plan)
  LocalWorkers* local_workers = nullptr;  // may be null
  const LeaderKeeper* leader = nullptr;   // may be null
  const std::atomic<int>& interrupts;     // signals so far: 1 drains, 2 stops at once
  std::string job;
  std::string ledger_schema;
  RunId run;
  std::map<std::string, std::int64_t> max_rejects;  // of each entity
  bool writes_ledger = true;                        // false for plan: tasks are not recorded
  std::function<void(const ProgressView&)> show;
  std::function<void(const std::string& line)> say;  // for people
  std::string how_to_start_a_worker;                 // elsewhere; empty: none can join
  std::map<std::string, std::string> table_names;    // what the ledger calls the tables of tasks
  SourceSnapshots* snapshots = nullptr;              // may be null: each session takes its own
  Ledger::Takeover taken = {};  // from an earlier coordinator, to be settled before any plan
};

// The rows of a task, about: large ones go out first.
std::int64_t weight_of(const Task& task);

struct FailedTask {
  Task task;
  Error error;
};

struct PhaseOutcome {
  std::vector<FailedTask> failed;
  // Why nothing more was handed out though nothing of it failed: more rejects than the job allows.
  std::optional<Error> stopped;
  bool interrupted = false;
};

// What the ledger tells of a task that had committed though its result never arrived.
struct RecoveredTask {
  std::vector<BatchRecord> batches;
  std::vector<Reject> rejects;  // the first few
  std::vector<std::int32_t> chunk_of_reject;
};

class RunLoop {
 public:
  using Done = std::function<void(const Task&, const TaskResult&)>;
  using Recovered = std::function<void(const Task&, const RecoveredTask&)>;

  RunLoop(LoopParts parts, Welcome welcome, Epoch epoch, DispatchLimits limits);
  // Waits until the target's thread has done what was posted; nothing of it comes back.
  ~RunLoop();
  RunLoop(const RunLoop&) = delete;
  RunLoop& operator=(const RunLoop&) = delete;

  void set_store_limit(const std::string& store, int max_parallel) {
    dispatcher_.set_store_limit(store, max_parallel);
  }

  // Runs tasks to the end: each is done, recovered from the ledger, or failed for good. Too many
  // rejects, or a lost leadership, end the phase early with the others cancelled. kUnreachable: no
  // worker is left and none comes.
  //
  // `adopted` are waited for too, and given to `done` or `recovered`, whenever they ended.
  Result<PhaseOutcome> run(const std::string& phase, std::vector<Task> tasks, const Done& done,
                           const Recovered& recovered, const std::vector<TaskId>& adopted = {});

  // Waits until every open task is adopted, or fenced off since nobody has claimed it in time.
  // Before that nothing may be planned.
  Status settle_adoption();
  // Tasks of the entity that were adopted, and not withdrawn.
  std::vector<const Task*> adopted(const std::string& entity) const;
  // Takes adopted tasks back for good: afterwards the ledger says what has become of them.
  Status withdraw(const std::vector<TaskId>& tasks);

  // Records what no worker has to commit, chunks that were found unchanged: as this run's leader,
  // in one transaction. kFenced when the run leads no longer.
  Status record(Task task, TaskResult result);

  // Called for a task that met more rejects than the job allows, with the first of them.
  void on_refused(Done refused) { refused_ = std::move(refused); }
  // Ends the phase early, from within its callbacks: nothing more is handed out, what is in flight
  // is called off.
  void stop(const Error& error) {
    if (!fatal_) fatal_ = error;
  }

  // Does work on the target's thread and serves workers meanwhile. After a second interrupt, or
  // when the leadership is lost, the target's statement is cancelled and what stopped it is
  // returned.
  template <typename T>
  Result<T> on_target(std::function<Result<T>(TargetAccess&)> work) {
    if (auto why = stopped()) return fail(std::move(*why));
    auto slot = std::make_shared<std::optional<Result<T>>>();
    parts_.target.post(
        [slot, work = std::move(work)](TargetAccess& access) -> TargetThread::Completion {
          auto result = std::make_shared<Result<T>>(work(access));
          return [slot, result] { slot->emplace(std::move(*result)); };
        });
    const Status waited = wait_for(parts_.target, [&] { return slot->has_value(); });
    if (!**slot) DECANT_TRY(waited);
    return std::move(**slot);
  }

  // Completions of a second session's work are run, too, until it is taken away (null).
  void serve(TargetThread* beside) { beside_ = beside; }

  // Serves workers until work that was posted to `thread` is done. After a second interrupt, or
  // when the leadership is lost, the statement under way there is cancelled, and that is the error.
  Status wait_for(TargetThread& thread, const std::function<bool()>& is_done);

  // Tells all workers to finish, waits a moment for their goodbyes.
  void drain();

  // What is shown until the next one, for work on the target: that it counts, and the rows that it
  // reads, where they are known.
  void begin_phase(const std::string& phase, std::int64_t steps = 0, std::int64_t rows = 0);
  void step_done() { ++view_.tasks_done; }
  // Counted up by work on the target, from its thread.
  std::atomic<std::int64_t>& target_rows() { return target_rows_; }

  const ProgressView& view() const { return view_; }
  void expect_rows(std::int64_t rows) { view_.rows_expected = rows; }
  // Every worker that ever joined, with the most memory its process was seen to use, in bytes.
  const std::map<std::string, std::int64_t>& worker_peaks() const { return worker_peaks_; }

 private:
  void turn();  // one round: receive, decide, complete
  void receive(int timeout_ms);
  void act(const DispatchAction& action);
  void assign(const DispatchAction& action);
  void bump(const DispatchAction& action);
  void take_hello(const Incarnation& worker, const WorkerName& name, const Hello& hello);
  void take_progress(const Incarnation& worker, const Progress& progress);
  void take_result(const Incarnation& worker, const TaskResult& result);
  void take_claim(const Incarnation& worker, const Claim& claim);
  void adopt(const Incarnation& worker, const OpenTask& open, bool is_held);
  bool is_parked(TaskId id) const;
  void await_adopted(const std::vector<TaskId>& tasks);
  void tell_attempt(const Task& task, const Error& error);
  void settle_reclaimed(TaskId id);
  void settle_not_reclaimed(TaskId id, const Error& error);
  void divide(TaskId id);
  void tell_set_aside(TaskId id);
  void commit_stage(const Incarnation& worker, const TaskResult& result);
  void commit_what_is_due();
  void settle_commit(const StagedResult& staged);
  StageContext stage_context(const Task& task, const std::string& worker,
                             const TaskResult& result) const;
  void take_refused(const Task& task, const TaskResult& result, const Error& error);
  void keep_rejects(const Task& task, const std::string& worker, const TaskResult& result);
  void finish_task(const Task& task, const TaskResult& result, const std::string& worker);
  void count_in(const Task& task, const TaskResult& result);
  void count_in(const Task& task, const RecoveredTask& recovered);
  void send(const Incarnation& worker, Body body);
  void reap_local_workers();
  void watch_for_interrupts();
  bool is_called_off() const;            // by a second interrupt, or long after the first
  std::optional<Error> stopped() const;  // why nothing more is to be done
  void cancel(TargetThread& thread);
  void call_off();
  void tell_waiting();
  void refresh_view();
  std::string name_of(const Incarnation& worker) const;
  bool logs(const Task& task) const;

  LoopParts parts_;
  TargetThread* beside_ = nullptr;
  SessionTable sessions_;
  Dispatcher dispatcher_;
  WaitNotice wait_notice_;
  AttemptNotice attempt_notice_;
  Epoch epoch_;
  std::int64_t lease_ms_;
  std::map<TaskId, Task> tasks_;  // of the phase, and those that are parked
  Adoption adoption_;
  StagedResults staged_;
  bool is_committing_ = false;  // some of them
  // How adopted tasks ended for which no phase has waited yet.
  struct EarlyEnd {
    std::optional<TaskResult> result;
    std::optional<RecoveredTask> recovered;  // without a result
    std::optional<Error> refused;            // too many rejects
  };
  std::map<TaskId, EarlyEnd> early_;
  std::uint64_t next_task_ = 1;
  Done done_;
  Recovered recovered_;
  Done refused_;
  std::optional<Error> fatal_;  // ends the phase
  std::map<std::string, std::int64_t> worker_peaks_;
  ProgressView view_;
  MonotonicMs started_, phase_started_, last_shown_, last_worker_seen_, last_cancel_, last_waited_;
  std::int64_t rows_done_ = 0;
  std::atomic<std::int64_t> target_rows_ = 0;
  RowRate rate_;
  bool draining_ = false;
  std::optional<MonotonicMs> interrupted_since_;
  bool is_over_ = false;  // no phase comes any more
  TakeBackPatience take_backs_;
  int replaced_workers_ = 0;    // that ended without a task that may have been the reason
  int set_aside_in_a_row_ = 0;  // tasks that cost workers, since one was done
};

}  // namespace decant
