// ChunkTotals: what a set of rows amounts to; totals of batches add up to chunks, slices and runs.
#pragma once

#include <vector>

#include "common/digest/digest.h"
#include "common/value/decimal.h"

namespace decant {

struct ChunkTotals {
  SetDigest digest;             // with the row count
  std::vector<ExactSum> sums;   // one per control sum of the entity
  void merge(const ChunkTotals& other);
};

}  // namespace decant
