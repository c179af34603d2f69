// Cutting slices into chunks of about chunk_rows rows, keeping every limit that was ever recorded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/job/store_zones.h"
#include "coordinator/plan/planner.h"

namespace decant {

// All that the census found of one slice in the days of the run, over all extents.
struct SliceCensus {
  SliceId slice;
  std::vector<CensusCell> cells;  // merged by range, in order
  std::int64_t rows = 0;
  // Every cell says where in the period its rows are (days, months, key ranges). False: some do
  // not, and any part of the period may hold rows.
  bool by_range = false;
  // The target may have rows of it though the source has none: it gets a chunk all the same.
  bool may_be_in_target = false;
};

std::map<SliceId, SliceCensus> merge_census(const std::string& entity,
                                            const std::vector<StoreCensus>& censuses);

// The whole range of a slice's period in the units of the range column; open for k_all.
Result<ValueRange> period_range(const JobSpec& job, const EntityPlan& entity, const SliceId& slice);

// What two ranges share, and whether a range holds nothing.
ValueRange intersect(const ValueRange& a, const ValueRange& b);
bool is_empty(const ValueRange& range);

// Whether a chunk holds rows of days that the run does not cover: it is taken whole.
bool reaches_beyond(const ChunkSpec& chunk, const SelectedRanges& selected);

// Whether a run that was asked for these stores works on this one.
bool is_selected(const JobSpec& job, const Selection& selection, const std::string& store);

// The part of a range that [begin, end) leaves uncovered by `taken` (disjoint, sorted by begin).
std::vector<ValueRange> uncovered(const ValueRange& range, std::vector<ValueRange> taken);

// New chunks for one slice: what the recorded chunks do not cover of `within`, cut at the cells'
// limits (or evenly at day limits where rows are only estimated) into about chunk_rows rows each.
// Next to recorded chunks a gap is left out only where no cell with rows overlaps it, in part or
// whole. Numbers go on from the highest recorded.
std::vector<ChunkSpec> cut_slice(const JobSpec& job, const EntityPlan& entity,
                                 const SliceCensus& census, const ValueRange& within,
                                 const std::vector<ChunkSpec>& recorded);

}  // namespace decant
