// What is true of a data set, for whoever has to prove that a copy of it is whole. It is the same
// for all layouts of the same rows. Decimals are text, because JSON numbers lose digits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "examples/retail-sales-etl/plan.h"
#include "examples/retail-sales-etl/sales.h"

namespace decant::examples::retail {

struct CellTruth {
  const Store* store;
  Month month;
  Sums sums;
};

// Lists every configured store, those without rows too; within a store the months that have a file.
std::string truth_json(std::uint64_t seed, const PlanRequest& plan,
                       const std::vector<CellTruth>& cells);

}  // namespace decant::examples::retail
