// Groups: chunks and the extents that hold their rows, before they become tasks.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/job/store_zones.h"
#include "coordinator/plan/planner.h"

namespace decant {

struct GroupExtent {
  Extent extent;
  std::int64_t rows = 0;  // of the group's chunks, about
  // Where a file may be cut, or null; belongs to the census.
  const std::vector<RecordMark>* marks = nullptr;
};

// Work that must stay together: chunks that share extents, and those extents.
struct Group {
  std::string store;  // whose source is read
  std::vector<const PlannedChunk*> chunks;
  std::vector<GroupExtent> extents;
  std::int64_t rows = 0;
  // False: other groups feed the same chunks. Then one of them is the first.
  bool is_complete = true;
  bool is_first = true;

  bool reads_files() const { return !extents.empty() && extents.front().extent.is_file(); }
};

using SliceIndex = std::map<SliceId, std::vector<std::size_t>>;
SliceIndex index_by_slice(const std::vector<PlannedChunk>& chunks);

// The groups of one store, over chunks that no group has yet (`is_grouped`). Each is added to
// `groups`.
//
// Files: chunks and files are connected where a file holds rows of a chunk. Each connected part is
// a group. Rows beyond the days of the run (`selected`) are of chunks that it takes whole, though
// it covers them in part. A file with rows whose date nobody can read is read in any case, with a
// chunk of their store.
void add_file_groups(const std::string& entity, const StoreCensus& census,
                     const SelectedRanges& selected, const std::vector<PlannedChunk>& chunks,
                     const SliceIndex& slices, std::vector<bool>& is_grouped,
                     std::vector<Group>& groups);
// Chunks of which no two ranges overlap from one part to the next, in order: the smallest parts
// that a range can read without rows of another. Chunks of one store never overlap; those of
// several do inside a month, and across months where the stores' time zones differ.
std::vector<std::vector<std::size_t>> overlapping_chunks(const std::vector<PlannedChunk>& chunks,
                                                         std::vector<std::size_t> positions);
// Databases: chunks are read by range.
void add_range_groups(const StoreCensus& census, const std::vector<PlannedChunk>& chunks,
                      bool has_ranges, std::int64_t goal_rows, std::vector<bool>& is_grouped,
                      std::vector<Group>& groups);
// A first load of a table reads it by heap blocks: each block once, in order, with no index needed.
// Every group may feed every chunk.
void add_block_groups(const StoreCensus& census, const std::vector<PlannedChunk>& chunks,
                      const Extent& all, std::int64_t goal_rows, std::vector<bool>& is_grouped,
                      std::vector<Group>& groups);

// The extents of a group in parts of about `goal_rows`, in order; large files are cut at their
// marks. One part: it cannot be split.
std::vector<std::vector<GroupExtent>> split_extents(const Group& group, std::int64_t goal_rows);

// A file, or a part of one, cut at its marks into about `parts` extents of equal size.
std::vector<Extent> cut_file(const Extent& file, const std::vector<RecordMark>& marks,
                             std::int64_t parts);

}  // namespace decant
