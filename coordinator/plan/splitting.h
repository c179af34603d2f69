// Recorded chunks that the days of a run cover in part, cut at them (decision 2). Limits are only
// ever split. Pure; control/chunk_splitter does it.
#pragma once

#include <string>
#include <vector>

#include "coordinator/plan/planner.h"

namespace decant {

struct ChunkSplit {
  ChunkRecord record;
  std::vector<ChunkSpec> parts;  // two or three, in order; the first keeps the chunk's number
};

// The chunks that `--from` and `--to` touch inside their limits. Only those of months have such
// limits: none for entities without time.
Result<std::vector<ChunkSplit>> wanted_splits(const PlanInput& input);

// Why what the chunk's batches recorded cannot be divided between parts of it, as the end of a
// sentence; empty where it can be.
std::string why_not_divided(const ChunkRecord& record, const EntityPlan& plan);

// Whether the parts' contents are together what the ledger holds for the chunk.
bool adds_up(const ChunkRecord& record, const std::vector<ChunkTotals>& parts);

}  // namespace decant
