// Coming together, staying together and parting.
#include "tests/unit/agent/session_fixture.h"

namespace decant {
namespace {

using SessionGreeting = test::SessionFixture;
using SessionRuns = test::SessionFixture;
using SessionParting = test::SessionFixture;

TEST_F(SessionGreeting, HelloIsSaidAgainWithGrowingPauses) {
  int hellos = 0;
  for (int i = 0; i < 200; ++i) {
    tick_after(100);
    hellos += static_cast<int>(take<Hello>().size());
  }
  EXPECT_GE(hellos, 4);
  EXPECT_LE(hellos, 9);
}

TEST_F(SessionGreeting, AWelcomeBeginsTheRunAndCreditFollows) {
  tick();
  hear(welcome());
  tick();
  EXPECT_TRUE(take<Credit>().empty());
  EXPECT_EQ(take_actions<BeginRun>().size(), 1U);
  hear(welcome());
  tick();
  EXPECT_TRUE(take_actions<BeginRun>().empty());
  session.run_begun(now);
  tick();
  const auto credits = take<Credit>();
  ASSERT_EQ(credits.size(), 1U);
  EXPECT_EQ(credits[0].tasks, 2);
  EXPECT_EQ(last_envelope.job, "ventas");
  EXPECT_EQ(last_envelope.epoch, Epoch(1));
}

TEST_F(SessionGreeting, CreditIsTheSignOfLifeOfAnIdleWorker) {
  begin();
  int credits = 0;
  for (int i = 0; i < 30; ++i) {
    hear(CreditAck{});
    tick_after(1'000);
    credits += static_cast<int>(take<Credit>().size());
  }
  EXPECT_EQ(credits, 3);
}

TEST_F(SessionGreeting, ARunThatCannotBeDoneHereEndsTheWorkerWithItsStatus) {
  tick();
  hear(welcome());
  tick();
  session.run_refused(Error{ErrorCode::kUsage, "POS_USER is not set.", {}, {}, {}});
  tick();
  const auto left = take_actions<Leave>();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].exit_status, 2);
  EXPECT_NE(left[0].text.find("POS_USER"), std::string::npos);
}

TEST_F(SessionGreeting, AnUnknownSessionSaysHelloWithAllThatItHolds) {
  begin();
  hear(task(1, 5));
  hear(task(2, 6));
  tick();
  session.finished(result(1, 5), now);
  tick();
  sent.clear();
  hear(Refusal{Refusal::Code::kUnknownSession, "Say Hello again."});
  tick_after(1'000);
  const auto hellos = take<Hello>();
  ASSERT_EQ(hellos.size(), 1U);
  ASSERT_EQ(hellos[0].in_flight.size(), 2U);
  EXPECT_EQ(hellos[0].in_flight[0].task, TaskId(2));
  EXPECT_EQ(hellos[0].in_flight[1].task, TaskId(1));
  hear(welcome());
  tick();
  EXPECT_TRUE(take_actions<CancelTask>().empty()) << "the run goes on";
}

TEST_F(SessionGreeting, MessagesForAnotherLifeAreNotOurs) {
  tick();
  Envelope envelope;
  envelope.incarnation.value[0] = 8;
  envelope.body = welcome();
  session.received(envelope, now);
  tick();
  EXPECT_TRUE(take_actions<BeginRun>().empty());
}

TEST_F(SessionRuns, ALeaderThatHasBeenFollowedIsIgnored) {
  tick();
  hear(welcome(), 4);
  tick();
  session.run_begun(now);
  tick();
  actions.clear();
  hear(task(1, 5), 3);
  hear(Drain{"an old leader drains"}, 3);
  tick();
  EXPECT_TRUE(actions.empty());
}

TEST_F(SessionRuns, ATaskOfANewLeaderWaitsForItsWelcome) {
  begin();
  hear(task(1, 5), 2);
  tick_after(1'000);
  EXPECT_TRUE(take_actions<StartTask>().empty());
  EXPECT_EQ(take<Hello>().size(), 1U);
  hear(welcome("run-2"), 2);
  tick();
  session.run_begun(now);
  hear(task(1, 5), 2);
  tick();
  EXPECT_EQ(take_actions<StartTask>().size(), 1U);
}

TEST_F(SessionRuns, AnotherRunBeginsWhenTheWorkOfTheOldOneHasStopped) {
  begin();
  hear(task(1, 5));
  hear(task(2, 6));
  tick();
  session.finished(result(2, 6), now);
  tick();
  actions.clear();
  hear(Refusal{Refusal::Code::kUnknownSession, "Say Hello again."});
  hear(welcome("run-2"), 2);
  tick();
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
  session.finished(result(1, 5, TaskOutcome::kCancelled), now);
  sent.clear();
  tick();
  EXPECT_EQ(take_actions<BeginRun>().size(), 1U);
  session.run_begun(now);
  tick();
  EXPECT_TRUE(take<TaskResult>().empty()) << "results of the old run are nobody's";
}

TEST_F(SessionRuns, AWorkerThatHearsNothingForALeaseGreetsAgain) {
  begin();
  tick_after(k_lease_ms);
  EXPECT_EQ(take<Hello>().size(), 1U);
}

// Where the coordinator is one of several.
class SessionRedials : public test::SessionFixture {
 protected:
  static SessionOptions several() {
    SessionOptions options = test::SessionFixture::options();
    options.redials = true;
    return options;
  }
  SessionRedials() { session = Session(several(), now); }
};

TEST_F(SessionRedials, AnEndpointThatStaysSilentIsLeftForTheNext) {
  int hellos = 0;
  while (take_actions<Redial>().empty()) {
    ASSERT_LT(hellos, 10);
    tick_after(100);
    hellos += static_cast<int>(take<Hello>().size());
  }
  EXPECT_EQ(hellos, 4) << "the last goes to the next endpoint";
  hear(welcome());
  tick();
  session.run_begun(now);
  for (int turn = 0; turn < 100; ++turn) {
    tick_after(100);
    hear(CreditAck{});
  }
  EXPECT_TRUE(take_actions<Redial>().empty()) << "somebody answers";
}

TEST_F(SessionRedials, AConnectionThatIsLostIsReasonToAskElsewhere) {
  begin();
  session.disconnected(now);
  for (int turn = 0; turn < 60; ++turn) tick_after(100);
  EXPECT_FALSE(take_actions<Redial>().empty());
}

TEST_F(SessionGreeting, WithOneEndpointThereIsNoOtherToTry) {
  begin();
  session.disconnected(now);
  for (int turn = 0; turn < 500; ++turn) tick_after(100);
  EXPECT_TRUE(take_actions<Redial>().empty());
}

TEST_F(SessionParting, ADrainedWorkerFinishesItsTasksAndSaysGoodbye) {
  begin();
  hear(task(1, 5));
  tick();
  hear(Drain{"the run is over"});
  hear(task(2, 6));
  tick();
  EXPECT_EQ(take<TaskResult>().size(), 1U) << "the second task is given back";
  hear(ResultAck{TaskId(2), Fence(6)});
  session.finished(result(1, 5), now);
  tick();
  EXPECT_FALSE(session.has_left());
  hear(ResultAck{TaskId(1), Fence(5)});
  tick();
  EXPECT_TRUE(session.has_left());
  EXPECT_EQ(take<Goodbye>().size(), 1U);
  EXPECT_EQ(take_actions<Leave>().at(0).exit_status, 0);
}

TEST_F(SessionParting, AWorkerThatIsStoppedCancelsReportsAndLeaves) {
  begin();
  hear(task(1, 5));
  tick();
  session.stop("asked to stop", 0, now);
  tick();
  EXPECT_EQ(take_actions<CancelTask>().size(), 1U);
  session.finished(result(1, 5, TaskOutcome::kCancelled), now);
  tick();
  EXPECT_FALSE(session.has_left());
  hear(ResultAck{TaskId(1), Fence(5)});
  tick();
  EXPECT_TRUE(session.has_left());
}

TEST_F(SessionParting, ItDoesNotWaitForeverForAnAcknowledgement) {
  begin();
  hear(task(1, 5));
  tick();
  session.stop("asked to stop", 0, now);
  session.finished(result(1, 5, TaskOutcome::kCancelled), now);
  tick_after(options().leave_within_ms);
  EXPECT_TRUE(session.has_left());
}

TEST_F(SessionParting, WithoutACoordinatorItLeavesWithASentence) {
  for (int i = 0; i < 61 && !session.has_left(); ++i) tick_after(1'000);
  const auto left = take_actions<Leave>();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].exit_status, 5);
  EXPECT_EQ(left[0].text, "No coordinator has answered at ipc:///run/decant.sock for 60 seconds.");
}

TEST_F(SessionParting, AProcessThatWasSuspendedAsksBeforeItGivesUp) {
  begin();
  tick_after(3'600'000);
  EXPECT_FALSE(session.has_left());
  EXPECT_EQ(take<Hello>().size(), 1U);
  hear(welcome());
  tick_after(1'000);
  EXPECT_FALSE(session.has_left());
}

TEST_F(SessionParting, AnotherVersionIsNoUseTryingAgain) {
  tick();
  hear(Refusal{Refusal::Code::kVersion, "Install the same release on both."});
  tick();
  EXPECT_EQ(take_actions<Leave>().at(0).text, "Install the same release on both.");
}

TEST_F(SessionParting, ATakenNameIsTriedAgainSinceItMayBeOurOwnEarlierLife) {
  tick();
  hear(Refusal{Refusal::Code::kName, "Another living worker is called shop-17."});
  tick_after(5'000);
  EXPECT_FALSE(session.has_left());
  EXPECT_FALSE(take<Hello>().empty());
  for (int i = 0; i < 70 && !session.has_left(); ++i) {
    hear(Refusal{Refusal::Code::kName, "Another living worker is called shop-17."});
    tick_after(1'000);
  }
  const auto left = take_actions<Leave>();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_NE(left[0].text.find("shop-17"), std::string::npos);
}

}  // namespace
}  // namespace decant
