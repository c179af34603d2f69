// The whole cluster from a seed: coordinators (one that leads, others that stand by or want the
// same table for another run or job), workers, a network, a source and a target, in one thread and
// virtual time.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/events.h"
#include "tests/simulation/mutation.h"

namespace decant::sim {

enum class Mode : std::uint8_t {
  kSafety,    // faults never stop, fierce ones among them: whatever is done is right
  kLiveness,  // faults stop, some of the processes stay dead: what was asked for is done in time
};

struct Report {
  std::string violation;  // the first; empty: all invariants held
  std::int64_t virtual_ms = 0;
  std::int64_t calm_ms = 0;  // kLiveness: from the last fault to the end of the last run
  Events events;
  std::int64_t chunks = 0, reads = 0;  // reads of a chunk by a worker, all together
  std::uint64_t fingerprint = 0;       // of the course of events: equal for equal seeds
};

Report simulate(std::uint64_t seed, Mode mode, Mutation mutation = Mutation::kNone);

// One coordinator where nothing fails but itself, once, in the midst of the work; it is started
// again at once and adopts what its workers hold, or not.
Report simulate_restart(std::uint64_t seed, bool adopts);

}  // namespace decant::sim
