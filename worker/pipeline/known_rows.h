// KnownRows: which of a task's rows the target holds already, as they are. Rows are told by their
// digests (digest.h), so that nothing else than an equal row is taken for one. Pure; one thread.
//
// 16 bytes a row and, once indexed, at most 17 more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/digest/digest.h"

namespace decant {

class KnownRows {
 public:
  // The task's next row.
  void add(const RowDigest& digest) { rows_.push_back({digest[0], digest[1]}); }
  // Once all rows are added. False: two of them are equal, and which of them is which cannot be
  // told.
  bool index();
  // A row that the target holds: strikes ours with the same digest. False: there is none, or it is
  // struck already.
  bool strike(const RowDigest& digest);
  // Whether our row, counted from 0 in the order of add(), is in the target as it is.
  bool is_struck(std::size_t row) const { return row < struck_.size() && struck_[row] != 0; }
  std::size_t size() const { return rows_.size(); }

 private:
  using Prefix = std::array<std::uint64_t, 2>;  // half of a SHA-256

  std::vector<Prefix> rows_;
  std::vector<std::uint8_t> struck_;
  std::vector<std::uint32_t> slots_;  // open addressing; row + 1, 0: free
};

}  // namespace decant
