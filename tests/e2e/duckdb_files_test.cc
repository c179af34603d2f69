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

// Each gives something else than the function of DuckDB's own that it is called like, and DuckDB
// looks up the file's own first.
constexpr const char* k_macros =
    "CREATE MACRO hash(a) AS md5(a::VARCHAR), (a, b) AS 'x'; CREATE MACRO max(a) AS 'macro', (a, "
    "b) "
    "AS 'macro'; CREATE MACRO min(a) AS 'macro'; CREATE MACRO sum(a) AS -1; "
    "CREATE MACRO count(a) AS 0; CREATE MACRO count_star() AS 0; "
    "CREATE MACRO contains(a, b) AS false; CREATE MACRO list_contains(a, b) AS false; "
    "CREATE MACRO translate(a, b, c) AS 'macro'; CREATE MACRO isfinite(a) AS false; "
    "CREATE MACRO row_number() AS 1; CREATE MACRO strftime(a, b) AS 'macro'; "
    "CREATE MACRO now() AS NULL; CREATE MACRO nextval(a) AS 1; "
    "CREATE MACRO current_database() AS 'macro'; CREATE MACRO array_to_string(a, b) AS 'macro'";

TEST_F(DuckDbFiles, ARunIsTheSameWhateverMacrosItsFilesHave) {
  const std::string rows =
      "SELECT range AS id, TIMESTAMP '2024-01-01' + INTERVAL (range) DAY AS "
      "seen, 'x' AS name FROM range(50)";
  changed_in(source(), "CREATE TABLE t AS " + rows + "; " + k_macros);
  changed(k_macros);
  const std::string read = "    read: { table: t, time: seen, source: \"" + source() + "\" }\n";
  for (const char* write_more :
       {"schema.t", "main.t, mode: upsert", "main.u, mode: upsert, latest_by: seen"}) {
    const std::string more = write_more;
    const bool is_in_main = more.starts_with("main");
    write("job.yaml",
          "job: files" + std::to_string(more.size()) +
              "\ntarget: ${DECANT_TARGET}\nledger_schema: " + (is_in_main ? "decant" : "main") +
              "\nentities:\n  t:\n" + read + "    write: { key: [id], table: " + more + " }\n");
    const Outcome first = run();
    EXPECT_THAT(first, ExitsWith(0));
    EXPECT_THAT(first.out, HasSubstr("rows 50 inserted"));
    const Outcome again = run();
    EXPECT_THAT(again, ExitsWith(0));
    EXPECT_THAT(again.out, HasSubstr("chunks   0 loaded, 2 skipped"));
  }
  changed_in(source(), "UPDATE t SET name = 'y', seen = seen + INTERVAL 20 DAY WHERE id = 7");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(0));
  EXPECT_THAT(decant({"status", "job.yaml"}), ExitsWith(0));
}

TEST_F(DuckDbFiles, ATableMayBeCalledLikeAViewOfDuckDbsOwn) {
  write("t.csv", "id\n1\n2\n");
  for (const char* name : {"duckdb_tables", "duckdb_columns", "duckdb_views", "pg_tables"}) {
    write("job.yaml", std::string("job: ") + name +
                          "\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { files: t.csv "
                          "}\n    write: { key: [id], table: " +
                          name + " }\n");
    for (int i = 0; i < 2; ++i) EXPECT_THAT(run(), ExitsWith(0)) << name << ", run " << i;
  }
}

TEST_F(DuckDbFiles, ASchemaCalledLikeACatalogIsReadAndRefusedForATable) {
  changed_in(source(), "CREATE SCHEMA memory; CREATE TABLE decant_file.memory.t AS SELECT 1 AS id");
  write_job("table: memory.t, source: \"" + source() + "\"");
  const std::string job = read_file(path("job.yaml"));
  std::string other = job;
  write("job.yaml", other.replace(other.find("write: { table: t"), 17, "write: { table: Temp.t"));
  const Outcome refused = decant({"plan", "job.yaml", "--workers", "1"});
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("Temp.t lies in a schema that is called like a catalog"));
  write("job.yaml", job + "ledger_schema: system\n");
  const Outcome ledger = decant({"plan", "job.yaml", "--workers", "1"});
  EXPECT_THAT(ledger, ExitsWith(2));
  EXPECT_THAT(ledger.err, HasSubstr("The ledger, by `ledger_schema: system`, lies in a schema"));
  write("job.yaml", job);
  EXPECT_THAT(run(), ExitsWith(0));
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
