#include "coordinator/plan/tasks.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/base/text.h"
#include "common/wire/task_stores.h"
#include "coordinator/plan/groups.h"

namespace decant {
namespace {

// Chunks whose rows one task reads, at most, about.
constexpr std::int64_t k_most_chunks_of_rows = 20;

bool is_fresh(const PlanInput& input, const Group& group) {
  if (input.entity->write.mode != WriteMode::kReplace) return false;
  if (!input.table_is_empty && !input.table_is_loading) return false;
  return std::all_of(group.chunks.begin(), group.chunks.end(),
                     [](const PlannedChunk* chunk) { return chunk->batch_count == 0; });
}

// Until the key is built after the first load, if the table did not come with one.
bool may_hold_keys_twice(const PlanInput& input) {
  return input.table_is_loading && !input.table_has_key;
}

// Beside rows with a key that the table enforces, new ones are loaded by key too: theirs may be
// there in another chunk. Many tasks that feed the same chunks only add.
bool is_appended(const PlanInput& input, const Group& group) {
  const bool has_rivals = input.table_has_key && !input.table_is_empty;
  return is_fresh(input, group) && !(has_rivals && group.is_complete);
}

// Whether the target itself refused rows of it, or kept some that the source does not have.
bool was_refused(const PlanInput& input, const PlannedChunk& chunk) {
  const SetDigest& loaded = chunk.loaded.digest;
  if (input.entity->write.mode == WriteMode::kReplace && !(loaded == chunk.prior.accepted))
    return true;
  return chunk.prior.accepted.row_count > loaded.row_count + chunk.rows_superseded;
}

}  // namespace

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
  return input.entity->has_key() && !may_hold_keys_twice(input) ? LoadMethod::kReplaceByKey
                                                                : LoadMethod::kReplaceRange;
}

std::map<std::string, std::string> store_values_of(const PlanInput& input,
                                                   const std::vector<std::string>& stores) {
  std::map<std::string, std::string> values;
  for (const StoreCensus& of : input.censuses) {
    const bool is_read = std::find(stores.begin(), stores.end(), of.store) != stores.end();
    if (is_read && !of.census.store_values.empty()) values[of.store] = of.census.store_values;
  }
  return values;
}

Result<Task> make_task(const PlanInput& input, const Group& group, LoadMethod method) {
  if (group.chunks.size() > k_most_chunks_of_task ||
      group.extents.size() > k_most_extents_of_task) {
    return fail(Error{ErrorCode::kUnsupported,
                      input.entity->entity + ": " + group_digits(std::ssize(group.extents)) +
                          " files or parts of them feed the same " +
                          group_digits(std::ssize(group.chunks)) +
                          " chunks, which is more than one task can hold (" +
                          group_digits(k_most_chunks_of_task) + ").",
                      "Cover fewer months or stores in one run (--from, --to, --stores).",
                      {},
                      {{}, input.entity->entity, group.store, {}}});
  }
  Task task;
  task.kind = TaskKind::kCopy;
  task.store = group.store;
  task.plan = *input.entity;
  task.census.days = input.selection.days;
  for (const GroupExtent& extent : group.extents) task.extents.push_back(extent.extent);
  task.method = method;
  task.chunks_are_complete = group.is_complete;
  task.records_empty_chunks = group.is_first;
  for (const PlannedChunk* chunk : group.chunks) {
    TaskChunk entry{chunk->spec, std::nullopt, false};
    if (chunk->batch_count > 0) entry.prior = chunk->prior;
    entry.is_tried_again =
        entry.prior && (was_refused(input, *chunk) || input.to_judge.contains(chunk->spec.name()));
    task.chunks.push_back(std::move(entry));
  }
  task.selected_stores = input.selection.stores;
  task.store_values = store_values_of(input, stores_of(task));
  return task;
}

namespace {

// A first load whose group is large is cut by file, and large files into parts: their batches add
// up.
void split_first_loads(std::vector<Group>& groups, const PlanInput& input, std::int64_t goal_rows) {
  std::vector<Group> out;
  for (Group& group : groups) {
    if (!group.reads_files() || group.rows <= 2 * goal_rows || !is_fresh(input, group)) {
      out.push_back(std::move(group));
      continue;
    }
    auto parts = split_extents(group, goal_rows);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      Group part;
      part.store = group.store;
      part.chunks = group.chunks;
      for (const GroupExtent& extent : parts[i]) part.rows += extent.rows;
      part.extents = std::move(parts[i]);
      part.is_complete = parts.size() == 1;
      part.is_first = i == 0;
      out.push_back(std::move(part));
    }
  }
  groups = std::move(out);
}

bool has_content(const Group& group) {
  return std::any_of(group.chunks.begin(), group.chunks.end(),
                     [](const PlannedChunk* chunk) { return chunk->batch_count > 0; });
}

// Takes the groups out of which a task would have too much to keep while it compares.
Result<std::vector<Comparison>> take_comparisons(std::vector<Group>& groups, const PlanInput& input,
                                                 std::int64_t goal_rows) {
  std::vector<Comparison> comparisons;
  std::vector<Group> others;
  for (Group& group : groups) {
    std::vector<std::vector<GroupExtent>> parts;
    if (group.reads_files() && group.rows > 2 * goal_rows && has_content(group))
      parts = split_extents(group, goal_rows);
    if (parts.size() < 2) {
      others.push_back(std::move(group));
      continue;
    }
    Comparison comparison;
    DECANT_TRY_ASSIGN(comparison.whole, make_task(input, group, method_of(input, false)));
    comparison.whole.extents.clear();
    for (const std::vector<GroupExtent>& part : parts) {
      std::vector<Extent>& extents = comparison.parts.emplace_back();
      for (const GroupExtent& extent : part) extents.push_back(extent.extent);
    }
    const bool may_clear =
        may_hold_keys_twice(input) && input.entity->write.mode == WriteMode::kReplace;
    if (may_clear) comparison.most_rows_at_once = 2 * goal_rows;
    comparisons.push_back(std::move(comparison));
  }
  groups = std::move(others);
  return comparisons;
}

// A table is compared by its blocks, each of which is read once and kept by nobody, whatever
// indexes it has. By range it would be read whole for each task where it has none on the time.
Result<std::vector<Comparison>> compare_by_blocks(const PlanInput& input,
                                                  const std::vector<PlannedChunk>& chunks,
                                                  std::int64_t goal_rows,
                                                  std::vector<bool>& is_grouped) {
  std::vector<Comparison> comparisons;
  const std::vector<bool> is_taken = is_grouped;
  for (const StoreCensus& census : input.censuses) {
    if (census.census.extents.empty()) continue;
    const Extent& all = census.census.extents.front().extent;
    if (all.is_file() || all.end_block <= 0) continue;
    std::vector<bool> in_blocks = is_grouped;
    std::vector<Group> parts;
    add_block_groups(census, chunks, all, goal_rows, in_blocks, parts);
    Group whole = parts.front();
    std::int64_t rows = 0;
    for (const PlannedChunk* chunk : whole.chunks) rows += chunk->spec.estimated_rows;
    const bool is_large = parts.size() > 1 && rows > 2 * goal_rows;
    if (!is_large || !has_content(whole) || whole.chunks.size() > k_max_task_chunks) continue;
    whole.extents.clear();
    Comparison comparison;
    DECANT_TRY_ASSIGN(comparison.whole, make_task(input, whole, method_of(input, false)));
    comparison.whole.chunks_are_complete = comparison.whole.records_empty_chunks = true;
    // Chunks of tasks under way that were adopted have rows in these blocks, too.
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      if (is_taken[c] && (census.store.empty() || chunks[c].spec.slice.store == census.store))
        comparison.whole.passed_over.push_back(chunks[c].spec);
    }
    for (const Group& part : parts) comparison.parts.push_back({part.extents.front().extent});
    std::vector<Group> ranges;
    // Without an index on its time each of them reads all of the table, here and at the target.
    const std::int64_t load_rows =
        std::min(3 * goal_rows, k_most_chunks_of_rows * input.job->chunk_rows);
    add_range_groups(census, chunks, input.entity->has_ranges(), load_rows, is_grouped, ranges);
    for (const Group& range : ranges) {
      DECANT_TRY_ASSIGN(Task load,
                        make_task(input, range, method_of(input, is_appended(input, range))));
      comparison.range_loads.push_back(std::move(load));
    }
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

// Small groups of one store and one method travel together.
Result<std::vector<Task>> pack(const PlanInput& input, std::vector<Group>& groups,
                               std::int64_t goal_rows) {
  std::vector<Task> tasks;
  std::optional<Group> open;
  bool open_is_fresh = false;
  const auto close = [&]() -> Status {
    if (!open) return {};
    DECANT_TRY_ASSIGN(Task task, make_task(input, *open, method_of(input, open_is_fresh)));
    tasks.push_back(std::move(task));
    open.reset();
    return {};
  };
  for (Group& group : groups) {
    const bool fresh = is_appended(input, group);
    // Query extents of different groups cannot be joined: each is one statement and one task.
    const bool joins =
        open && open->store == group.store && open_is_fresh == fresh && open->is_complete &&
        group.is_complete && open->rows + group.rows <= goal_rows &&
        open->chunks.size() + group.chunks.size() <= k_max_task_chunks && group.reads_files();
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

std::int64_t goal_rows_of(const PlanInput& input, const std::vector<PlannedChunk>& chunks) {
  std::int64_t rows = 0;
  for (const PlannedChunk& chunk : chunks) rows += chunk.spec.estimated_rows;
  return rows_per_task(rows, input.job->chunk_rows, input.worker_count);
}

}  // namespace

std::int64_t rows_per_task(std::int64_t rows, std::int64_t chunk_rows, int worker_count) {
  const std::int64_t several_each =
      rows / (static_cast<std::int64_t>(std::max(1, worker_count)) * 6);
  return std::clamp(several_each, chunk_rows, k_most_chunks_of_rows * chunk_rows);
}

Result<std::vector<Group>> make_groups(const PlanInput& input,
                                       const std::vector<PlannedChunk>& chunks,
                                       std::vector<bool> is_grouped) {
  DECANT_TRY_ASSIGN(const SelectedRanges selected, selected_ranges(input));
  const std::int64_t goal_rows = goal_rows_of(input, chunks);
  const SliceIndex slices = index_by_slice(chunks);
  std::vector<Group> groups;
  for (const StoreCensus& census : input.censuses) {
    const auto& extents = census.census.extents;
    if (extents.empty()) continue;
    if (extents.front().extent.is_file()) {
      add_file_groups(input.entity->entity, census, selected, chunks, slices, is_grouped, groups);
      continue;
    }
    // By blocks a chunk comes in several parts, which only add up where there is nothing yet.
    const bool first_load =
        input.entity->write.mode == WriteMode::kReplace && input.table_is_empty &&
        extents.front().extent.end_block > 0 && chunks.size() <= k_max_task_chunks &&
        std::none_of(chunks.begin(), chunks.end(),
                     [](const PlannedChunk& chunk) { return chunk.batch_count > 0; });
    if (first_load) {
      add_block_groups(census, chunks, extents.front().extent, goal_rows, is_grouped, groups);
    } else {
      add_range_groups(census, chunks, input.entity->has_ranges(), goal_rows, is_grouped, groups);
    }
  }
  // Chunks that the ledger knows and no extent holds any more: their rows are gone at the source.
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (is_grouped[c]) continue;
    Group group;
    group.store = input.job->store_from_column.empty() ? chunks[c].spec.slice.store : std::string();
    group.chunks = {&chunks[c]};
    groups.push_back(std::move(group));
  }
  return groups;
}

Result<CopyWork> make_copy_work(const PlanInput& input, const std::vector<PlannedChunk>& chunks,
                                std::vector<bool> is_grouped) {
  CopyWork work;
  const std::int64_t goal_rows = goal_rows_of(input, chunks);
  DECANT_TRY_ASSIGN(work.comparisons, compare_by_blocks(input, chunks, goal_rows, is_grouped));
  DECANT_TRY_ASSIGN(std::vector<Group> groups, make_groups(input, chunks, std::move(is_grouped)));
  split_first_loads(groups, input, goal_rows);
  DECANT_TRY_ASSIGN(std::vector<Comparison> of_files, take_comparisons(groups, input, goal_rows));
  std::move(of_files.begin(), of_files.end(), std::back_inserter(work.comparisons));
  DECANT_TRY_ASSIGN(work.tasks, pack(input, groups, goal_rows));
  return work;
}

}  // namespace decant
