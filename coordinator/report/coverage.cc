#include <algorithm>
#include <map>
#include <set>

#include "coordinator/report/report.h"

namespace decant {
namespace {

std::string next_month(const std::string& month) {
  std::int64_t year = 0;
  int number = 0;
  parse_month(month, year, number);
  return number == 12 ? format_month(year + 1, 1) : format_month(year, number + 1);
}

std::string month_of_day(std::int64_t day) {
  const CivilDate date = civil_from_days(day);
  return format_month(date.year, date.month);
}

// The months of the grid: those of the range where it is closed, else from the first to the last
// with rows.
std::vector<std::string> months_of(const std::set<std::string>& with_rows, const DayRange& days) {
  std::string first = days.begin          ? month_of_day(*days.begin)
                      : with_rows.empty() ? ""
                                          : *with_rows.begin();
  const std::string last = days.end            ? month_of_day(*days.end - 1)
                           : with_rows.empty() ? ""
                                               : *with_rows.rbegin();
  std::vector<std::string> months;
  while (!first.empty() && first <= last && months.size() < 1200) {
    months.push_back(first);
    first = next_month(first);
  }
  return months;
}

struct MonthFacts {
  std::int64_t rows = 0;
  bool has_unloaded = false;
};

void fill_store(CoverageStore& store, const std::map<std::string, MonthFacts>& facts,
                const std::vector<std::string>& months) {
  for (const std::string& month : months) {
    CoverageCell cell;
    cell.month = month;
    const auto found = facts.find(month);
    if (found != facts.end()) cell.rows = found->second.rows;
    if (cell.rows > 0) {
      cell.state = found->second.has_unloaded ? CoverageCell::State::kPartial
                                              : CoverageCell::State::kComplete;
    } else if (!store.opened.empty() && month < store.opened) {
      cell.state = CoverageCell::State::kNotOpen;
    }
    if (cell.state != CoverageCell::State::kNotOpen && store.active) {
      ++store.months_expected;
      if (cell.rows > 0) ++store.months_with_rows;
      if (cell.rows == 0) store.missing.push_back(month);
    }
    store.rows += cell.rows;
    store.cells.push_back(std::move(cell));
  }
}

}  // namespace

Coverage make_coverage(const JobSpec& job, const EntitySpec& entity,
                       const std::vector<ChunkRecord>& chunks, const DayRange& days) {
  Coverage coverage;
  coverage.job = job.name;
  coverage.entity = entity.name;
  std::map<std::string, std::map<std::string, MonthFacts>> facts;
  std::set<std::string> with_rows;
  std::map<std::string, std::int64_t> other_rows;  // undated, or of an entity without time
  for (const ChunkRecord& chunk : chunks) {
    const SliceId& slice = chunk.spec.slice;
    std::int64_t year = 0;
    int month = 0;
    if (!parse_month(slice.period, year, month)) {
      other_rows[slice.store] += chunk.loaded.digest.row_count;
      facts[slice.store];
      continue;
    }
    MonthFacts& cell = facts[slice.store][slice.period];
    cell.rows += chunk.loaded.digest.row_count;
    cell.has_unloaded = cell.has_unloaded || chunk.batch_count == 0;
    if (chunk.loaded.digest.row_count > 0) with_rows.insert(slice.period);
  }
  coverage.months = months_of(with_rows, days);
  const auto add = [&](const StoreSpec& spec) {
    CoverageStore store;
    store.store = spec.name;
    store.label = spec.label;
    store.active = spec.active;
    if (spec.opened) store.opened = format_month(spec.opened->year, spec.opened->month);
    fill_store(store, facts[spec.name], coverage.months);
    store.rows += other_rows[spec.name];
    coverage.rows += store.rows;
    coverage.stores.push_back(std::move(store));
  };
  for (const StoreSpec& spec : job.stores) {
    add(spec);
    ++coverage.configured_stores;
    if (spec.active) ++coverage.active_stores;
  }
  for (const auto& [name, months] : facts) {
    if (job.find_store(name) != nullptr) continue;
    StoreSpec spec;
    spec.name = name;
    add(spec);
    ++coverage.configured_stores;
    ++coverage.active_stores;
  }
  if (!coverage.months.empty())
    coverage.mean_rows_per_month =
        coverage.rows / static_cast<std::int64_t>(coverage.months.size());
  return coverage;
}

}  // namespace decant
