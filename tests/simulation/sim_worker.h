// One worker process in virtual time: the real Session, and a task runner that takes its time,
// fails, dies and wakes up late. Each life has a new incarnation and a new connection, under the
// same name.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "tests/simulation/world.h"
#include "worker/agent/session.h"

namespace decant::sim {

// What a worker is doing; it can die when any of these ends.
enum class Step { kExtract, kLoad, kFence, kHoldLock, kCommitSent, kReport };

class SimWorker {
 public:
  SimWorker(int number, World& world) : number_(number), world_(world), clock_(world.random) {}

  void turn(MonotonicMs now);
  void crash(MonotonicMs now);
  void bury(MonotonicMs now);  // it dies and is not started again
  void stop_until(MonotonicMs until) { stopped_until_ = until; }
  // The machine sleeps: its clock does not go on.
  void suspend_until(MonotonicMs now, MonotonicMs until);
  // The connection is lost; the next one, where there is one address, is to whoever has it now.
  void lose_connection(MonotonicMs now);

  bool is_alive() const { return session_.has_value(); }
  bool is_running(MonotonicMs now) const { return is_alive() && stopped_until_ <= now; }
  const PeerId& peer() const { return peer_; }
  int dialled() const { return dialled_; }

  // Whether it goes on with a task whose lease it once renewed, though its clock was right.
  bool believes_in(const RunId& run, TaskId task, Fence fence) const;
  std::size_t running_tasks() const { return works_.size(); }
  // How often it has sent a result, since the faults stopped, that nobody acknowledged.
  int most_sent_in_vain() const;
  std::int64_t reads = 0;  // of chunks, each as often as it was read or begun to be

 private:
  using Key = std::pair<TaskId, Fence>;
  struct Work {
    Task task;
    Step step = Step::kExtract;
    MonotonicMs until;
    std::shared_ptr<const TaskLoad> load;
    int transaction = 0;
    bool is_cancelled = false;
    bool is_reported = false;
    bool is_over = false;
  };

  void start(MonotonicMs now);
  void watch_connection(MonotonicMs now);
  void receive(MonotonicMs now);
  void perform(std::vector<SessionAction> actions, MonotonicMs now);
  void send(const Envelope& envelope, MonotonicMs now);
  void begin(Task task, MonotonicMs now);
  bool advance(Work& work, MonotonicMs now);
  bool end_step(Work& work, Step next, std::int64_t longest_ms, MonotonicMs now);
  std::shared_ptr<const TaskLoad> read(const Task& task) const;
  bool try_fence(Work& work, MonotonicMs now);
  bool await_commit(Work& work, MonotonicMs now);
  void report(Work& work, TaskOutcome outcome, MonotonicMs now);

  int number_;
  World& world_;
  LocalClock clock_;
  bool is_buried_ = false;
  bool was_suspended_ = false;  // in this life
  int lives_ = 0;
  PeerId peer_;
  int dialled_ = -1;  // the coordinator process at the other end
  bool is_connected_ = false;
  std::optional<Session> session_;
  std::map<Key, Work> works_;
  std::set<Key> renewed_;
  std::map<Key, int> sent_in_vain_;
  MonotonicMs stopped_until_, may_start_at_;
};

}  // namespace decant::sim
