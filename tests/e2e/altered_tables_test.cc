// What stands beside a table and keeps values of it, after somebody has altered the table, or rows
// that wait for others of it.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

class AlteredTables : public EveryTarget {
 protected:
  void use_job(const std::string& how) {
    changed("CREATE TABLE v (id INT, d DATE, n INT)");
    write("job.yaml",
          "job: altered\ntarget: ${DECANT_TARGET}\nentities:\n  v:\n    read: { files: "
          "\"{month}.csv\", time: d }\n    write: { table: v, key: [id], " +
              how + " }\n");
  }
  void write_rows(const std::string& january, const std::string& february) {
    write("2024-01.csv", "id,d,n\n1,2024-01-05," + january + "\n2,2024-01-06," + january + "\n");
    write("2024-02.csv", "id,d,n\n1,2024-02-05," + february + "\n3,2024-02-06," + february + "\n");
  }
  std::string row_of(int id) const {
    return asked("SELECT CAST(d AS TEXT) || ' ' || CAST(n AS TEXT) FROM v WHERE id = " +
                 std::to_string(id));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, AlteredTables, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

// 5.40 is later than 5.20 and was kept as 5.
TEST_P(AlteredTables, WhatWaitsIsComparedInTheTypesThatTheTableHasNow) {
  use_job("mode: upsert, latest_by: n");
  write_rows("1", "2");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE v ALTER COLUMN n TYPE DECIMAL(10,2)");
  write_rows("5.40", "6.00");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(row_of(1), "2024-02-05 6.00");
  write_rows("5.40", "5.20");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(row_of(1), "2024-01-05 5.40");
  EXPECT_EQ(row_of(3), "2024-02-06 5.20");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// Nothing is kept by which a row waits, until it is judged again.
TEST_P(AlteredTables, WhatADomainRefusesMayBeKeptOfIt) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB has no domains";
  use_job("mode: upsert, latest_by: n");
  write_rows("1", "2");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("CREATE DOMAIN exact AS DECIMAL(10,2) NOT NULL");
  changed("ALTER TABLE v ALTER COLUMN n TYPE exact");
  write_rows("5.40", "6.00");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(row_of(1), "2024-02-05 6.00");
  write_rows("5.40", "5.20");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(row_of(1), "2024-01-05 5.40");
}

TEST_P(AlteredTables, KeysAreClaimedInTheTypesThatTheTableHasNow) {
  use_job("mode: upsert");
  write("2024-01.csv", "id,d,n\n1,2024-01-05,1\n");
  write("2024-02.csv", "id,d,n\n3,2024-02-05,3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE v ALTER COLUMN id TYPE DECIMAL(10,2)");
  write("2024-01.csv", "id,d,n\n1,2024-01-05,1\n1.50,2024-01-06,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM v"), "3");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// The key of a row that somebody deleted stays claimed, and may be none of the new type.
TEST_P(AlteredTables, AKeyThatIsNoneAnyMoreKeepsNobodyOut) {
  use_job("mode: upsert");
  changed("ALTER TABLE v ALTER COLUMN id TYPE VARCHAR");
  write("2024-01.csv", "id,d,n\na1,2024-01-05,1\n2,2024-01-06,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  // DuckDB alters what was deleted, too.
  if (GetParam() == Engine::kPostgres) {
    changed("DELETE FROM v WHERE id = 'a1'");
    changed("ALTER TABLE v ALTER COLUMN id TYPE INT USING CAST(id AS INT)");
    write("2024-01.csv", "id,d,n\n2,2024-01-06,7\n");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(row_of(2), "2024-01-06 7");
  }
  // There is no cast from a number to a UUID at all.
  changed("DROP TABLE v");
  changed("CREATE TABLE v (id UUID PRIMARY KEY, d DATE, n INT)");
  write("2024-01.csv", "id,d,n\n00000000-0000-0000-0000-00000000000a,2024-01-06,8\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), CAST(sum(n) AS BIGINT) FROM v"), "1|8");
}

// A type that is the same to us: no chunk is loaded again, and none loses its claims.
TEST_P(AlteredTables, KeysOfATypeThatHoldsTheSameStayClaimed) {
  use_job("mode: upsert");
  changed("ALTER TABLE v ALTER COLUMN id TYPE VARCHAR");
  write_rows("1", "2");
  write("2024-02.csv", "id,d,n\n3,2024-02-06,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE v ALTER COLUMN id TYPE TEXT");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  write("2024-01.csv", "id,d,n\n1,2024-01-05,7\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT n FROM v WHERE id = '1'"), "7");
}

// PostgreSQL does not compare values of two collations that columns name.
TEST_P(AlteredTables, KeysAreClaimedInTheCollationThatTheTableHasNow) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB's keys have no collation";
  use_job("mode: upsert, latest_by: n");
  changed("ALTER TABLE v ALTER COLUMN id TYPE TEXT COLLATE \"C\"");
  write_rows("1", "2");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE v ALTER COLUMN id TYPE TEXT COLLATE \"POSIX\"");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  write_rows("1", "3");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT n FROM v WHERE id = '1'"), "3");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(AlteredTables, APreImageIsKeptInTheTypesThatTheTableHasNow) {
  use_job("mode: replace");
  write("2024-01.csv", "id,d,n\n1,2024-01-05,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE v ALTER COLUMN n TYPE DECIMAL(10,2)");
  for (const char* value : {"5.40", "6.00"}) {
    write("2024-01.csv", "id,d,n\n1,2024-01-05," + std::string(value) + "\n");
    ASSERT_THAT(run(), ExitsWith(0));
  }
  const std::string table = asked(
      "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'undo_%' ORDER BY "
      "length(table_name) DESC LIMIT 1");
  EXPECT_EQ(asked("SELECT count(*) FROM decant." + table + " WHERE n = 5.40"), "1") << table;
}

// It is nobody's of ours: the source's row was refused for it while it was the later one.
TEST_P(AlteredTables, ALaterRowTakesThePlaceOfOneThatSomebodyMadeEarlier) {
  for (const char* value : {"3", "NULL"}) {
    use_job("mode: upsert, latest_by: n");
    changed("CREATE UNIQUE INDEX v_id ON v (id)");
    changed("INSERT INTO v VALUES (1, DATE '2023-12-31', 9)");
    write("2024-01.csv", "id,d,n\n1,2024-01-05,5\n2,2024-01-06,5\n");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(row_of(1), "2023-12-31 9");
    changed("UPDATE v SET n = " + std::string(value) + " WHERE id = 1");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(row_of(1), "2024-01-05 5");
    changed("DROP TABLE v");
    changed("DROP SCHEMA decant CASCADE");
  }
}

}  // namespace
}  // namespace decant::test
