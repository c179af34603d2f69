#include "common/ledger/table_lock.h"

#include <future>

#include "common/ledger/table_family.h"
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
  // As a run does it: first in the ledger, where a lease of 0 lets the next one overtake it.
  static Status lead(Run& run, Leading leading = Leading::kBegins,
                     const Tables& tables = {"public.sales"}) {
    if (leading == Leading::kBegins) {
      if (Status taken = take(run, tables, 0); !taken) return taken;
    }
    return lock(run, tables, leading);
  }
  static Status take(Run& run, const Tables& tables, std::int64_t lease_ms) {
    const auto names = names_to_lead(*run.leader, run.ledger, tables);
    if (!names) return fail(names.error());
    return take_names(run, *names, lease_ms);
  }
  static Status take_names(Run& run, const Tables& names, std::int64_t lease_ms) {
    Ledger ledger(*run.leader, run.ledger);
    const auto epoch = ledger.take_leadership({names.begin(), names.end()}, run_of(run.id.value),
                                              lease_ms, [](const std::string&) { return false; });
    if (!epoch) return fail(epoch.error());
    return {};
  }
  static Status lock(Run& run, const Tables& tables, Leading leading = Leading::kBegins) {
    return lock_tables(*run.leader, run.ledger, tables, run.id, k_patience_ms, leading);
  }
  static Status keep(Run& run) {
    return keep_place(*run.own, run.ledger, {"public.sales"}, run.id);
  }
  static Status join(Run& run, std::int64_t patience_ms = k_patience_ms,
                     const std::string& table = "sales") {
    if (Status begun = run.task->begin(); !begun) return begun;
    return join_work(*run.task, run.ledger, table, patience_ms);
  }
  // A partition of a partition, and a table that inherits: each with the whole that it is part of.
  std::vector<std::pair<std::string, std::string>> make_families() {
    for (const char* sql : {
             "CREATE TABLE whole (id bigint) PARTITION BY RANGE (id)",
             "CREATE TABLE half PARTITION OF whole FOR VALUES FROM (0) TO (10) PARTITION BY RANGE "
             "(id)",
             "CREATE TABLE part PARTITION OF half FOR VALUES FROM (0) TO (5)",
             "CREATE TABLE parent (id bigint)",
             "CREATE TABLE child () INHERITS (parent)",
         }) {
      EXPECT_TRUE(coordinator_->execute(sql).has_value()) << sql;
    }
    return {{"public.part", "public.whole"},
            {"public.half", "public.whole"},
            {"public.part", "public.half"},
            {"public.child", "public.parent"}};
  }
  // As if its link was cut: the server has closed it by then.
  void cut(std::unique_ptr<SqlSession>& session) {
    const auto pid = session->query("SELECT pg_backend_pid()");
    ASSERT_OK(pid);
    ASSERT_OK(coordinator_->query("SELECT pg_terminate_backend(" + *(*pid)[0][0] + ", 60000)"));
    session = connect();
  }
  static void expect_busy(const Status& status, const std::string& who,
                          const std::string& table = "public.sales") {
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kBusy) << why(status);
    EXPECT_NE(status.error().message.find("Table " + table + " is in the hands of run " + who),
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

TEST_P(TableLock, APartOfATableIsHeldWithTheWholeInEitherOrder) {
  for (const auto& [part, whole] : make_families()) {
    ASSERT_OK(lead(a_, Leading::kBegins, {whole}));
    expect_busy(lead(x_, Leading::kBegins, {part}), "a", whole);
    a_.leader = connect();
    ASSERT_OK(lead(x_, Leading::kBegins, {part}));
    expect_busy(lead(a_, Leading::kBegins, {whole}), "x", whole);
    x_.leader = connect();
    a_.leader = connect();
  }
}

TEST_P(TableLock, ATaskOnAPartKeepsOtherLedgersFromTheWhole) {
  for (const auto& [part, whole] : make_families()) {
    ASSERT_OK(lead(a_, Leading::kBegins, {part}));
    ASSERT_OK(join(a_, k_patience_ms, part));
    cut(a_.leader);
    expect_busy(lead(x_, Leading::kBegins, {whole}), "a", whole);
    ASSERT_OK(a_.task->commit());
    ASSERT_OK(lead(x_, Leading::kBegins, {whole}));
    x_.leader = connect();
  }
}

// What the ledger refuses (leadership_test.cc) is not had by the lock either.
TEST_P(TableLock, ALeaderWhomTheLedgerDidNotLetBeOvertakenIsNotEnded) {
  ASSERT_OK(take(a_, {"public.sales"}, k_long_lease_ms));
  ASSERT_OK(lock(a_, {"public.sales"}));
  expect_busy(lock(b_, {"public.sales"}), "a");
  EXPECT_TRUE(a_.leader->query("SELECT 1").has_value());
}

// Earlier versions led no name but the table's own.
TEST_P(TableLock, ALeaderWhoHasAllItsNamesYetIsNotEnded) {
  for (const auto& [part, whole] : make_families()) {
    ASSERT_OK(take_names(a_, {part}, k_long_lease_ms));
    ASSERT_OK(lock(a_, {part}));
    ASSERT_OK(take_names(b_, {whole}, k_long_lease_ms));
    expect_busy(lock(b_, {whole}), "a", whole);
    EXPECT_TRUE(a_.leader->query("SELECT 1").has_value());
    a_.leader = connect();
    b_.leader = connect();
    ASSERT_OK(coordinator_->execute("UPDATE decant.leader SET lease_until = now()"));
  }
}

TEST_P(TableLock, ARunOfAPartThatWasOvertakenByOneOfTheWholeHasItsSessionEnded) {
  for (const auto& [part, whole] : make_families()) {
    ASSERT_OK(lead(a_, Leading::kBegins, {part, "public.sales"}));
    ASSERT_OK(lead(b_, Leading::kBegins, {whole}));
    EXPECT_FALSE(a_.leader->query("SELECT 1").has_value());
    a_.leader = connect();
    ASSERT_OK(lead(a_, Leading::kBegins, {part}));
    EXPECT_FALSE(b_.leader->query("SELECT 1").has_value());
    a_.leader = connect();
    b_.leader = connect();
    ASSERT_OK(coordinator_->execute("DELETE FROM decant.leader"));  // a run leads once
  }
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
  EXPECT_EQ(alone.error().sqlstate, "55P03") << "no statement was slow";
  EXPECT_NE(alone.error().message.find("No session leads table public.sales any more in database"),
            std::string::npos)
      << why(alone);
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
