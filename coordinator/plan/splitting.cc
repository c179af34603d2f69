#include "coordinator/plan/splitting.h"

#include <algorithm>
#include <map>

#include "coordinator/plan/chunking.h"
#include "coordinator/plan/tasks.h"

namespace decant {
namespace {

// Rows are spread evenly over a chunk's range, as far as anybody knows before they are counted.
std::int64_t share_of(const ChunkSpec& chunk, const ValueRange& part) {
  if (!chunk.range.begin || !chunk.range.end) return 0;
  const auto whole = static_cast<double>(*chunk.range.end - *chunk.range.begin);
  const auto share = static_cast<double>(*part.end - *part.begin) / whole;
  return static_cast<std::int64_t>(static_cast<double>(chunk.estimated_rows) * share);
}

// The parts of a chunk that the limits of `selected` inside of it make.
std::vector<ChunkSpec> parts_of(const ChunkSpec& chunk, const ValueRange& selected,
                                std::int32_t next_number) {
  std::vector<std::int64_t> cuts;
  for (const auto& limit : {selected.begin, selected.end}) {
    if (limit && *limit > *chunk.range.begin && *limit < *chunk.range.end) cuts.push_back(*limit);
  }
  std::vector<ChunkSpec> parts;
  if (cuts.empty()) return parts;
  cuts.push_back(*chunk.range.end);
  ChunkSpec part = chunk;
  for (const std::int64_t cut : cuts) {
    part.range.end = cut;
    part.estimated_rows = share_of(chunk, part.range);
    parts.push_back(part);
    part.range.begin = cut;
    part.number = next_number++;
  }
  return parts;
}

}  // namespace

Result<std::vector<ChunkSplit>> wanted_splits(const PlanInput& input) {
  std::vector<ChunkSplit> splits;
  std::map<SliceId, std::int32_t> highest;
  for (const ChunkRecord& record : input.ledger) {
    std::int32_t& number = highest[record.spec.slice];
    number = std::max(number, record.spec.number);
  }
  DECANT_TRY_ASSIGN(const SelectedRanges ranges, selected_ranges(input));
  for (const ChunkRecord& record : input.ledger) {
    const ChunkSpec& chunk = record.spec;
    const bool dated = chunk.slice.period != k_undated && chunk.slice.period != k_all;
    if (!dated || !chunk.range.begin || !chunk.range.end ||
        !is_selected(*input.job, input.selection, chunk.slice.store))
      continue;
    const ValueRange& selected = ranges.of(chunk.slice.store);
    if (is_empty(intersect(chunk.range, selected))) continue;
    std::int32_t& number = highest[chunk.slice];
    std::vector<ChunkSpec> parts = parts_of(chunk, selected, number + 1);
    if (parts.empty()) continue;
    number += static_cast<std::int32_t>(parts.size()) - 1;
    splits.push_back({record, std::move(parts)});
  }
  return splits;
}

std::string why_not_divided(const ChunkRecord& record, const EntityPlan& plan) {
  if (record.batch_count == 0) return {};
  if (record.fingerprint != plan.fingerprint) return "it was loaded under another mapping";
  if (plan.write.mode == WriteMode::kUpsert && !plan.write.keep_on_update.empty())
    return "columns of it are left to others (keep_on_update)";
  if (record.rows_rejected > 0 || record.rows_superseded > 0 ||
      !(record.accepted.digest == record.loaded.digest)) {
    return "rows of it were refused or superseded, and on which side they lie is not known";
  }
  return {};
}

bool adds_up(const ChunkRecord& record, const std::vector<ChunkTotals>& parts) {
  ChunkTotals sum;
  sum.sums.resize(record.loaded.sums.size());
  for (const ChunkTotals& part : parts) sum.merge(part);
  if (!(sum.digest == record.loaded.digest) || sum.sums.size() != record.loaded.sums.size())
    return false;
  for (std::size_t i = 0; i < sum.sums.size(); ++i) {
    if (sum.sums[i].to_string() != record.loaded.sums[i].to_string()) return false;
  }
  return true;
}

}  // namespace decant
