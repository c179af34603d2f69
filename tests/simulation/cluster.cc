#include "tests/simulation/cluster.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/simulation/faults.h"

namespace decant::sim {
namespace {

constexpr std::int64_t k_calm_bound_ms = 120'000;  // after the last fault all runs end within this
constexpr std::int64_t k_afterwards_ms = 6'000;    // zombies may still come
constexpr std::size_t k_most_messages_queued = 2'000;
constexpr int k_most_sent_in_vain = 4;

using Stores = std::vector<std::string>;

// What was started on the table: one run, with others beside it or not.
std::vector<Command> commands_for(World& world) {
  const Stores& all = world.source.stores();
  const auto middle = all.begin() + std::ssize(all) / 2;
  const Stores some(all.begin(), middle), others(middle, all.end());
  switch (world.random.below(6)) {
    case 0:
      return {{"sales", 1, all}};
    case 1:  // somebody started it twice
      return {{"sales", 1, all}, {"sales", 1, all}};
    case 2:  // two runs: all stores, and some of them
      return {{"sales", 1, all}, {"sales", 1, all, true}, {"sales", 2, some}};
    case 3:  // two jobs
      return {{"sales", 1, some}, {"sales", 1, some, true}, {"returns", 2, others}};
    default:
      return {{"sales", 1, all}, {"sales", 1, all, true}};
  }
}

class Cluster {
 public:
  Cluster(std::uint64_t seed, Mode mode, Mutation mutation)
      : mode_(mode), world_(seed, mutation), faults_(world_, workers_, coordinators_) {
    const bool lasts = mode == Mode::kSafety;
    faults_end_.value =
        lasts ? world_.random.between(10'000, 40'000) : world_.random.between(3'000, 20'000);
    if (lasts && world_.random.one_in(3)) world_.network.set_weather(Network::Weather::kFierce);
    for (Command& command : commands_for(world_)) add_coordinator(std::move(command));
    add_workers();
  }

  // Nothing fails, but the coordinator once.
  Cluster(std::uint64_t seed, bool adopts)
      : mode_(Mode::kLiveness),
        world_(seed, Mutation::kNone),
        faults_(world_, workers_, coordinators_) {
    restarts_at_ = MonotonicMs{world_.random.between(800, 2'000)};
    restart_adopts_ = adopts;
    world_.is_one_machine = true;
    faults_.stop(now_);
    add_workers();
    add_coordinator({"sales", 1, world_.source.stores()});
  }

  Report run() {
    std::optional<MonotonicMs> done_at;
    while (world_.violation.empty()) {
      now_.value += world_.random.between(5, 40);
      step();
      if (mode_ == Mode::kSafety && now_ >= faults_end_) break;
      if (mode_ == Mode::kSafety) continue;
      if (!world_.has_faults && !done_at && are_done()) done_at = now_;
      if (done_at && now_.value > done_at->value + k_afterwards_ms) break;
      if (now_.value > faults_end_.value + k_calm_bound_ms) report_unfinished();
    }
    report_.violation = world_.violation;
    if (!report_.violation.empty())
      report_.violation += " (at " + std::to_string(now_.value) + " ms)";
    report_.virtual_ms = now_.value;
    if (done_at) report_.calm_ms = done_at->value - faults_end_.value;
    report_.events = world_.events;
    report_.chunks = static_cast<std::int64_t>(world_.target.chunk_count());
    for (const auto& worker : workers_) report_.reads += worker->reads;
    return report_;
  }

 private:
  void add_workers() {
    const std::int64_t count = world_.random.between(1, 5);
    for (int i = 0; i < count; ++i) workers_.push_back(std::make_unique<SimWorker>(i, world_));
  }

  void add_coordinator(Command command) {
    const int number = world_.coordinators++;
    auto& added = coordinators_.emplace_back(
        std::make_unique<SimCoordinator>(number, std::move(command), world_));
    added->on_reclaim = [this](const RunId& run, TaskId task, Fence fence) {
      for (const auto& worker : workers_) {
        if (worker->is_running(now_) && worker->believes_in(run, task, fence))
          world_.violate("a worker went on with a task whose lease had run out");
      }
    };
  }

  void step() {
    world_.target.advance(now_);
    if (now_ < faults_end_ && world_.has_faults) faults_.inject(now_);
    if (now_ >= faults_end_ && world_.has_faults && mode_ == Mode::kLiveness) faults_.stop(now_);
    if (restarts_at_ && now_ >= *restarts_at_ && coordinators_[0]->is_leading()) {
      coordinators_[0]->restart(restart_adopts_, now_);
      restarts_at_.reset();
    }
    // The workers come first, so that each has seen the time before a lease is taken away at that
    // time.
    const std::int64_t first = world_.random.below(std::ssize(workers_));
    for (std::int64_t i = 0; i < std::ssize(workers_); ++i) {
      SimWorker& worker = *workers_[static_cast<std::size_t>((first + i) % std::ssize(workers_))];
      if (is_misled(worker) && world_.random.one_in(30)) worker.lose_connection(now_);
      worker.turn(now_);
    }
    for (const auto& coordinator : coordinators_) coordinator->turn(now_);
    check();
  }

  // Its connection leads to a process that is dead, or stopped, or leads no more.
  bool is_misled(const SimWorker& worker) const {
    return world_.has_one_address && worker.is_running(now_) &&
           worker.dialled() != world_.network.address();
  }

  bool are_done() const {
    return std::all_of(coordinators_.begin(), coordinators_.end(), [](const auto& coordinator) {
      return coordinator->is_done() || coordinator->is_buried();
    });
  }

  void check() {
    if (!world_.target.violation().empty()) world_.violate(world_.target.violation());
    for (const auto& worker : workers_) {
      if (worker->running_tasks() > k_slots)
        world_.violate("a worker runs more tasks than it has slots");
      if (worker->most_sent_in_vain() > k_most_sent_in_vain)
        world_.violate("a result is sent again and again, and never acknowledged");
    }
    if (world_.network.queued() > k_most_messages_queued) world_.violate("messages pile up");
    mix(static_cast<std::uint64_t>(now_.value));
    mix(world_.network.queued());
    mix(world_.target.batch_count());
  }

  void report_unfinished() {
    std::string text = "the run did not complete: ";
    for (const auto& coordinator : coordinators_) text += coordinator->unfinished();
    world_.violate(text);
  }

  void mix(std::uint64_t value) {
    report_.fingerprint = (report_.fingerprint ^ value) * 1099511628211ULL;
  }

  Mode mode_;
  World world_;
  Faults::Workers workers_;
  Faults::Coordinators coordinators_;
  Faults faults_;
  MonotonicMs now_;
  MonotonicMs faults_end_;
  std::optional<MonotonicMs> restarts_at_;
  bool restart_adopts_ = false;
  Report report_;
};

}  // namespace

Report simulate(std::uint64_t seed, Mode mode, Mutation mutation) {
  return Cluster(seed, mode, mutation).run();
}

Report simulate_restart(std::uint64_t seed, bool adopts) { return Cluster(seed, adopts).run(); }

}  // namespace decant::sim
