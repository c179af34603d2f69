// Dispatcher: who does which task when. Pure: state is plain data, `now` is passed in, every call only says what is to
// be done; the run loop (coordinator/control) talks to sockets and the ledger and feeds back what happened.
//
// Life of a task:
//   pending -> assigning (fence chosen, ledger is being told) -> assigned (sent; leased) -> done | failed
//   assigned -> reclaiming (lease ran out, worker gone, or the outcome of its COMMIT unknown; the fence is being
//   bumped) -> pending again, or done when the ledger says that it had committed
//   staged results (DuckDB): assigned -> committing (the coordinator commits) -> done | pending
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/wire/messages.h"

namespace decant {

struct DispatchLimits {
  std::int64_t lease_ms = 30'000;
  int max_attempts = 4;              // then the task fails
  std::int64_t retry_pause_ms = 1'000;  // doubled at each attempt, at most a minute
};

enum class DispatchState : std::uint8_t { kPending, kAssigning, kAssigned, kReclaiming, kCommitting, kDone, kFailed };

struct DispatchTask {
  TaskId id;
  std::string store;                 // for max_parallel and workers that reach only some stores
  std::int64_t weight = 1;           // estimated rows: large tasks go first
  DispatchState state = DispatchState::kPending;
  Fence fence;                       // of the present or last assignment
  Incarnation worker;                // while assigning, assigned, committing
  int attempts = 0;
  MonotonicMs lease_until;
  MonotonicMs not_before;            // back-off
  bool cancel_sent = false;
  std::int64_t rows = 0;             // from the last progress
  std::string stage;
  std::optional<Error> last_error;
};

struct DispatchWorker {
  Incarnation incarnation;
  WorkerName name;
  std::set<std::string> stores;      // empty: all
  int credits = 0;
  bool draining = false;
  MonotonicMs last_heard;
};

// What the run loop has to do, in this order.
struct DispatchAction {
  enum class Kind : std::uint8_t {
    kAssign,        // tell the ledger (task, fence, worker), then assigned(), then send the task
    kBumpFence,     // raise the task's fence in the ledger to `fence`, then reclaimed()
    kSendCancel,    // tell the worker
    kForgetWorker,  // it has not been heard of for a lease: its session is over
  };
  Kind kind = Kind::kAssign;
  TaskId task;
  Fence fence;
  Incarnation worker;
};

// What became of a message about a task.
enum class Verdict : std::uint8_t {
  kTake,       // it counts: act on it
  kDuplicate,  // it has been taken before: acknowledge, do nothing
  kStale,      // an older fence: acknowledge, do nothing
};

class Dispatcher {
 public:
  explicit Dispatcher(DispatchLimits limits) : limits_(limits) {}

  void add_task(TaskId id, const std::string& store, std::int64_t weight);
  void set_store_limit(const std::string& store, int max_parallel);  // 0: none

  void worker_joined(const Hello& hello, const WorkerName& name, const Incarnation& incarnation, MonotonicMs now);
  bool knows(const Incarnation& incarnation) const;
  void worker_heard(const Incarnation& incarnation, MonotonicMs now);
  void worker_left(const Incarnation& incarnation, MonotonicMs now);  // Goodbye: its tasks are reclaimed
  void worker_draining(const Incarnation& incarnation);
  void credit(const Incarnation& incarnation, int tasks);

  // Actions that are due. Each is handed out once; the loop answers with the calls below.
  std::vector<DispatchAction> decide(MonotonicMs now);

  void assigned(TaskId task, Fence fence, MonotonicMs now);          // the ledger knows; the message goes out
  void assign_failed(TaskId task, Fence fence, MonotonicMs now);
  // True while the worker still holds the task under that fence; then its lease is renewed.
  bool progress(const Incarnation& worker, const Progress& progress, MonotonicMs now);
  Verdict result(const Incarnation& worker, const TaskResult& result, MonotonicMs now);
  void committed(TaskId task);                                        // a staged result is in the target
  void commit_failed(TaskId task, const Error& error, MonotonicMs now);
  void reclaimed(TaskId task, bool was_committed, MonotonicMs now);

  void stop_assigning() { stopped_ = true; }                          // drain: nothing new is handed out
  void cancel_all(MonotonicMs now);

  bool finished() const;                                              // every task done or failed
  std::size_t in_flight() const;
  const std::map<TaskId, DispatchTask>& tasks() const { return tasks_; }
  const std::map<Incarnation, DispatchWorker>& workers() const { return workers_; }

 private:
  DispatchLimits limits_;
  std::map<TaskId, DispatchTask> tasks_;
  std::map<Incarnation, DispatchWorker> workers_;
  std::map<std::string, int> store_limits_;
  bool stopped_ = false;
  std::int64_t last_fence_ = 0;
};

}  // namespace decant
