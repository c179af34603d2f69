#include "coordinator/control/counted_rows.h"

#include <map>
#include <set>

#include "common/connector/unreadable_rows.h"
#include "coordinator/plan/chunking.h"

namespace decant {
namespace {

// Files are as they were when they were counted, or the task that reads them fails.
bool is_fixed(const StoreCensus& census, const std::string& entity,
              const SourceSnapshots& snapshots) {
  const auto& extents = census.census.extents;
  return (!extents.empty() && extents.front().extent.is_file()) ||
         snapshots.is_one(entity, census.store);
}

}  // namespace

std::vector<CountedRows> counted_rows(const JobSpec& job, const Selection& selection,
                                      const EntityRun& entity, const SourceSnapshots& snapshots) {
  const bool has_days = entity.plan.range_kind != TypeKind::kInt64;
  const bool days_limited = has_days && (selection.days.begin || selection.days.end);
  std::map<std::string, CountedRows> counted;
  std::set<std::string> estimated;
  for (const StoreCensus& census : entity.censuses) {
    const bool fixed = is_fixed(census, entity.spec->name, snapshots);
    for (const CensusExtent& extent : census.census.extents) {
      for (const CensusCell& cell : extent.cells) {
        if (!extent.exact) estimated.insert(cell.store);
        // A run over some days leaves rows without a date to a run over all.
        if (cell.is_beyond || !is_selected(job, selection, cell.store) ||
            cell.period == k_unreadable || (days_limited && cell.period == k_undated))
          continue;
        CountedRows& store =
            counted.try_emplace(cell.store, CountedRows{cell.store, 0, true, !days_limited})
                .first->second;
        store.rows += cell.rows;
        store.is_fixed = store.is_fixed && fixed;
      }
    }
  }
  std::vector<CountedRows> out;
  for (auto& [name, store] : counted) {
    if (!estimated.contains(name)) out.push_back(std::move(store));
  }
  return out;
}

}  // namespace decant
