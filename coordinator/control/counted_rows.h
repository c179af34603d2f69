// What the census of an entity counted of what a run covers, for the reconciler: rows that lie in
// no chunk are in nobody's evidence. Pure.
#pragma once

#include <vector>

#include "coordinator/control/entity_run.h"
#include "coordinator/control/source_snapshots.h"

namespace decant {

// By store, those all of whose rows were counted; nothing of a store of which some are estimated.
std::vector<CountedRows> counted_rows(const JobSpec& job, const Selection& selection,
                                      const EntityRun& entity, const SourceSnapshots& snapshots);

}  // namespace decant
