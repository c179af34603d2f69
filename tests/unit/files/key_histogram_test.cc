#include "common/connector/files/key_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace decant {
namespace {

// Every key lies in exactly one piece, and the pieces count what was added.
void check(const std::vector<std::int64_t>& keys, std::int64_t rows_per_piece) {
  KeyHistogram histogram;
  for (const std::int64_t key : keys) histogram.add(key);
  const auto pieces = histogram.pieces(rows_per_piece);
  for (std::size_t i = 0; i + 1 < pieces.size(); ++i)
    EXPECT_EQ(pieces[i].range.end, pieces[i + 1].range.begin);
  std::vector<std::int64_t> counted(pieces.size());
  for (const std::int64_t key : keys) {
    int found = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (!pieces[i].range.contains(key)) continue;
      ++found;
      ++counted[i];
    }
    EXPECT_EQ(found, 1) << key;
  }
  for (std::size_t i = 0; i < pieces.size(); ++i) EXPECT_EQ(counted[i], pieces[i].rows);
}

TEST(KeyHistogram, CountsDenseKeysInEitherDirection) {
  std::vector<std::int64_t> keys;
  for (std::int64_t i = 0; i < 20'000; ++i) keys.push_back(i);
  check(keys, 1000);
  std::reverse(keys.begin(), keys.end());
  check(keys, 1000);
}

TEST(KeyHistogram, CountsKeysAtTheEndsOf64Bits) {
  check({INT64_MAX}, 1);
  check({INT64_MIN}, 1);
  check({INT64_MAX, INT64_MAX - 1, INT64_MAX - 5000}, 1);
  check({INT64_MIN, INT64_MIN + 1, INT64_MIN + 5000}, 1);
  check({INT64_MIN, INT64_MAX, 0, -1}, 1);
  check({INT64_MAX, INT64_MIN}, 10);
  check({INT64_MIN + 5000, INT64_MIN, INT64_MIN + 1}, 1);
}

TEST(KeyHistogram, CountsRandomKeysOfAnySpread) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 60; ++round) {
    const int shift = static_cast<int>(random() % 64);
    std::vector<std::int64_t> keys;
    for (int i = 0; i < 300; ++i) keys.push_back(static_cast<std::int64_t>(random()) >> shift);
    check(keys, 20);
  }
}

TEST(KeyHistogram, HasNoPiecesWithoutKeys) { EXPECT_TRUE(KeyHistogram().pieces(10).empty()); }

}  // namespace
}  // namespace decant
