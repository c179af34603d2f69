#include "tests/simulation/cluster.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/simulation/sim_coordinator.h"

namespace decant::sim {
namespace {

constexpr std::int64_t k_calm_bound_ms =
    120'000;  // after the last fault, a run completes within this
constexpr std::int64_t k_afterwards_ms = 6'000;  // zombies may still come
constexpr std::size_t k_most_messages_queued = 2'000;

class Cluster {
 public:
  Cluster(std::uint64_t seed, Mutation mutation)
      : random_(seed),
        network_(random_),
        chunk_count_(static_cast<int>(random_.between(3, 12))),
        store_(random_, mutation, chunk_count_),
        coordinator_(random_, network_, store_, mutation, chunk_count_),
        faults_end_{random_.between(4'000, 16'000)} {
    const std::int64_t workers = random_.between(1, 4);
    const bool stages = random_.one_in(4);
    for (int i = 0; i < workers; ++i) {
      workers_.push_back(
          std::make_unique<SimWorker>(i, stages, random_, network_, store_, mutation));
    }
    coordinator_.on_reclaim = [this](const RunId& run, TaskId task, Fence fence) {
      for (const auto& worker : workers_) {
        if (worker->is_alive() && !worker->is_stalled(now_) &&
            worker->believes_in(run, task, fence)) {
          note("a worker went on with a task whose lease had run out");
        }
      }
    };
  }

  void be_calm(bool adopts) {
    calm_ = true;
    crash_at_.value = random_.between(800, 2'000);
    network_.set_faulty(false);
    for (const auto& worker : workers_) worker->set_faulty(false);
    coordinator_.set_adopts(adopts);
  }

  Report run() {
    MonotonicMs finished_at{INT64_MAX};
    while (report_.violation.empty()) {
      now_.value += random_.between(5, 40);
      step();
      if (now_ >= faults_end_ && coordinator_.has_finished())
        finished_at = std::min(finished_at, now_);
      if (finished_at.value != INT64_MAX && now_.value > finished_at.value + k_afterwards_ms) break;
      if (now_.value > faults_end_.value + k_calm_bound_ms)
        note("the run did not complete:" + coordinator_.unfinished());
    }
    for (const auto& [chunk, times] : store_.rows()) {
      if (times != 1)
        note("chunk " + std::to_string(chunk) + " is there " + std::to_string(times) + " times");
    }
    return summary();
  }

 private:
  void step() {
    store_.advance(now_);
    if (now_ < faults_end_) {
      inject();
    } else {
      network_.set_faulty(false);
      for (const auto& worker : workers_) worker->set_faulty(false);
    }
    // The workers come first, so that each has seen the time before a lease is taken away at that
    // time.
    std::vector<SimWorker*> order;
    for (const auto& worker : workers_) order.push_back(worker.get());
    std::rotate(order.begin(),
                order.begin() + random_.below(static_cast<std::int64_t>(order.size())),
                order.end());
    for (SimWorker* worker : order) {
      if (!worker->is_alive() && worker->may_start_at() <= now_) worker->start(now_);
      worker->turn(now_);
    }
    if (!coordinator_.is_alive() && coordinator_.may_start_at() <= now_) coordinator_.start();
    coordinator_.turn(now_);
    check();
  }

  void inject() {
    if (calm_) return crash_once();
    for (const auto& worker : workers_) {
      if (!worker->is_alive()) continue;
      if (random_.one_in(500)) {
        ++report_.crashes;
        worker->crash(now_);
      } else if (random_.one_in(250)) {
        ++report_.stalls;
        worker->stall_until(MonotonicMs{now_.value + random_.between(200, 3 * k_lease_ms)});
      } else if (random_.one_in(200)) {
        ++report_.cuts;
        network_.cut_until(worker->peer(), random_.one_in(2),
                           MonotonicMs{now_.value + random_.between(200, 6'000)});
      }
    }
    if (coordinator_.is_alive() && random_.one_in(700)) {
      ++report_.coordinator_crashes;
      coordinator_.crash(now_);
    }
  }

  void crash_once() {
    if (now_ < crash_at_ || report_.coordinator_crashes > 0 || !coordinator_.is_alive()) return;
    ++report_.coordinator_crashes;
    coordinator_.crash(now_);
    coordinator_.start();
  }

  void check() {
    if (!store_.violations().empty()) note(store_.violations().front());
    if (!coordinator_.violations().empty()) note(coordinator_.violations().front());
    for (const auto& worker : workers_) {
      if (worker->running() > k_slots) note("a worker runs more tasks than it has slots");
    }
    if (network_.queued() > k_most_messages_queued) note("messages pile up");
    mix(static_cast<std::uint64_t>(now_.value));
    mix(network_.queued());
    mix(store_.batches().size());
  }

  void note(const std::string& violation) {
    if (report_.violation.empty())
      report_.violation = violation + " (at " + std::to_string(now_.value) + " ms)";
  }

  void mix(std::uint64_t value) {
    report_.fingerprint = (report_.fingerprint ^ value) * 1099511628211ULL;
  }

  Report summary() {
    report_.virtual_ms = now_.value;
    for (const auto& worker : workers_) {
      for (const auto& [step, count] : worker->deaths) report_.deaths[step] += count;
    }
    report_.lost = network_.lost;
    report_.repeated = network_.repeated;
    report_.garbage = network_.garbage;
    report_.fenced_off = store_.fenced_off;
    report_.waited_for_lock = store_.waited_for_lock;
    report_.found_committed = coordinator_.found_committed;
    report_.duplicates = coordinator_.duplicates;
    report_.stale = coordinator_.stale;
    report_.staged = coordinator_.staged;
    report_.refusals = coordinator_.refusals;
    report_.cancels = coordinator_.cancels;
    report_.adopted = coordinator_.adopted;
    report_.unclaimed = coordinator_.unclaimed;
    report_.withdrawn = coordinator_.withdrawn;
    report_.zombies = coordinator_.zombies;
    report_.led_no_more = coordinator_.led_no_more;
    report_.chunks = chunk_count_;
    for (const auto& worker : workers_) {
      for (const auto& [chunk, starts] : worker->starts) report_.reads += starts;
    }
    return report_;
  }

  bool calm_ = false;
  MonotonicMs crash_at_;
  Random random_;
  Network network_;
  int chunk_count_;
  TargetStore store_;
  std::vector<std::unique_ptr<SimWorker>> workers_;
  SimCoordinator coordinator_;
  MonotonicMs now_;
  MonotonicMs faults_end_;
  Report report_;
};

}  // namespace

Report simulate(std::uint64_t seed, Mutation mutation) { return Cluster(seed, mutation).run(); }

Report simulate_restart(std::uint64_t seed, bool adopts) {
  Cluster cluster(seed, Mutation::kNone);
  cluster.be_calm(adopts);
  return cluster.run();
}

}  // namespace decant::sim
