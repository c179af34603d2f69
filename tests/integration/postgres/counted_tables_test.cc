// What is read is what was counted: a snapshot holds rows, and neither names nor the files that
// rows lie in. In a session that has read a table no other can take its place, in a later one it
// may have.
#include <gmock/gmock.h>

#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class CountedTables : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    exec(
        "CREATE TABLE sales AS SELECT generate_series(1, 20) AS id; CREATE TABLE later AS SELECT * "
        "FROM sales; CREATE VIEW inner_view AS SELECT * FROM sales; CREATE VIEW seen AS SELECT * "
        "FROM inner_view; CREATE MATERIALIZED VIEW kept AS SELECT * FROM sales");
    hold_snapshot();
  }
  void hold_snapshot() {
    holder_ = source();
    snapshot_ = value_of(holder_->export_snapshot());
  }
  static EntitySpec query(const std::string& sql) {
    EntitySpec spec = entity("");
    spec.read.sql = sql;
    return spec;
  }
  // Counted in one session and read in another, under one snapshot; "" or why it is not read.
  std::string read_after(const EntitySpec& spec, const std::string& change) {
    ReadRequest request;
    request.entity = &spec;
    request.columns = {"id"};
    request.extent = value_of(source({snapshot_})->census({}, spec, {})).extents[0].extent;
    request.extent.end_block = 0;
    if (!change.empty()) exec(change);
    const auto reader = source({snapshot_});
    const auto rows = reader->open(request);
    if (rows) return "";
    EXPECT_EQ(rows.error().code, ErrorCode::kSourceChanged);
    return rows.error().message;
  }

  std::unique_ptr<Source> holder_;
  std::string snapshot_;
};

TEST_F(CountedTables, AreReadWhereNothingTookTheirPlace) {
  for (const char* table : {"sales", "seen", "kept"}) EXPECT_EQ(read_after(entity(table), ""), "");
  // Of the catalog's tables no session keeps a lock.
  EXPECT_EQ(read_after(query("SELECT s.id, d.datname FROM sales s, pg_database d"), ""), "");
  EXPECT_EQ(read_after(query("SELECT 1 AS id"), ""), "");
  EXPECT_EQ(read_after(entity("sales"), "INSERT INTO sales VALUES (0); ANALYZE sales"), "");
}

TEST_F(CountedTables, AreNotReadUnderTheNameOfOthers) {
  const std::string there = "ALTER TABLE sales RENAME TO old; ALTER TABLE later RENAME TO sales";
  const std::string back = "ALTER TABLE sales RENAME TO later; ALTER TABLE old RENAME TO sales";
  for (const EntitySpec& spec : {entity("sales"), query("SELECT id FROM sales WHERE id > 0")}) {
    EXPECT_NE(read_after(spec, there).find("no longer reads the table"), std::string::npos);
    exec(back);
    EXPECT_EQ(read_after(spec, ""), "");
  }
}

TEST_F(CountedTables, AreNotReadThroughAViewThatShowsOthers) {
  EXPECT_NE(read_after(entity("seen"), "CREATE OR REPLACE VIEW inner_view AS SELECT * FROM later")
                .find("a view was changed"),
            std::string::npos);
}

// A nightly job may load a month's partition anew.
TEST_F(CountedTables, AreNotReadOnceAPartOfThemWasWrittenAnew) {
  exec(
      "CREATE TABLE months (id INT) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF months "
      "FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id); CREATE TABLE lowest PARTITION OF low "
      "FOR "
      "VALUES FROM (0) TO (5); CREATE TABLE heir () INHERITS (sales); CREATE VIEW of_months AS "
      "SELECT id FROM months");
  for (const EntitySpec& spec :
       {entity("months"), entity("of_months"), query("SELECT id FROM months")}) {
    hold_snapshot();
    EXPECT_EQ(read_after(spec, ""), "");
    EXPECT_NE(read_after(spec, "TRUNCATE lowest").find("written anew"), std::string::npos);
  }
  EXPECT_EQ(read_after(entity("sales"), ""), "");
  EXPECT_NE(read_after(entity("sales"), "TRUNCATE heir").find("written anew"), std::string::npos);
}

// They look empty to the snapshot, also where they hold what they had.
TEST_F(CountedTables, AreNotCountedWhereTheyWereWrittenAnewSinceTheSnapshot) {
  exec(
      "CREATE TABLE months (id INT) PARTITION BY RANGE (id); CREATE TABLE low PARTITION OF months "
      "FOR VALUES FROM (0) TO (10); INSERT INTO months VALUES (1), (2); CREATE VIEW of_months AS "
      "SELECT id FROM months");
  const auto why = [&](const EntitySpec& spec) -> std::string {
    const auto counted = source({snapshot_})->census({}, spec, {});
    if (counted) return "";
    EXPECT_EQ(counted.error().code, ErrorCode::kSourceChanged);
    return counted.error().message;
  };
  for (const EntitySpec& spec :
       {entity("months"), entity("of_months"), query("SELECT id FROM months")}) {
    hold_snapshot();
    EXPECT_EQ(why(spec), "");
    exec("CREATE INDEX ON low (id); REINDEX TABLE low; ANALYZE low; INSERT INTO low VALUES (3)");
    EXPECT_EQ(why(spec), "") << "its rows lie where they lay";
    exec("BEGIN; TRUNCATE low; INSERT INTO low VALUES (1), (2); COMMIT");
    EXPECT_THAT(why(spec), HasSubstr("low was made, attached, detached, emptied or"));
    EXPECT_EQ(why(entity("sales")), "");
    exec("DROP INDEX low_id_idx");
  }
  hold_snapshot();
  exec("CREATE TABLE high PARTITION OF months FOR VALUES FROM (10) TO (20)");
  EXPECT_THAT(why(entity("months")), HasSubstr("high was made"));
  exec("CREATE TABLE lower (LIKE low); INSERT INTO lower SELECT * FROM low");
  hold_snapshot();
  exec(
      "BEGIN; ALTER TABLE months DETACH PARTITION low; ALTER TABLE months ATTACH PARTITION lower "
      "FOR VALUES FROM (0) TO (10); COMMIT");
  for (const char* table : {"months", "of_months"})
    EXPECT_THAT(why(entity(table)), HasSubstr("low, lower was made")) << table;
  hold_snapshot();
  exec("ALTER TABLE months DETACH PARTITION lower");
  EXPECT_THAT(why(entity("of_months")), HasSubstr("lower was made"));
  exec("DROP TABLE sales CASCADE; ALTER TABLE later RENAME TO sales");
  EXPECT_EQ(why(entity("sales")), "") << "it was there, by another name";
  exec("CREATE TABLE later AS SELECT * FROM sales");
  EXPECT_THAT(why(entity("later")), HasSubstr("later was made"));
}

// Rows that are written so are there for every snapshot.
TEST_F(CountedTables, AreNotReadOnceTheyWereWrittenAnew) {
  EXPECT_NE(read_after(entity("kept"), "REFRESH MATERIALIZED VIEW kept").find("written anew"),
            std::string::npos);
  EXPECT_NE(read_after(entity("sales"), "TRUNCATE sales").find("written anew"), std::string::npos);
}

}  // namespace
}  // namespace decant::test
