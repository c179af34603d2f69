// The order in which the cells' rows are mixed into one file.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "examples/retail-sales-etl/random.h"

namespace decant::examples::retail {

// Draws cells by the rows they still have, so that every cell is spread over the whole file. A
// Fenwick tree keeps a draw to a few steps however many cells there are.
class MergeOrder {
 public:
  MergeOrder(const std::vector<std::int64_t>& row_counts, std::uint64_t seed)
      : tree_(row_counts.size() + 1), random_(seed), top_(std::bit_floor(row_counts.size())) {
    for (std::size_t i = 1; i < tree_.size(); ++i) {
      tree_[i] += row_counts[i - 1];
      remaining_ += row_counts[i - 1];
      const std::size_t parent = i + (i & (~i + 1));
      if (parent < tree_.size()) tree_[parent] += tree_[i];
    }
  }

  std::int64_t remaining() const { return remaining_; }

  // The cell whose row comes next; requires remaining() > 0.
  std::size_t next() {
    auto target =
        static_cast<std::int64_t>(random_.below_wide(static_cast<std::uint64_t>(remaining_)));
    std::size_t cell = 0;
    for (std::size_t step = top_; step > 0; step /= 2) {
      if (cell + step < tree_.size() && tree_[cell + step] <= target) {
        cell += step;
        target -= tree_[cell];
      }
    }
    for (std::size_t i = cell + 1; i < tree_.size(); i += i & (~i + 1)) --tree_[i];
    --remaining_;
    return cell;
  }

 private:
  std::vector<std::int64_t> tree_;
  Random random_;
  std::size_t top_;
  std::int64_t remaining_ = 0;
};

}  // namespace decant::examples::retail
