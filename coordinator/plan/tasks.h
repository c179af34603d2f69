// Grouping of chunks and extents into copy tasks: small chunks travel together, an extent is read
// once.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/job/store_zones.h"
#include "coordinator/plan/groups.h"
#include "coordinator/plan/planner.h"

namespace decant {

// The --from/--to of a run in the units of the range column.
Result<SelectedRanges> selected_ranges(const PlanInput& input);

// How many rows a task should carry: enough for a commit of a second or more of work, and enough
// tasks that every worker has several.
std::int64_t rows_per_task(std::int64_t rows, std::int64_t chunk_rows, int worker_count);

// Chunks with what they are read from, but those that are grouped already; first loads are not
// split yet.
Result<std::vector<Group>> make_groups(const PlanInput& input,
                                       const std::vector<PlannedChunk>& chunks,
                                       std::vector<bool> is_grouped);
// How chunks are loaded: `fresh` ones into a table without rows, the others by the entity's mode.
LoadMethod method_of(const PlanInput& input, bool fresh);

// Task::store_values: of those of `stores` that have any.
std::map<std::string, std::string> store_values_of(const PlanInput& input,
                                                   const std::vector<std::string>& stores);

// One task over a group, without id and fence. kUnsupported: more chunks or extents than a task may
// have.
Result<Task> make_task(const PlanInput& input, const Group& group, LoadMethod method);

struct CopyWork {
  std::vector<Task> tasks;
  std::vector<Comparison> comparisons;
};

// Large files are read in parts (DESIGN 5). Where their rows enter an empty table, several tasks
// feed one chunk. Where there is something to compare with, a group of more than two tasks' rows
// becomes a comparison by sums; a smaller one is read by one task, which compares by itself.
//
// `is_grouped`, of each chunk: another task has it already; whole groups of files only.
Result<CopyWork> make_copy_work(const PlanInput& input, const std::vector<PlannedChunk>& chunks,
                                std::vector<bool> is_grouped);

}  // namespace decant
