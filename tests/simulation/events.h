// What really happened in a simulation, so that a test can see that the faults did.
#pragma once

#include <array>
#include <cstdint>

namespace decant::sim {

enum class Event : std::uint8_t {
  // A worker process ends: at any moment, or as one of its steps is over.
  kWorkerCrash,
  kDeathAfterExtract,
  kDeathAfterLoad,
  kDeathAfterFence,
  kDeathBeforeCommit,
  kDeathAfterCommit,
  kDeathAfterResult,
  // A coordinator process ends: at any moment, or as the target has answered.
  kCoordinatorCrash,
  kDeathAfterTakingOver,
  kDeathAfterRecordingChunks,
  kDeathAfterAdopting,
  kDeathAfterAssigning,
  kDeathAfterBumping,
  kDeathAfterCommittingStage,
  kDeathAfterEndingRun,
  // Others.
  kTargetCrash,
  kTargetStall,
  kStoreStall,
  kWorkerStopped,
  kWorkerSuspended,  // its clock stood still meanwhile
  kCoordinatorStopped,
  kCoordinatorSuspended,
  kCoordinatorCutOff,  // from the target
  kTargetClockForward,
  kTargetClockBack,
  kCut,  // between a worker and its coordinator, one way
  kLost,
  kRepeated,
  kGarbage,
  kSourceChanged,
  // What the protocol makes of them.
  kFencedOff,
  kWaitedForLock,
  kFoundCommitted,  // a bump found a batch whose result was lost
  kDuplicate,
  kStale,
  kStaged,
  kSkipped,  // a chunk had what it had
  kReplaced,
  kRefusal,
  kCancel,
  kAdopted,
  kUnclaimed,
  kWithdrawn,
  kRefusedBusy,    // another one led
  kTakenOver,      // from a leader whose lease had ended
  kLedNoMore,      // a leader was told so by the ledger
  kLeaseNotKept,   // a leader could not renew for a whole lease, and gave up
  kStoodDown,      // a standby saw that the work was done
  kOtherJobFirst,  // the table's earlier leader was of another job
  kOtherWork,      // of the same job with other stores
  kRedialled,      // a worker that knows several endpoints tried the next
  kDrained,        // a worker left when the run was over
  kCount,
};

class Events {
 public:
  void note(Event event) { ++counts_[static_cast<std::size_t>(event)]; }
  std::int64_t operator[](Event event) const { return counts_[static_cast<std::size_t>(event)]; }
  void add(const Events& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  }

 private:
  std::array<std::int64_t, static_cast<std::size_t>(Event::kCount)> counts_{};
};

}  // namespace decant::sim
