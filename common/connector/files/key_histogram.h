// KeyHistogram: how integer keys are spread, counted in one pass in bounded memory.
#pragma once

#include <cstdint>
#include <vector>

#include "common/job/slice.h"

namespace decant {

// 4,096 buckets of a width that is a power of two; the width doubles when a key does not fit.
// Counts are exact, bucket limits are multiples of the width.
class KeyHistogram {
 public:
  static constexpr std::int64_t k_buckets = 4096;

  void add(std::int64_t key);

  struct Piece {
    ValueRange range;
    std::int64_t rows = 0;
  };
  // Neighbouring buckets together, until a piece has at least `rows_per_piece` rows. Pieces touch;
  // the end of the last one is open where it would lie beyond 64 bits.
  std::vector<Piece> pieces(std::int64_t rows_per_piece) const;

 private:
  void make_room(std::int64_t key);

  std::vector<std::int64_t> counts_;
  int shift_ = 0;           // a bucket is 2^shift_ wide
  std::int64_t first_ = 0;  // bucket number (key >> shift_) of counts_[0]
  std::int64_t low_ = 0;    // bucket numbers in use
  std::int64_t high_ = 0;
};

}  // namespace decant
