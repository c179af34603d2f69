// Tasks that outlive the coordinator that gave them out (common/ledger/FORMAT.md, Adoption).
#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class LedgerAdoption : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    first_ = *ledger_->take_leadership({k_table}, work_of("r1"), 0);
    ASSERT_OK(ledger_->begin_run(work_of("r1")));
    ASSERT_OK(ledger_->put_chunks(mandate_of("r1", first_), "ventas",
                                  {chunk_of(1), chunk_of(2), chunk_of(3)}));
    // Task 1 may be adopted, task 2 not: its worker died with the coordinator.
    auto remote = assignment_of(1, 5);
    remote.adoptable = true;
    ASSERT_OK(ledger_->assign(RunId("r1"), first_, {remote, assignment_of(2, 6)}));
  }
  static RunRecord work_of(const std::string& run, const std::string& work = "w1") {
    RunRecord record = run_of(run);
    record.work = work;
    return record;
  }
  Result<Ledger::Takeover> take_over(const std::string& run, const std::string& work = "w1") {
    return ledger_->take_over({k_table}, work_of(run, work), 0);
  }
  Status commit(std::uint64_t task, std::int64_t fence) {
    DECANT_TRY(coordinator_->begin());
    const auto chunk = batch_of(chunk_of(static_cast<int>(task)), 0, 5);
    const Status done =
        Ledger::commit_task(*coordinator_, "decant", commit_of("r1", task, fence, {chunk}));
    if (done) return coordinator_->commit();
    coordinator_->rollback();
    return done;
  }
  std::string state_of(std::uint64_t task) {
    return ledger_->task(RunId("r1"), TaskId(task)).value()->state;
  }

  Epoch first_;
};

TEST_P(LedgerAdoption, ANewLeaderLeavesWhatItMayAdoptAndFencesOffTheRest) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  EXPECT_GT(taken->epoch, first_);
  ASSERT_EQ(taken->open.size(), 1U);
  EXPECT_EQ(taken->open[0].run, RunId("r1"));
  EXPECT_EQ(taken->open[0].id, TaskId(1));
  EXPECT_EQ(taken->open[0].fence, Fence(5));
  EXPECT_EQ(taken->open[0].table, k_table);
  EXPECT_EQ(state_of(1), "assigned");
  EXPECT_EQ(state_of(2), "abandoned");
  EXPECT_EQ(commit(2, 6).error().code, ErrorCode::kFenced);
  ASSERT_OK(commit(1, 5));
}

TEST_P(LedgerAdoption, OtherWorkAdoptsNothing) {
  const auto taken = take_over("r2", "w2");
  ASSERT_OK(taken);
  EXPECT_TRUE(taken->open.empty());
  EXPECT_EQ(state_of(1), "abandoned");
}

TEST_P(LedgerAdoption, ALeaderThatAdoptsNothingFencesOffEverything) {
  ASSERT_OK(ledger_->take_leadership({k_table}, work_of("r2"), 0));
  EXPECT_EQ(state_of(1), "abandoned");
}

TEST_P(LedgerAdoption, AnAdoptedTaskKeepsItsFenceAndCommitsUnderItsOwnRun) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  EXPECT_TRUE(ledger_->adopt(RunId("r2"), taken->epoch, taken->open[0]).value());
  EXPECT_EQ(ledger_->task(RunId("r1"), TaskId(1)).value()->fence, Fence(5));
  EXPECT_EQ(value("SELECT adopted_by FROM decant.tasks WHERE task_id = 1"), "r2");
  ASSERT_OK(commit(1, 5));
  EXPECT_EQ(ledger_->batches_of_task(RunId("r1"), TaskId(1)).value().size(), 1U);
  EXPECT_EQ(value("SELECT run_id FROM decant.migration_batches"), "r1");
}

// Its result was on the way when the coordinator died.
TEST_P(LedgerAdoption, ATaskThatHasCommittedMeanwhileIsAdoptedToo) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  ASSERT_OK(commit(1, 5));
  EXPECT_TRUE(ledger_->adopt(RunId("r2"), taken->epoch, taken->open[0]).value());
  EXPECT_EQ(state_of(1), "committed");
}

TEST_P(LedgerAdoption, WhatIsHeldUnderAnotherFenceIsNotAdopted) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  OpenTask older = taken->open[0];
  older.fence = Fence(4);
  EXPECT_FALSE(ledger_->adopt(RunId("r2"), taken->epoch, older).value());
  ASSERT_OK(ledger_->fence_off(RunId("r2"), taken->epoch, taken->open));
  EXPECT_FALSE(ledger_->adopt(RunId("r2"), taken->epoch, taken->open[0]).value());
}

TEST_P(LedgerAdoption, WhatNobodyClaimedIsFencedOff) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  ASSERT_OK(ledger_->fence_off(RunId("r2"), taken->epoch, taken->open));
  EXPECT_EQ(state_of(1), "abandoned");
  EXPECT_EQ(ledger_->task(RunId("r1"), TaskId(1)).value()->fence, Fence(6));
  EXPECT_EQ(commit(1, 5).error().code, ErrorCode::kFenced);
}

TEST_P(LedgerAdoption, WhatCommittedBeforeItsFenceWasRaisedStaysCommitted) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  ASSERT_OK(commit(1, 5));
  ASSERT_OK(ledger_->fence_off(RunId("r2"), taken->epoch, taken->open));
  EXPECT_EQ(state_of(1), "committed");
  EXPECT_EQ(ledger_->task(RunId("r1"), TaskId(1)).value()->fence, Fence(5));
}

TEST_P(LedgerAdoption, ADeposedLeaderAdoptsNothingAndFencesNothingOff) {
  const auto second = take_over("r2");
  ASSERT_OK(second);
  ASSERT_OK(take_over("r3"));
  EXPECT_EQ(ledger_->adopt(RunId("r2"), second->epoch, second->open[0]).error().code,
            ErrorCode::kFenced);
  EXPECT_EQ(ledger_->fence_off(RunId("r2"), second->epoch, second->open).error().code,
            ErrorCode::kFenced);
  EXPECT_EQ(state_of(1), "assigned");
}

TEST_P(LedgerAdoption, AThirdLeaderFindsWhatTheSecondAdopted) {
  const auto second = take_over("r2");
  ASSERT_OK(second);
  ASSERT_OK(ledger_->begin_run(work_of("r2")));
  EXPECT_TRUE(ledger_->adopt(RunId("r2"), second->epoch, second->open[0]).value());
  const auto third = take_over("r3");
  ASSERT_OK(third);
  ASSERT_EQ(third->open.size(), 1U);
  EXPECT_EQ(third->open[0].run, RunId("r1"));
}

TEST_P(LedgerAdoption, AnAdoptedTaskIsTakenBackAndHandedOutAgainUnderItsName) {
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  ASSERT_OK(ledger_->adopt(RunId("r2"), taken->epoch, taken->open[0]));
  EXPECT_TRUE(
      ledger_->bump_fence(mandate_of("r2", taken->epoch), TaskId(1), Fence(1000), RunId("r1"))
          .value());
  EXPECT_EQ(commit(1, 5).error().code, ErrorCode::kFenced);
  auto again = assignment_of(1, 1001);
  again.run = RunId("r1");
  ASSERT_OK(ledger_->assign(RunId("r2"), taken->epoch, {again}));
  EXPECT_EQ(value("SELECT count(*) FROM decant.tasks WHERE task_id = 1"), "1");
  ASSERT_OK(commit(1, 1001));
}

TEST_P(LedgerAdoption, ARunThatEndsLeavesNothingThatCouldStillCommit) {
  ASSERT_OK(ledger_->release_leadership(RunId("r1"), first_));
  EXPECT_EQ(state_of(1), "abandoned");
  const auto taken = take_over("r2");
  ASSERT_OK(taken);
  EXPECT_TRUE(taken->open.empty());
}

DECANT_ON_BOTH_ENGINES(LedgerAdoption);

}  // namespace
}  // namespace decant::test
