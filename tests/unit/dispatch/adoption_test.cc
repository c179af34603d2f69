// Which claims of an earlier coordinator's workers are believed, and until when.
#include "coordinator/dispatch/adoption.h"

#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant::test {
namespace {

using Answer = Adoption::Answer;

class AdoptionOf : public ::testing::Test {
 protected:
  static constexpr std::int64_t k_grace_ms = 12'000;

  static OpenTask open(std::uint64_t id, std::int64_t fence) {
    return {RunId("run-1"), TaskId(id), Fence(fence), "ventas_raw", "shop-17"};
  }
  static Ledger::Takeover takeover() {
    return {Epoch(2), {open(1, 5), open(2, 6)}, {RunId("run-1")}, TaskId(2)};
  }
  static Task task(std::uint64_t id, std::int64_t fence) {
    Task task;
    task.run = RunId("run-1");
    task.id = TaskId(id);
    task.fence = Fence(fence);
    task.plan.write.table = "ventas_raw";
    return task;
  }
  Answer claim(int worker, const Task& task) {
    return adoption.claim(incarnation(worker), task, task.plan.write.table, now);
  }

  MonotonicMs now{1'000};
  Adoption adoption{takeover(), MonotonicMs{1'000 + k_grace_ms}};
};

TEST_F(AdoptionOf, NothingOpenIsSettledAtOnce) {
  Adoption none(Ledger::Takeover{}, now);
  EXPECT_TRUE(none.is_settled(now));
  EXPECT_TRUE(none.close().empty());
  EXPECT_EQ(none.claim(incarnation(1), task(1, 5), "ventas_raw", now), Answer::kRefused);
}

TEST_F(AdoptionOf, AClaimIsAskedAboutOnceAndThenBelongsToItsWorker) {
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kAsk);
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kWait);
  EXPECT_TRUE(adoption.is_undecided(TaskId(1), Fence(5)));
  const AdoptedTask* adopted = adoption.recorded(TaskId(1), true);
  ASSERT_NE(adopted, nullptr);
  EXPECT_EQ(adopted->worker, incarnation(1));
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kAdopted) << "the answer may have been lost";
  EXPECT_FALSE(adoption.is_undecided(TaskId(1), Fence(5)));
}

TEST_F(AdoptionOf, ItIsSettledWhenEachTaskHasItsOwner) {
  EXPECT_FALSE(adoption.is_settled(now));
  claim(1, task(1, 5));
  claim(2, task(2, 6));
  EXPECT_FALSE(adoption.is_settled(now)) << "the ledger has not answered";
  adoption.recorded(TaskId(1), true);
  adoption.recorded(TaskId(2), true);
  EXPECT_TRUE(adoption.is_settled(now));
  EXPECT_TRUE(adoption.close().empty());
}

TEST_F(AdoptionOf, WhatNobodyClaimsInTimeIsGivenUpOnce) {
  claim(1, task(1, 5));
  adoption.recorded(TaskId(1), true);
  now.value += k_grace_ms;
  EXPECT_TRUE(adoption.is_settled(now));
  const auto lost = adoption.close();
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].id, TaskId(2));
  EXPECT_TRUE(adoption.close().empty());
  EXPECT_EQ(claim(2, task(2, 6)), Answer::kRefused);
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kAdopted);
}

TEST_F(AdoptionOf, AClaimThatTheLedgerRefutesIsFencedOffLikeOneThatNobodyMade) {
  claim(1, task(1, 5));
  EXPECT_EQ(adoption.recorded(TaskId(1), false), nullptr);
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kRefused);
  EXPECT_FALSE(adoption.is_undecided(TaskId(1), Fence(5)));
  now.value += k_grace_ms;
  EXPECT_EQ(adoption.close().size(), 2U);
}

TEST_F(AdoptionOf, AClaimThatTheLedgerCouldNotHearIsMadeAgain) {
  claim(1, task(1, 5));
  adoption.record_failed(TaskId(1));
  EXPECT_TRUE(adoption.is_undecided(TaskId(1), Fence(5)));
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kAsk);
}

TEST_F(AdoptionOf, WhatWasNotHandedOutSoIsRefused) {
  EXPECT_EQ(claim(1, task(1, 4)), Answer::kRefused) << "an older fence";
  Task other_run = task(1, 5);
  other_run.run = RunId("run-0");
  EXPECT_EQ(claim(1, other_run), Answer::kRefused);
  Task other_table = task(1, 5);
  other_table.plan.write.table = "otra";
  EXPECT_EQ(claim(1, other_table), Answer::kRefused);
  Task in_parts = task(1, 5);
  in_parts.chunks_are_complete = false;
  EXPECT_EQ(claim(1, in_parts), Answer::kRefused);
  Task census = task(7, 5);
  census.kind = TaskKind::kCensus;
  EXPECT_EQ(claim(1, census), Answer::kRefused);
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kAsk);
}

TEST_F(AdoptionOf, OneTaskHasOneOwner) {
  EXPECT_EQ(claim(1, task(1, 5)), Answer::kAsk);
  EXPECT_EQ(claim(2, task(1, 5)), Answer::kRefused);
  adoption.recorded(TaskId(1), true);
  EXPECT_EQ(claim(2, task(1, 5)), Answer::kRefused);
  EXPECT_EQ(adoption.adopted().size(), 1U);
}

// Its result was never acknowledged, so the worker still has it; the ledger knows the batches.
TEST_F(AdoptionOf, ATaskThatHasCommittedMayBeClaimedButNobodyWaitsForIt) {
  claim(1, task(1, 5));
  claim(1, task(2, 6));
  adoption.recorded(TaskId(1), true);
  adoption.recorded(TaskId(2), true);
  EXPECT_TRUE(adoption.is_settled(now));
  EXPECT_EQ(claim(1, task(9, 7)), Answer::kAsk);
  EXPECT_FALSE(adoption.is_settled(now));
  EXPECT_NE(adoption.recorded(TaskId(9), true), nullptr);
  EXPECT_TRUE(adoption.is_settled(now));
  adoption.close();
  EXPECT_EQ(claim(1, task(10, 8)), Answer::kRefused);
}

}  // namespace
}  // namespace decant::test
