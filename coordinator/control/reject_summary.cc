#include "coordinator/control/reject_summary.h"

#include <algorithm>
#include <tuple>

#include "common/base/text.h"

namespace decant {
namespace {

// The store that all chunks of a task belong to; empty where there are several.
std::string store_of(const Task& task) {
  if (!task.store.empty() || task.chunks.empty()) return task.store;
  const std::string& first = task.chunks.front().spec.slice.store;
  const bool same = std::all_of(task.chunks.begin(), task.chunks.end(),
                                [&](const TaskChunk& c) { return c.spec.slice.store == first; });
  return same ? first : std::string();
}

std::string percent(double ratio) {
  std::string text = std::to_string(ratio * 100);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " %";
}

}  // namespace

void RejectSummary::count(const std::string& entity, const std::string& store, std::int64_t rows) {
  if (rows == 0) return;
  stores_[{entity, store}].rows += rows;
}

void RejectSummary::remember(const std::string& entity, const ChunkSpec& chunk,
                             const Reject& reject) {
  // In the order of the file: a batch's rejects come by what was wrong with them.
  const auto is_before = [](const OfChunk& a, const OfChunk& b) {
    return std::tie(a.reject.source, a.reject.place.line) <
           std::tie(b.reject.source, b.reject.place.line);
  };
  std::vector<OfChunk>& first = stores_[{entity, chunk.slice.store}].first;
  const OfChunk told{chunk.name(), reject};
  first.insert(std::upper_bound(first.begin(), first.end(), told, is_before), told);
  if (first.size() > k_first_of_store) first.pop_back();
}

void RejectSummary::forget(const std::string& entity, const ChunkSpec& chunk, std::int64_t rows) {
  const auto known = stores_.find({entity, chunk.slice.store});
  if (known == stores_.end()) return;
  known->second.rows -= rows;
  std::erase_if(known->second.first,
                [name = chunk.name()](const OfChunk& told) { return told.chunk == name; });
}

void RejectSummary::take(const Task& task, const TaskResult& result) {
  const std::string& entity = task.plan.entity;
  ChunkSpec none;
  none.slice.store = store_of(task);
  const auto chunk_at = [&](std::int32_t chunk) -> const ChunkSpec& {
    return chunk >= 0 && static_cast<std::size_t>(chunk) < task.chunks.size()
               ? task.chunks[static_cast<std::size_t>(chunk)].spec
               : none;
  };
  for (const BatchReport& batch : result.batches)
    count(entity, chunk_at(batch.chunk).slice.store, batch.rows_rejected);
  if (result.batches.empty()) count(entity, store_of(task), result.rows_rejected);
  for (std::size_t i = 0; i < result.rejects.size(); ++i) {
    const std::int32_t chunk =
        i < result.chunk_of_reject.size() ? result.chunk_of_reject[i] : std::int32_t{-1};
    // Beside rows that are counted together their rejects are listed together.
    remember(entity, result.batches.empty() ? none : chunk_at(chunk), result.rejects[i]);
  }
}

std::vector<StoreRejects> RejectSummary::list() const {
  std::vector<StoreRejects> list;
  for (const auto& [key, rejects] : stores_) {
    if (rejects.rows <= 0) continue;
    StoreRejects& of_store = list.emplace_back(key.first, key.second, rejects.rows);
    for (const OfChunk& told : rejects.first) of_store.first.push_back(told.reject);
  }
  return list;
}

// 29 of 100 are 0.29, though 0.29 * 100 is less than 29 as a double: the quotient of two whole
// numbers is rounded to the double that the ratio's text stands for.
std::int64_t allowed_by_ratio(double ratio, std::int64_t rows) {
  const auto total = static_cast<double>(rows);
  auto allowed = static_cast<std::int64_t>(ratio * total);
  while (allowed < rows && static_cast<double>(allowed + 1) / total <= ratio) ++allowed;
  return allowed;
}

std::optional<Error> over_reject_limit(const EntitySpec& entity, const RejectCount& count,
                                       bool is_over) {
  const RejectLimit& limit = entity.rejects;
  const std::string rows = group_digits(count.rows_rejected);
  std::string what;
  if (count.rows_rejected > limit.max) {
    what = rows + " rows of " + entity.name + " are refused, and the job allows " +
           group_digits(limit.max) + " (rejects: max).";
  } else if (limit.max_ratio >= 0 && count.rows_rejected > 0 && (is_over || count.rows_at_most)) {
    const std::int64_t at_most =
        is_over ? count.rows_read : *count.rows_at_most + count.rows_rejected;
    if (count.rows_rejected >
        allowed_by_ratio(limit.max_ratio, std::max(at_most, count.rows_read))) {
      what = rows + " of " + (is_over ? "" : "at most ") +
             group_digits(std::max(at_most, count.rows_read)) + " rows of " + entity.name +
             " are refused, and the job allows " + percent(limit.max_ratio) +
             " (rejects: max_ratio).";
    }
  }
  if (what.empty()) return std::nullopt;
  return Error{ErrorCode::kTooManyRejects,
               std::move(what),
               "What was loaded stays. Mend the source or the rule, or raise `rejects:`, and run "
               "again: it goes on from there.",
               {},
               {{}, entity.name, {}, {}}};
}

}  // namespace decant
