#include "examples/retail-sales-etl/plan.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <stdexcept>

#include "examples/retail-sales-etl/decimal.h"

namespace decant::examples::retail {
namespace {

// Trade through the year, January first: December sells most.
constexpr int k_season_percent[] = {93, 90, 98, 97, 101, 99, 102, 100, 98, 101, 108, 131};

// Sale numbers of one store and month leave room for this many late rows.
constexpr std::int64_t k_max_insert = 999'999;
// About 1,200 million lines in all, where the largest store would run out of sale numbers.
constexpr std::int64_t k_max_cell_rows = 9'000'000;

int season(Month month) { return k_season_percent[month.month_of_year() - 1]; }

// Weights are shares of the origin's whole window, so a store that opened late or missed a month
// trades more in each month that it has.
std::uint64_t cell_weight(const Store& store, Month month) {
  std::uint64_t seasons = 0;
  for (int i = 0; i < k_month_count; ++i) {
    const Month in_window = k_first_month.plus(i);
    if (store.has_data(in_window)) seasons += static_cast<std::uint64_t>(season(in_window));
  }
  const std::uint64_t share = static_cast<std::uint64_t>(store.weight) * 1'000'000'000u;
  return share / seasons * static_cast<std::uint64_t>(season(month));
}

// Largest remainders: the counts add up to the total and each is within one of its exact share.
std::vector<std::int64_t> apportion(std::int64_t total, const std::vector<std::uint64_t>& weights) {
  const std::uint64_t sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  std::vector<std::int64_t> counts(weights.size());
  std::vector<std::uint64_t> remainders(weights.size());
  std::int64_t left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const Int128 exact = static_cast<Int128>(total) * weights[i];
    counts[i] = static_cast<std::int64_t>(exact / sum);
    remainders[i] = static_cast<std::uint64_t>(exact % sum);
    left -= counts[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; i < static_cast<std::size_t>(left); ++i) ++counts[order[i]];
  return counts;
}

[[noreturn]] void refuse_change(std::string_view text, std::string_view why) {
  throw std::invalid_argument("--change " + std::string{text} + ": " + std::string{why} +
                              "; write it like tienda_05/2025-02:update=10,delete=3,insert=7");
}

void add_step(Change& change, std::string_view step, std::string_view whole) {
  const std::size_t equals = step.find('=');
  if (equals == std::string_view::npos) refuse_change(whole, "a step needs a number of rows");
  const std::string_view digits = step.substr(equals + 1);
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), count);
  if (error != std::errc{} || end != digits.end() || count < 1 || count > k_max_cell_rows) {
    refuse_change(whole, "a step needs a number of rows from 1 to 9000000");
  }
  const std::string_view kind = step.substr(0, equals);
  if (kind == "update") {
    change.update += count;
  } else if (kind == "delete") {
    change.erase += count;
  } else if (kind == "insert") {
    change.insert += count;
  } else {
    refuse_change(whole, "a step is update, delete or insert");
  }
}

void check_cell(const Cell& cell) {
  const std::string name = std::string{cell.store->id} + "/" + cell.month.text();
  if (cell.base_row_count > k_max_cell_rows) {
    throw std::invalid_argument(name + " would have more than 9000000 rows; ask for fewer lines");
  }
  if (cell.change.update + cell.change.erase > cell.base_row_count ||
      cell.change.insert > k_max_insert) {
    throw std::invalid_argument("--change " + name + ": the cell has " +
                                std::to_string(cell.base_row_count) +
                                " rows to update or delete, and at most 999999 can be inserted");
  }
}

}  // namespace

void add_change(Changes& changes, std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::size_t colon = text.find(':');
  if (slash == std::string_view::npos || colon == std::string_view::npos || colon < slash) {
    refuse_change(text, "store, month and steps are needed");
  }
  const std::string_view store = text.substr(0, slash);
  const auto month = Month::parse(text.substr(slash + 1, colon - slash - 1));
  if (!month) refuse_change(text, "the month cannot be read");
  const Store* found = find_store(store);
  if (found == nullptr || !found->active) refuse_change(text, "no active store has this name");

  Change& change = changes[CellName{std::string{store}, *month}];
  std::string_view steps = text.substr(colon + 1);
  while (true) {
    const std::size_t comma = steps.find(',');
    add_step(change, steps.substr(0, comma), text);
    if (comma == std::string_view::npos) return;
    steps.remove_prefix(comma + 1);
  }
}

std::string changes_text(const Changes& changes) {
  std::string text;
  for (const auto& [name, change] : changes) {
    if (!text.empty()) text.push_back(' ');
    text += name.store + "/" + name.month.text();
    char separator = ':';
    const auto step = [&](const char* kind, std::int64_t count) {
      if (count == 0) return;
      text += separator + std::string{kind} + "=" + std::to_string(count);
      separator = ',';
    };
    step("update", change.update);
    step("delete", change.erase);
    step("insert", change.insert);
  }
  return text;
}

std::vector<Cell> plan_cells(const PlanRequest& request) {
  std::vector<Cell> cells;
  std::vector<std::uint64_t> weights;
  Changes unused = request.changes;
  for (const Store& store : configured_stores()) {
    for (int i = 0; i < request.month_count; ++i) {
      const Month month = request.from.plus(i);
      Change change;
      if (const auto found = unused.extract(CellName{std::string{store.id}, month})) {
        change = found.mapped();
      }
      // A month that was never received may still arrive late, as rows inserted by a change.
      const bool has_data = store.has_data(month);
      if (!has_data && change.insert == 0) {
        if (change.update + change.erase == 0) continue;
        refuse_change(std::string{store.id} + "/" + month.text(), "there are no rows to change");
      }
      cells.push_back(Cell{&store, month, 0, change});
      weights.push_back(has_data ? cell_weight(store, month) : 0);
    }
  }
  if (!unused.empty()) {
    throw std::invalid_argument("--change " + changes_text(unused) +
                                ": no data to change there; look at --from and --months");
  }
  if (std::all_of(weights.begin(), weights.end(), [](std::uint64_t w) { return w == 0; })) {
    throw std::invalid_argument("no store has data in these months; look at --from and --months");
  }
  const std::vector<std::int64_t> counts = apportion(request.line_count, weights);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    cells[i].base_row_count = counts[i];
    check_cell(cells[i]);
  }
  std::erase_if(cells, [](const Cell& c) { return c.base_row_count == 0 && c.change.insert == 0; });
  return cells;
}

}  // namespace decant::examples::retail
