// A time or a store that lands in several columns: rows are counted as the values of the column by
// which the plan finds them, in whatever order the job or the table has the columns.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;

class Landings : public EveryTarget {
 protected:
  // One entity `t` of `files`, which writes the table t.
  void use_job(const std::string& read, const std::string& columns,
               const std::string& write_more = ", key: [id]", const std::string& more = {}) {
    write("job.yaml", "job: lands\ntarget: ${DECANT_TARGET}\n" + more +
                          "entities:\n  t:\n    read: { " + read + " }\n    write: { table: t" +
                          write_more + " }\n    columns: { " + columns + " }\n");
  }
  std::string ids() const {
    return asked("SELECT string_agg(CAST(id AS TEXT), ' ' ORDER BY id) FROM t");
  }
  void expect_loaded(const Words& options, const std::string& all) {
    const Outcome outcome = run(options);
    ASSERT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(ids(), all) << outcome.text();
    EXPECT_EQ(report()["equal"], true);
    EXPECT_EQ(report()["notes"].size(), 0U) << report()["notes"];
  }
  // Fresh with the days first, then all, and again, which finds nothing to do.
  void expect_loads(const std::string& part, const std::string& all) {
    use_target(fresh_target(GetParam()));
    expect_loaded({"--from", "2024-02"}, part);
    expect_loaded({}, all);
    expect_loaded({"--from", "2024-02"}, all);
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  }

  static constexpr const char* k_raw_first =
      "id: int64, d_raw: {from: d}, d: {type: date, date_format: \"%d/%m/%Y\"}";
  static constexpr const char* k_days = "id,d,v\n1,05/01/2024,x\n2,06/02/2024,y\n4,07/03/2024,z\n";
};

INSTANTIATE_TEST_SUITE_P(Into, Landings, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Landings, ATextKeptBesideItsDateHidesNoRow) {
  write("a.csv", k_days);
  for (const char* more : {", key: [id]", "", ", key: [id], mode: upsert"}) {
    SCOPED_TRACE(more);
    use_job("files: a.csv, time: d", k_raw_first, more);
    expect_loads("2 4", "1 2 4");
  }
  write("a.jsonl",
        "{\"id\":1,\"d\":\"05/01/2024\"}\n{\"id\":2,\"d\":\"06/02/2024\"}\n"
        "{\"id\":4,\"d\":\"07/03/2024\"}\n");
  use_job("files: a.jsonl, time: d", k_raw_first);
  expect_loads("2 4", "1 2 4");
}

TEST_P(Landings, ATextThatComesToStandBeforeItsDateTakesNoRowOut) {
  write("a.csv", k_days);
  use_job("files: a.csv, time: d",
          "id: int64, d: {type: date, date_format: \"%d/%m/%Y\"}, d_raw: {from: d}");
  expect_loaded({}, "1 2 4");
  use_job("files: a.csv, time: d", k_raw_first);
  expect_loaded({"--from", "2024-02"}, "1 2 4");
  expect_loaded({}, "1 2 4");
}

TEST_P(Landings, ATextBesideADateOfAnExistingTableHidesNoRow) {
  write("a.csv", k_days);
  changed("CREATE TABLE t (id bigint, d_raw text, d date, v text)");
  use_job("files: a.csv, time: d", "d_raw: {from: d}, d: {date_format: \"%d/%m/%Y\"}");
  expect_loaded({"--from", "2024-02"}, "2 4");
  expect_loaded({}, "1 2 4");
}

// 05/01 is a day in January as the entity reads it, and one in May in the column that is cut by.
TEST_P(Landings, AFormatOfTheFilesIsNotThatOfTheColumn) {
  write("a.csv", "id,d,v\n1,05/01/2024,x\n2,05/02/2024,y\n4,05/03/2024,z\n");
  use_job("files: a.csv, time: d, date_format: \"%d/%m/%Y\"",
          "id: int64, raw: {from: d}, d: {type: date, date_format: \"%m/%d/%Y\"}");
  expect_loaded({"--from", "2024-05"}, "1 2 4");
}

TEST_P(Landings, AKeyWithoutTheValuesThatMeanNothingLoads) {
  write("a.csv", "k,v\n1,x\n-1,y\n3,z\n");
  use_job("files: a.csv, key: k",
          "k_raw: {from: k}, k: {type: int64, nulls: [\"-1\"]}, id: {from: k}", "");
  for (int i = 0; i < 2; ++i) expect_loaded({}, "-1 1 3");
}

// The day is coarser than the instants by which the plan cuts, and a month has several chunks.
TEST_P(Landings, ACoarserColumnInFrontLoadsMonthsOfSeveralChunks) {
  const std::string source = "duckdb:" + path("source.duckdb");
  changed_in(source,
             "COPY (SELECT range AS id, TIMESTAMP '2024-01-01' + INTERVAL (range) HOUR AS ts "
             "FROM range(60)) TO '" +
                 path("a.parquet") + "' (FORMAT parquet)");
  use_job("files: a.parquet, time: ts",
          "id: int64, day: {from: ts, type: date, lossy: truncate}, ts:", ", key: [id]",
          "chunk_rows: 20\n");
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT count(*) FROM t"), "60");
    EXPECT_EQ(report()["equal"], true);
  }
}

TEST_P(Landings, TheOrderOfATableDecidesAsItDoesForThePlan) {
  std::string rows = "id,ts\n";
  for (int day = 1; day <= 20; ++day) {
    rows += std::to_string(day) + ",2024-02-" + (day < 10 ? "0" : "") + std::to_string(day) +
            " 10:00:00\n";
  }
  write("a.csv", rows);
  const std::string day = "day: {from: ts, type: date, lossy: truncate}";
  changed("CREATE TABLE t (id bigint, day date, ts timestamp)");
  use_job("files: a.csv, time: ts", "id: int64, ts: timestamp, " + day, ", key: [id]",
          "chunk_rows: 3\n");
  for (const Words& options : {Words{}, Words{"--from", "2024-02", "--to", "2024-02"}}) {
    ASSERT_THAT(run(options), ExitsWith(0));
    EXPECT_EQ(asked("SELECT count(*) FROM t"), "20");
  }
  use_job("files: a.csv, time: ts", "id: int64, " + day + ", ts: timestamp", ", key: [id]",
          "chunk_rows: 3\n");
  ASSERT_THAT(run({"--from", "2024-02", "--to", "2024-02"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "20");
}

TEST_P(Landings, StoresAreThoseOfTheColumnThatTheTableHasFirst) {
  write("a.csv", "store,id,v\n07,1,x\n8,2,y\n07,3,z\n");
  changed("CREATE TABLE t (id bigint, shop bigint, shop_text text, v text)");
  use_job("files: a.csv", "id: int64, shop_text: {from: store}, shop: {from: store, type: int64}",
          ", key: [id]", "stores: { from_column: store, 7: , 8: }\n");
  expect_loaded({"--stores", "7"}, "1 3");
  expect_loaded({}, "1 2 3");
}

TEST_P(Landings, StoresOfTwoColumnsOfTheKeyAreThoseThatThePlanTakes) {
  write("a.csv", "store,id,v\n07,1,x\n8,2,y\n07,3,z\n");
  use_job("files: a.csv",
          "id: int64, s1: {from: store, type: text}, s2: {from: store, type: int64}",
          ", key: [s1, s2, id]", "stores: { from_column: store }\n");
  for (int i = 0; i < 2; ++i) expect_loaded({}, "1 2 3");
}

class LandingsOfTwo : public Landings {
 protected:
  void use_two(const std::string& first, const std::string& second) {
    write(
        "job.yaml",
        "job: two\ntarget: ${DECANT_TARGET}\nstores: { from_column: store }\nentities:\n"
        "  a: { read: { files: a.csv }, write: { table: t, key: [id], mode: upsert }, columns: { " +
            first +
            " } }\n"
            "  b: { read: { files: b.csv }, write: { table: t, key: [id], mode: upsert }, "
            "columns: { " +
            second + " } }\n");
    write("a.csv", "store,id,v\n07,1,x\n8,2,y\n");
    write("b.csv", "store,id,v\n07,11,x\n8,12,y\n");
  }
};
INSTANTIATE_TEST_SUITE_P(Into, LandingsOfTwo, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(LandingsOfTwo, TheSecondIsCountedAsTheTableWillBeThatTheFirstOneMakes) {
  use_two("store: int64, id: int64", "id: int64");
  expect_loaded({"--stores", "7"}, "1 11");
  expect_loaded({}, "1 2 11 12");
}

}  // namespace
}  // namespace decant::test
