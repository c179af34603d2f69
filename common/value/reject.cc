#include "common/value/reject.h"

#include <utility>

namespace decant {

void RowFaults::reset(std::size_t rows) {
  faulty_.assign(rows, 0);
  entries_.clear();
}

void RowFaults::add(std::size_t row, Reject reject) {
  if (faulty_[row] != 0) return;
  faulty_[row] = 1;
  entries_.push_back({row, std::move(reject)});
}

}  // namespace decant
