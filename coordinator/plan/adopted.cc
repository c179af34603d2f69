#include "coordinator/plan/adopted.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "common/connector/snapshot_text.h"
#include "common/wire/task_stores.h"
#include "coordinator/plan/groups.h"
#include "coordinator/plan/tasks.h"

namespace decant {
namespace {

// Chunks that can only be read together, and the files that hold them (none for a database).
struct Unit {
  std::vector<std::size_t> chunks;
  std::vector<Extent> files;
};

struct Candidate {
  const Task* task = nullptr;
  std::size_t covered = 0;    // of its chunks, by units
  std::vector<Extent> files;  // of those units
  bool fits = true;
};

// A table without a key yet takes rows that are appended, one with a key takes differences: the
// method that was chosen must still be right.
bool is_method_of(const PlanInput& input, LoadMethod method) {
  const bool is_fresh = input.table_is_empty || input.table_is_loading;
  if (method == LoadMethod::kAppend) return is_fresh;
  return method != LoadMethod::kReplaceByKey || !input.table_is_loading || input.table_has_key;
}

bool is_same_work(const PlanInput& input, const Task& task) {
  return task.census.days == input.selection.days &&
         task.selected_stores == input.selection.stores && task.chunks_are_complete &&
         task.records_empty_chunks && task.counts_unplaced && task.passed_over.empty() &&
         task.plan.entity == input.entity->entity &&
         task.plan.fingerprint == input.entity->fingerprint && is_method_of(input, task.method);
}

// A first load by heap blocks feeds all chunks of a source from every block. Tables that have none
// are read by range, the first time too.
bool is_read_by_blocks(const PlanInput& input, const std::string& store) {
  return input.table_is_empty &&
         std::any_of(input.censuses.begin(), input.censuses.end(), [&](const StoreCensus& census) {
           const auto& extents = census.census.extents;
           return census.store == store && !extents.empty() && extents.front().extent.end_block > 0;
         });
}

std::vector<Unit> units_of(const PlanInput& input, const SelectedRanges& selected,
                           const std::vector<PlannedChunk>& chunks) {
  std::vector<Unit> units;
  std::vector<bool> is_grouped(chunks.size(), false);
  const SliceIndex slices = index_by_slice(chunks);
  for (const StoreCensus& census : input.censuses) {
    const auto& extents = census.census.extents;
    if (extents.empty() || !extents.front().extent.is_file()) continue;
    std::vector<Group> groups;
    add_file_groups(input.entity->entity, census, selected, chunks, slices, is_grouped, groups);
    for (const Group& group : groups) {
      Unit& unit = units.emplace_back();
      for (const PlannedChunk* chunk : group.chunks)
        unit.chunks.push_back(static_cast<std::size_t>(chunk - chunks.data()));
      for (const GroupExtent& extent : group.extents) unit.files.push_back(extent.extent);
    }
  }
  const bool one_source = !input.job->store_from_column.empty();
  std::map<std::string, std::vector<std::size_t>> of_source;
  Unit undated;
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    if (is_grouped[c]) continue;
    const ChunkSpec& chunk = chunks[c].spec;
    if (one_source && chunk.is_undated() && !is_read_by_blocks(input, {})) {
      undated.chunks.push_back(c);
    } else {
      of_source[one_source ? std::string() : chunk.slice.store].push_back(c);
    }
  }
  if (!undated.chunks.empty()) units.push_back(std::move(undated));
  for (auto& [source, positions] : of_source) {
    if (is_read_by_blocks(input, source)) {
      units.push_back({std::move(positions), {}});
    } else if (!one_source) {
      for (const std::size_t c : positions) units.push_back({{c}, {}});
    } else {
      for (auto& part : overlapping_chunks(chunks, std::move(positions)))
        units.push_back({std::move(part), {}});
    }
  }
  return units;
}

bool same_files(std::vector<Extent> held, std::vector<Extent> seen) {
  const auto by_path = [](const Extent& a, const Extent& b) { return a.path < b.path; };
  std::sort(held.begin(), held.end(), by_path);
  std::sort(seen.begin(), seen.end(), by_path);
  return held == seen;
}

// A row that was moved between two looks at a database would be read twice, or not at all.
bool sees_the_same(const PlanInput& input, const Task& task) {
  const std::vector<std::string> stores = stores_of(task);
  for (const StoreCensus& census : input.censuses) {
    const std::string_view content = snapshot_content(census.census.snapshot);
    if (content.empty() || std::find(stores.begin(), stores.end(), census.store) == stores.end())
      continue;
    const auto told = task.snapshots.find(census.store);
    const bool is_seen =
        told != task.snapshots.end() &&
        std::any_of(told->second.begin(), told->second.end(),
                    [&](const std::string& text) { return snapshot_content(text) == content; });
    if (!is_seen) return false;
  }
  return true;
}

bool reads_what_is_there(const PlanInput& input, const Candidate& candidate) {
  const Task& task = *candidate.task;
  if (task.store_values != store_values_of(input, stores_of(task))) return false;
  const auto& extents = task.extents;
  const bool reads_files = std::any_of(extents.begin(), extents.end(),
                                       [](const Extent& extent) { return extent.is_file(); });
  if (reads_files) return same_files(extents, candidate.files);
  return candidate.files.empty() && sees_the_same(input, task);
}

}  // namespace

AdoptedFit fit_adopted(const PlanInput& input, const SelectedRanges& selected,
                       const std::vector<PlannedChunk>& chunks) {
  AdoptedFit fit;
  fit.taken.assign(chunks.size(), false);
  if (input.adopted.empty()) return fit;

  std::map<ChunkName, std::size_t> by_name;
  for (std::size_t c = 0; c < chunks.size(); ++c) by_name.emplace(chunks[c].spec.name(), c);
  std::vector<Candidate> candidates;
  std::map<std::size_t, std::size_t> owners;  // of chunks
  for (const Task* task : input.adopted) {
    const std::size_t self = candidates.size();
    Candidate& candidate = candidates.emplace_back();
    candidate.task = task;
    candidate.fits = is_same_work(input, *task);
    for (const TaskChunk& chunk : task->chunks) {
      const auto place = by_name.find(chunk.spec.name());
      const bool is_recorded = place != by_name.end() && !chunks[place->second].is_new &&
                               chunks[place->second].spec.range == chunk.spec.range;
      if (!is_recorded) {
        candidate.fits = false;
        continue;
      }
      const auto [owner, is_first] = owners.emplace(place->second, self);
      if (!is_first) candidate.fits = candidates[owner->second].fits = false;
    }
  }
  for (const Unit& unit : units_of(input, selected, chunks)) {
    std::set<std::size_t> of_unit;
    std::size_t owned = 0;
    for (const std::size_t chunk : unit.chunks) {
      const auto owner = owners.find(chunk);
      if (owner == owners.end()) continue;
      of_unit.insert(owner->second);
      ++owned;
    }
    for (const std::size_t owner : of_unit) {
      Candidate& candidate = candidates[owner];
      if (of_unit.size() > 1 || owned != unit.chunks.size()) candidate.fits = false;
      candidate.covered += unit.chunks.size();
      candidate.files.insert(candidate.files.end(), unit.files.begin(), unit.files.end());
    }
  }
  for (Candidate& candidate : candidates) {
    candidate.fits = candidate.fits && candidate.covered == candidate.task->chunks.size() &&
                     reads_what_is_there(input, candidate);
    if (!candidate.fits) fit.misfits.push_back(candidate.task->id);
  }
  for (const auto& [chunk, owner] : owners) fit.taken[chunk] = candidates[owner].fits;
  return fit;
}

}  // namespace decant
