// Two jobs whose ledgers know nothing of each other, on one table without a key, and sessions that
// are cut: the table never holds rows of both.
#include <signal.h>

#include "common/connector/adapters/adapters.h"
#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

// What the server has of a run: "decant leads …", "decant runs …", "decant/…" of its tasks.
std::string sessions_like(const std::string& name) {
  return " FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '" +
         name + "'";
}

class TwoLedgers : public SlowSource {
 protected:
  void SetUp() override {
    SlowSource::SetUp();
    if (IsSkipped()) return;
    std::string other = read_file(path("job.yaml"));
    other.replace(other.find("job: slow"), 9, "job: other\nledger_schema: other");
    write("other.yaml", other);
  }
  Outcome run_other() { return decant({"run", "other.yaml", "--yes", "--workers", "2"}); }
  void cut(const std::string& sessions) {
    EXPECT_NE(asked("SELECT count(pg_terminate_backend(pid, 60000))" + sessions_like(sessions)),
              "0");
  }
  // Nothing is there twice.
  void expect_no_row_of_both() {
    EXPECT_EQ(asked("SELECT count(*) - count(DISTINCT id) FROM sales"), "0");
  }
};
INSTANTIATE_TEST_SUITE_P(Into, TwoLedgers, testing::Values(Engine::kPostgres), engine_name);

TEST_P(TwoLedgers, ARunWhoseLeaderWasCutOffKeepsItsTableAndGoesOn) {
  const auto first = half_way();
  cut("decant leads %");
  const Outcome second = run_other();
  EXPECT_THAT(second, ExitsWith(1));
  EXPECT_THAT(second.err, HasSubstr("Table public.sales is in the hands of run "));
  EXPECT_TRUE(first->is_running());
  expect_no_row_of_both();
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TwoLedgers, ATaskThatOutlivesItsCoordinatorKeepsOthersOutUntilItEnds) {
  auto first = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
  const auto worker = start_worker(endpoint_of(*first));
  ASSERT_TRUE(first->wait_until([&] { return loaded_chunks() > 0; })) << first->err();
  // The next task has its rows in the table, and waits to write its batches.
  const auto gate = open_target(target(), "/", "gate");
  ASSERT_TRUE(gate.has_value());
  SqlSession& holding = (*gate)->sql();
  ASSERT_TRUE(holding.begin().has_value());
  ASSERT_TRUE(holding.execute("LOCK TABLE decant.migration_batches IN SHARE MODE").has_value());
  const std::string waiting =
      "SELECT count(*)" + sessions_like("decant/%") + " AND wait_event_type = 'Lock'";
  ASSERT_TRUE(first->wait_until([&] { return asked(waiting) == "1"; })) << first->err();
  first->signal(SIGKILL);
  first->wait();
  ASSERT_TRUE(
      eventually([&] { return asked("SELECT count(*)" + sessions_like("decant %")) == "0"; }));

  const Outcome second = run_other();
  EXPECT_THAT(second, ExitsWith(1));
  EXPECT_THAT(second.err, HasSubstr("Table public.sales is in the hands of run "));

  holding.rollback();
  ASSERT_TRUE(
      eventually([&] { return asked("SELECT count(*)" + sessions_like("decant/%")) == "0"; }));
  expect_no_row_of_both();
  worker->signal(SIGKILL);
  worker->wait();
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TwoLedgers, ARunThatLostBothItsSessionsEndsAndTheSameCommandGoesOn) {
  const auto first = half_way();
  cut("decant leads %");
  cut("decant runs %");
  EXPECT_NE(first->wait().status, 0);
  expect_no_row_of_both();
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all_arrived();
}

}  // namespace
}  // namespace decant::test
