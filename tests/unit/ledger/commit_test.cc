#include <chrono>
#include <future>
#include <thread>

#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class LedgerCommit : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    ASSERT_OK(coordinator_->execute("CREATE TABLE ventas_raw (linea BIGINT)"));
    epoch_ = ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms).value();
    ASSERT_OK(ledger_->begin_run(run_of("r1")));
    ASSERT_OK(ledger_->put_chunks(mandate(), "ventas", {chunk_of(1), chunk_of(2), chunk_of(3)}));
  }
  void assign(std::uint64_t task, std::int64_t fence) {
    ASSERT_OK(ledger_->assign(RunId("r1"), epoch_, {assignment_of(task, fence)}));
  }
  Mandate mandate() const { return mandate_of("r1", epoch_); }
  // A worker's transaction, up to but without its COMMIT.
  Status load(SqlSession& worker, const TaskCommit& commit) {
    DECANT_TRY(worker.begin());
    DECANT_TRY(worker.execute("INSERT INTO ventas_raw VALUES (1), (2)"));
    return Ledger::commit_task(worker, "decant", commit);
  }
  // The bump is held up: PostgreSQL says so; in DuckDB, where it tries again and again, it is not
  // done after a while.
  void expect_blocked(std::future<Result<bool>>& bump) {
    const char* waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    for (int tries = 0; tries < 500 && is_postgres() && value(waiting) == "0"; ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const auto pause = std::chrono::milliseconds(is_postgres() ? 0 : 200);
    EXPECT_EQ(bump.wait_for(pause), std::future_status::timeout) << "it did not wait";
  }
  Status commit(const TaskCommit& task) {
    const auto worker = connect();
    DECANT_TRY(load(*worker, task));
    return worker->commit();
  }
  std::vector<ChunkRecord> chunks() { return ledger_->chunks("ventas", "ventas").value(); }

  Epoch epoch_;
};

TEST_P(LedgerCommit, BatchesOfAChunkAddUp) {
  assign(1, 1);
  assign(2, 1);
  ASSERT_OK(
      commit(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 30), batch_of(chunk_of(2), 0, 7)})));
  ASSERT_OK(commit(commit_of("r1", 2, 1, {batch_of(chunk_of(1), 30, 12)})));
  const auto found = chunks();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].batch_count, 2);
  EXPECT_EQ(found[0].state, "loaded");
  EXPECT_EQ(found[0].rows_read, 42);
  EXPECT_EQ(found[0].accepted.digest, totals_of(0, 42).digest);
  EXPECT_EQ(found[0].loaded.digest, totals_of(0, 42).digest);
  ASSERT_EQ(found[0].sum_names, std::vector<std::string>{"cantidad * precio_unitario"});
  EXPECT_EQ(found[0].loaded.sums[0].to_string(), "4.2");
  EXPECT_EQ(found[0].fingerprint, "mapping-1");
  EXPECT_EQ(found[1].loaded.digest, totals_of(0, 7).digest);
  EXPECT_EQ(found[2].state, "planned");
  EXPECT_EQ(found[2].batch_count, 0);
  EXPECT_EQ(value("SELECT count(*) FROM ventas_raw"), "4");
}

TEST_P(LedgerCommit, AReplacingBatchVoidsTheEarlierOnes) {
  assign(1, 1);
  assign(2, 1);
  ASSERT_OK(
      commit(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 30), batch_of(chunk_of(2), 0, 7)})));
  auto replacing = batch_of(chunk_of(1), 5, 10);
  replacing.replaces = true;
  ASSERT_OK(commit(commit_of("r1", 2, 1, {replacing})));
  const auto found = chunks();
  EXPECT_EQ(found[0].batch_count, 1);
  EXPECT_EQ(found[0].loaded.digest, totals_of(5, 10).digest);
  EXPECT_EQ(found[1].loaded.digest, totals_of(0, 7).digest);
  EXPECT_EQ(value("SELECT voided_by FROM decant.migration_batches WHERE status = 'voided'"), "r1");

  const auto events = ledger_->history("ventas", chunk_of(1).name()).value();
  std::vector<std::string> what;
  for (const auto& event : events) what.push_back(event.what);
  EXPECT_EQ(what, (std::vector<std::string>{"planned", "assigned", "assigned", "loaded", "voided",
                                            "loaded"}));
}

TEST_P(LedgerCommit, ASkippedBatchAddsNothing) {
  assign(1, 1);
  assign(2, 1);
  ASSERT_OK(commit(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 30)})));
  auto skipped = batch_of(chunk_of(1), 0, 30);
  skipped.skipped = true;
  ASSERT_OK(commit(commit_of("r1", 2, 1, {skipped})));
  EXPECT_EQ(chunks()[0].batch_count, 1);
  EXPECT_EQ(chunks()[0].loaded.digest, totals_of(0, 30).digest);
  const auto batches = ledger_->batches_of_task(RunId("r1"), TaskId(2)).value();
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_TRUE(batches[0].skipped);
}

TEST_P(LedgerCommit, AZombieThatFinishesAfterTheBumpChangesNothing) {
  assign(1, 1);
  EXPECT_TRUE(ledger_->bump_fence(mandate(), TaskId(1), Fence(2)).value());
  const auto zombie = connect();
  const auto loaded = load(*zombie, commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 2)}));
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kFenced) << why(loaded);
  zombie->rollback();
  EXPECT_EQ(value("SELECT count(*) FROM ventas_raw"), "0");
  EXPECT_EQ(chunks()[0].batch_count, 0);
}

TEST_P(LedgerCommit, AZombieThatStartedBeforeTheBumpChangesNothing) {
  assign(1, 1);
  const auto zombie = connect();
  ASSERT_OK(zombie->begin());
  ASSERT_OK(zombie->query("SELECT count(*) FROM decant.tasks"));  // DuckDB's snapshot is taken here
  EXPECT_TRUE(ledger_->bump_fence(mandate(), TaskId(1), Fence(2)).value());
  const auto late =
      Ledger::commit_task(*zombie, "decant", commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 2)}));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kFenced) << why(late);
  zombie->rollback();
  EXPECT_EQ(chunks()[0].batch_count, 0);
}

TEST_P(LedgerCommit, ABumpWaitsBehindACommitAndThenReportsIt) {
  assign(1, 1);
  const auto worker = connect();
  ASSERT_OK(load(*worker, commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 2)})));
  const auto bumper_session = connect();
  auto bump = std::async(std::launch::async, [&] {
    Ledger other(*bumper_session, "decant");
    return other.bump_fence(mandate(), TaskId(1), Fence(2));
  });
  expect_blocked(bump);
  ASSERT_OK(worker->commit());
  const auto bumped = bump.get();
  ASSERT_OK(bumped);
  EXPECT_FALSE(*bumped);
  EXPECT_EQ(ledger_->batches_of_task(RunId("r1"), TaskId(1)).value().size(), 1U);
}

TEST_P(LedgerCommit, ABumpWaitsBehindARollbackAndThenHolds) {
  assign(1, 1);
  const auto worker = connect();
  ASSERT_OK(load(*worker, commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 2)})));
  const auto bumper_session = connect();
  auto bump = std::async(std::launch::async, [&] {
    Ledger other(*bumper_session, "decant");
    return other.bump_fence(mandate(), TaskId(1), Fence(2));
  });
  expect_blocked(bump);
  worker->rollback();
  const auto bumped = bump.get();
  ASSERT_OK(bumped);
  EXPECT_TRUE(*bumped);
}

TEST_P(LedgerCommit, ATaskCommitsOnce) {
  assign(1, 1);
  ASSERT_OK(commit(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 2)})));
  EXPECT_EQ(commit(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 2)})).error().code,
            ErrorCode::kFenced);
  EXPECT_EQ(chunks()[0].batch_count, 1);
  EXPECT_EQ(value("SELECT count(*) FROM ventas_raw"), "2");
}

TEST_P(LedgerCommit, AFenceOnlyGrows) {
  assign(1, 5);
  EXPECT_EQ(ledger_->bump_fence(mandate(), TaskId(1), Fence(5)).error().code, ErrorCode::kFenced);
  EXPECT_TRUE(ledger_->bump_fence(mandate(), TaskId(1), Fence(6)).value());
  EXPECT_TRUE(ledger_->bump_fence(mandate(), TaskId(1), Fence(6)).value());  // the answer was lost
  EXPECT_EQ(ledger_->task(RunId("r1"), TaskId(1)).value()->fence.value, 6);
  EXPECT_TRUE(ledger_->bump_fence(mandate(), TaskId(99), Fence(2)).value());  // never handed out
}

DECANT_ON_BOTH_ENGINES(LedgerCommit);

}  // namespace
}  // namespace decant::test
