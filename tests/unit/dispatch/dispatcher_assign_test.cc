#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant {
namespace {

using test::incarnation;
using test::Kind;

using Assigning = test::DispatcherFixture;
using Leases = test::DispatcherFixture;

class AssigningAhead : public test::DispatcherFixture {
 protected:
  AssigningAhead() {
    DispatchLimits limits{k_lease_ms, 4, 1'000};
    limits.hands_ahead = true;
    dispatcher = Dispatcher(limits);
  }
};

TEST_F(Assigning, WhatNobodyDoesAndNobodyReachesIsToldApart) {
  add(1, "tienda_01");
  add(2, "tienda_02");
  add(3, "tienda_02");
  EXPECT_FALSE(dispatcher.waiting().has_workers);
  EXPECT_EQ(dispatcher.waiting().tasks, 3U);
  join(1, 1, {"tienda_01"});
  WaitState state = dispatcher.waiting();
  EXPECT_TRUE(state.has_workers);
  EXPECT_EQ(state.tasks_of_stores,
            (std::map<std::vector<std::string>, std::size_t>{{{"tienda_02"}, 2}}));
  assign();
  EXPECT_EQ(dispatcher.waiting().tasks, 2U);
  join(2, 0);
  EXPECT_TRUE(dispatcher.waiting().tasks_of_stores.empty()) << "it is busy, but it is there";
  dispatcher.worker_draining(incarnation(2));
  EXPECT_EQ(dispatcher.waiting().tasks_of_stores.size(), 1U);
  dispatcher.stop_assigning();
  EXPECT_EQ(dispatcher.waiting().tasks, 0U) << "a run that ends waits for nobody";
}

TEST_F(Assigning, WhatAStoreWaitsForIsGivenUpAloneAndNotWhatIsUnderWay) {
  add(1, "tienda_01");
  add(2, "tienda_02");
  add(3, "tienda_02");
  join(1, 1, {"tienda_02"});
  ASSERT_EQ(assign().size(), 1U);
  dispatcher.give_up({"tienda_02"}, {ErrorCode::kUnreachable, "Nobody reaches it.", {}, {}, {}});
  EXPECT_EQ(dispatcher.in_flight(), 1U);
  EXPECT_EQ(dispatcher.waiting().tasks, 1U);
  int failed = 0;
  for (const auto& [id, task] : dispatcher.tasks())
    failed += task.state == DispatchState::kFailed ? 1 : 0;
  EXPECT_EQ(failed, 1);
}

TEST_F(Assigning, NothingIsHandedOutBeyondTheCredits) {
  for (std::uint64_t id = 1; id <= 5; ++id) add(id);
  join(1, 2);
  EXPECT_EQ(assign().size(), 2U);
  EXPECT_TRUE(assign().empty());
  dispatcher.credit(incarnation(1), 3);
  EXPECT_EQ(assign().size(), 1U);
}

TEST_F(Assigning, ARepeatedCreditGivesNothingMore) {
  for (std::uint64_t id = 1; id <= 5; ++id) add(id);
  join(1, 2);
  dispatcher.credit(incarnation(1), 2);
  dispatcher.credit(incarnation(1), 2);
  EXPECT_EQ(assign().size(), 2U);
}

TEST_F(Assigning, AResultMakesRoomForTheNextTask) {
  add(1);
  add(2);
  join(1, 1);
  const auto first = assign();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(report(first[0], TaskOutcome::kDone), Verdict::kTake);
  EXPECT_EQ(assign().size(), 1U);
}

// Stage files wait for the coordinator, and a worker that is faster fills the disk.
TEST_F(Assigning, AWorkerWaitsForTheCommitsOfWhatItStaged) {
  join(1, 2);
  for (std::uint64_t id = 1; id <= 12; ++id) add(id);
  std::vector<DispatchAction> staged;
  std::size_t waiting = 0;
  for (int round = 0; round < 12; ++round) {
    for (const DispatchAction& action : assign()) {
      EXPECT_EQ(report(action, TaskOutcome::kStaged, 200'000), Verdict::kTake);
      staged.push_back(action);
    }
    waiting = std::max(waiting, staged.size());
  }
  EXPECT_EQ(waiting, 8U);
  dispatcher.committed(staged.front().task);
  EXPECT_EQ(assign().size(), 1U);
  dispatcher.committed(staged[1].task);
  dispatcher.commit_failed(staged[2].task, Error{ErrorCode::kUnreachable, "", {}, {}, {}}, now);
  EXPECT_EQ(assign().size(), 1U) << "two are under way";
}

TEST_F(Assigning, SmallStageFilesMayBeMore) {
  join(1, 1);
  for (std::uint64_t id = 1; id <= 40; ++id) add(id);
  std::vector<DispatchAction> staged;
  for (int round = 0; round < 40; ++round) {
    for (const DispatchAction& action : assign()) {
      report(action, TaskOutcome::kStaged, 100);
      staged.push_back(action);
    }
  }
  EXPECT_EQ(staged.size(), 16U);
  for (const DispatchAction& action : staged) dispatcher.committed(action.task);
  ASSERT_EQ(assign().size(), 1U);
  EXPECT_EQ(dispatcher.workers().begin()->second.staged_rows, 0);
}

// What is handed out goes through the ledger, which may be busy for long when a slot gets free.
TEST_F(AssigningAhead, AWorkerHasItsNextTasksBeforeItIsFreeForThem) {
  for (std::uint64_t id = 1; id <= 9; ++id) add(id);
  join(1, 2);
  join(2, 1);
  const auto first = assign();
  ASSERT_EQ(first.size(), 6U);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(first[i].worker, incarnation(i == 2 ? 2 : 1)) << "free slots come first";
  EXPECT_TRUE(assign().empty());
  for (const std::size_t i : {0U, 1U}) {
    report(first[i], TaskOutcome::kStaged);
    EXPECT_TRUE(assign().empty()) << "the last ones are for whoever is free";
  }
  report(first[3], TaskOutcome::kStaged);
  EXPECT_EQ(assign().size(), 1U);
}

TEST_F(Assigning, AWorkerThatJoinsAgainIsRememberedWithWhatItStaged) {
  join(1, 1);
  for (std::uint64_t id = 1; id <= 6; ++id) add(id);
  for (int i = 0; i < 4; ++i) report(assign().at(0), TaskOutcome::kStaged, 300'000);
  dispatcher.worker_left(incarnation(1), now);
  join(1, 1);
  EXPECT_TRUE(assign().empty());
}

TEST_F(Assigning, LargeTasksGoFirst) {
  add(1, "tienda_01", 10);
  add(2, "tienda_02", 5'000);
  add(3, "tienda_01", 700);
  join(1, 3);
  const auto actions = assign();
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_EQ(actions[0].task, TaskId(2));
  EXPECT_EQ(actions[1].task, TaskId(3));
  EXPECT_EQ(actions[2].task, TaskId(1));
}

TEST_F(Assigning, AStoreIsReadByNoMoreThanItAllows) {
  dispatcher.set_store_limit("tienda_01", 1);
  add(1);
  add(2);
  add(3, "tienda_02");
  join(1, 3);
  const auto actions = assign();
  ASSERT_EQ(actions.size(), 2U);
  report(actions[0], TaskOutcome::kDone);
  report(actions[1], TaskOutcome::kDone);
  EXPECT_EQ(assign().size(), 1U);
}

TEST_F(Assigning, AStoreStaysOccupiedUntilItsLostTaskIsReclaimed) {
  dispatcher.set_store_limit("tienda_01", 1);
  add(1);
  add(2);
  join(1, 1);
  ASSERT_EQ(assign().size(), 1U);
  wait(k_lease_ms);
  join(2, 1);
  const auto actions = dispatcher.decide(now);
  for (const auto& action : actions) EXPECT_NE(action.kind, Kind::kAssign);
  dispatcher.reclaimed(TaskId(1), false, now);
  EXPECT_EQ(assign().size(), 1U);
}

TEST_F(Assigning, AWorkerGetsOnlyTheStoresThatItReaches) {
  add(1, "tienda_01");
  add(2, "tienda_02");
  add(3, "");
  join(1, 5, {"tienda_02"});
  const auto actions = assign();
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].task, TaskId(2));
  EXPECT_EQ(actions[1].task, TaskId(3));
}

TEST_F(Assigning, WorkIsSpreadOverTheWorkers) {
  for (std::uint64_t id = 1; id <= 4; ++id) add(id);
  join(1, 4);
  join(2, 4);
  std::map<Incarnation, int> count;
  for (const auto& action : assign()) ++count[action.worker];
  EXPECT_EQ(count[incarnation(1)], 2);
  EXPECT_EQ(count[incarnation(2)], 2);
}

TEST_F(Assigning, ADrainingWorkerGetsNothing) {
  add(1);
  join(1, 1);
  dispatcher.worker_draining(incarnation(1));
  EXPECT_TRUE(assign().empty());
}

TEST_F(Assigning, AnAssignmentThatTheLedgerRefusedIsTriedAgainAfterAPause) {
  add(1);
  join(1, 1);
  const auto first = decide(Kind::kAssign);
  ASSERT_EQ(first.size(), 1U);
  dispatcher.assign_failed(TaskId(1), first[0].fence, now);
  EXPECT_TRUE(assign().empty());
  EXPECT_EQ(task(1).attempts, 0);
  wait(1'500);
  const auto second = assign();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_GT(second[0].fence, first[0].fence);
}

TEST_F(Assigning, FencesStartWhereTheLedgerEnded) {
  dispatcher.set_first_fence(Fence(501));
  add(1);
  join(1, 1);
  EXPECT_EQ(assign().at(0).fence, Fence(501));
}

TEST_F(Assigning, NothingNewIsHandedOutOnceTheRunDrains) {
  add(1);
  join(1, 1);
  dispatcher.stop_assigning();
  EXPECT_TRUE(assign().empty());
  EXPECT_FALSE(dispatcher.finished());
}

TEST_F(Leases, AnExpiredLeaseIsReclaimedOnceAndReassignedUnderAHigherFence) {
  add(1);
  join(1, 1);
  const auto first = assign();
  wait(k_lease_ms);
  join(2, 1);
  const auto bumps = decide(Kind::kBumpFence);
  ASSERT_EQ(bumps.size(), 1U);
  EXPECT_EQ(bumps[0].old_fence, first[0].fence);
  EXPECT_EQ(bumps[0].worker, incarnation(1));
  EXPECT_GT(bumps[0].fence, first[0].fence);
  EXPECT_TRUE(decide(Kind::kBumpFence).empty());
  dispatcher.reclaimed(TaskId(1), false, now);
  wait(1'500);
  hear(2);
  const auto second = assign();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_GT(second[0].fence, bumps[0].fence);
  EXPECT_EQ(second[0].worker, incarnation(2));
}

TEST_F(Leases, ProgressKeepsATask) {
  add(1);
  join(1, 1);
  const auto first = assign();
  for (int i = 0; i < 10; ++i) {
    wait(k_lease_ms / 3);
    EXPECT_TRUE(renew(first[0]));
    hear(1);
    EXPECT_TRUE(decide(Kind::kBumpFence).empty());
  }
  EXPECT_EQ(task(1).rows, 10);
  EXPECT_EQ(task(1).stage, "load");
}

TEST_F(Leases, AWorkerThatIsHeardButMakesNoProgressIsCancelledAndItsTaskReclaimed) {
  add(1);
  join(1, 1);
  const auto first = assign();
  wait(k_lease_ms);
  hear(1);
  const auto actions = dispatcher.decide(now);
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].kind, Kind::kSendCancel);
  EXPECT_EQ(actions[0].fence, first[0].fence);
  EXPECT_EQ(actions[1].kind, Kind::kBumpFence);
  EXPECT_FALSE(renew(first[0]));
}

TEST_F(Leases, ASilentWorkerIsForgotten) {
  join(1, 1);
  wait(k_lease_ms - 1);
  EXPECT_TRUE(decide(Kind::kForgetWorker).empty());
  wait(1);
  EXPECT_EQ(decide(Kind::kForgetWorker).size(), 1U);
  EXPECT_FALSE(dispatcher.knows(incarnation(1)));
}

TEST_F(Leases, AWorkerThatSaysGoodbyeGivesItsTasksBackAtOnce) {
  add(1);
  join(1, 1);
  assign();
  dispatcher.worker_left(incarnation(1), now);
  EXPECT_EQ(decide(Kind::kBumpFence).size(), 1U);
}

TEST_F(Leases, WorkThatTheLedgerHasIsDoneAndNotRepeated) {
  add(1);
  join(1, 1);
  assign();
  wait(k_lease_ms);
  EXPECT_EQ(reclaim(true).size(), 1U);
  EXPECT_EQ(state(1), DispatchState::kDone);
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(Leases, ALedgerThatDoesNotAnswerIsAskedAgainUnderTheSameFence) {
  add(1);
  join(1, 1);
  assign();
  wait(k_lease_ms);
  const auto first = decide(Kind::kBumpFence);
  dispatcher.reclaim_failed(TaskId(1), now);
  EXPECT_TRUE(decide(Kind::kBumpFence).empty());
  wait(1'000);
  const auto again = decide(Kind::kBumpFence);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].fence, first[0].fence);
}

TEST_F(Leases, WorkNamedInHelloIsAdopted) {
  add(1);
  join(1, 1);
  const auto first = assign();
  wait(k_lease_ms - 1);
  Hello hello;
  hello.in_flight = {{first[0].task, first[0].fence}};
  dispatcher.worker_joined(hello, WorkerName("w1"), incarnation(1), now);
  wait(k_lease_ms - 1);
  EXPECT_TRUE(dispatcher.decide(now).empty());
  EXPECT_EQ(report(first[0], TaskOutcome::kDone), Verdict::kTake);
}

TEST_F(Leases, WorkNamedInHelloThatIsNoLongerTheWorkersIsCancelled) {
  add(1);
  Hello hello;
  hello.in_flight = {{TaskId(1), Fence(7)}, {TaskId(99), Fence(8)}};
  dispatcher.worker_joined(hello, WorkerName("w1"), incarnation(1), now);
  const auto cancels = decide(Kind::kSendCancel);
  ASSERT_EQ(cancels.size(), 2U);
  EXPECT_EQ(cancels[0].fence, Fence(7));
  EXPECT_TRUE(decide(Kind::kSendCancel).empty());
}

}  // namespace
}  // namespace decant
