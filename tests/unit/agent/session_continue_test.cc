// A coordinator that goes on with the run of one that died: what the worker holds is claimed.
#include "tests/unit/agent/session_fixture.h"

namespace decant {
namespace {

class SessionContinue : public test::SessionFixture {
 protected:
  static Welcome next_run() {
    Welcome next = welcome("run-2");
    next.continued_runs = {RunId("run-0"), RunId("run-1")};
    return next;
  }
  // As far as a worker that runs task 1 when another coordinator answers.
  void begin_and_meet_the_next() {
    begin();
    hear(task(1, 5));
    tick();
    hear(ProgressAck{TaskId(1), Fence(5), true, 1});
    sent.clear();
    actions.clear();
    hear(Refusal{Refusal::Code::kUnknownSession, "Who are you?"}, 2);
    tick();
    hear(next_run(), 2);
  }
};

TEST_F(SessionContinue, WhatItHoldsGoesOnAndIsClaimedUntilSomebodyAnswers) {
  begin_and_meet_the_next();
  tick();
  const auto claims = take<Claim>();
  ASSERT_EQ(claims.size(), 1U);
  EXPECT_EQ(claims[0].task.id, TaskId(1));
  EXPECT_EQ(claims[0].task.fence, Fence(5));
  EXPECT_TRUE(take_actions<CancelTask>().empty());
  EXPECT_TRUE(take_actions<BeginRun>().empty()) << "the runner is ready already";
  tick_after(1'000);
  EXPECT_EQ(take<Claim>().size(), 1U) << "it was not said again";
  hear(ClaimAck{TaskId(1), Fence(5), true}, 2);
  tick_after(10'000);
  EXPECT_TRUE(take<Claim>().empty());
}

TEST_F(SessionContinue, ItsHelloNamesWhatItHolds) {
  begin();
  hear(task(1, 5));
  tick();
  sent.clear();
  hear(Refusal{Refusal::Code::kUnknownSession, "Who are you?"}, 2);
  tick_after(1'000);
  const auto hellos = take<Hello>();
  ASSERT_EQ(hellos.size(), 1U);
  ASSERT_EQ(hellos[0].in_flight.size(), 1U);
  EXPECT_EQ(hellos[0].in_flight[0].fence, Fence(5));
}

TEST_F(SessionContinue, NothingElseIsSaidOfATaskBeforeItsClaimIsAnswered) {
  begin_and_meet_the_next();
  session.finished(result(1, 5), now);
  tick_after(k_lease_ms / 3);
  EXPECT_TRUE(take<Progress>().empty());
  tick_after(1'000);
  EXPECT_TRUE(take<TaskResult>().empty());
  hear(ClaimAck{TaskId(1), Fence(5), true}, 2);
  tick();
  ASSERT_EQ(take<TaskResult>().size(), 1U);
  hear(ResultAck{TaskId(1), Fence(5)}, 2);
  tick_after(60'000);
  EXPECT_TRUE(take<TaskResult>().empty());
}

TEST_F(SessionContinue, AnAnsweredClaimIsFollowedByARenewalAtOnce) {
  begin_and_meet_the_next();
  hear(ClaimAck{TaskId(1), Fence(5), true}, 2);
  tick();
  EXPECT_EQ(take<Progress>().size(), 1U);
}

TEST_F(SessionContinue, AClaimThatIsRefusedStopsTheTask) {
  begin_and_meet_the_next();
  hear(ClaimAck{TaskId(1), Fence(5), false}, 2);
  tick();
  const auto cancels = take_actions<CancelTask>();
  ASSERT_EQ(cancels.size(), 1U);
  EXPECT_EQ(cancels[0].task.fence, Fence(5));
}

TEST_F(SessionContinue, AResultThatNobodyAcknowledgedIsClaimedWithItsTask) {
  begin();
  hear(task(1, 5));
  tick();
  session.finished(result(1, 5), now);
  tick();
  sent.clear();
  hear(next_run(), 2);
  tick();
  ASSERT_EQ(take<Claim>().size(), 1U);
  hear(ClaimAck{TaskId(1), Fence(5), false}, 2);
  tick_after(60'000);
  EXPECT_TRUE(take<TaskResult>().empty()) << "a refused claim leaves no result to send";
}

// The lease runs from the old coordinator's last word, however long the new one takes.
TEST_F(SessionContinue, ItsLeaseRunsOnWhileNobodyHasAnswered) {
  begin_and_meet_the_next();
  tick_after(k_lease_ms - 1);
  EXPECT_TRUE(take_actions<CancelTask>().empty());
  tick_after(1);
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
}

TEST_F(SessionContinue, AThirdCoordinatorHearsOfTheTaskToo) {
  begin_and_meet_the_next();
  hear(ClaimAck{TaskId(1), Fence(5), true}, 2);
  tick();
  sent.clear();
  Welcome third = welcome("run-3");
  third.continued_runs = {RunId("run-1"), RunId("run-2")};
  hear(third, 3);
  tick();
  EXPECT_EQ(take<Claim>().size(), 1U);
  EXPECT_TRUE(take_actions<CancelTask>().empty());
}

TEST_F(SessionContinue, ARunThatDoesNotGoOnWithOursCancelsWhatIsHeld) {
  begin();
  hear(task(1, 5));
  tick();
  actions.clear();
  Welcome stranger = next_run();
  stranger.continued_runs = {RunId("run-0")};
  hear(stranger, 2);
  tick();
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
}

TEST_F(SessionContinue, AnotherJobTextIsAnotherRun) {
  begin();
  hear(task(1, 5));
  tick();
  actions.clear();
  Welcome other = next_run();
  other.job_text = "job: changed";
  hear(other, 2);
  tick();
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
  EXPECT_TRUE(take<Claim>().empty());
}

TEST_F(SessionContinue, AConnectionThatIsThereAgainIsGreetedAtOnce) {
  begin();
  session.reconnected(now);
  tick();
  EXPECT_EQ(take<Hello>().size(), 1U);
  hear(welcome());
  tick();
  EXPECT_TRUE(session.is_working());
}

}  // namespace
}  // namespace decant
