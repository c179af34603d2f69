// What all parts of a simulation share: one source of chance, the wire, the source, the target, and
// the book in which it is written what happened.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>

#include "tests/simulation/network.h"
#include "tests/simulation/target_store.h"

namespace decant::sim {

inline constexpr std::int64_t k_lease_ms = 3'000;         // of a task
inline constexpr std::int64_t k_leader_lease_ms = 2'500;  // on the target's clock
inline constexpr int k_slots = 2;

struct World {
  World(std::uint64_t seed, Mutation broken)
      : random(seed),
        mutation(broken),
        stages(random.one_in(4)),
        is_one_machine(random.one_in(3)),
        has_one_address(random.one_in(3)),
        mildness(random.one_in(3) ? 1 : random.between(3, 20)),
        network(random, events),
        source(random, static_cast<int>(random.between(2, 4))),
        target(random, broken, events) {
    if (mildness > 1) network.set_weather(Network::Weather::kMild);
  }

  // A fault happens: one time in n, or rarer in a mild world, while there are faults.
  bool strikes(std::int64_t n) { return has_faults && random.one_in(n * mildness); }
  void violate(const std::string& what) {
    if (violation.empty()) violation = what;
  }

  Random random;
  Mutation mutation;
  bool has_faults = true;
  bool stages;            // workers leave committing to the coordinator, as with a DuckDB file
  bool is_one_machine;    // then who starts sees which coordinators have died
  bool has_one_address;   // of whoever leads; else workers know all endpoints and try them in turn
  std::int64_t mildness;  // where little fails, runs end though something does
  int coordinators = 0;
  Events events;
  Network network;
  Source source;
  TargetStore target;
  std::set<std::string> living;  // coordinators, as the ledger calls them
  // The folder of the stage files.
  std::map<std::tuple<RunId, TaskId, Fence>, std::shared_ptr<const TaskLoad>> staged;
  std::string violation;  // the first
};

// The clock of one machine. It has an origin of its own, and stands still while the machine is
// suspended.
class LocalClock {
 public:
  explicit LocalClock(Random& random) : offset_ms_(random.below(1'000'000'000)) {}
  MonotonicMs at(MonotonicMs now) const { return MonotonicMs{now.value + offset_ms_}; }
  void stand_still(std::int64_t ms) { offset_ms_ -= ms; }

 private:
  std::int64_t offset_ms_;
};

}  // namespace decant::sim
