// A whole run from a seed: one coordinator, some workers, a network and a target, in one thread and
// virtual time.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/simulation/sim_worker.h"
#include "tests/simulation/target_store.h"

namespace decant::sim {

struct Report {
  std::string violation;  // the first; empty: all invariants held
  std::int64_t virtual_ms = 0;
  // What really happened, so that a test can see that the faults did.
  std::map<Step, int> deaths;
  std::int64_t crashes = 0, stalls = 0, cuts = 0, coordinator_crashes = 0;
  std::int64_t lost = 0, repeated = 0, garbage = 0;
  std::int64_t fenced_off = 0, waited_for_lock = 0, found_committed = 0;
  std::int64_t duplicates = 0, stale = 0, staged = 0, refusals = 0, cancels = 0;
  std::int64_t adopted = 0, unclaimed = 0, withdrawn = 0, zombies = 0, led_no_more = 0;
  std::int64_t chunks = 0, reads = 0;  // reads of a chunk by a worker, all together
  std::uint64_t fingerprint = 0;       // of the course of events: equal for equal seeds
};

Report simulate(std::uint64_t seed, Mutation mutation);

// The same cluster where nothing fails but the coordinator, once, in the midst of the work; it is
// started again at once and adopts what its workers hold, or not.
Report simulate_restart(std::uint64_t seed, bool adopts);

}  // namespace decant::sim
