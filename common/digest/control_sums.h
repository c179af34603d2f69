// Control sums: exact sums of a column, or of a product of columns, that an accountant knows the
// set by.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/value/batch.h"
#include "common/value/decimal.h"

namespace decant {

// One sum as the job writes it: "total" or "cantidad * precio_unitario" (any number of factors).
struct ControlSum {
  std::string expression;
  std::vector<int> columns;  // factors, as positions in the schema
};

class ControlSums {
 public:
  // kUsage when a factor is no column of `schema` (with the nearest name) or is not an integer or a
  // decimal.
  static Result<ControlSums> make(const std::vector<std::string>& expressions,
                                  const Schema& schema);

  const std::vector<ControlSum>& sums() const { return sums_; }
  // Adds one row to `totals` (as many as sums()). A NULL factor adds nothing, as in SQL.
  void add(const RowBatch& batch, std::size_t row, std::vector<ExactSum>& totals) const;

 private:
  std::vector<ControlSum> sums_;
};

}  // namespace decant
