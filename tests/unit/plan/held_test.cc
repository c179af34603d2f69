// Which entities are tried again when rows that refer to theirs have gone.
#include "coordinator/plan/held.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decant {
namespace {

ChunkEvidence chunk_of(std::int64_t read, std::int64_t loaded) {
  ChunkEvidence chunk;
  chunk.rows_read = read;
  chunk.accepted.digest.row_count = read;
  chunk.loaded.digest.row_count = loaded;
  return chunk;
}

TEST(HeldRowsOf, AChunkThatHoldsWhatItsSourceHasIsNothing) {
  EXPECT_FALSE(held_rows_of(chunk_of(3, 3)).any());
}

TEST(HeldRowsOf, RowsBeyondThoseOfTheSourceAreCounted) {
  EXPECT_EQ(held_rows_of(chunk_of(3, 5)).gone, 2);
  // Also beside rows that were refused.
  ChunkEvidence chunk = chunk_of(3, 3);
  chunk.rows_rejected = 1;
  EXPECT_EQ(held_rows_of(chunk).gone, 1);
}

TEST(HeldRowsOf, AsManyRowsWithOtherValuesAreAChangedChunk) {
  ChunkEvidence chunk = chunk_of(3, 3);
  RowDigest digest{};
  chunk.loaded.digest.add(digest);
  chunk.loaded.digest.row_count = 3;
  digest.fill(1);
  chunk.accepted.digest.add(digest);
  chunk.accepted.digest.row_count = 3;
  EXPECT_EQ(held_rows_of(chunk).changed_chunks, 1);
  chunk.tasks_left = 1;
  EXPECT_FALSE(held_rows_of(chunk).any());
}

TEST(HeldRounds, AnEntityIsTriedAgainOnceSomethingHasChanged) {
  HeldRounds rounds(2);
  rounds.tried(0, true, 10);
  rounds.tried(1, false, 10);
  EXPECT_EQ(rounds.next(10), std::nullopt);
  EXPECT_EQ(rounds.next(11), 0U);
  rounds.tried(0, true, 11);
  EXPECT_EQ(rounds.next(11), std::nullopt);
  rounds.tried(0, false, 12);
  EXPECT_EQ(rounds.next(20), std::nullopt);
}

TEST(HeldRounds, TheLastOneComesFirstSinceItRefersToTheOthers) {
  HeldRounds rounds(3);
  for (std::size_t i = 0; i < 3; ++i) rounds.tried(i, i < 2, 0);
  EXPECT_EQ(rounds.next(1), 1U);
  rounds.tried(1, false, 1);
  EXPECT_EQ(rounds.next(2), 0U);
}

TEST(HeldRounds, EndsWhereEveryTryChangesRows) {
  HeldRounds rounds(1);
  std::int64_t changes = 0;
  rounds.tried(0, true, changes);
  int tries = 0;
  while (rounds.next(changes + 1)) {
    rounds.tried(0, true, changes++);
    ASSERT_LT(++tries, 100);
  }
  EXPECT_GT(tries, 1);
}

}  // namespace
}  // namespace decant
