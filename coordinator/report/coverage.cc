#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "common/job/left_store.h"
#include "coordinator/report/coverage.h"

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
// that has rows or is planned.
std::vector<std::string> months_of(const std::map<std::string, std::int64_t>& expected,
                                   const DayRange& days) {
  std::string first = days.begin         ? month_of_day(*days.begin)
                      : expected.empty() ? ""
                                         : expected.begin()->first;
  const std::string last = days.end           ? month_of_day(*days.end - 1)
                           : expected.empty() ? ""
                                              : expected.rbegin()->first;
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
  bool has_loaded = false, has_unloaded = false;
  std::vector<ValueRange> loaded;  // what its loaded chunks cover
};

// A ledger does not say whether its limits are days or microseconds, but no month of the years that
// either can hold is ambiguous, save the one that begins at 0.
bool is_whole_month(std::vector<ValueRange> ranges, const std::string& month) {
  constexpr std::int64_t k_us_per_day = 86'400'000'000;
  constexpr std::int64_t k_us_per_hour = 3'600'000'000;
  std::int64_t year = 0;
  int number = 0;
  parse_month(month, year, number);
  const CivilDate begin{year, number, 1};
  const CivilDate end = number == 12 ? CivilDate{year + 1, 1, 1} : CivilDate{year, number + 1, 1};
  const std::int64_t days = days_from_civil(end) - days_from_civil(begin);
  std::sort(ranges.begin(), ranges.end());
  std::optional<std::int64_t> first, last;
  for (const ValueRange& range : ranges) {
    if (!range.begin || !range.end) return true;  // open: nobody cut it by days
    if (last && *range.begin > *last) return false;
    if (!first) first = range.begin;
    last = std::max(last.value_or(*range.end), *range.end);
  }
  if (!first) return true;
  const bool in_days = std::abs(*last) < k_us_per_day;
  // A month in which clocks are put forward is an hour short.
  const std::int64_t least = in_days ? days : days * k_us_per_day - k_us_per_hour;
  return *last - *first >= least;
}

// What is planned of it is still to come.
bool is_waited_for(const JobSpec& job, const std::string& store) {
  const StoreSpec* spec = job.find_store(store);
  return spec != nullptr ? spec->active : !is_left(job, store);
}

CoverageCell::State state_of(const MonthFacts& facts, const std::string& month) {
  if (!facts.has_loaded)
    return facts.has_unloaded ? CoverageCell::State::kNotLoaded : CoverageCell::State::kMissing;
  const bool is_whole = !facts.has_unloaded && is_whole_month(facts.loaded, month);
  if (facts.rows == 0 && is_whole) return CoverageCell::State::kMissing;
  return is_whole ? CoverageCell::State::kComplete : CoverageCell::State::kPartial;
}

void fill_store(CoverageStore& store, const std::map<std::string, MonthFacts>& facts,
                const std::vector<std::string>& months, bool is_read) {
  using State = CoverageCell::State;
  for (const std::string& month : months) {
    CoverageCell cell;
    cell.month = month;
    const auto found = facts.find(month);
    if (found != facts.end()) {
      cell.rows = found->second.rows;
      cell.state = state_of(found->second, month);
    }
    if (cell.state == State::kMissing && !store.opened.empty() && month < store.opened)
      cell.state = State::kNotOpen;
    if (cell.state == State::kMissing && !is_read) cell.state = State::kNotRead;
    if (cell.state != State::kNotOpen && store.active) {
      ++store.months_expected;
      if (cell.rows > 0) ++store.months_with_rows;
      if (cell.state == State::kMissing) store.missing.push_back(month);
      if (cell.state == State::kNotLoaded) store.not_loaded.push_back(month);
      if (cell.state == State::kNotRead) store.not_read.push_back(month);
    }
    store.rows += cell.rows;
    store.cells.push_back(std::move(cell));
  }
}

}  // namespace

Coverage make_coverage(const JobSpec& job, const EntitySpec& entity,
                       const std::vector<ChunkRecord>& chunks, const CoverageScope& scope) {
  Coverage coverage;
  coverage.job = job.name;
  coverage.entity = entity.name;
  coverage.table = entity.write.table;
  const auto is_wanted = [&](const std::string& store) {
    return scope.stores.empty() ||
           std::find(scope.stores.begin(), scope.stores.end(), store) != scope.stores.end();
  };
  std::map<std::string, std::map<std::string, MonthFacts>> facts;
  std::map<std::string, std::int64_t> with_rows;
  std::map<std::string, std::int64_t> expected;    // the same, and what is planned of other months
  std::map<std::string, std::int64_t> other_rows;  // undated, or of an entity without time
  for (const ChunkRecord& chunk : chunks) {
    const SliceId& slice = chunk.spec.slice;
    std::int64_t year = 0;
    int month = 0;
    const bool has_month = parse_month(slice.period, year, month);
    // The months are those of all stores, so that what some of them miss is seen.
    if (has_month && is_within(slice.period, scope.days)) {
      const std::int64_t rows = chunk.loaded.digest.row_count;
      if (rows > 0) with_rows[slice.period] += rows;
      if (rows > 0) expected[slice.period] += rows;
      if (chunk.batch_count == 0 && is_waited_for(job, slice.store))
        expected[slice.period] += chunk.spec.estimated_rows;
    }
    if (!is_wanted(slice.store)) continue;
    if (!has_month) {
      other_rows[slice.store] += chunk.loaded.digest.row_count;
      facts[slice.store];
      continue;
    }
    MonthFacts& cell = facts[slice.store][slice.period];
    cell.rows += chunk.loaded.digest.row_count;
    cell.has_unloaded = cell.has_unloaded || chunk.batch_count == 0 || scope.first_load_is_open;
    if (chunk.batch_count > 0) {
      cell.has_loaded = true;
      cell.loaded.push_back(chunk.spec.range);
    }
  }
  const bool is_closed = scope.days.begin && scope.days.end;
  coverage.months = months_of(is_closed ? expected : main_months(expected), scope.days);
  const std::set<std::string> shown(coverage.months.begin(), coverage.months.end());
  for (const auto& [month, count] : with_rows) {
    if (shown.count(month) > 0) continue;
    coverage.months_apart.push_back(month);
    for (auto& [store, months] : facts) {
      const auto found = months.find(month);
      if (found != months.end()) other_rows[store] += found->second.rows;
    }
  }
  coverage.month_rows.resize(coverage.months.size());
  const auto add = [&](const StoreSpec& spec, bool is_counted) {
    if (is_counted) ++coverage.configured_stores;
    if (is_counted && spec.active) ++coverage.active_stores;
    if (!is_wanted(spec.name)) return;
    CoverageStore store;
    store.store = spec.name;
    store.label = spec.label;
    store.active = spec.active;
    if (spec.opened) store.opened = format_month(spec.opened->year, spec.opened->month);
    const bool is_read =
        std::find(scope.not_read.begin(), scope.not_read.end(), spec.name) == scope.not_read.end();
    fill_store(store, facts[spec.name], coverage.months, is_read);
    store.rows += other_rows[spec.name];
    coverage.rows += store.rows;
    for (std::size_t i = 0; i < store.cells.size(); ++i)
      coverage.month_rows[i] += store.cells[i].rows;
    coverage.stores.push_back(std::move(store));
  };
  for (const StoreSpec& spec : job.stores) add(spec, true);
  for (const auto& [name, months] : facts) {
    if (job.find_store(name) != nullptr) continue;
    StoreSpec spec;
    spec.name = name;
    spec.active = !is_left(job, name);
    add(spec, spec.active);
  }
  if (const auto months = static_cast<std::int64_t>(coverage.months.size()); months > 0)
    coverage.mean_rows_per_month = (coverage.rows + months / 2) / months;
  return coverage;
}

int coverage_percentage(const CoverageStore& store) {
  return store.months_expected == 0
             ? 0
             : (store.months_with_rows * 100 + store.months_expected / 2) / store.months_expected;
}

const char* coverage_state_name(CoverageCell::State state) {
  switch (state) {
    case CoverageCell::State::kComplete:
      return "complete";
    case CoverageCell::State::kPartial:
      return "partial";
    case CoverageCell::State::kNotLoaded:
      return "not loaded";
    case CoverageCell::State::kMissing:
      return "missing";
    case CoverageCell::State::kNotRead:
      return "not read";
    case CoverageCell::State::kNotOpen:
      return "not yet open";
  }
  return "";
}

std::string months_text(const std::vector<std::string>& months) {
  std::string text;
  for (std::size_t i = 0; i < months.size();) {
    std::size_t last = i;
    while (last + 1 < months.size() && next_month(months[last]) == months[last + 1]) ++last;
    text += (text.empty() ? "" : ", ") + months[i];
    if (last > i) text += (last == i + 1 ? ", " : " .. ") + months[last];
    i = last + 1;
  }
  return text;
}

}  // namespace decant
