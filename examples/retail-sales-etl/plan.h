// How many rows each store has in each month, decided before a row is made: the total is exact, and
// a cell's rows depend on nothing but its own plan and the seed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "examples/retail-sales-etl/month.h"
#include "examples/retail-sales-etl/stores.h"

namespace decant::examples::retail {

// What happened to a cell at the source since it was first delivered.
struct Change {
  std::int64_t update = 0;  // rows whose quantity, and so whose total, was corrected
  std::int64_t erase = 0;   // rows that are gone
  std::int64_t insert = 0;  // rows that arrived late, under sale numbers of their own
};

struct CellName {
  std::string store;
  Month month;

  friend auto operator<=>(const CellName&, const CellName&) = default;
};

using Changes = std::map<CellName, Change>;

struct PlanRequest {
  std::int64_t line_count = 2'000'000;
  Month from = k_first_month;
  int month_count = k_month_count;
  Changes changes;
};

struct Cell {
  const Store* store;
  Month month;
  std::int64_t base_row_count;  // before the change
  Change change;

  std::int64_t row_count() const { return base_row_count - change.erase + change.insert; }
};

// Adds "tienda_05/2025-02:update=10,delete=3,insert=7" to `changes`.
// Throws std::invalid_argument with advice where the text cannot be read.
void add_change(Changes& changes, std::string_view text);

// The way back: the form above, joined by spaces, the same for equal changes.
std::string changes_text(const Changes& changes);

// Cells with rows, store by store, months ascending. Their base rows add up to line_count exactly.
// Throws std::invalid_argument if no store has data in the window or a change does not fit its
// cell.
std::vector<Cell> plan_cells(const PlanRequest& request);

}  // namespace decant::examples::retail
