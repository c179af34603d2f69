// Dispatcher: who does which task when. Pure: state is plain data, `now` is passed in, every call
// only says what is to be done; the run loop (coordinator/control) talks to sockets and the ledger
// and feeds back what happened.
//
// Life of a task:
// - pending: to assigning (a fence is chosen, the ledger is being told); to failed (called off)
// - assigning: to assigned (sent, leased); to pending (the ledger could not be told)
// - assigned: to done, committing (a staged result, DuckDB), failed, or reclaiming
// - reclaiming (lease ran out, worker gone, a failure that another attempt may mend, or the outcome
//   of its COMMIT unknown; the fence is being bumped): to pending; to done when the ledger says
//   that it had committed; to failed or divided as second_try.h has it
// - committing (the coordinator commits): to done, reclaiming or failed
// - divided (tasks over parts of its chunks take its place): the end, as done and failed are
//
// A worker that is lost casts suspicion on all tasks that it had. Each of them is then given to a
// worker that has nothing else, so that the next loss tells which one it was; it counts only then.
//
// An adopted task begins as assigned, under the fence that an earlier coordinator gave it. It is
// parked until a phase waits for it: its lease, its end and its loss are followed as those of any
// other, but it is not handed out again, and no phase's end depends on it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/wire/messages.h"
#include "coordinator/dispatch/wait_notice.h"

namespace decant {

struct DispatchLimits {
  std::int64_t lease_ms = 30'000;
  int max_attempts = 4;                 // then the task fails
  std::int64_t retry_pause_ms = 1'000;  // doubled at each attempt, at most a minute
  // Where the ledger is behind the commits of what was staged (DuckDB): while there is plenty to
  // do, a worker gets its next tasks before it has a free slot for them.
  bool hands_ahead = false;
  // Workers that a task may cost; then it is divided, or set aside where it cannot be. 0: any
  // number, and none is suspected.
  int max_losses = 0;
};

// How a task can be made smaller once it was too much for its source or a worker.
struct Divisibility {
  bool by_chunks = false;  // tasks over parts of its chunks can do what it does
  int most_halvings = 0;   // how often each piece of the source that it reads can be cut in two
};

enum class DispatchState : std::uint8_t {
  kPending,
  kAssigning,
  kAssigned,
  kReclaiming,
  kCommitting,
  kDone,
  kFailed,
  kDivided
};

inline bool has_ended(DispatchState state) {
  return state == DispatchState::kDone || state == DispatchState::kFailed ||
         state == DispatchState::kDivided;
}

// How the last attempt at a task ended that was none.
enum class TaskEnding : std::uint8_t {
  kFailed,      // with an error
  kLost,        // with its worker
  kLeaseEnded,  // though its worker gives signs of life
};

struct DispatchTask {
  TaskId id;
  // Whose sources it reads, its own first: for max_parallel of each, and workers that reach only
  // some stores.
  std::vector<std::string> stores = {std::string()};
  std::int64_t weight = 1;  // estimated rows: large tasks go first
  DispatchState state = DispatchState::kPending;
  Fence fence;         // of the present or last assignment
  Incarnation worker;  // while assigning, assigned, committing
  int attempts = 0;
  MonotonicMs lease_until;
  MonotonicMs assigned_at;
  MonotonicMs not_before;  // back-off
  bool cancel_sent = false;
  bool parked = false;     // adopted, and no phase waits for it yet
  bool withdrawn = false;  // not wanted any more: taken back, then failed
  std::int64_t rows = 0;   // from the last progress
  std::string stage;
  std::optional<Error> last_error;
  TaskEnding ending = TaskEnding::kFailed;
  bool is_part = false;     // of a task that was divided
  int halvings = 0;         // each piece of the source is read in 2^halvings pieces
  bool is_suspect = false;  // a worker that had it was lost: whoever takes it takes nothing else
  int losses = 0;           // workers that were lost while they had nothing else
  std::vector<std::string> lost;  // all of them, with what became of each, the last few
  std::set<Incarnation> tried;    // workers that failed at it: others are preferred
  MonotonicMs first_assigned;
  const std::string& store() const { return stores.front(); }
};

struct DispatchWorker {
  Incarnation incarnation;
  WorkerName name;
  std::set<std::string> stores;  // empty: all
  int credits = 0;               // how many tasks it does at a time
  int in_flight = 0;             // tasks assigning or assigned to it
  int suspects = 0;              // of these
  int staged = 0;                // its tasks that wait for the coordinator's commit
  std::int64_t staged_rows = 0;  // of these
  bool draining = false;
  MonotonicMs last_heard;
};

// What the run loop has to do, in this order.
struct DispatchAction {
  enum class Kind : std::uint8_t {
    kAssign,        // tell the ledger (task, fence, worker), then assigned(), then send the task
    kBumpFence,     // raise the task's fence in the ledger to `fence`, then reclaimed() or
                    // reclaim_failed()
    kSendCancel,    // tell the worker
    kForgetWorker,  // it has not been heard of for a lease: its session is over
  };
  Kind kind = Kind::kAssign;
  TaskId task;
  Fence fence;
  Incarnation worker;
  Fence old_fence;  // kBumpFence: the one that is taken away; its backend is to be terminated
};

// What became of a message about a task.
enum class Verdict : std::uint8_t {
  kTake,       // it counts: act on it
  kDuplicate,  // it has been taken before: acknowledge, do nothing
  kStale,      // an older fence: acknowledge, do nothing
};

struct StoreSigns;

class Dispatcher {
 public:
  explicit Dispatcher(DispatchLimits limits) : limits_(limits) {}
  Dispatcher(Dispatcher&&) = default;  // no copies: near_ points into waiting_
  Dispatcher& operator=(Dispatcher&&) = default;

  // Fences grow over all runs on a target table: the first one given out is `first` or higher. Call
  // it with one more than the highest that the ledger has seen, before anything else.
  void set_first_fence(Fence first);
  // `stores` as task_stores.h has them.
  void add_task(TaskId id, std::vector<std::string> stores, std::int64_t weight);
  // One of the tasks that take the place of `whole`, which was divided. What that one was suspected
  // of, they are.
  void add_part(TaskId id, TaskId whole, std::int64_t weight);
  // A task that `worker` holds under a fence of an earlier coordinator; the ledger knows.
  void adopt_task(TaskId id, std::vector<std::string> stores, std::int64_t weight, Fence fence,
                  const Incarnation& worker, MonotonicMs now);
  // The phase waits for the adopted task from here on.
  void await_task(TaskId id);
  // The adopted task is taken back for good; settled once the ledger has seen to that.
  void withdraw_task(TaskId id);
  void set_store_limit(const std::string& store, int max_parallel);  // 0: none

  void worker_joined(const Hello& hello, const WorkerName& name, const Incarnation& incarnation,
                     MonotonicMs now);
  bool knows(const Incarnation& incarnation) const;
  void worker_heard(const Incarnation& incarnation, MonotonicMs now);
  // Goodbye: its tasks are reclaimed.
  void worker_left(const Incarnation& incarnation, MonotonicMs now);
  // It has ended in mid-work, `how` as the end of a sentence: its tasks are reclaimed and
  // suspected. Whether it had any.
  bool worker_lost(const Incarnation& incarnation, const std::string& how);
  void worker_draining(const Incarnation& incarnation);
  // How many tasks it does at a time; the last word counts.
  void credit(const Incarnation& incarnation, int tasks);

  // Actions that are due. Each is handed out once; the loop answers with the calls below.
  std::vector<DispatchAction> decide(MonotonicMs now);

  // The ledger knows; the message goes out.
  void assigned(TaskId task, Fence fence, MonotonicMs now);
  void assign_failed(TaskId task, Fence fence, MonotonicMs now);
  // True while the worker still holds the task under that fence; then its lease is renewed.
  bool progress(const Incarnation& worker, const Progress& progress, MonotonicMs now);
  Verdict result(const Incarnation& worker, const TaskResult& result, MonotonicMs now);
  void committed(TaskId task);  // a staged result is in the target
  void commit_failed(TaskId task, const Error& error, MonotonicMs now);
  // Nobody else can commit the task now. Where it comes out as divided, add_part() follows.
  void reclaimed(TaskId task, bool was_committed, MonotonicMs now, Divisibility divisibility = {});
  void reclaim_failed(TaskId task, MonotonicMs now);  // the ledger did not answer: asked for again

  void stop_assigning() { stopped_ = true; }  // drain: nothing new is handed out
  // Pending tasks fail at once, running ones are cancelled; what has been committed stays so.
  void cancel_all(MonotonicMs now);

  // Waiting tasks that read all of these stores fail with `error`.
  void give_up(const std::vector<std::string>& stores, const Error& error);

  // What waits for a worker: how many tasks, and of which stores that none here reaches.
  WaitState waiting() const;

  // Every task done or failed, but for those that are parked.
  bool finished() const { return settled_ + parked_ == tasks_.size(); }
  bool is_settled(TaskId id) const;
  // Tasks that are with a worker, the ledger or the committer.
  std::size_t in_flight() const { return active_.size(); }
  // Whether some worker has a task, or is just being given one.
  bool is_any_running() const;
  const std::map<TaskId, DispatchTask>& tasks() const { return tasks_; }
  const std::map<Incarnation, DispatchWorker>& workers() const { return workers_; }

 private:
  // Large tasks first, then in the order of their numbers.
  using Rank = std::pair<std::int64_t, TaskId>;
  // A waiting task and who is to have it; null: nobody may take any.
  struct Choice {
    const Rank* rank = nullptr;
    DispatchWorker* worker = nullptr;
  };

  void add(DispatchTask task);
  void enter(DispatchTask& task, DispatchState state);
  void leave(const DispatchTask& task);
  void rest(DispatchTask& task, MonotonicMs now);
  void start_reclaim(DispatchTask& task);
  void settle_failed(DispatchTask& task, Error error);
  bool suspect_tasks_of(const DispatchWorker& worker, const std::string& how);
  StoreSigns signs_of_store(const std::string& store, const DispatchTask& task) const;
  DispatchTask* held_under(TaskId task, Fence fence, DispatchState state);

  void forget_silent_workers(MonotonicMs now, std::vector<DispatchAction>& actions);
  void reclaim_lost_tasks(MonotonicMs now);
  void hand_out_cancels(std::vector<DispatchAction>& actions);
  void hand_out_bumps(MonotonicMs now, std::vector<DispatchAction>& actions);
  void wake_rested_tasks(MonotonicMs now);
  void assign_pending(MonotonicMs now, std::vector<DispatchAction>& actions);
  DispatchWorker* worker_for(const DispatchTask& task,
                             const std::vector<DispatchWorker*>& free_workers, MonotonicMs now);
  Choice heaviest(const std::vector<DispatchWorker*>& free_workers, MonotonicMs now);
  Choice nearest(const std::vector<DispatchWorker*>& free_workers, std::int64_t least_weight);
  void note_read(const std::string& store, const Incarnation& worker, MonotonicMs now);
  void note_read(const DispatchTask& task, MonotonicMs now);
  bool have_room(const std::vector<std::string>& stores) const;
  std::vector<std::string> unreached(const std::vector<std::string>& stores) const;
  std::vector<DispatchWorker*> workers_with_room(std::size_t waiting);

  DispatchLimits limits_;
  std::map<TaskId, DispatchTask> tasks_;
  std::map<Incarnation, DispatchWorker> workers_;
  std::map<std::string, int> store_limits_;
  bool stopped_ = false;
  bool cancelled_ = false;
  std::int64_t last_fence_ = 0;

  // Views of tasks_, so that a decision costs what is under way and not what there is.
  std::map<std::vector<std::string>, std::set<Rank>> waiting_;  // pending and ready, by stores
  std::set<std::pair<MonotonicMs, TaskId>> resting_;            // pending, not before
  std::set<TaskId> active_;                        // assigning, assigned, reclaiming, committing
  std::map<std::string, int> store_busy_;          // assigning, assigned, reclaiming
  std::map<std::string, MonotonicMs> store_gave_;  // when a task of it was last read to its end
  // Who was the first to read a store, and so has a session with it; and what waits of his stores.
  std::map<std::string, Incarnation> reader_of_;
  std::map<Incarnation, std::vector<const std::set<Rank>*>> near_;
  std::size_t settled_ = 0;  // without those that are parked
  std::size_t parked_ = 0;
  std::map<TaskId, DispatchAction> bumps_due_;  // by task, with task.not_before
  std::vector<DispatchAction> cancels_due_;
};

}  // namespace decant
