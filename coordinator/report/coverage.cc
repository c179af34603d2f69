#include <algorithm>
#include <map>
#include <set>

#include "coordinator/report/report.h"

namespace decant {
namespace {

constexpr std::size_t k_most_months = 1200;

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

bool is_within(const std::string& month, const DayRange& days) {
  return (!days.begin || month >= month_of_day(*days.begin)) &&
         (!days.end || month <= month_of_day(*days.end - 1));
}

// The months of the grid: those of the range where it is closed, else from the first to the last
// with rows.
std::vector<std::string> months_of(const std::map<std::string, std::int64_t>& with_rows,
                                   const DayRange& days) {
  std::string first = days.begin          ? month_of_day(*days.begin)
                      : with_rows.empty() ? ""
                                          : with_rows.begin()->first;
  const std::string last = days.end            ? month_of_day(*days.end - 1)
                           : with_rows.empty() ? ""
                                               : with_rows.rbegin()->first;
  std::vector<std::string> months;
  while (!first.empty() && first <= last && months.size() < k_most_months) {
    months.push_back(first);
    first = next_month(first);
  }
  return months;
}

std::int64_t count_of_months(const std::string& month) {
  std::int64_t year = 0;
  int number = 0;
  parse_month(month, year, number);
  return year * 12 + number;
}

// Of months that gaps of more than ten years keep apart, the group with the most rows.
std::map<std::string, std::int64_t> main_months(const std::map<std::string, std::int64_t>& rows) {
  std::map<std::string, std::int64_t> best;
  std::map<std::string, std::int64_t> group;
  std::int64_t best_rows = -1;
  std::int64_t group_rows = 0;
  const auto close = [&] {
    if (group_rows > best_rows) {
      best = group;
      best_rows = group_rows;
    }
    group.clear();
    group_rows = 0;
  };
  for (const auto& [month, count] : rows) {
    if (!group.empty() && count_of_months(month) - count_of_months(group.rbegin()->first) > 120)
      close();
    group[month] = count;
    group_rows += count;
  }
  close();
  return best;
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
                       const std::vector<ChunkRecord>& chunks, const DayRange& days,
                       bool first_load_is_open) {
  Coverage coverage;
  coverage.job = job.name;
  coverage.entity = entity.name;
  std::map<std::string, std::map<std::string, MonthFacts>> facts;
  std::map<std::string, std::int64_t> with_rows;
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
    cell.has_unloaded = cell.has_unloaded || chunk.batch_count == 0 || first_load_is_open;
    if (chunk.loaded.digest.row_count > 0 && is_within(slice.period, days))
      with_rows[slice.period] += chunk.loaded.digest.row_count;
  }
  coverage.months = months_of(days.begin && days.end ? with_rows : main_months(with_rows), days);
  const std::set<std::string> shown(coverage.months.begin(), coverage.months.end());
  for (const auto& [month, count] : with_rows) {
    if (shown.count(month) > 0) continue;
    coverage.months_apart.push_back(month);
    for (auto& [store, months] : facts) {
      const auto found = months.find(month);
      if (found != months.end()) other_rows[store] += found->second.rows;
    }
  }
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
