// Agent: a worker process from its first Hello to its Goodbye. The session decides, the transport
// is served on the calling thread, and tasks run on a thread per slot.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/wire/transport.h"
#include "worker/pipeline/task_runner.h"

namespace decant {

struct AgentOptions {
  std::vector<std::string> endpoints;  // of the coordinator and of those that stand by for it
  WorkerName name;                     // unique among the workers of a run
  std::vector<std::string> stores;     // that this worker reaches; empty: all
  int slots = 1;
  std::int64_t give_up_after_ms = 60'000;  // without a word from a coordinator; longer than a lease
  std::int64_t parent_pid = 0;  // leave when this is no longer the parent; 0: nobody's child
  std::string build_version;
};

// Connects and serves until the run is over, `stop` is set or no coordinator answers; gives the
// exit status of the process. What the last sentence is has been logged. `stop` is looked at a few
// times a second.
int run_agent(const AgentOptions& options, TaskRunner& runner, const Clock& clock, Logger& logger,
              std::atomic<bool>& stop);

// The same over a transport that is there already. `transport` outlives the call.
int run_agent(const AgentOptions& options, WorkerTransport& transport, TaskRunner& runner,
              const Clock& clock, Logger& logger, std::atomic<bool>& stop);

}  // namespace decant
