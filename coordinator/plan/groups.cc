#include "coordinator/plan/groups.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "common/connector/unreadable_rows.h"
#include "coordinator/plan/chunking.h"

namespace decant {
namespace {

bool overlaps(const ValueRange& a, const ValueRange& b) {
  return (!a.end || !b.begin || *b.begin < *a.end) && (!b.end || !a.begin || *a.begin < *b.end);
}

class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

// A file whose dates nobody can read is read with the chunks that no file feeds any more, since it
// may be their rows: as rejects they stop the task that would empty these. Where it is read for
// nothing else it goes with any chunk, so that somebody hears of them.
std::vector<std::size_t> homes_of_unreadable(const CensusExtent& file, bool is_read,
                                             const std::vector<PlannedChunk>& chunks,
                                             const std::vector<bool>& is_grouped,
                                             const std::vector<bool>& is_fed) {
  std::vector<std::size_t> homes;
  for (const CensusCell& cell : file.cells) {
    if (cell.period != k_unreadable) continue;
    std::optional<std::size_t> any;
    const std::size_t known = homes.size();
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      if (is_grouped[c]) continue;
      if (cell.store != k_unknown_store && cell.store != chunks[c].spec.slice.store) continue;
      if (!any) any = c;
      if (!is_fed[c] && chunks[c].batch_count > 0) homes.push_back(c);
    }
    if (homes.size() == known && !is_read && any) homes.push_back(*any);
  }
  return homes;
}

}  // namespace

SliceIndex index_by_slice(const std::vector<PlannedChunk>& chunks) {
  SliceIndex index;
  for (std::size_t i = 0; i < chunks.size(); ++i) index[chunks[i].spec.slice].push_back(i);
  return index;
}

void add_file_groups(const std::string& entity, const StoreCensus& census,
                     const SelectedRanges& selected, const std::vector<PlannedChunk>& chunks,
                     const SliceIndex& slices, std::vector<bool>& is_grouped,
                     std::vector<Group>& groups) {
  const auto& extents = census.census.extents;
  DisjointSets sets(extents.size() + chunks.size());
  std::vector<bool> is_fed(chunks.size(), false);
  std::vector<std::int64_t> rows_used(extents.size(), -1);
  for (std::size_t e = 0; e < extents.size(); ++e) {
    for (const CensusCell& cell : extents[e].cells) {
      const auto slice = slices.find(SliceId{entity, cell.store, cell.period});
      if (slice == slices.end()) continue;
      bool is_used = false;
      for (const std::size_t c : slice->second) {
        if (is_grouped[c]) continue;
        const ChunkSpec& chunk = chunks[c].spec;
        if (!chunk.is_undated() && !overlaps(chunk.range, cell.range)) continue;
        if (cell.is_beyond && !reaches_beyond(chunk, selected)) continue;
        sets.join(e, extents.size() + c);
        is_fed[c] = is_used = true;
      }
      if (is_used) rows_used[e] = std::max<std::int64_t>(0, rows_used[e]) + cell.rows;
    }
  }
  const std::vector<bool> is_fed_by_rows = is_fed;
  for (std::size_t e = 0; e < extents.size(); ++e) {
    const bool is_read = rows_used[e] >= 0;
    for (const std::size_t c :
         homes_of_unreadable(extents[e], is_read, chunks, is_grouped, is_fed_by_rows)) {
      sets.join(e, extents.size() + c);
      is_fed[c] = true;
      rows_used[e] = std::max<std::int64_t>(0, rows_used[e]);
    }
  }
  std::map<std::size_t, Group> by_root;
  for (std::size_t e = 0; e < extents.size(); ++e) {
    if (rows_used[e] < 0) continue;
    by_root[sets.find(e)].extents.push_back({extents[e].extent, rows_used[e], &extents[e].marks});
  }
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (!is_fed[c]) continue;
    Group& group = by_root[sets.find(extents.size() + c)];
    group.chunks.push_back(&chunks[c]);
    group.rows += chunks[c].spec.estimated_rows;
    is_grouped[c] = true;
  }
  for (auto& [root, group] : by_root) {
    group.store = census.store;
    groups.push_back(std::move(group));
  }
}

std::vector<std::vector<std::size_t>> overlapping_chunks(const std::vector<PlannedChunk>& chunks,
                                                         std::vector<std::size_t> positions) {
  const auto begin_of = [&](std::size_t c) {
    return chunks[c].spec.range.begin.value_or(INT64_MIN);
  };
  std::stable_sort(positions.begin(), positions.end(),
                   [&](std::size_t a, std::size_t b) { return begin_of(a) < begin_of(b); });
  std::vector<std::vector<std::size_t>> parts;
  std::optional<std::int64_t> reach;  // the end of all so far; open: to the end of time
  for (const std::size_t c : positions) {
    const std::optional<std::int64_t>& end = chunks[c].spec.range.end;
    if (parts.empty() || (reach && begin_of(c) >= *reach)) {
      parts.emplace_back();
      reach = end;
    }
    parts.back().push_back(c);
    if (reach) reach = end ? std::max(*reach, *end) : end;
  }
  return parts;
}

void add_range_groups(const StoreCensus& census, const std::vector<PlannedChunk>& chunks,
                      bool has_ranges, std::int64_t goal_rows, std::vector<bool>& is_grouped,
                      std::vector<Group>& groups) {
  std::vector<std::size_t> mine;
  Group undated;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (is_grouped[c] || (!census.store.empty() && chunks[c].spec.slice.store != census.store))
      continue;
    is_grouped[c] = true;
    if (chunks[c].spec.is_undated()) {
      undated.chunks.push_back(&chunks[c]);
      undated.rows += chunks[c].spec.estimated_rows;
    } else {
      mine.push_back(c);
    }
  }
  Extent extent;
  extent.store = census.store;
  if (!census.census.extents.empty()) extent.tables = census.census.extents.front().extent.tables;
  std::optional<Group> open;
  const auto close = [&] {
    if (!open) return;
    open->store = census.store;
    open->extents.push_back({extent, 0, nullptr});
    groups.push_back(*std::exchange(open, std::nullopt));
  };
  for (const std::vector<std::size_t>& part : overlapping_chunks(chunks, std::move(mine))) {
    // Ranges of a group join into one query, so a gap between them ends the group.
    const auto& begin = chunks[part.front()].spec.range.begin;
    const bool is_gap = has_ranges && extent.range.end != begin;
    if (open && (is_gap || open->rows >= goal_rows || open->chunks.size() >= k_max_task_chunks))
      close();
    if (!open) {
      open.emplace();
      extent.kind = has_ranges ? ExtentKind::kRange : ExtentKind::kAll;
      extent.range = {begin, begin};
    }
    for (const std::size_t c : part) {
      const PlannedChunk& chunk = chunks[c];
      const auto& end = chunk.spec.range.end;
      const bool is_first = open->chunks.empty();
      if (is_first || !end) extent.range.end = end;
      if (extent.range.end) extent.range.end = std::max(*extent.range.end, *end);
      open->chunks.push_back(&chunk);
      open->rows += chunk.spec.estimated_rows;
    }
  }
  close();
  if (undated.chunks.empty()) return;
  extent.kind = ExtentKind::kRange;
  extent.range = {};
  extent.undated = true;
  undated.store = census.store;
  undated.extents.push_back({extent, undated.rows, nullptr});
  groups.push_back(std::move(undated));
}

void add_block_groups(const StoreCensus& census, const std::vector<PlannedChunk>& chunks,
                      const Extent& all, std::int64_t goal_rows, std::vector<bool>& is_grouped,
                      std::vector<Group>& groups) {
  Group pattern;
  pattern.store = census.store;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (is_grouped[c] || (!census.store.empty() && chunks[c].spec.slice.store != census.store))
      continue;
    is_grouped[c] = true;
    pattern.chunks.push_back(&chunks[c]);
    pattern.rows += chunks[c].spec.estimated_rows;
  }
  const std::int64_t parts = std::clamp<std::int64_t>(
      (pattern.rows + goal_rows - 1) / std::max<std::int64_t>(1, goal_rows), 1, all.end_block);
  for (std::int64_t part = 0; part < parts; ++part) {
    Group group = pattern;
    Extent extent = all;
    extent.kind = ExtentKind::kBlocks;
    extent.begin_block = all.end_block * part / parts;
    // The last part is open: blocks may have been added since the census, under the same snapshot
    // they hold nothing.
    extent.end_block = part + 1 == parts ? INT64_MAX : all.end_block * (part + 1) / parts;
    group.rows = pattern.rows / parts;
    group.extents = {{extent, group.rows, nullptr}};
    group.is_complete = parts == 1;
    group.is_first = part == 0;
    groups.push_back(std::move(group));
  }
}

std::vector<Extent> cut_file(const Extent& file, const std::vector<RecordMark>& marks,
                             std::int64_t parts) {
  const std::int64_t begin = file.begin.byte;
  const std::int64_t end = file.end_byte > 0 ? file.end_byte : file.identity.size_bytes;
  std::vector<Extent> out;
  Extent part = file;
  for (std::int64_t i = 1; i < parts; ++i) {
    const std::int64_t goal = begin + (end - begin) / parts * i;
    const auto mark = std::lower_bound(
        marks.begin(), marks.end(), goal,
        [](const RecordMark& candidate, std::int64_t byte) { return candidate.byte < byte; });
    if (mark == marks.end() || mark->byte >= end) break;
    if (mark->byte <= part.begin.byte) continue;
    part.kind = ExtentKind::kFilePart;
    part.end_byte = mark->byte;
    out.push_back(part);
    part.begin = *mark;
    part.end_byte = file.end_byte;
  }
  out.push_back(std::move(part));
  return out;
}

std::vector<std::vector<GroupExtent>> split_extents(const Group& group, std::int64_t goal_rows) {
  std::vector<GroupExtent> pieces;
  for (const GroupExtent& extent : group.extents) {
    const std::int64_t parts = (extent.rows + goal_rows - 1) / goal_rows;
    if (parts < 2 || extent.marks == nullptr || extent.marks->empty()) {
      pieces.push_back(extent);
      continue;
    }
    const std::vector<Extent> cut = cut_file(extent.extent, *extent.marks, parts);
    const auto count = static_cast<std::int64_t>(cut.size());
    for (const Extent& part : cut) pieces.push_back({part, extent.rows / count, nullptr});
  }
  std::vector<std::vector<GroupExtent>> parts;
  std::int64_t rows = 0;
  for (GroupExtent& piece : pieces) {
    if (parts.empty() || rows + piece.rows > goal_rows) {
      parts.emplace_back();
      rows = 0;
    }
    rows += piece.rows;
    parts.back().push_back(std::move(piece));
  }
  return parts;
}

}  // namespace decant
