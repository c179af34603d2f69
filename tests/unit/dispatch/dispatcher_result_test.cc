#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant {
namespace {

using test::incarnation;
using test::Kind;

using Results = test::DispatcherFixture;
using Retrying = test::DispatcherFixture;
using CallingOff = test::DispatcherFixture;

TEST_F(Results, AResultCountsOnce) {
  add(1);
  join(1, 1);
  const auto first = assign();
  EXPECT_EQ(report(first[0], TaskOutcome::kDone), Verdict::kTake);
  EXPECT_EQ(report(first[0], TaskOutcome::kDone), Verdict::kDuplicate);
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(Results, AResultUnderAnOlderFenceIsStale) {
  add(1);
  join(1, 1);
  const auto first = assign();
  wait(k_lease_ms);
  EXPECT_EQ(reclaim(false).size(), 1U);
  EXPECT_EQ(report(first[0], TaskOutcome::kDone), Verdict::kStale);
  EXPECT_EQ(state(1), DispatchState::kPending);
}

TEST_F(Results, AResultOfAnotherWorkerOrOfNoTaskIsStale) {
  add(1);
  join(1, 1);
  auto first = assign()[0];
  first.worker = incarnation(2);
  EXPECT_EQ(report(first, TaskOutcome::kDone), Verdict::kStale);
  first.task = TaskId(99);
  EXPECT_EQ(report(first, TaskOutcome::kDone), Verdict::kStale);
}

TEST_F(Results, AnUnknownCommitIsSettledByTheLedger) {
  for (const bool was_committed : {true, false}) {
    const std::uint64_t id = was_committed ? 1 : 2;
    add(id);
    join(1, 1);
    report(assign().at(0), TaskOutcome::kCommitUnknown);
    EXPECT_EQ(reclaim(was_committed).size(), 1U);
    EXPECT_EQ(state(id), was_committed ? DispatchState::kDone : DispatchState::kPending);
  }
}

TEST_F(Results, AStagedResultIsDoneOnlyWhenTheCoordinatorHasCommittedIt) {
  add(1);
  join(1, 1);
  const auto first = assign();
  EXPECT_EQ(report(first[0], TaskOutcome::kStaged), Verdict::kTake);
  EXPECT_EQ(report(first[0], TaskOutcome::kStaged), Verdict::kDuplicate);
  EXPECT_FALSE(dispatcher.finished());
  dispatcher.committed(TaskId(1));
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(Results, AStagedResultThatCouldNotBeCommittedIsDoneAgain) {
  add(1);
  join(1, 1);
  report(assign().at(0), TaskOutcome::kStaged);
  dispatcher.commit_failed(TaskId(1), Error{ErrorCode::kUnreachable, "gone", {}, {}, {}}, now);
  EXPECT_EQ(reclaim(false).size(), 1U);
  EXPECT_EQ(state(1), DispatchState::kPending);
}

TEST_F(Retrying, AnErrorThatAPersonMustMendFailsAtOnce) {
  add(1);
  join(1, 1);
  const ErrorCode code = ErrorCode::kUsage;
  ASSERT_EQ(remedy_for(code), Remedy::kAbort);
  report(assign().at(0), TaskOutcome::kFailed, code);
  EXPECT_EQ(state(1), DispatchState::kFailed);
  ASSERT_TRUE(task(1).last_error);
  EXPECT_EQ(task(1).last_error->code, code);
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(Retrying, AnErrorThatMayPassIsTriedAgainAndTheFourthTimeIsTheLast) {
  add(1);
  join(1, 1);
  std::int64_t pause_ms = 1'000;
  for (int attempt = 1; attempt <= 4; ++attempt) {
    const auto actions = assign();
    ASSERT_EQ(actions.size(), 1U) << attempt;
    report(actions[0], TaskOutcome::kFailed);
    ASSERT_EQ(reclaim(false).size(), 1U);
    if (attempt == 4) break;
    wait(pause_ms - 1);
    hear(1);
    EXPECT_TRUE(assign().empty());
    wait(pause_ms / 2 + 1);
    pause_ms *= 2;
  }
  EXPECT_EQ(state(1), DispatchState::kFailed);
  EXPECT_EQ(task(1).last_error->message, "It failed.");
}

TEST_F(Retrying, ATaskOfWhichItsWorkerGivesNoSignEveryTimeFailsWithASentence) {
  add(1);
  join(1, 1);
  for (int attempt = 1; attempt <= 4; ++attempt) {
    ASSERT_EQ(assign().size(), 1U);
    wait(k_lease_ms);
    hear(1);
    reclaim(false);
    for (int i = 0; i < 4; ++i) wait(5'000), hear(1);
  }
  EXPECT_EQ(state(1), DispatchState::kFailed);
  EXPECT_NE(task(1).last_error->message.find("4 times"), std::string::npos);
}

TEST_F(Retrying, AWorkerThatGivesATaskBackCostsNoAttempt) {
  add(1);
  join(1, 1);
  for (int i = 0; i < 10; ++i) {
    const auto actions = assign();
    ASSERT_EQ(actions.size(), 1U);
    report(actions[0], TaskOutcome::kCancelled);
    reclaim(false);
    wait(1'500);
    hear(1);
  }
  EXPECT_EQ(state(1), DispatchState::kPending);
}

TEST_F(CallingOff, PendingTasksFailAndRunningOnesAreCancelledOnce) {
  add(1);
  add(2);
  join(1, 1);
  const auto first = assign();
  dispatcher.cancel_all(now);
  EXPECT_EQ(state(2), DispatchState::kFailed);
  EXPECT_EQ(decide(Kind::kSendCancel).size(), 1U);
  EXPECT_TRUE(decide(Kind::kSendCancel).empty());
  EXPECT_FALSE(dispatcher.finished());
  report(first[0], TaskOutcome::kCancelled);
  EXPECT_TRUE(dispatcher.finished());
  EXPECT_EQ(task(1).last_error->code, ErrorCode::kCancelled);
}

TEST_F(CallingOff, WhatCommittedInTheMeantimeIsDone) {
  add(1);
  join(1, 1);
  const auto first = assign();
  dispatcher.cancel_all(now);
  EXPECT_EQ(report(first[0], TaskOutcome::kDone), Verdict::kTake);
  EXPECT_EQ(state(1), DispatchState::kDone);
}

TEST_F(CallingOff, AWorkerThatNeverAnswersIsFencedOff) {
  add(1);
  join(1, 1);
  assign();
  dispatcher.cancel_all(now);
  wait(k_lease_ms);
  EXPECT_EQ(reclaim(false).size(), 1U);
  EXPECT_TRUE(dispatcher.finished());
}

}  // namespace
}  // namespace decant
