// Divides a recorded chunk at the days of a run: the rows of its parts are read from the table and
// digested, and where they are together what the ledger holds, limits and batches are recorded
// anew.
#pragma once

#include <string>

#include "coordinator/control/target_thread.h"
#include "coordinator/plan/splitting.h"

namespace decant {

struct SplitRequest {
  Mandate mandate;
  std::string job, ledger_schema;
  EntityPlan plan;
  ChunkSplit split;
};

// On the target's thread, one transaction for reading and recording. Gives why the chunk stays as
// it is, as the end of a sentence; empty: it is divided.
Result<std::string> split_chunk(TargetAccess& access, const SplitRequest& request);

}  // namespace decant
