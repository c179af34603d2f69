#include "common/ledger/table_lock.h"

#include <future>

#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

constexpr std::int64_t k_patience_ms = 100;
// For what has to come true: as long as a slow machine may take.
constexpr std::int64_t k_long_patience_ms = 60'000;

using Tables = std::set<std::string>;

// Runs `a` and `b` have the ledger `decant`, run `x` one of its own. Each has a leader's session,
// the coordinator's own and one for a task.
class TableLock : public LedgerTest {
 protected:
  struct Run {
    std::string ledger;
    RunId id;
    std::unique_ptr<SqlSession> leader, own, task;
  };

  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(coordinator_->execute("CREATE TABLE sales (id bigint)"));
    a_ = begin("decant", "a");
    b_ = begin("decant", "b");
    x_ = begin("other", "x");
  }
  Run begin(const std::string& schema, const std::string& id) {
    Ledger ledger(*coordinator_, schema);
    EXPECT_TRUE(ledger.prepare().has_value());
    EXPECT_TRUE(ledger.begin_run(run_of(id)).has_value());
    return {schema, RunId(id), connect(), connect(), connect("decant/" + id + "/1/1")};
  }
  static Status lead(Run& run, Leading leading = Leading::kBegins,
                     const Tables& tables = {"public.sales"}) {
    return lock_tables(*run.leader, run.ledger, tables, run.id, k_patience_ms, leading);
  }
  static Status keep(Run& run) {
    return keep_place(*run.own, run.ledger, {"public.sales"}, run.id);
  }
  static Status join(Run& run, std::int64_t patience_ms = k_patience_ms) {
    if (Status begun = run.task->begin(); !begun) return begun;
    return join_work(*run.task, run.ledger, "sales", patience_ms);
  }
  // As if its link was cut: the server has closed it by then.
  void cut(std::unique_ptr<SqlSession>& session) {
    const auto pid = session->query("SELECT pg_backend_pid()");
    ASSERT_OK(pid);
    ASSERT_OK(coordinator_->query("SELECT pg_terminate_backend(" + *(*pid)[0][0] + ", 60000)"));
    session = connect();
  }
  static void expect_busy(const Status& status, const std::string& who) {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kBusy) << why(status);
    EXPECT_NE(status.error().message.find("Table public.sales is in the hands of run " + who),
              std::string::npos)
        << status.error().message;
  }

  Run a_, b_, x_;
};
// A DuckDB file has one holder.
INSTANTIATE_TEST_SUITE_P(, TableLock, testing::Values(Dialect::kPostgres), engine_name);

TEST_P(TableLock, ATableIsHeldAsLongAsTheSessionLives) {
  ASSERT_OK(lead(a_));
  expect_busy(lead(x_), "a");
  ASSERT_OK(lead(x_, Leading::kBegins, {"public.z"}));
  a_.leader.reset();
  ASSERT_OK(lead(x_));
}

TEST_P(TableLock, APartitionIsHeldWithTheTableThatItIsPartOf) {
  ASSERT_OK(coordinator_->execute("CREATE TABLE whole (id bigint) PARTITION BY RANGE (id)"));
  ASSERT_OK(coordinator_->execute(
      "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (MINVALUE) TO (MAXVALUE)"));
  ASSERT_OK(lead(a_, Leading::kBegins, {"public.whole"}));
  const Status refused = lead(x_, Leading::kBegins, {"public.part"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
}

TEST_P(TableLock, ARunOfTheSameLedgerThatWasOvertakenHasItsSessionEnded) {
  ASSERT_OK(lead(a_));
  ASSERT_OK(lead(b_));
  EXPECT_FALSE(a_.leader->query("SELECT 1").has_value());
}

TEST_P(TableLock, ALeaderThatWasOvertakenDoesNotEndTheOneWhoLeadsNow) {
  ASSERT_OK(lead(a_));
  ASSERT_OK(keep(a_));
  cut(a_.leader);
  ASSERT_OK(lead(b_));
  expect_busy(lead(a_, Leading::kGoesOn), "b");
  EXPECT_TRUE((b_.leader->query("SELECT 1")).has_value());
}

TEST_P(TableLock, WhileTheCoordinatorHasASessionNoOtherLedgerLeadsTheTable) {
  ASSERT_OK(lead(a_));
  ASSERT_OK(keep(a_));
  cut(a_.leader);
  expect_busy(lead(x_), "a");
  ASSERT_OK(lead(a_, Leading::kGoesOn));
  a_.leader.reset();
  a_.own.reset();
  ASSERT_OK(lead(x_));
}

TEST_P(TableLock, ALeaderDoesNotGoOnWhereAnotherMayHaveComeAndGone) {
  ASSERT_OK(lead(a_));
  ASSERT_OK(keep(a_));
  cut(a_.leader);
  cut(a_.own);
  ASSERT_OK(lead(x_));
  x_.leader.reset();
  const Status refused = lead(a_, Leading::kGoesOn);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kFenced) << why(refused);
}

TEST_P(TableLock, APlaceIsNotTakenWhereTheLockIsLost) {
  const Status refused = keep(a_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kFenced);
}

TEST_P(TableLock, UntilATasksTransactionEndsNoOtherLedgerLeadsTheTable) {
  ASSERT_OK(lead(a_));
  ASSERT_OK(join(a_));
  cut(a_.leader);
  expect_busy(lead(x_), "a");
  ASSERT_OK(a_.task->commit());
  ASSERT_OK(lead(x_));
}

TEST_P(TableLock, TasksOfItsOwnLedgerAreInNoRunsWay) {
  ASSERT_OK(lead(a_));
  ASSERT_OK(join(a_));
  cut(a_.leader);
  ASSERT_OK(lead(b_));
  EXPECT_TRUE((a_.task->commit()).has_value());
}

TEST_P(TableLock, ATaskIsRefusedWhereNobodyLeadsOrAnotherLedgerDoes) {
  const Status alone = join(a_);
  ASSERT_FALSE(alone.has_value());
  EXPECT_EQ(alone.error().code, ErrorCode::kTimeout) << why(alone);
  a_.task->rollback();

  ASSERT_OK(lead(x_));
  const Status beaten = join(a_);
  ASSERT_FALSE(beaten.has_value());
  EXPECT_NE(beaten.error().message.find("in the hands of run x"), std::string::npos)
      << beaten.error().message;
}

TEST_P(TableLock, ATaskWaitsForALeaderWhoseSessionIsOpenedAgain) {
  auto joined = std::async(std::launch::async, [this] { return join(a_, k_long_patience_ms); });
  while (value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND "
               "application_name = 'decant/a/1/1'") == "0") {
  }
  b_.leader = connect();
  ASSERT_OK(lead(b_));
  ASSERT_OK(joined.get());
}

}  // namespace
}  // namespace decant::test
