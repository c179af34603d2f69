// A store of which one chunk kills, stalls or takes too long: it is named, and all else is loaded.
// Stores are databases of their own, read through a view that computes a column; a census does not
// compute it.
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* k_job = R"yaml(job: shops
target: ${DECANT_TARGET}
chunk_rows: 30
chunk_timeout: TIMEOUT
stores:
  west: { source: "${WEST}" }
  east: { source: "${EAST}" }
entities:
  sales:
    read: { table: looked_at, time: sold_at }
    write: { table: sales, key: [store, id] }
    columns: { store: { constant: "{store}" } }
)yaml";

// A year with 30 rows, and so a chunk, in each month.
constexpr const char* k_table =
    "CREATE TABLE sales AS SELECT n AS id, timestamp '2024-01-01' + ((n - 1) / 30) * interval '1 "
    "month' + ((n - 1) % 30) * interval '20 hours' AS sold_at FROM generate_series(1, 360) AS n";
// The rows of 2024-05, by whatever `what` does.
constexpr const char* k_bad = "2024-05";
constexpr const char* k_bad_chunk = "sales/east/2024-05/001";
constexpr const char* k_all_but_one = "east|330\nwest|360";

class SetAside : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    if (IsSkipped()) return;
    west_ = fresh_database();
    if (west_.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
    make_store(west_, "PERFORM 1", "true");
    set_environment("WEST", west_);
    write_job(1'800);
  }

  void write_job(int timeout_s) {
    std::string text = k_job;
    text.replace(text.find("TIMEOUT"), 7, std::to_string(timeout_s));
    write("job.yaml", text);
  }
  // East, whose rows that meet the condition do `what` when they are looked at.
  void make_east(const std::string& what, const std::string& condition = "") {
    east_ = fresh_database();
    make_store(
        east_, what,
        condition.empty() ? "to_char(t, 'YYYY-MM') = '" + std::string(k_bad) + "'" : condition);
    set_environment("EAST", east_);
  }
  static void make_store(const std::string& database, const std::string& what,
                         const std::string& condition) {
    changed_in(database, k_table);
    changed_in(database,
               "CREATE FUNCTION look_at(t timestamp) RETURNS text IMMUTABLE LANGUAGE plpgsql AS "
               "$$ BEGIN IF " +
                   condition + " THEN " + what + "; END IF; RETURN 'seen'; END $$");
    changed_in(database, "CREATE VIEW looked_at AS SELECT *, look_at(sold_at) AS note FROM sales");
  }

  std::string arrived() const {
    return asked("SELECT store, count(*) FROM sales GROUP BY store ORDER BY store");
  }
  // The bad chunk is told where people look for it, and is the only one.
  void expect_named(const Outcome& outcome, const std::string& why) const {
    EXPECT_THAT(outcome.err, HasSubstr(std::string(k_bad_chunk) + " "));
    EXPECT_THAT(outcome.err, HasSubstr(why));
    const Json told = report();
    EXPECT_EQ(told["chunks"]["failed"], 1) << told.dump(1);
    EXPECT_EQ(told["chunks"]["loaded"], 23);
    const Outcome explained = decant({"explain", "job.yaml", k_bad_chunk});
    EXPECT_THAT(explained, ExitsWith(0));
    EXPECT_THAT(explained.out, HasSubstr(why));
  }
  // The same command loads what is missing once the store is mended.
  void expect_mended() {
    changed_in(east_,
               "CREATE OR REPLACE FUNCTION look_at(t timestamp) RETURNS text IMMUTABLE LANGUAGE "
               "plpgsql AS $$ BEGIN RETURN 'seen'; END $$");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(arrived(), "east|360\nwest|360");
    EXPECT_EQ(asked("SELECT count(*) - count(DISTINCT store || CAST(id AS VARCHAR)) FROM sales"),
              "0");
  }

  const std::string& east() const { return east_; }

  // The local worker that reads a row of the bad chunk right now.
  std::optional<pid_t> worker_that_sleeps(pid_t coordinator) const {
    const std::string name =
        ask(east_,
            "SELECT coalesce(max(split_part(application_name, '/', 3)), '') FROM "
            "pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
    if (name.empty()) return std::nullopt;
    for (const pid_t child : children_of(coordinator)) {
      std::ifstream words("/proc/" + std::to_string(child) + "/cmdline");
      const std::string line((std::istreambuf_iterator<char>(words)), {});
      if (line.find('\0' + name + '\0') != std::string::npos) return child;
    }
    return std::nullopt;
  }

 private:
  std::string west_, east_;
};
INSTANTIATE_TEST_SUITE_P(Into, SetAside, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(SetAside, AChunkThatKillsItsWorkersIsNamedAndAllElseIsLoaded) {
  make_east("PERFORM pg_sleep(600)");
  const auto run = start_decant(run_words());
  int killed = 0;
  run->wait_until([&] {
    if (const auto worker = worker_that_sleeps(run->pid())) {
      ::kill(*worker, SIGKILL);
      ++killed;
      // Its session at the source sees that it has gone only when it wakes up.
      changed_in(east(),
                 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event "
                 "= 'PgSleep' AND datname = current_database()");
    }
    return !run->is_running();
  });
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_GE(killed, 3);
  EXPECT_LE(killed, 8);
  EXPECT_EQ(arrived(), k_all_but_one);
  expect_named(outcome, "costs whoever takes it: local-");
  expect_mended();
}

TEST_P(SetAside, AChunkThatStallsItsSourceIsNamedAndAllElseIsLoaded) {
  write_job(3);
  make_east("PERFORM pg_sleep(600)");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_EQ(arrived(), k_all_but_one);
  expect_named(outcome,
               "cannot be read, not even in 8 pieces: The source gave no row for 3 seconds");
  EXPECT_THAT(outcome.err, HasSubstr("chunk_rows"));
  EXPECT_THAT(outcome.err, HasSubstr("max_parallel"));
  EXPECT_EQ(ask(east(),
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
                "datname = current_database()"),
            "0")
      << "its query was left behind";
  expect_mended();
}

TEST_P(SetAside, AChunkThatEndsItsSessionAtTheSourceIsNamedAndAllElseIsLoaded) {
  make_east("PERFORM pg_terminate_backend(pg_backend_pid())");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(5));
  EXPECT_EQ(arrived(), k_all_but_one);
  EXPECT_EQ(report()["chunks"]["failed"], 1);
  expect_mended();
}

// Somebody on the server ends every query that runs for longer than a second and a half; a task of
// four months needs more, a month may.
TEST_P(SetAside, WhereTheServerEndsLongQueriesTasksAreReadInHalvesAndAllIsLoaded) {
  make_east("PERFORM pg_sleep(0.03)", "true");
  const auto run = start_decant(run_words());
  int ended = 0;
  run->wait_until([&] {
    const std::string of_copy =
        "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%' AND "
        "clock_timestamp() - query_start > interval '1.5 seconds' AND datname = "
        "current_database()";
    if (ask(east(), "SELECT count(*) " + of_copy) != "0") {
      changed_in(east(), "SELECT pg_cancel_backend(pid) " + of_copy);
      ++ended;
    }
    return !run->is_running();
  });
  ASSERT_THAT(run->wait(), ExitsWith(0));
  EXPECT_GT(ended, 0);
  EXPECT_EQ(arrived(), "east|360\nwest|360");
}

TEST_P(SetAside, AWorkerThatHangsIsReplacedAndItsTaskIsDoneByAnother) {
  make_east("PERFORM pg_sleep(0.05)");
  const auto run = start_decant(run_words());
  std::optional<pid_t> hung;
  ASSERT_TRUE(run->wait_until([&] {
    hung = worker_that_sleeps(run->pid());
    return hung.has_value();
  })) << run->err();
  ::kill(*hung, SIGSTOP);
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("was not heard of for a lease"));
  EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(*hung)));
  EXPECT_EQ(arrived(), "east|360\nwest|360");
}

TEST_P(SetAside, AStoreWhoseServerDiesInMidRunIsTriedAFewTimesAndAllOthersAreLoaded) {
  const auto server = PostgresServer::start();
  ASSERT_TRUE(server.has_value()) << server.error().to_string();
  make_store((*server)->url(), "PERFORM pg_sleep(0.02)", "true");
  set_environment("EAST", (*server)->url());
  const auto run = start_decant(run_words());
  ASSERT_TRUE(run->wait_until([&] {
    for (const Json& line : chunk_log()) {
      if (line["state"] == "loaded" &&
          line["chunk"].get<std::string>().find("/east/") != std::string::npos)
        return true;
    }
    return false;
  })) << run->err();
  (*server)->crash();
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.err, HasSubstr("store east: "));
  EXPECT_THAT(outcome.err, Not(HasSubstr("store west: ")));
  EXPECT_THAT(arrived(), HasSubstr("west|360"));
  ASSERT_TRUE((*server)->start_again().has_value());
  ASSERT_THAT(DecantTest::run(), ExitsWith(0));
  EXPECT_EQ(arrived(), "east|360\nwest|360");
}

TEST_P(SetAside, AStoreThatAllowsOneConnectionIsLoadedByMoreWorkers) {
  make_east("PERFORM pg_sleep(0.005)", "true");
  const std::string guest = GetParam() == Engine::kDuckDb ? "guest_of_duckdb" : "guest_of_postgres";
  changed_in(east(), "CREATE ROLE " + guest + " LOGIN CONNECTION LIMIT 1");
  changed_in(east(), "GRANT SELECT ON sales, looked_at TO " + guest);
  std::string as_guest = east();
  as_guest.replace(as_guest.find("tester"), 6, guest);
  set_environment("EAST", as_guest);
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(arrived(), "east|360\nwest|360");
}

}  // namespace
}  // namespace decant::test
