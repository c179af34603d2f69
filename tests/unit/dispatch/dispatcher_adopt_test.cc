// Tasks that an earlier coordinator gave out.
#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant::test {
namespace {

class DispatcherAdopt : public DispatcherFixture {
 protected:
  void SetUp() override {
    dispatcher.set_first_fence(Fence(1000));
    join(1, 1);
  }
  void adopt(std::uint64_t id, std::int64_t fence, int worker = 1) {
    dispatcher.adopt_task(TaskId(id), {"tienda_01"}, 10, Fence(fence), incarnation(worker), now);
  }
  DispatchAction held(std::uint64_t id, std::int64_t fence, int worker = 1) {
    return {Kind::kAssign, TaskId(id), Fence(fence), incarnation(worker), {}};
  }
};

TEST_F(DispatcherAdopt, AnAdoptedTaskIsItsWorkersUnderItsOldFence) {
  adopt(7, 5);
  EXPECT_EQ(state(7), DispatchState::kAssigned);
  EXPECT_TRUE(renew(held(7, 5)));
  EXPECT_EQ(report(held(7, 5), TaskOutcome::kDone), Verdict::kTake);
  EXPECT_EQ(state(7), DispatchState::kDone);
}

TEST_F(DispatcherAdopt, ItTakesASlotOfItsWorker) {
  adopt(7, 5);
  add(8);
  EXPECT_TRUE(assign().empty()) << "the worker has one slot";
  report(held(7, 5), TaskOutcome::kDone);
  EXPECT_EQ(assign().size(), 1U);
}

TEST_F(DispatcherAdopt, NoPhaseWaitsForItBeforeItsOwn) {
  EXPECT_TRUE(dispatcher.finished());
  adopt(7, 5);
  EXPECT_TRUE(dispatcher.finished());
  dispatcher.await_task(TaskId(7));
  EXPECT_FALSE(dispatcher.finished());
  report(held(7, 5), TaskOutcome::kDone);
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(DispatcherAdopt, WhatEndedBeforeItsPhaseCountsWhenItComes) {
  adopt(7, 5);
  add(8);
  report(held(7, 5), TaskOutcome::kDone);
  EXPECT_FALSE(dispatcher.finished()) << "task 8 is not done";
  dispatcher.await_task(TaskId(7));
  report(assign().at(0), TaskOutcome::kDone);
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(DispatcherAdopt, ALostOneIsTakenBackAndHandedOutOnlyInItsPhase) {
  adopt(7, 5, 2);  // of a worker that is not here any more
  const auto bumps = reclaim(false);
  ASSERT_EQ(bumps.size(), 1U);
  EXPECT_EQ(bumps[0].old_fence, Fence(5));
  EXPECT_GT(bumps[0].fence, Fence(999));
  wait(60'000);
  hear(1);
  EXPECT_TRUE(assign().empty());
  dispatcher.await_task(TaskId(7));
  const auto again = assign();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_GT(again[0].fence, bumps[0].fence);
}

TEST_F(DispatcherAdopt, ALostOneThatHadCommittedIsDone) {
  adopt(7, 5, 2);
  reclaim(true);
  dispatcher.await_task(TaskId(7));
  EXPECT_TRUE(dispatcher.finished());
  EXPECT_EQ(state(7), DispatchState::kDone);
}

TEST_F(DispatcherAdopt, AWithdrawnOneIsCancelledAndFencedOffForGood) {
  adopt(7, 5);
  dispatcher.withdraw_task(TaskId(7));
  EXPECT_FALSE(dispatcher.is_settled(TaskId(7)));
  EXPECT_EQ(decide(Kind::kSendCancel).size(), 1U);
  adopt(8, 6);
  dispatcher.withdraw_task(TaskId(8));
  dispatcher.reclaimed(TaskId(7), false, now);
  dispatcher.reclaimed(TaskId(8), true, now);
  EXPECT_EQ(state(7), DispatchState::kFailed);
  EXPECT_EQ(state(8), DispatchState::kDone) << "it had committed; the ledger is read after this";
  EXPECT_TRUE(dispatcher.is_settled(TaskId(7)));
  EXPECT_TRUE(dispatcher.finished()) << "no phase ever waits for it";
}

TEST_F(DispatcherAdopt, AWithdrawnOneThatNobodyHoldsFailsAtOnce) {
  adopt(7, 5, 2);
  reclaim(false);
  dispatcher.withdraw_task(TaskId(7));
  EXPECT_TRUE(dispatcher.is_settled(TaskId(7)));
}

TEST_F(DispatcherAdopt, AHelloThatNamesItRenewsItsLease) {
  adopt(7, 5);
  wait(k_lease_ms - 1);
  Hello hello;
  hello.in_flight = {{TaskId(7), Fence(5)}};
  dispatcher.worker_joined(hello, WorkerName("w1"), incarnation(1), now);
  wait(1);
  EXPECT_TRUE(decide(Kind::kBumpFence).empty());
  EXPECT_EQ(state(7), DispatchState::kAssigned);
}

}  // namespace
}  // namespace decant::test
