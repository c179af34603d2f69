// Ways to break the protocol, one at a time, to see that the invariants notice.
#pragma once

#include <cstdint>

namespace decant::sim {

enum class Mutation : std::uint8_t {
  kNone,
  kNoFencePredicate,         // the worker's last statement does not look at the fence
  kReadBeforeBump,           // the ledger is read, then the fence is bumped
  kNoBumpAcrossRuns,         // a new leader leaves the tasks of earlier runs as they are
  kAcknowledgeBeforeCommit,  // the worker reports before it commits
  kNoResultAcknowledgement,  // the coordinator never acknowledges a result
  kNoLeaseCheck,             // the worker goes on after its lease
  kNoReclaim,                // the coordinator never takes a task back
  kFencesStartAnew,          // each run counts its fences from 1
  kLimitsRecomputed,         // chunks are cut anew by each run, under the numbers they had
  kAdoptWithoutFenceCheck,   // what a worker claims becomes its own, whatever the ledger says
  kPlanAdoptedAgain,         // the chunks of adopted tasks are planned once more
  kPlanBeforeSettled,        // the plan does not wait for what is open
  kAdoptMisfits,             // adopted tasks are kept although they do not fit the plan
  kNoEpochCheck,             // a coordinator writes although another one leads by now
  kLeadWhileAnotherLives,    // a coordinator does not look at the leader's lease
};

}  // namespace decant::sim
