// Tasks, leases and results.
#include "tests/unit/agent/session_fixture.h"

namespace decant {
namespace {

using SessionLease = test::SessionFixture;
using SessionResult = test::SessionFixture;

TEST_F(SessionLease, ATaskIsAcceptedStartedAndItsLeaseAskedForAtOnce) {
  begin();
  hear(task(1, 5));
  tick();
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(std::get<Accept>(sent[0]).fence, Fence(5));
  EXPECT_EQ(std::get<Progress>(sent[1]).renewal, 1U);
  const auto started = take_actions<StartTask>();
  ASSERT_EQ(started.size(), 1U);
  EXPECT_EQ(started[0].task.id, TaskId(1));
}

TEST_F(SessionLease, ItIsRenewedEveryThirdOfALeaseWithTheRowsSoFar) {
  begin();
  hear(task(1, 5));
  tick();
  take<Progress>();
  tick_after(k_lease_ms / 3 - 1);
  EXPECT_TRUE(take<Progress>().empty());
  session.progressed({TaskId(1), Fence(5)}, 1234);
  tick_after(1);
  const auto renewals = take<Progress>();
  ASSERT_EQ(renewals.size(), 1U);
  EXPECT_EQ(renewals[0].rows, 1234);
  EXPECT_EQ(renewals[0].renewal, 2U);
}

TEST_F(SessionLease, ItRunsFromTheSendingOfTheRenewalThatWasAcknowledged) {
  begin();
  hear(task(1, 5));
  tick();              // renewal 1 is sent now
  tick_after(10'000);  // renewal 2 is sent now, and lost
  now.value += 9'000;
  hear(ProgressAck{TaskId(1), Fence(5), true, 1});
  tick_after(k_lease_ms - 19'000 - 1);
  EXPECT_TRUE(take_actions<CancelTask>().empty());
  tick_after(1);
  const auto cancels = take_actions<CancelTask>();
  ASSERT_EQ(cancels.size(), 1U);
  EXPECT_EQ(cancels[0].task.fence, Fence(5));
}

TEST_F(SessionLease, AnAcknowledgedRenewalKeepsTheWorkGoing) {
  begin();
  hear(task(1, 5));
  tick();
  for (std::uint64_t renewal = 1; renewal <= 12; ++renewal) {
    hear(ProgressAck{TaskId(1), Fence(5), true, renewal});
    tick_after(k_lease_ms / 3);
  }
  EXPECT_TRUE(take_actions<CancelTask>().empty());
}

TEST_F(SessionLease, AnAcknowledgementThatComesTwiceRenewsNothing) {
  begin();
  hear(task(1, 5));
  tick();
  hear(ProgressAck{TaskId(1), Fence(5), true, 1});
  tick_after(k_lease_ms / 3);
  hear(ProgressAck{TaskId(1), Fence(5), true, 1});
  tick_after(k_lease_ms * 2 / 3);
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
}

TEST_F(SessionLease, ATaskThatIsNoLongerOursIsCancelledOnce) {
  begin();
  hear(task(1, 5));
  tick();
  hear(ProgressAck{TaskId(1), Fence(5), false, 1});
  hear(ProgressAck{TaskId(1), Fence(5), false, 1});
  tick();
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
}

TEST_F(SessionLease, OnlyAsManyTasksRunAsThereAreSlots) {
  begin();
  for (std::uint64_t id = 1; id <= 3; ++id) hear(task(id, 5));
  tick();
  EXPECT_EQ(take_actions<StartTask>().size(), 2U);
  session.finished(result(1, 5), now);
  tick();
  EXPECT_EQ(take_actions<StartTask>().size(), 1U);
}

TEST_F(SessionLease, WhatAWorkerCannotHoldItGivesBack) {
  begin();
  for (std::uint64_t id = 1; id <= 5; ++id) hear(task(id, 5));
  tick();
  const auto results = take<TaskResult>();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].task, TaskId(5));
  EXPECT_EQ(results[0].outcome, TaskOutcome::kCancelled);
}

TEST_F(SessionLease, ATaskThatCameTwiceIsRunOnce) {
  begin();
  hear(task(1, 5));
  hear(task(1, 5));
  tick();
  EXPECT_EQ(take_actions<StartTask>().size(), 1U);
  session.finished(result(1, 5), now);
  hear(task(1, 5));
  tick();
  hear(ResultAck{TaskId(1), Fence(5)});
  hear(task(1, 5));
  tick();
  EXPECT_TRUE(take_actions<StartTask>().empty());
}

TEST_F(SessionLease, ACancelledTaskIsStoppedAndReported) {
  begin();
  hear(task(1, 5));
  tick();
  hear(Cancel{TaskId(1), Fence(5), "called off"});
  tick();
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
  session.finished(result(1, 5, TaskOutcome::kCancelled), now);
  sent.clear();
  tick();
  EXPECT_EQ(take<TaskResult>().size(), 1U);
}

TEST_F(SessionLease, ATaskThatComesAfterItsCancelIsNotRun) {
  begin();
  hear(Cancel{TaskId(1), Fence(5), "called off"});
  tick();
  const auto results = take<TaskResult>();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].outcome, TaskOutcome::kCancelled);
  hear(ResultAck{TaskId(1), Fence(5)});
  hear(task(1, 5));
  tick();
  EXPECT_TRUE(take_actions<StartTask>().empty());
}

TEST_F(SessionResult, ItIsSentAgainWithGrowingPausesUntilAcknowledged) {
  begin();
  hear(task(1, 5));
  tick();
  session.finished(result(1, 5), now);
  sent.clear();
  tick();
  EXPECT_EQ(take<TaskResult>().size(), 1U);
  std::vector<std::int64_t> gaps;
  std::int64_t gap = 0;
  while (gaps.size() < 5) {
    tick_after(10);
    gap += 10;
    if (take<TaskResult>().empty()) continue;
    gaps.push_back(gap);
    gap = 0;
  }
  EXPECT_GE(gaps.front(), 500);
  EXPECT_GT(gaps.back(), 2 * gaps.front());
  hear(ResultAck{TaskId(1), Fence(5)});
  tick_after(60'000);
  EXPECT_TRUE(take<TaskResult>().empty());
}

// Else it would be handed out again and again, and each time be waited for until its lease is over.
TEST_F(SessionResult, ATaskThatCannotBeReadIsAnsweredWithTheReason) {
  begin();
  session.undecodable(Error{ErrorCode::kProtocol, "It is of tomorrow.", {}, {}, {}},
                      TaskInFlight{TaskId(4), Fence(6)}, now);
  tick();
  const auto results = take<TaskResult>();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].task, TaskId(4));
  EXPECT_EQ(results[0].fence, Fence(6));
  EXPECT_EQ(results[0].outcome, TaskOutcome::kFailed);
  EXPECT_NE(results[0].error->message.find("It is of tomorrow."), std::string::npos);
}

TEST_F(SessionResult, AnAcknowledgementOfAnotherFenceIsNotItsOwn) {
  begin();
  hear(task(1, 5));
  tick();
  session.finished(result(1, 5), now);
  tick();
  sent.clear();
  hear(ResultAck{TaskId(1), Fence(4)});
  tick_after(1'000);
  EXPECT_EQ(take<TaskResult>().size(), 1U);
}

}  // namespace
}  // namespace decant
