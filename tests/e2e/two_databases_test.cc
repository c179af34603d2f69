// Stores with a database each, and chunks of both in one task: each is read under the snapshot that
// the run has of it.
#include <signal.h>

#include "common/connector/adapters/adapters.h"
#include "tests/e2e/endpoint.h"
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_sales = R"yaml(job: shops
target: ${DECANT_TARGET}
chunk_rows: 10
stores: { a: { source: "${SOURCE_A}" }, b: { source: "${SOURCE_B}" } }
entities:
  sales:
    read: { table: sales, time: day }
    write: { table: sales, key: [id] }
    columns: { shop: { constant: "{store}" } }
)yaml";

class TwoDatabases : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_database());
    if (IsSkipped()) return;
    a_ = fresh_database();
    b_ = fresh_database();
    set_environment("SOURCE_A", a_);
    set_environment("SOURCE_B", b_);
  }
  // Ten sales of January in a; ten of January and ten of May in b. After the first run one of a
  // becomes b's and one of b becomes a's.
  void swap_two_sales() {
    write("job.yaml", k_sales);
    for (const std::string& source : {a_, b_})
      changed_in(source, "CREATE TABLE sales (id bigint PRIMARY KEY, day date, v int)");
    changed_in(a_, "INSERT INTO sales SELECT g, '2024-01-05', g FROM generate_series(1, 10) g");
    changed_in(b_,
               "INSERT INTO sales SELECT 1000 + g, '2024-01-05', g FROM generate_series(1, 10) g");
    changed_in(b_,
               "INSERT INTO sales SELECT 2000 + g, '2024-05-05', g FROM generate_series(1, 10) g");
    ASSERT_THAT(run(), ExitsWith(0));
    changed_in(a_,
               "DELETE FROM sales WHERE id = 1; INSERT INTO sales VALUES (1001, '2024-01-05', 1)");
    changed_in(b_,
               "DELETE FROM sales WHERE id = 1001; INSERT INTO sales VALUES (1, '2024-01-05', 1)");
  }
  std::unique_ptr<Process> coordinator(const std::string& endpoint) {
    return start_decant(run_words({"--workers", "0", "--listen", endpoint}));
  }
  // A worker's session has a snapshot of the database and waits for what comes next.
  static bool is_held(const std::string& source) {
    return ask(source,
               "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
               "application_name LIKE 'decant/%' AND state = 'idle in transaction' AND "
               "state_change < clock_timestamp() - interval '300 milliseconds'") != "0";
  }
  std::string sale(int id) const {
    return asked("SELECT shop || ' ' || day FROM sales WHERE id = " + std::to_string(id));
  }

  std::string a_, b_;
};

TEST_F(TwoDatabases, AreReadUnderTheRunsSnapshotsWhereAKeyMovedBetweenThem) {
  swap_two_sales();
  // So that its chunks are all for the worker that came first.
  std::string job = k_sales;
  const std::string source = "\"${SOURCE_B}\"";
  write("job.yaml", job.replace(job.find(source), source.size(), source + ", max_parallel: 1"));
  const std::string endpoint = free_endpoint();
  const auto run = coordinator(endpoint);
  const auto of_b = start_worker(endpoint, {"--name", "of_b", "--stores", "b"});
  ASSERT_TRUE(run->wait_until([&] { return is_held(b_); })) << run->err();
  // From one chunk to another, behind the back of the run.
  changed_in(b_, "UPDATE sales SET day = '2024-05-20' WHERE id = 1005");
  changed_in(b_, "INSERT INTO sales VALUES (3001, '2024-01-06', 1)");
  const auto of_all = start_worker(endpoint, {"--name", "of_all"});
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("moved "));
  EXPECT_TRUE(report()["snapshots"].empty()) << report()["snapshots"];
  EXPECT_EQ(sale(1), "b 2024-01-05");
  EXPECT_EQ(sale(1001), "a 2024-01-05");
  EXPECT_EQ(sale(1005), "b 2024-01-05");
  EXPECT_EQ(sale(3001), "") << "it came after the run had looked";
  // One for each database, and each batch has that of its own.
  EXPECT_EQ(asked("SELECT count(DISTINCT snapshot) || ' ' || bool_and(snapshot <> '') FROM "
                  "decant.migration_batches WHERE chunk LIKE 'sales/b/%' AND run_id = '" +
                  report()["run"].get<std::string>() + "'"),
            "1 true");
  ASSERT_THAT(this->run(), ExitsWith(0));
  EXPECT_EQ(sale(1005), "b 2024-05-20");
  EXPECT_EQ(sale(3001), "b 2024-01-06");
}

// The key that moved waits in the target, so that the task of both stores is in a worker's hands
// when its coordinator dies.
TEST_F(TwoDatabases, AreReadAlikeByAnAdoptedTaskOfBothAndWhoeverPlansAroundIt) {
  swap_two_sales();
  changed(
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_advisory_xact_lock_shared(7); RETURN new; END $$");
  changed(
      "CREATE TRIGGER wait AFTER INSERT OR UPDATE ON sales FOR EACH ROW WHEN (new.id = 1) "
      "EXECUTE FUNCTION wait()");
  auto holder = open_target(target(), "/", "test");
  ASSERT_TRUE(holder && (*holder)->sql().query("SELECT pg_advisory_lock(7)"));
  const std::string endpoint = free_endpoint();
  const auto first = coordinator(endpoint);
  const auto worker = start_worker(endpoint, {"--name", "of_all", "--slots", "2"});
  ASSERT_TRUE(first->wait_until([&] {
    return asked(
               "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND "
               "objid = 7") == "1";
  })) << first->err();
  EXPECT_THAT(first->err(), HasSubstr("moved "));
  first->signal(SIGKILL);
  first->wait();
  changed_in(b_, "UPDATE sales SET day = '2024-01-25' WHERE id = 2005");
  changed_in(b_, "DELETE FROM sales WHERE id = 1007");

  const auto second = coordinator(endpoint);
  ASSERT_TRUE(second->wait_until([&] {
    return second->err().find("adopted  1 tasks with 2 chunks") != std::string::npos;
  })) << second->err();
  ASSERT_TRUE((*holder)->sql().query("SELECT pg_advisory_unlock(7)"));
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_TRUE(report()["snapshots"].empty()) << report()["snapshots"];
  EXPECT_EQ(sale(2005), "b 2024-05-05");
  EXPECT_EQ(sale(1007), "b 2024-01-05");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sale(2005), "b 2024-01-25");
  EXPECT_EQ(sale(1007), "");
}

TEST_F(TwoDatabases, LetRowsGoThatAreGoneInBothWithThoseThatFollowThem) {
  write("job.yaml", R"yaml(job: parents
target: ${DECANT_TARGET}
stores: { a: { source: "${SOURCE_A}" }, b: { source: "${SOURCE_B}" } }
entities:
  parent:
    read: { table: parent }
    write: { table: parent, key: [id] }
    columns: { shop: { constant: "{store}" } }
)yaml");
  int offset = 0;
  for (const std::string& source : {a_, b_}) {
    changed_in(source, "CREATE TABLE parent (id bigint PRIMARY KEY, v int)");
    changed_in(source, "INSERT INTO parent SELECT " + std::to_string(offset) +
                           " + g, g FROM generate_series(1, 5) g");
    offset += 100;
  }
  changed("CREATE TABLE parent (shop text, id bigint PRIMARY KEY, v int)");
  changed(
      "CREATE TABLE child (id bigint PRIMARY KEY, pid bigint REFERENCES parent (id) ON DELETE "
      "CASCADE)");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO child SELECT id, id FROM parent");
  changed_in(a_, "DELETE FROM parent WHERE id = 2");
  changed_in(b_, "DELETE FROM parent WHERE id = 102");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM parent"), "8");
  EXPECT_EQ(asked("SELECT count(*) FROM child WHERE id IN (2, 102)"), "0");
  EXPECT_EQ(asked("SELECT count(*) FROM child"), "8");
}

}  // namespace
}  // namespace decant::test
