// Which entities are tried again when rows that refer to theirs have gone.
#include "coordinator/plan/kept.h"

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

TEST(KeptRowsOf, AChunkThatHoldsWhatItsSourceHasIsNothing) {
  EXPECT_FALSE(kept_rows_of(chunk_of(3, 3)).any());
}

TEST(KeptRowsOf, RowsBeyondThoseOfTheSourceAreCounted) {
  EXPECT_EQ(kept_rows_of(chunk_of(3, 5)).gone(), 2);
  // Also beside rows that were refused.
  ChunkEvidence chunk = chunk_of(3, 3);
  chunk.rows_rejected = 1;
  EXPECT_EQ(kept_rows_of(chunk).gone(), 1);
}

// Their former values count as loaded, the new ones as superseded.
TEST(KeptRowsOf, RowsThatStayAsTheyWereAreCountedBesideRejects) {
  ChunkEvidence chunk = chunk_of(4, 3);
  chunk.rows_rejected = 1;
  chunk.rows_superseded = 2;
  RowsKept kept = kept_rows_of(chunk);
  EXPECT_EQ(kept.changed, 2);
  EXPECT_EQ(kept.gone(), 0);
  chunk.loaded.digest.row_count = 4;
  EXPECT_EQ(kept_rows_of(chunk).gone(), 1);
  chunk.tasks_left = 1;
  EXPECT_FALSE(kept_rows_of(chunk).any());
}

TEST(KeptRowsOf, ARowThatDoesNotMoveIsAChangedOneAndNotGone) {
  RowsKept kept = kept_rows_of(chunk_of(2, 3));  // where it stays
  ChunkEvidence goal = chunk_of(3, 2);
  goal.rows_superseded = 1;
  kept += kept_rows_of(goal);
  EXPECT_EQ(kept.gone(), 0);
  EXPECT_EQ(kept.changed, 1);
}

TEST(RowsRefusedByTarget, AreNotThoseOfOurOwnRules) {
  ChunkEvidence chunk = chunk_of(5, 3);
  chunk.accepted.digest.row_count = 4;
  chunk.rows_rejected = 1;
  EXPECT_EQ(rows_refused_by_target(chunk), 0);
  chunk.rows_rejected = 2;
  EXPECT_EQ(rows_refused_by_target(chunk), 1);
}

TEST(KeptRounds, AnEntityIsTriedAgainOnceSomethingHasChanged) {
  KeptRounds rounds(2);
  rounds.tried(0, true, false, 10);
  rounds.tried(1, false, false, 10);
  EXPECT_EQ(rounds.next(10), std::nullopt);
  EXPECT_EQ(rounds.next(11), 0U);
  rounds.tried(0, true, false, 11);
  EXPECT_EQ(rounds.next(11), std::nullopt);
  rounds.tried(0, false, false, 12);
  EXPECT_EQ(rounds.next(20), std::nullopt);
}

TEST(KeptRounds, RowsThatWereRefusedAreTriedAgainOnceKeptOnesHaveGone) {
  KeptRounds rounds(1);
  rounds.tried(0, false, true, 0);
  EXPECT_EQ(rounds.next(1), std::nullopt) << "nothing was kept that could stand in their way";
  rounds.tried(0, true, true, 0);
  rounds.tried(0, false, true, 1);
  EXPECT_EQ(rounds.next(2), 0U);
  rounds.tried(0, false, false, 2);
  EXPECT_EQ(rounds.next(3), std::nullopt);
}

TEST(KeptRounds, TheLastOneComesFirstSinceItRefersToTheOthers) {
  KeptRounds rounds(3);
  for (std::size_t i = 0; i < 3; ++i) rounds.tried(i, i < 2, false, 0);
  EXPECT_EQ(rounds.next(1), 1U);
  rounds.tried(1, false, false, 1);
  EXPECT_EQ(rounds.next(2), 0U);
}

TEST(KeptRounds, EndsWhereEveryTryChangesRows) {
  KeptRounds rounds(1);
  std::int64_t changes = 0;
  rounds.tried(0, true, false, changes);
  int tries = 0;
  while (rounds.next(changes + 1)) {
    rounds.tried(0, true, false, changes++);
    ASSERT_LT(++tries, 100);
  }
  EXPECT_GT(tries, 1);
}

TEST(KeptRounds, RefusedRowsAreTriedAgainByThemselvesWhereOthersRowsAreTakenOut) {
  KeptRounds copy(1), repair(1, true);
  copy.tried(0, false, true, 3);
  repair.tried(0, false, true, 3);
  EXPECT_FALSE(copy.next(4));
  EXPECT_FALSE(repair.next(3));
  EXPECT_EQ(repair.next(4), 0U);
  repair.tried(0, false, true, 4);
  EXPECT_FALSE(repair.next(4));
}

}  // namespace
}  // namespace decant
