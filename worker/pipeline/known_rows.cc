#include "worker/pipeline/known_rows.h"

#include <bit>

namespace decant {

bool KnownRows::index() {
  slots_.assign(std::bit_ceil(2 * rows_.size() + 1), 0);
  struck_.assign(rows_.size(), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::size_t slot = rows_[row][0] & mask;
    for (; slots_[slot] != 0; slot = (slot + 1) & mask)
      if (rows_[slots_[slot] - 1] == rows_[row]) return false;
    slots_[slot] = static_cast<std::uint32_t>(row + 1);
  }
  return true;
}

bool KnownRows::strike(const RowDigest& digest) {
  const Prefix wanted = {digest[0], digest[1]};
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = wanted[0] & mask; slots_[slot] != 0; slot = (slot + 1) & mask) {
    const std::size_t row = slots_[slot] - 1;
    if (rows_[row] != wanted) continue;
    if (struck_[row] != 0) return false;
    struck_[row] = 1;
    return true;
  }
  return false;
}

}  // namespace decant
