// Sources that answer more than one question: each row of theirs is read once, and where nobody can
// know that, it is said.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SteadySources : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    if (IsSkipped()) return;
    source_ = fresh_database();
    if (source_.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  }
  void use_job(const std::string& read, const std::string& source, const std::string& write_more,
               const std::string& before = {}) {
    write("job.yaml", "job: steady\ntarget: ${DECANT_TARGET}\nchunk_rows: 1000\n" + before +
                          "entities:\n  e:\n    read: { " + read + ", source: \"" + source +
                          "\" }\n    write: { table: e" + write_more + " }\n");
  }
  std::string rows() const { return asked("SELECT count(*), count(DISTINCT id) FROM e"); }
  const std::string& source() const { return source_; }

 private:
  std::string source_;
};

INSTANTIATE_TEST_SUITE_P(Into, SteadySources, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

// Without a time or a key the chunk is the whole table, and what differs in it lies in blocks that
// are no neighbours: those of another store, or of rows that were deleted, are between them.
TEST_P(SteadySources, ATableWithoutRangesIsReadOnceWhereverItDiffers) {
  for (const char* stores : {"", "stores: { from_column: s }\n"}) {
    for (const char* key : {"", ", key: [id]", ", mode: upsert, key: [id]"}) {
      changed_in(source(), "DROP TABLE IF EXISTS src");
      changed_in(source(),
                 "CREATE TABLE src AS SELECT i AS id, CASE WHEN i BETWEEN 3000 AND 6000 THEN 'b' "
                 "ELSE 'a' END AS s, 'x' || i AS x FROM generate_series(1, 9000) AS i");
      std::string all = "9000|9000";
      if (*stores == '\0') {
        changed_in(source(), "DELETE FROM src WHERE id BETWEEN 3000 AND 6000");
        all = "5999|5999";
      }
      use_job("table: src", source(), key, stores);
      use_target(fresh_target(GetParam()));
      ASSERT_THAT(run(), ExitsWith(0));
      EXPECT_EQ(rows(), all);
      changed_in(source(), "UPDATE src SET x = 'new' WHERE id = 5");
      ASSERT_THAT(run(), ExitsWith(0));
      EXPECT_EQ(rows(), all) << stores << key;
      EXPECT_EQ(asked("SELECT x FROM e WHERE id = 5"), "new");
    }
  }
}

TEST_P(SteadySources, AQueryThatMayAnswerOtherwiseEachTimeIsNoted) {
  changed_in(source(),
             "CREATE TABLE b AS SELECT i AS v, DATE '2024-01-01' + i % 90 AS d FROM "
             "generate_series(1, 5000) AS i");
  use_job("sql: \"SELECT row_number() OVER (ORDER BY d) AS id, v, d FROM b\", time: d", source(),
          ", key: [id]");
  const Outcome numbered = run();
  ASSERT_THAT(numbered, ExitsWith(0));
  EXPECT_THAT(numbered.out, HasSubstr("e: each chunk asks its query anew"));
  EXPECT_THAT(numbered.out, HasSubstr("(row_number)"));
  EXPECT_EQ(rows(), "5000|5000");
  EXPECT_EQ(asked("SELECT count(DISTINCT v) FROM e"), "5000") << "nor parallel, nor in mid-table";

  use_job("sql: \"SELECT v AS id, d FROM b ORDER BY d\", time: d", source(), ", key: [id]");
  use_target(fresh_target(GetParam()));
  const Outcome steady = run();
  ASSERT_THAT(steady, ExitsWith(0));
  EXPECT_THAT(steady.out, Not(HasSubstr("asks its query anew")));
}

// DuckDB 1.4 would give each month first rows of its own.
TEST_P(SteadySources, TheFirstRowOfEachGroupOfADuckDbFileIsReadOnce) {
  const std::string file = "duckdb:" + path("source.duckdb");
  changed_in(file,
             "CREATE TABLE c AS SELECT i % 2000 AS id, i AS v, DATE '2024-01-01' + "
             "CAST((i * 7919) % 360 AS INT) AS d FROM range(20000) AS r(i)");
  use_job("sql: \"SELECT DISTINCT ON (id) id, v, d FROM c ORDER BY id, v\", time: d", file,
          ", key: [id]");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(rows(), "2000|2000");
  EXPECT_EQ(asked("SELECT CAST(max(v) AS BIGINT) FROM e"), "1999");
}

// DuckDB 1.4 writes the texts of such arrays as they are, and those of lists in quotes.
TEST_P(SteadySources, TextsInArraysOfFixedSizeStayWhatTheyAre) {
  if (GetParam() != Engine::kDuckDb) GTEST_SKIP() << "PostgreSQL takes them as text";
  const std::string table =
      " (id BIGINT, a VARCHAR[2], s STRUCT(\"b[2]\" VARCHAR[2], c INTEGER)[])";
  const std::string file = "duckdb:" + path("source.duckdb");
  changed_in(file, "CREATE TABLE src" + table);
  changed_in(
      file,
      "INSERT INTO src SELECT i, x, [{'b[2]': x, 'c': i}] FROM (VALUES (1, ['NULL', 'z']), (2, "
      "[NULL, 'z']), (3, ['a', 'b, c']), (4, ['a, b', 'c']), (5, ['', ' ']), (6, "
      "['\"q\"', 'it''s']), (7, ['[x]', '\\'])) AS v(i, x)");
  const std::string rows = "SELECT id, to_json(a), to_json(s) FROM src ORDER BY id";
  changed("CREATE TABLE src" + table);
  write(
      "job.yaml",
      "job: steady\ntarget: ${DECANT_TARGET}\nentities:\n  e:\n    read: { table: src, source: \"" +
          file + "\" }\n    write: { table: src, key: [id] }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(rows), ask(file, rows));
  changed_in(file, "UPDATE src SET a = [NULL, 'z'] WHERE id = 1");
  changed_in(file, "UPDATE src SET a = ['a, b', 'c'] WHERE id = 3");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(rows), ask(file, rows));
}

// ICU, which DuckDB takes its calendar from, goes by the locale: Buddhist years in th_TH, Persian
// ones in fa_IR, whether the system has the locale or not.
TEST_P(SteadySources, AMachinesLocaleChangesNoValueOfADuckDbFile) {
  const std::string file = "duckdb:" + path("source.duckdb");
  changed_in(file,
             "CREATE TABLE t AS SELECT i AS id, TIMESTAMPTZ '2024-03-05 12:00:00+00' + "
             "to_days(CAST(i AS INT)) AS sold FROM range(60) AS r(i)");
  changed_in(file,
             "CREATE VIEW v AS SELECT id, sold, [sold] AS list, CAST(extract(year FROM sold) AS "
             "BIGINT) AS year FROM t");
  use_job("table: v, time: sold", file, ", key: [id]");
  for (const char* locale : {"th_TH.UTF-8", "fa_IR.UTF-8", "C"}) {
    set_environment("LC_ALL", locale);
    use_target(fresh_target(GetParam()));
    ASSERT_THAT(run(), ExitsWith(0)) << locale;
    EXPECT_EQ(rows(), "60|60") << locale;
    EXPECT_EQ(asked("SELECT min(year), max(year), CAST(count(*) AS BIGINT) FROM e WHERE list LIKE "
                    "'%2024-%'"),
              "2024|2024|60")
        << locale;
  }
}

}  // namespace
}  // namespace decant::test
