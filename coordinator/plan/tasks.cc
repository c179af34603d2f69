#include "coordinator/plan/tasks.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace decant {
namespace {

// Work that must stay together: chunks that share extents, and those extents.
struct Group {
  std::string store;  // whose source is read
  std::vector<const PlannedChunk*> chunks;
  std::vector<Extent> extents;
  std::int64_t rows = 0;
  bool is_complete = true;
};

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

using SliceIndex = std::map<SliceId, std::vector<std::size_t>>;

SliceIndex index_by_slice(const std::vector<PlannedChunk>& chunks) {
  SliceIndex index;
  for (std::size_t i = 0; i < chunks.size(); ++i) index[chunks[i].spec.slice].push_back(i);
  return index;
}

// Files: chunks and files are connected where a file holds rows of a chunk. Each connected part is
// a group.
void add_file_groups(const std::string& entity, const StoreCensus& census,
                     const std::vector<PlannedChunk>& chunks, const SliceIndex& slices,
                     std::vector<bool>& is_grouped, std::vector<Group>& groups) {
  const auto& extents = census.census.extents;
  DisjointSets sets(extents.size() + chunks.size());
  std::vector<bool> is_fed(chunks.size(), false);
  std::vector<bool> is_used(extents.size(), false);
  for (std::size_t e = 0; e < extents.size(); ++e) {
    for (const CensusCell& cell : extents[e].cells) {
      const auto slice = slices.find(SliceId{entity, cell.store, cell.period});
      if (slice == slices.end()) continue;
      for (const std::size_t c : slice->second) {
        if (!chunks[c].spec.is_undated() && !overlaps(chunks[c].spec.range, cell.range)) continue;
        sets.join(e, extents.size() + c);
        is_fed[c] = is_used[e] = true;
      }
    }
  }
  std::map<std::size_t, Group> by_root;
  for (std::size_t e = 0; e < extents.size(); ++e) {
    if (is_used[e]) by_root[sets.find(e)].extents.push_back(extents[e].extent);
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

// Databases: chunks are read by range. A store of its own may be cut at any limit; where a column
// says the store, the limits of the stores differ inside a month, so that only whole months are cut
// off.
void add_range_groups(const StoreCensus& census, const std::vector<PlannedChunk>& chunks,
                      bool has_ranges, std::int64_t goal_rows, std::vector<bool>& is_grouped,
                      std::vector<Group>& groups) {
  std::vector<std::size_t> mine;
  std::map<std::string, Group> undated;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (is_grouped[c] || (!census.store.empty() && chunks[c].spec.slice.store != census.store))
      continue;
    is_grouped[c] = true;
    if (chunks[c].spec.is_undated()) {
      Group& group = undated[census.store];
      group.chunks.push_back(&chunks[c]);
      group.rows += chunks[c].spec.estimated_rows;
    } else {
      mine.push_back(c);
    }
  }
  std::sort(mine.begin(), mine.end(), [&](std::size_t a, std::size_t b) {
    return chunks[a].spec.range.begin.value_or(INT64_MIN) <
           chunks[b].spec.range.begin.value_or(INT64_MIN);
  });
  std::optional<Group> open;
  const auto close = [&] {
    if (open) groups.push_back(std::move(*open));
    open.reset();
  };
  const PlannedChunk* last = nullptr;
  for (const std::size_t c : mine) {
    const PlannedChunk& chunk = chunks[c];
    const bool may_cut = census.store.empty()
                             ? last != nullptr && last->spec.slice.period != chunk.spec.slice.period
                             : true;
    // Ranges of a group join into one query, so a gap between them ends the group.
    const bool gap = open && has_ranges && census.store.empty() == false &&
                     open->extents.front().range.end != chunk.spec.range.begin;
    if (open &&
        ((may_cut && (open->rows >= goal_rows || open->chunks.size() >= k_max_task_chunks)) || gap))
      close();
    if (!open) {
      open.emplace();
      open->store = census.store;
      Extent extent;
      extent.kind = has_ranges ? ExtentKind::kRange : ExtentKind::kAll;
      extent.store = census.store;
      extent.range = chunk.spec.range;
      open->extents.push_back(extent);
    }
    ValueRange& range = open->extents.front().range;
    if (!chunk.spec.range.end) range.end.reset();
    if (range.end && *chunk.spec.range.end > *range.end) range.end = chunk.spec.range.end;
    open->chunks.push_back(&chunk);
    open->rows += chunk.spec.estimated_rows;
    last = &chunk;
  }
  close();
  for (auto& [store, group] : undated) {
    group.store = store;
    Extent extent;
    extent.kind = ExtentKind::kRange;
    extent.store = store;
    extent.undated = true;
    group.extents.push_back(extent);
    groups.push_back(std::move(group));
  }
}

// A first load of a table reads it by heap blocks: each block once, in order, with no index needed.
// Every task may feed every chunk.
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
    group.extents = {extent};
    group.rows = pattern.rows / parts;
    group.is_complete = parts == 1;
    groups.push_back(std::move(group));
  }
}

bool is_fresh(const PlanInput& input, const Group& group) {
  if (input.entity->write.mode != WriteMode::kReplace) return false;
  if (!input.table_is_empty && !input.table_is_loading) return false;
  return std::all_of(group.chunks.begin(), group.chunks.end(),
                     [](const PlannedChunk* chunk) { return chunk->batch_count == 0; });
}

LoadMethod method_of(const PlanInput& input, bool fresh) {
  switch (input.entity->write.mode) {
    case WriteMode::kUpsert:
      return LoadMethod::kUpsert;
    case WriteMode::kInsert:
      return LoadMethod::kInsert;
    case WriteMode::kReplace:
      break;
  }
  if (fresh) return LoadMethod::kAppend;
  // Without the key in place equal keys may be there, which differences by key would not mend.
  return input.entity->has_key() && !input.table_is_loading ? LoadMethod::kReplaceByKey
                                                            : LoadMethod::kReplaceRange;
}

Result<Task> task_of(const PlanInput& input, const Group& group, LoadMethod method) {
  Task task;
  task.kind = TaskKind::kCopy;
  task.store = group.store;
  task.plan = *input.entity;
  task.census.days = input.selection.days;
  task.extents = group.extents;
  task.method = method;
  task.chunks_are_complete = group.is_complete;
  for (const PlannedChunk* chunk : group.chunks) {
    TaskChunk entry{chunk->spec, std::nullopt};
    if (chunk->batch_count > 0) entry.prior = chunk->prior;
    task.chunks.push_back(std::move(entry));
  }
  DECANT_TRY_ASSIGN(task.selected_range, selected_range(input, group.store));
  task.selected_stores = input.selection.stores;
  return task;
}

// A first load whose group is large is cut by file: batches of the parts add up.
void split_by_file(std::vector<Group>& groups, const PlanInput& input, std::int64_t goal_rows) {
  std::vector<Group> out;
  for (Group& group : groups) {
    const bool is_file = !group.extents.empty() && group.extents.front().kind == ExtentKind::kFile;
    if (!is_file || group.extents.size() < 2 || group.rows <= 2 * goal_rows ||
        !is_fresh(input, group)) {
      out.push_back(std::move(group));
      continue;
    }
    const std::int64_t rows_per_file =
        std::max<std::int64_t>(1, group.rows / static_cast<std::int64_t>(group.extents.size()));
    const std::size_t files_per_task =
        static_cast<std::size_t>(std::max<std::int64_t>(1, goal_rows / rows_per_file));
    for (std::size_t begin = 0; begin < group.extents.size(); begin += files_per_task) {
      Group part = group;
      const std::size_t end = std::min(group.extents.size(), begin + files_per_task);
      part.extents.assign(group.extents.begin() + static_cast<std::ptrdiff_t>(begin),
                          group.extents.begin() + static_cast<std::ptrdiff_t>(end));
      part.rows = rows_per_file * static_cast<std::int64_t>(end - begin);
      part.is_complete = false;
      out.push_back(std::move(part));
    }
  }
  groups = std::move(out);
}

// Small groups of one store and one method travel together.
Result<std::vector<Task>> pack(const PlanInput& input, std::vector<Group>& groups,
                               std::int64_t goal_rows) {
  std::vector<Task> tasks;
  std::optional<Group> open;
  bool open_is_fresh = false;
  const auto close = [&]() -> Status {
    if (!open) return {};
    DECANT_TRY_ASSIGN(Task task, task_of(input, *open, method_of(input, open_is_fresh)));
    tasks.push_back(std::move(task));
    open.reset();
    return {};
  };
  for (Group& group : groups) {
    const bool fresh = is_fresh(input, group);
    // Query extents of different groups cannot be joined: each is one statement and one task.
    const bool joins = open && open->store == group.store && open_is_fresh == fresh &&
                       open->is_complete && group.is_complete &&
                       open->rows + group.rows <= goal_rows &&
                       open->chunks.size() + group.chunks.size() <= k_max_task_chunks &&
                       !group.extents.empty() && group.extents.front().kind == ExtentKind::kFile;
    if (!joins) DECANT_TRY(close());
    if (!open) {
      open = std::move(group);
      open_is_fresh = fresh;
    } else {
      open->chunks.insert(open->chunks.end(), group.chunks.begin(), group.chunks.end());
      open->extents.insert(open->extents.end(), group.extents.begin(), group.extents.end());
      open->rows += group.rows;
    }
  }
  DECANT_TRY(close());
  return tasks;
}

}  // namespace

std::int64_t rows_per_task(std::int64_t rows, std::int64_t chunk_rows, int worker_count) {
  const std::int64_t several_each =
      rows / (static_cast<std::int64_t>(std::max(1, worker_count)) * 6);
  return std::clamp(several_each, chunk_rows, 20 * chunk_rows);
}

Result<std::vector<Task>> make_copy_tasks(const PlanInput& input,
                                          const std::vector<PlannedChunk>& chunks) {
  std::int64_t rows = 0;
  for (const PlannedChunk& chunk : chunks) rows += chunk.spec.estimated_rows;
  const std::int64_t goal_rows = rows_per_task(rows, input.job->chunk_rows, input.worker_count);
  const SliceIndex slices = index_by_slice(chunks);
  std::vector<bool> is_grouped(chunks.size(), false);
  std::vector<Group> groups;
  for (const StoreCensus& census : input.censuses) {
    const auto& extents = census.census.extents;
    if (extents.empty()) continue;
    if (extents.front().extent.kind == ExtentKind::kFile) {
      add_file_groups(input.entity->entity, census, chunks, slices, is_grouped, groups);
      continue;
    }
    const bool first_load = input.entity->write.mode == WriteMode::kReplace &&
                            input.table_is_empty && extents.front().extent.end_block > 0 &&
                            chunks.size() <= k_max_task_chunks;
    if (first_load) {
      add_block_groups(census, chunks, extents.front().extent, goal_rows, is_grouped, groups);
    } else {
      add_range_groups(census, chunks, input.entity->has_ranges(), goal_rows, is_grouped, groups);
    }
  }
  split_by_file(groups, input, goal_rows);
  // Chunks that the ledger knows and no extent holds any more: their rows are gone at the source.
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (is_grouped[c]) continue;
    Group group;
    group.store = input.job->store_from_column.empty() ? chunks[c].spec.slice.store : std::string();
    group.chunks = {&chunks[c]};
    groups.push_back(std::move(group));
  }
  return pack(input, groups, goal_rows);
}

}  // namespace decant
