#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "common/ledger/ledger_sql.h"
#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class LedgerLeadership : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (ledger_) ASSERT_OK(ledger_->prepare());
  }
  Result<Epoch> take(const std::string& run, std::int64_t lease_ms,
                     const std::string& coordinator = "host:1") {
    return ledger_->take_leadership({k_table}, run_of(run, coordinator), lease_ms);
  }
};

TEST_P(LedgerLeadership, ASecondRunIsRefusedByNameWhileTheFirstLeads) {
  ASSERT_OK(take("r1", k_long_lease_ms));
  const auto second =
      ledger_->take_leadership({"otra", k_table}, run_of("r2", "host:2"), k_long_lease_ms);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  for (const char* named : {k_table, "r1", "ventas", "host:1", "since 2", "until 2"}) {
    EXPECT_NE(second.error().message.find(named), std::string::npos)
        << named << " in " << second.error().message;
  }
  // All or nothing: the other table was not taken.
  EXPECT_EQ(value("SELECT count(*) FROM decant.leader WHERE run_id = 'r2'"), "0");
}

TEST_P(LedgerLeadership, ASecondRunMayLeadWhenTheLeaseHasEnded) {
  ASSERT_OK(ledger_->begin_run(run_of("r1")));
  const auto first = take("r1", 0);
  ASSERT_OK(first);
  const auto second = take("r2", k_long_lease_ms);
  ASSERT_OK(second);
  EXPECT_GT(second->value, first->value);
  EXPECT_EQ(ledger_->renew_leadership(RunId("r1"), *first, k_long_lease_ms).error().code,
            ErrorCode::kFenced);
  ASSERT_OK(ledger_->renew_leadership(RunId("r2"), *second, k_long_lease_ms));
  EXPECT_EQ(ledger_->runs("ventas", 1).value()[0].state, "interrupted");
}

TEST_P(LedgerLeadership, TheLeaderTellsHowFarItIsAndNobodyElse) {
  ASSERT_OK(ledger_->begin_run(run_of("r1")));
  const auto first = take("r1", k_long_lease_ms);
  ASSERT_OK(first);
  EXPECT_EQ(ledger_->pulse(RunId("r1"))->progress, "");
  ASSERT_OK(ledger_->put_progress(RunId("r1"), *first, "{\"rows\":1}"));
  const auto pulse = ledger_->pulse(RunId("r1"));
  ASSERT_OK(pulse);
  EXPECT_EQ(pulse->progress, "{\"rows\":1}");
  EXPECT_GE(pulse->progress_age_ms, 0);
  EXPECT_LT(pulse->progress_age_ms, 600'000);
  EXPECT_TRUE(pulse->leads);
  ASSERT_OK(ledger_->put_progress(RunId("r1"), Epoch(first->value - 1), "late"));
  EXPECT_EQ(ledger_->pulse(RunId("r1"))->progress, "{\"rows\":1}");
  EXPECT_EQ(ledger_->pulse(RunId("r9")).error().code, ErrorCode::kNotFound);
}

TEST_P(LedgerLeadership, WhoLeadsOrDidLastIsThereForAll) {
  EXPECT_TRUE(ledger_->leaders({k_table, "otra"})->empty());
  RunRecord run = run_of("r1", "host:1");
  run.work = "digest of what was asked";
  ASSERT_OK(ledger_->begin_run(run));
  const auto epoch = take("r1", k_long_lease_ms);
  ASSERT_OK(epoch);
  const auto leads = ledger_->leaders({k_table, "otra"});
  ASSERT_OK(leads);
  ASSERT_EQ(leads->size(), 1U);
  EXPECT_EQ(leads->front().table, k_table);
  EXPECT_EQ(leads->front().run.value, "r1");
  EXPECT_EQ(leads->front().job, "ventas");
  EXPECT_EQ(leads->front().holder, "host:1");
  EXPECT_EQ(leads->front().epoch, *epoch);
  EXPECT_TRUE(leads->front().leads);
  EXPECT_EQ(leads->front().state, "running");
  EXPECT_EQ(leads->front().work, run.work);
  EXPECT_EQ(ledger_->pulse(RunId("r1"))->epoch, *epoch);
  EXPECT_EQ(ledger_->pulse(RunId("r1"))->lease_until, leads->front().lease_until);

  run.state = "done";
  run.summary = "{}";
  ASSERT_OK(ledger_->end_run(run));
  ASSERT_OK(ledger_->release_leadership(RunId("r1"), *epoch));
  const LeaderRecord last = ledger_->leaders({k_table})->front();
  EXPECT_FALSE(last.leads);
  EXPECT_EQ(last.state, "done");
  EXPECT_EQ(last.summary, "{}");
}

TEST_P(LedgerLeadership, ARunWhoseLeaseHasEndedLeadsNoMore) {
  ASSERT_OK(ledger_->begin_run(run_of("r1")));
  ASSERT_OK(take("r1", 0));
  EXPECT_FALSE(ledger_->pulse(RunId("r1"))->leads);
}

TEST_P(LedgerLeadership, ASecondRunMayLeadWhenTheFirstLetGo) {
  const auto first = take("r1", k_long_lease_ms);
  ASSERT_OK(first);
  ASSERT_OK(ledger_->release_leadership(RunId("r1"), *first));
  ASSERT_OK(take("r2", k_long_lease_ms));
}

// It sleeps in the middle of a write, or its machine has lost its power.
TEST_P(LedgerLeadership, ALeaderThatSleepsInItsTransactionKeepsNobodyOut) {
  if (!is_postgres()) GTEST_SKIP() << "a DuckDB file is held by one process";
  ASSERT_OK(take("r1", 0));
  const auto leader = connect("decant runs r1");
  ASSERT_OK(leader->execute("BEGIN"));
  ASSERT_OK(leader->query("SELECT 1 FROM decant.leader FOR KEY SHARE"));
  const auto second = take("r2", 0);
  ASSERT_OK(second);
  EXPECT_FALSE(leader->query("SELECT 1").has_value());

  ASSERT_OK(ledger_->assign(RunId("r2"), *second, {assignment_of(1, 1)}));
  const auto worker = connect("decant/r2/1/1");
  ASSERT_OK(worker->execute("BEGIN"));
  ASSERT_OK(worker->query("SELECT 1 FROM decant.tasks FOR UPDATE"));
  ASSERT_OK(take("r3", 0));
  EXPECT_FALSE(worker->query("SELECT 1").has_value());
}

// What it holds may be no row of the ledger: a lock of the whole database, an index that it builds.
TEST_P(LedgerLeadership, WhoWasOvertakenInATransactionLosesItsSession) {
  if (!is_postgres()) GTEST_SKIP() << "a DuckDB file is held by one process";
  for (const char* run : {"r0", "r1"}) ASSERT_OK(ledger_->begin_run(run_of(run)));
  ASSERT_OK(ledger_->take_leadership({"otra"}, run_of("r0"), k_long_lease_ms));
  ASSERT_OK(take("r1", 0));
  const auto asleep = connect("decant runs r1"), idle = connect("decant leads r1"),
             other = connect("decant runs r0");
  for (const auto* session : {&asleep, &other}) {
    ASSERT_OK((*session)->execute("BEGIN"));
    ASSERT_OK((*session)->query("SELECT pg_advisory_xact_lock_shared(1)"));
  }
  ASSERT_OK(take("r2", k_long_lease_ms));
  EXPECT_FALSE(asleep->query("SELECT 1").has_value());
  EXPECT_TRUE(idle->query("SELECT 1").has_value()) << "it is in nobody's way";
  EXPECT_TRUE(other->query("SELECT 1").has_value()) << "it leads another table";
}

// A standby that falls asleep in the middle of its takeover keeps the next one out no longer.
TEST_P(LedgerLeadership, WhoSleepsInATransactionOfTheLedgerIsEndedByTheServer) {
  if (!is_postgres()) GTEST_SKIP() << "a DuckDB file is held by one process";
  const auto session = connect();
  ASSERT_OK(session->begin());
  ASSERT_OK(ledger_internal::bound_waits(*session, 1'000));
  const auto limit = session->query("SHOW idle_in_transaction_session_timeout");
  ASSERT_OK(limit);
  EXPECT_EQ(limit->at(0).at(0), "10s");
}

// The network of its machine is gone: the server keeps its sessions, and the rows that they hold.
TEST_P(LedgerLeadership, AWorkerThatIsFencedOffKeepsNobodyFromItsRows) {
  if (!is_postgres()) GTEST_SKIP() << "a DuckDB file is held by one process";
  const auto first = take("r1", 0);
  ASSERT_OK(first);
  ASSERT_OK(ledger_->assign(RunId("r1"), *first, {assignment_of(1, 1)}));
  const auto worker = connect("decant/r1/1/1"), other = connect("decant/r0/1/1");
  // Of a copy of this ledger, as pg_dump makes one.
  const auto copy = engine_->connect_elsewhere("decant/r1/1/1");
  ASSERT_OK(worker->execute("BEGIN"));
  ASSERT_OK(worker->execute("CREATE TABLE held_by_it (id BIGINT)"));
  ASSERT_OK(take("r2", 0));
  EXPECT_FALSE(worker->query("SELECT 1").has_value());
  EXPECT_TRUE(other->query("SELECT 1").has_value()) << "nobody has fenced it off";
  EXPECT_TRUE(copy->query("SELECT 1").has_value()) << "it is of another database";
}

// A write may last: it takes back a task in the moment of its commit, or makes a table.
TEST_P(LedgerLeadership, ALeaderIsRenewedWhileItWritesAndNobodyTakesOver) {
  if (!is_postgres()) GTEST_SKIP() << "a DuckDB file is held by one process";
  const auto first = take("r1", k_long_lease_ms);
  ASSERT_OK(first);
  const auto keeper = connect("decant runs r1"), standby = connect();
  ASSERT_OK(keeper->execute("SET lock_timeout = '5s'"));
  ASSERT_OK(ledger_->in_lead(mandate_of("r1", *first), [&] {
    EXPECT_FALSE(standby->query("SELECT 1 FROM decant.leader FOR UPDATE NOWAIT").has_value());
    return Ledger(*keeper, "decant").renew_leadership(RunId("r1"), *first, k_long_lease_ms);
  }));
}

TEST_P(LedgerLeadership, ALeaderThatLivesKeepsItsSessionsWhateverTheyHold) {
  if (!is_postgres()) GTEST_SKIP() << "a DuckDB file is held by one process";
  ASSERT_OK(take("r1", k_long_lease_ms));
  const auto writer = connect("decant runs r1");
  ASSERT_OK(writer->execute("BEGIN"));
  ASSERT_OK(writer->query("SELECT 1 FROM decant.leader FOR KEY SHARE"));
  EXPECT_EQ(take("r2", 0).error().code, ErrorCode::kBusy);
  ASSERT_OK(writer->query("SELECT 1"));
}

TEST_P(LedgerLeadership, OnlyAHolderKnownToBeDeadIsTakenOverBeforeItsLeaseEnds) {
  ASSERT_OK(take("r1", k_long_lease_ms, "host:1"));
  const auto died = [](const std::string& name) {
    return [name](const std::string& holder) { return holder == name; };
  };
  const auto next = run_of("r2", "host:2");
  EXPECT_EQ(ledger_->take_leadership({k_table}, next, k_long_lease_ms, died("host:9")).error().code,
            ErrorCode::kBusy);
  ASSERT_OK(ledger_->take_leadership({k_table}, next, k_long_lease_ms, died("host:1")));
}

TEST_P(LedgerLeadership, RenewalNoticesTheLossOfOneTable) {
  const auto first = ledger_->take_leadership({"a", "b"}, run_of("r1"), 0);
  ASSERT_OK(first);
  ASSERT_OK(ledger_->begin_run(run_of("r1")));
  ASSERT_OK(ledger_->take_leadership({"b"}, run_of("r2"), k_long_lease_ms));
  EXPECT_EQ(ledger_->renew_leadership(RunId("r1"), *first, k_long_lease_ms).error().code,
            ErrorCode::kFenced);
  // One table is left to it: the run is not called interrupted yet.
  EXPECT_EQ(ledger_->runs("ventas", 1).value()[0].state, "running");
}

TEST_P(LedgerLeadership, TablesOfDifferentRunsGetAnEpochAboveAll) {
  ASSERT_OK(ledger_->take_leadership({"a"}, run_of("r1"), 0));
  ASSERT_OK(ledger_->take_leadership({"a"}, run_of("r2"), 0));
  const auto both = ledger_->take_leadership({"b", "a", "b"}, run_of("r3"), 0);
  ASSERT_OK(both);
  EXPECT_EQ(both->value, 3);
}

TEST_P(LedgerLeadership, ANewLeaderFencesOffUnfinishedTasksOfEarlierRuns) {
  const auto first = take("r1", 0);
  ASSERT_OK(first);
  ASSERT_OK(ledger_->put_chunks(mandate_of("r1", *first), "ventas", {chunk_of(1), chunk_of(2)}));
  ASSERT_OK(ledger_->assign(RunId("r1"), *first, {assignment_of(1, 1), assignment_of(2, 2)}));
  ASSERT_OK(Ledger::commit_task(*coordinator_, "decant",
                                commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 5)})));
  ASSERT_OK(take("r2", k_long_lease_ms));

  const auto committed = ledger_->task(RunId("r1"), TaskId(1)).value();
  EXPECT_EQ(committed->state, "committed");
  EXPECT_EQ(committed->fence.value, 1);
  const auto unfinished = ledger_->task(RunId("r1"), TaskId(2)).value();
  EXPECT_EQ(unfinished->state, "abandoned");
  EXPECT_EQ(unfinished->fence.value, 3);
  const auto zombie = Ledger::commit_task(*coordinator_, "decant",
                                          commit_of("r1", 2, 2, {batch_of(chunk_of(2), 0, 5)}));
  EXPECT_EQ(zombie.error().code, ErrorCode::kFenced);
}

TEST_P(LedgerLeadership, ADeposedLeaderCannotHandOutTasks) {
  const auto first = take("r1", 0);
  ASSERT_OK(first);
  ASSERT_OK(take("r2", k_long_lease_ms));
  EXPECT_EQ(ledger_->assign(RunId("r1"), *first, {assignment_of(1, 1)}).error().code,
            ErrorCode::kFenced);
  EXPECT_FALSE(ledger_->task(RunId("r1"), TaskId(1)).value().has_value());
}

TEST_P(LedgerLeadership, TasksAreHandedOutAllOrNone) {
  const auto epoch = take("r1", k_long_lease_ms);
  ASSERT_OK(epoch);
  ASSERT_OK(ledger_->assign(RunId("r1"), *epoch, {assignment_of(1, 1)}));
  ASSERT_OK(ledger_->assign(RunId("r1"), *epoch,
                            {assignment_of(1, 1), assignment_of(2, 1)}));  // the answer was lost
  EXPECT_EQ(
      ledger_->assign(RunId("r1"), *epoch, {assignment_of(3, 1), assignment_of(1, 2)}).error().code,
      ErrorCode::kFenced);
  EXPECT_FALSE(ledger_->task(RunId("r1"), TaskId(3)).value().has_value());
  EXPECT_TRUE(ledger_->bump_fence(mandate_of("r1", *epoch), TaskId(1), Fence(2)).value());
  EXPECT_EQ(ledger_->assign(RunId("r1"), *epoch, {assignment_of(1, 1)}).error().code,
            ErrorCode::kFenced);
  ASSERT_OK(ledger_->assign(RunId("r1"), *epoch, {assignment_of(1, 2), assignment_of(3, 1)}));
  EXPECT_EQ(ledger_->task(RunId("r1"), TaskId(1)).value()->state, "assigned");
}

TEST_P(LedgerLeadership, OfTwoThatTakeAtOnceOneLeads) {
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    const std::string table = "t" + std::to_string(round);
    std::atomic<int> leaders = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        const auto sql = connect();
        Ledger ledger(*sql, "decant");
        if (ledger.take_leadership({table, table + "b"}, run_of("r" + std::to_string(i)),
                                   k_long_lease_ms))
          ++leaders;
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(leaders, 1);
  }
}

// PostgreSQL waits for the other one's transaction and then sees its lease; DuckDB finds a conflict
// at once.
TEST_P(LedgerLeadership, OneThatComesWhileAnotherIsTakingIsRefused) {
  ASSERT_OK(take("r0", 0));
  const auto first = connect();
  ASSERT_OK(first->begin());
  ASSERT_OK(first->execute(
      "UPDATE decant.leader SET run_id = 'r1', lease_until = now() + INTERVAL '1 hour'"));
  const auto second = connect();
  auto taking = std::async(std::launch::async, [&] {
    Ledger other(*second, "decant");
    return other.take_leadership({k_table}, run_of("r2"), k_long_lease_ms);
  });
  const char* waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  for (int tries = 0; tries < 500 && is_postgres() && value(waiting) == "0"; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  if (!is_postgres()) taking.wait();
  ASSERT_OK(first->commit());
  const auto taken = taking.get();
  ASSERT_FALSE(taken.has_value());
  EXPECT_EQ(taken.error().code, ErrorCode::kBusy) << why(taken);
  EXPECT_EQ(value("SELECT run_id FROM decant.leader"), "r1");
}

// As a takeover does, or two that hold a row each would wait for each other.
TEST_P(LedgerLeadership, RowsOfSeveralTablesAreLockedInTheOrderOfTheirNames) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB has no locks of rows";
  const RunId run("r1");
  ASSERT_OK(ledger_->take_leadership({"b"}, run_of(run.value), k_long_lease_ms));
  const auto epoch = ledger_->take_leadership({"a", "b"}, run_of(run.value), k_long_lease_ms);
  ASSERT_OK(epoch);
  const auto locked = [&](const std::function<Status(SqlSession&)>& work) {
    const auto holder = connect(), worker = connect(), other = connect();
    ASSERT_OK(holder->begin());
    ASSERT_OK(holder->query("SELECT 1 FROM decant.leader WHERE table_name = 'a' FOR UPDATE"));
    auto done = std::async(std::launch::async, [&] { return work(*worker); });
    const char* waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    for (int tries = 0; tries < 3'000 && value(waiting) == "0"; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(other->query("SELECT 1 FROM decant.leader WHERE table_name = 'b' FOR UPDATE NOWAIT")
                    .has_value());
    ASSERT_OK(holder->commit());
    ASSERT_OK(done.get());
  };
  locked([&](SqlSession& sql) -> Status {
    DECANT_TRY(sql.begin());
    DECANT_TRY(ledger_internal::check_epoch(sql, "decant", run, *epoch, {"a", "b"}));
    return sql.commit();
  });
  locked([&](SqlSession& sql) { return Ledger(sql, "decant").release_leadership(run, *epoch); });
}

TEST_P(LedgerLeadership, SessionsOfATaskAreEndedByNameAndNoOthers) {
  if (!is_postgres()) {
    ASSERT_OK(ledger_->end_backends("decant/r1/1"));
    return;
  }
  const auto zombie = connect("decant/r1/1/7");
  const auto other = connect("decant/r1/12/1");
  ASSERT_OK(zombie->begin());
  ASSERT_OK(ledger_->end_backends("decant/r1/1"));
  EXPECT_EQ(zombie->query("SELECT 1").error().code, ErrorCode::kUnreachable);
  EXPECT_TRUE(other->query("SELECT 1").has_value());
}

DECANT_ON_BOTH_ENGINES(LedgerLeadership);

}  // namespace
}  // namespace decant::test
