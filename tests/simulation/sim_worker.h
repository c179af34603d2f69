// One worker process in virtual time: the real Session, and a task runner that takes its time,
// fails, dies and wakes up late. Each life has a new incarnation and a new connection, under the
// same name.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "tests/simulation/network.h"
#include "tests/simulation/target_store.h"
#include "worker/agent/session.h"

namespace decant::sim {

inline constexpr std::int64_t k_lease_ms = 3'000;
inline constexpr int k_slots = 2;

// What a worker is doing; it can die when any of these ends.
enum class Step { kExtract, kLoad, kFence, kHoldLock, kCommitSent, kReport };

class SimWorker {
 public:
  // `stages`: it leaves committing to the coordinator, as with a DuckDB target.
  SimWorker(int number, bool stages, Random& random, Network& network, TargetStore& store,
            Mutation mutation)
      : number_(number),
        stages_(stages),
        random_(random),
        network_(network),
        store_(store),
        mutation_(mutation) {}

  void start(MonotonicMs now);
  void crash(MonotonicMs now);
  void stall_until(MonotonicMs until) { stalled_until_ = until; }
  bool is_alive() const { return session_.has_value(); }
  bool is_stalled(MonotonicMs now) const { return now < stalled_until_; }
  MonotonicMs may_start_at() const { return may_start_at_; }
  const PeerId& peer() const { return peer_; }

  void set_faulty(bool faulty) { faulty_ = faulty; }
  void turn(MonotonicMs now);

  // Whether it goes on with a task whose lease it once renewed.
  bool believes_in(const RunId& run, TaskId task, Fence fence) const;
  std::size_t running() const { return works_.size(); }
  std::map<Step, int> deaths;  // by the step that had just ended
  std::map<int, int> starts;   // of each chunk: how often it was read, or begun to be

 private:
  using Key = std::pair<TaskId, Fence>;
  struct Work {
    Task task;
    Step step = Step::kExtract;
    MonotonicMs until;
    int transaction = 0;
    bool is_cancelled = false;
    bool is_reported = false;
    bool is_over = false;
  };

  void receive(MonotonicMs now);
  void perform(std::vector<SessionAction> actions, MonotonicMs now);
  bool advance(Work& work, MonotonicMs now);
  bool end_step(Work& work, Step next, std::int64_t longest_ms, MonotonicMs now);
  bool try_fence(Work& work, MonotonicMs now);
  bool await_commit(Work& work, MonotonicMs now);
  void report(Work& work, TaskOutcome outcome, MonotonicMs now);

  int number_;
  bool stages_;
  Random& random_;
  Network& network_;
  TargetStore& store_;
  Mutation mutation_;
  bool faulty_ = true;
  int lives_ = 0;
  PeerId peer_;
  std::optional<Session> session_;
  std::map<Key, Work> works_;
  std::set<Key> renewed_;
  MonotonicMs stalled_until_, may_start_at_;
};

}  // namespace decant::sim
