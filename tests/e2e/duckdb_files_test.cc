// What DuckDB does with its files and its memory, as a run meets it.
#include <filesystem>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class DuckDbFiles : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target("duckdb:" + path("t.duckdb"));
  }
  std::string source() const { return "duckdb:" + path("s.duckdb"); }
  void write_job(const std::string& read, const std::string& write_more = {}) {
    write("job.yaml", "job: files\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { " + read +
                          " }\n    write: { table: t, key: [id]" + write_more + " }\n");
  }
};

// DuckDB looks for its log beside the name that it is given.
TEST_F(DuckDbFiles, ATargetNamedByALinkKeepsWhatAKilledRunHadCommitted) {
  fs::create_directory(path("disk"));
  changed_in("duckdb:" + path("disk/real.duckdb"), "CREATE TABLE other (id INTEGER)");
  fs::create_symlink("disk/real.duckdb", path("t.duckdb"));
  write("t.csv", "id\n1\n2\n");
  write_job("files: t.csv");
  set_environment("DECANT_FAILPOINTS", "coordinator.stage_committed=kill");
  EXPECT_THAT(run(), ExitsWith(137));
  set_environment("DECANT_FAILPOINTS", "");
  EXPECT_EQ(ask("duckdb:" + path("disk/real.duckdb"), "SELECT count(*) FROM t"), "2");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "2");
  EXPECT_FALSE(fs::exists(path("t.duckdb.wal")));
  EXPECT_FALSE(fs::exists(path("t.duckdb.stage")));
  EXPECT_THAT(decant({"status", "job.yaml"}), ExitsWith(0));
}

TEST_F(DuckDbFiles, ASourceNamedByALinkIsReadWithWhatItsLogHas) {
  fs::create_directory(path("disk"));
  const std::string real = "duckdb:" + path("disk/real.duckdb");
  changed_in(real, "CREATE TABLE t AS SELECT range AS id FROM range(3)");
  fs::create_symlink("disk/real.duckdb", path("s.duckdb"));
  write_job("table: t, source: \"" + source() + "\"");
  EXPECT_THAT(run(), ExitsWith(0));
  changed_in(real, "PRAGMA disable_checkpoint_on_shutdown; INSERT INTO t VALUES (7), (8)");
  ASSERT_TRUE(fs::exists(path("disk/real.duckdb.wal")));
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(id, ' ' ORDER BY id) FROM t"), "0 1 2 7 8");
}

TEST_F(DuckDbFiles, ATargetOfSeveralNamesIsRefused) {
  changed("CREATE TABLE other (id INTEGER)");
  fs::create_hard_link(path("t.duckdb"), path("backup.duckdb"));
  write("t.csv", "id\n1\n");
  write_job("files: t.csv");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.err, HasSubstr("t.duckdb has 2 names (hard links)"));
  fs::remove(path("backup.duckdb"));
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_F(DuckDbFiles, ATargetNamedByALinkToNothingIsRefusedInThePlan) {
  fs::create_symlink("gone.duckdb", path("t.duckdb"));
  write("t.csv", "id\n1\n");
  write_job("files: t.csv");
  for (const Outcome& outcome : {decant({"plan", "job.yaml", "--workers", "1"}), run()}) {
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("is a link to gone.duckdb, which is not there."));
  }
}

std::string wide_table() {
  std::string sql = "CREATE TABLE t AS SELECT i::INTEGER AS id";
  for (int k = 0; k < 1200; ++k) {
    const std::string number = "(i * " + std::to_string(k) + ")";
    sql += ", " + (k % 3 == 0 ? "'x' || " + number : number + "::INTEGER") + " AS c" +
           std::to_string(k);
  }
  return sql + " FROM range(20) AS r(i)";
}

// DuckDB finds at the COMMIT that it has no memory for it. What it has in memory then is wrong, and
// nothing more can be done in that process.
TEST_F(DuckDbFiles, ACommitWithoutMemoryEndsTheRunAndMoreOfItGoesOn) {
  const std::string roomy = source() + "?memory_limit=4GB";
  changed_in(roomy, wide_table());
  write_job("table: t, source: \"" + source() + "\"");
  ASSERT_THAT(run(), ExitsWith(0));
  changed_in(roomy, "UPDATE t SET c5 = 777, c6 = 'y' WHERE id = 3; DELETE FROM t WHERE id = 4");
  changed_in(roomy, "INSERT INTO t SELECT * REPLACE (id + 100 AS id) FROM t WHERE id IN (1, 2)");
  const std::string file = target();
  use_target(file + "?memory_limit=400MB");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.err, HasSubstr("could not allocate block"));
  EXPECT_THAT(refused.err, HasSubstr("memory_limit"));
  EXPECT_THAT(refused.err, Not(HasSubstr("could not be taken back")));
  EXPECT_EQ(report()["errors"].back()["code"], "no space");
  use_target(file + "?memory_limit=2GB");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(ask(file, "SELECT count(*), count(*) FILTER (c5 = 777 AND c6 = 'y') FROM t"), "21|1");
}

}  // namespace
}  // namespace decant::test
