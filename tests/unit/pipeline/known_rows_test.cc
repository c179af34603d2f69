#include "worker/pipeline/known_rows.h"

#include <gtest/gtest.h>

#include <random>

namespace decant {
namespace {

RowDigest digest_of(std::uint64_t number) {
  RowHasher hasher;
  return hasher.hash(std::to_string(number));
}

TEST(KnownRows, ThoseThatTheTargetHoldsAreStruckAndNoOthers) {
  std::mt19937 random(11);
  KnownRows known;
  constexpr std::size_t k_rows = 5000;
  for (std::size_t i = 0; i < k_rows; ++i) known.add(digest_of(i));
  ASSERT_TRUE(known.index());
  std::vector<bool> held(k_rows);
  for (std::size_t i = 0; i < k_rows; ++i) {
    held[i] = random() % 3 != 0;
    if (held[i]) {
      EXPECT_TRUE(known.strike(digest_of(i)));
    }
    EXPECT_FALSE(known.strike(digest_of(k_rows + i))) << "it is none of ours";
  }
  for (std::size_t i = 0; i < k_rows; ++i) EXPECT_EQ(known.is_struck(i), held[i]) << i;
}

TEST(KnownRows, ARowIsStruckOnce) {
  KnownRows known;
  known.add(digest_of(1));
  ASSERT_TRUE(known.index());
  EXPECT_TRUE(known.strike(digest_of(1)));
  EXPECT_FALSE(known.strike(digest_of(1)));
}

TEST(KnownRows, RowsThatDifferInTheLastBytesOfTheComparedHalfAreTwo) {
  KnownRows known;
  known.add({7, 1, 0, 0});
  known.add({7, 2, 0, 0});
  ASSERT_TRUE(known.index());
  EXPECT_TRUE(known.strike({7, 2, 0, 0}));
  EXPECT_FALSE(known.is_struck(0));
  EXPECT_TRUE(known.is_struck(1));
}

TEST(KnownRows, OfEqualRowsNobodyCanTellWhichIsThere) {
  KnownRows known;
  for (const std::uint64_t number : {1, 2, 1}) known.add(digest_of(number));
  EXPECT_FALSE(known.index());
}

TEST(KnownRows, OfNoRowsNoneIsThere) {
  KnownRows known;
  ASSERT_TRUE(known.index());
  EXPECT_FALSE(known.strike(digest_of(1)));
  EXPECT_FALSE(known.is_struck(0));
}

}  // namespace
}  // namespace decant
