// Which tasks of an earlier run, still in the hands of workers, fit the plan of this one: their
// chunks are then theirs alone, and the rest is planned around them.
//
// A task fits when its mapping, days, stores and method are this run's, its chunks have the
// recorded limits, it holds all chunks that can only be read together (those of a file; those of a
// month where a column says the store), its files are those that the
// census has just seen, and the database of each of its stores is read under that store's census's
// snapshot.
#pragma once

#include <vector>

#include "common/job/store_zones.h"
#include "coordinator/plan/planner.h"

namespace decant {

struct AdoptedFit {
  std::vector<bool> taken;      // of each chunk of the plan: it is in the hands of a task that fits
  std::vector<TaskId> misfits;  // to be taken back before the ledger is read again
};

// `selected` are the days of the run.
AdoptedFit fit_adopted(const PlanInput& input, const SelectedRanges& selected,
                       const std::vector<PlannedChunk>& chunks);

}  // namespace decant
