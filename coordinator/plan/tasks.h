// Grouping of chunks and extents into copy tasks: small chunks travel together, an extent is read
// once.
#pragma once

#include <string>
#include <vector>

#include "coordinator/plan/planner.h"

namespace decant {

// The --from/--to of a run in the units of the range column; open for other kinds of ranges.
Result<ValueRange> selected_range(const PlanInput& input, const std::string& store);

// How many rows a task should carry: enough for a commit of a second or more of work, and enough
// tasks that every worker has several.
std::int64_t rows_per_task(std::int64_t rows, std::int64_t chunk_rows, int worker_count);

Result<std::vector<Task>> make_copy_tasks(const PlanInput& input,
                                          const std::vector<PlannedChunk>& chunks);

}  // namespace decant
