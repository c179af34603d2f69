#include "coordinator/plan/vanished.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::size_t k_most_named = 5;  // the rest is counted

// The months that the files of one store are named by.
struct NamedMonths {
  std::set<std::string> months;
  bool all_named = true;  // false: a file without a month may hold rows of any

  void add(const Extent& extent) {
    if (!extent.is_file() || extent.period.empty()) all_named = false;
    if (!extent.period.empty()) months.insert(extent.period);
  }
  void add(const NamedMonths& other) {
    months.insert(other.months.begin(), other.months.end());
    all_named = all_named && other.all_named;
  }
  bool lacks(const std::string& month) const {
    return all_named && !months.empty() && !months.contains(month);
  }
};

// By store; the empty name has the files whose rows say their store themselves.
std::map<std::string, NamedMonths> named_months(const std::vector<StoreCensus>& censuses) {
  std::map<std::string, NamedMonths> out;
  for (const StoreCensus& census : censuses) {
    for (const CensusExtent& file : census.census.extents) out[file.extent.store].add(file.extent);
  }
  return out;
}

bool is_month(const std::string& period) { return period != k_undated && period != k_all; }

std::string list_of(const std::map<SliceId, std::int64_t>& vanished) {
  std::vector<std::string> named;
  for (const auto& [slice, rows] : vanished) {
    if (named.size() == k_most_named) {
      named.push_back(std::to_string(vanished.size() - k_most_named) + " more");
      break;
    }
    named.push_back((slice.store == k_all ? std::string() : slice.store + " ") + slice.period +
                    " (" + group_digits(rows) + (rows == 1 ? " row)" : " rows)"));
  }
  return join(named, ", ");
}

}  // namespace

Status refuse_vanished_files(const PlanInput& input, const std::vector<PlannedChunk>& chunks) {
  if (input.allow_empty || input.entity->write.mode != WriteMode::kReplace) return {};
  const std::map<std::string, NamedMonths> files = named_months(input.censuses);
  const auto months_of = [&](const std::string& store) {
    NamedMonths out;
    for (const std::string& name : {std::string(), store}) {
      if (const auto at = files.find(name); at != files.end()) out.add(at->second);
    }
    return out;
  };
  std::map<SliceId, std::int64_t> vanished;
  for (const PlannedChunk& chunk : chunks) {
    const SliceId& slice = chunk.spec.slice;
    if (chunk.prior.accepted.row_count == 0 || !is_month(slice.period)) continue;
    if (months_of(slice.store).lacks(slice.period))
      vanished[slice] += chunk.prior.accepted.row_count;
  }
  if (vanished.empty()) return {};
  const SliceId& first = vanished.begin()->first;
  return fail(
      Error{ErrorCode::kDiffers,
            "The source of " + input.entity->entity + " has no file any more for " +
                list_of(vanished) + ", which the target holds.",
            "Look at the source's folder; if the files are meant to be gone, run again with "
            "--allow-empty and the rows are taken out.",
            {},
            {input.job->name, input.entity->entity, first.store, {}}});
}

}  // namespace decant
