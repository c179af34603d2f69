#include "common/connector/files/key_histogram.h"

#include <algorithm>
#include <optional>

namespace decant {

void KeyHistogram::add(std::int64_t key) {
  if (counts_.empty()) {
    counts_.assign(k_buckets, 0);
    first_ = low_ = high_ = key;
    // Bucket numbers near the ends of 64 bits leave no room for arithmetic until they are shifted
    // once.
    if (key > INT64_MAX - k_buckets) first_ = INT64_MAX - k_buckets + 1;
  }
  const std::int64_t bucket = key >> shift_;
  // Without a sign, a bucket below the first one is far above the last one too.
  if (static_cast<std::uint64_t>(bucket) - static_cast<std::uint64_t>(first_) >= k_buckets) {
    make_room(key);
  } else {
    low_ = std::min(low_, bucket);
    high_ = std::max(high_, bucket);
  }
  ++counts_[static_cast<std::size_t>((key >> shift_) - first_)];
}

void KeyHistogram::make_room(std::int64_t key) {
  const int old_shift = shift_;
  const std::int64_t old_first = first_;
  std::int64_t bucket = key >> shift_;
  const bool grows_down = bucket < low_;
  low_ = std::min(low_, bucket);
  high_ = std::max(high_, bucket);
  // The difference may need 64 bits without a sign.
  while (static_cast<std::uint64_t>(high_) - static_cast<std::uint64_t>(low_) >= k_buckets) {
    low_ >>= 1;
    high_ >>= 1;
    ++shift_;
  }
  // The free buckets lie where the keys are growing to.
  first_ = grows_down ? (high_ < INT64_MIN + k_buckets ? INT64_MIN : high_ - k_buckets + 1) : low_;
  if (first_ > INT64_MAX - k_buckets) first_ = INT64_MAX - k_buckets + 1;
  std::vector<std::int64_t> counts(k_buckets, 0);
  for (std::int64_t i = 0; i < k_buckets; ++i) {
    const std::int64_t rows = counts_[static_cast<std::size_t>(i)];
    if (rows == 0) continue;
    counts[static_cast<std::size_t>(((old_first + i) >> (shift_ - old_shift)) - first_)] += rows;
  }
  counts_ = std::move(counts);
}

std::vector<KeyHistogram::Piece> KeyHistogram::pieces(std::int64_t rows_per_piece) const {
  std::vector<Piece> out;
  if (counts_.empty()) return out;
  const auto limit = [this](std::int64_t bucket) -> std::optional<std::int64_t> {
    if (bucket > INT64_MAX >> shift_) return std::nullopt;
    return bucket << shift_;
  };
  Piece piece;
  piece.range.begin = limit(low_);
  for (std::int64_t bucket = low_; bucket <= high_; ++bucket) {
    piece.rows += counts_[static_cast<std::size_t>(bucket - first_)];
    const bool is_last = bucket == high_;
    if (piece.rows < rows_per_piece && !is_last) continue;
    piece.range.end = bucket == INT64_MAX ? std::nullopt : limit(bucket + 1);
    out.push_back(piece);
    if (is_last) break;  // before the number is counted beyond 64 bits
    piece = {};
    piece.range.begin = out.back().range.end;
  }
  return out;
}

}  // namespace decant
