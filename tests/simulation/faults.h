// What goes wrong in a cluster, and when.
#pragma once

#include <memory>
#include <vector>

#include "tests/simulation/sim_coordinator.h"
#include "tests/simulation/sim_worker.h"

namespace decant::sim {

class Faults {
 public:
  using Workers = std::vector<std::unique_ptr<SimWorker>>;
  using Coordinators = std::vector<std::unique_ptr<SimCoordinator>>;

  Faults(World& world, Workers& workers, Coordinators& coordinators)
      : world_(world), workers_(workers), coordinators_(coordinators) {}

  void inject(MonotonicMs now);
  // Nothing fails from here on, and what stood still goes on. Some of the dead stay dead, but one
  // worker and one process for each work live.
  void stop(MonotonicMs now);

 private:
  MonotonicMs later(MonotonicMs now, std::int64_t least_ms, std::int64_t most_ms);
  void strike(SimWorker& worker, MonotonicMs now);
  void strike(SimCoordinator& coordinator, MonotonicMs now);
  void strike_target(MonotonicMs now);
  void strike_stores(MonotonicMs now);
  bool has_deputy(const SimCoordinator& coordinator) const;

  World& world_;
  Workers& workers_;
  Coordinators& coordinators_;
};

}  // namespace decant::sim
