#include "coordinator/plan/vanished.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::size_t k_most_named = 5;  // the rest is counted

// The months that the files of one store are named by, with the rows that the census has of them: a
// file without any is known for one, also where the rows of others are estimated.
struct NamedMonths {
  std::map<std::string, std::int64_t> months;
  std::map<std::string, std::vector<std::string>> files;  // of each month
  bool all_named = true;  // false: a file without a month may hold rows of any

  // `store`: whose rows are meant, where those of several are in one file.
  void add(const CensusExtent& found, const std::string& store) {
    const Extent& extent = found.extent;
    if (!extent.is_file() || extent.period.empty()) all_named = false;
    if (extent.period.empty()) return;
    std::int64_t& rows = months[extent.period];
    for (const CensusCell& cell : found.cells) {
      if (cell.store == store && cell.period == extent.period) rows += cell.rows;
    }
    files[extent.period].push_back(extent.path);
  }
  bool lacks(const std::string& month) const {
    const auto found = months.find(month);
    return all_named && !months.empty() && (found == months.end() || found->second == 0);
  }
};

// A month of a store that holds rows, and that the source has none for.
struct Vanished {
  std::int64_t rows = 0;           // in the target
  std::vector<std::string> files;  // that are there and have none
};

// Of the files of a store, and of those whose rows say their store themselves.
NamedMonths named_months(const std::vector<StoreCensus>& censuses, const std::string& store) {
  NamedMonths out;
  for (const StoreCensus& census : censuses) {
    for (const CensusExtent& file : census.census.extents) {
      if (file.extent.store.empty() || file.extent.store == store) out.add(file, store);
    }
  }
  return out;
}

bool is_month(const std::string& period) { return period != k_undated && period != k_all; }

std::string where_none_is(const Vanished& month) {
  if (month.files.empty()) return {};
  if (month.files.size() == 1) return " in the target, none in " + month.files.front();
  return " in the target, none in the " + std::to_string(month.files.size()) +
         " files of the month";
}

std::string list_of(const std::map<SliceId, Vanished>& vanished) {
  std::vector<std::string> named;
  for (const auto& [slice, month] : vanished) {
    if (named.size() == k_most_named) {
      named.push_back(std::to_string(vanished.size() - k_most_named) + " more");
      break;
    }
    named.push_back((slice.store == k_all ? std::string() : slice.store + " ") + slice.period +
                    " (" + group_digits(month.rows) + (month.rows == 1 ? " row" : " rows") +
                    where_none_is(month) + ")");
  }
  return join(named, ", ");
}

}  // namespace

Status refuse_vanished_files(const PlanInput& input, const std::vector<PlannedChunk>& chunks) {
  if (input.allow_empty || input.entity->write.mode != WriteMode::kReplace) return {};
  std::map<std::string, NamedMonths> by_store;
  const auto months_of = [&](const std::string& store) -> const NamedMonths& {
    const auto known = by_store.find(store);
    if (known != by_store.end()) return known->second;
    return by_store.emplace(store, named_months(input.censuses, store)).first->second;
  };
  std::map<SliceId, Vanished> vanished;
  for (const PlannedChunk& chunk : chunks) {
    const SliceId& slice = chunk.spec.slice;
    if (chunk.prior.accepted.row_count == 0 || !is_month(slice.period)) continue;
    const NamedMonths& months = months_of(slice.store);
    if (!months.lacks(slice.period)) continue;
    Vanished& month = vanished[slice];
    month.rows += chunk.prior.accepted.row_count;
    if (const auto file = months.files.find(slice.period); file != months.files.end())
      month.files = file->second;
  }
  if (vanished.empty()) return {};
  const SliceId& first = vanished.begin()->first;
  return fail(
      Error{ErrorCode::kDiffers,
            "The source of " + input.entity->entity + " has no file with a row any more for " +
                list_of(vanished) + ", which the target holds.",
            "Look at the source's files; if these months are meant to be empty, run again with "
            "--allow-empty and the rows are taken out.",
            {},
            {input.job->name, input.entity->entity, first.store, {}}});
}

}  // namespace decant
