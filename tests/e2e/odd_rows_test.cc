// Rows that fit no slice, or hardly one: each is loaded or refused, and none is lost between
// census, copy and read-back.
#include <filesystem>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;

class OddRows : public EveryTarget {
 protected:
  void use_job(const std::string& stores, const std::string& source, const std::string& more = {}) {
    write("job.yaml", "job: odd\ntarget: ${DECANT_TARGET}\n" + stores +
                          "\nentities:\n  visits:\n    read: { " + source +
                          ", time: seen_at }\n    write: { table: visits }\n" + more);
  }
  void expect_reconciled(std::int64_t rows) {
    EXPECT_EQ(asked("SELECT count(*) FROM visits"), std::to_string(rows));
    const Outcome again = run();
    EXPECT_THAT(again, ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, OddRows, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OddRows, AStoreColumnMayNotSayWhatDecantSaysItself) {
  write("visits.csv",
        "shop,seen_at\nt1,2024-08-01\nall,2024-08-02\nunknown,2024-08-03\n\"\",2024-08-04\n"
        ",2024-08-05\nt2,2024-08-05\n");
  use_job("stores: { from_column: shop }", "files: visits.csv",
          "    columns: { shop: text, seen_at: timestamp }\n    rejects: { max: 3 }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM visits WHERE shop IS NULL"), "1");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects WHERE rule = 'store'"), "3");
  expect_reconciled(3);
}

TEST_P(OddRows, StrictStoresTakeNoRowOfAStoreThatTheJobDoesNotList) {
  write("visits.csv",
        "shop,seen_at\nt1,2024-08-01\nt3,2024-08-02\n,2024-08-05\nt2,2024-08-05\nt3,2024-09-02\n");
  const std::string stores = "stores: { from_column: shop, strict: true, t1: , t2: }";
  const std::string columns = "    columns: { shop: text, seen_at: timestamp }\n";
  use_job(stores, "files: visits.csv", columns);
  ASSERT_THAT(run(), ExitsWith(4));
  EXPECT_EQ(asked("SELECT count(*) FROM visits WHERE shop NOT IN ('t1', 't2')"), "0");
  use_job(stores, "files: visits.csv", columns + "    rejects: { max: 3 }\n");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("visits.csv:3: shop: the job lists no store of this name"));
  EXPECT_THAT(outcome.out, HasSubstr("visits.csv:4: shop: the row names no store"));
  const std::string refused = "SELECT count(*) FROM decant.rejects WHERE rule = 'store'";
  EXPECT_EQ(asked(refused + " AND original = 't3'"), "4") << "two by each of two runs";
  EXPECT_EQ(asked(refused), "6");
  expect_reconciled(2);
}

TEST_P(OddRows, MasterDataWithoutTheStoresColumnIsLoadedAsAWhole) {
  const auto use_sources = [&](const std::string& sales, const std::string& products) {
    write("job.yaml",
          "job: odd\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop }\nentities:\n"
          "  products:\n    read: { " +
              products +
              " }\n    write: { table: products, key: [id] }\n"
              "  visits:\n    read: { " +
              sales +
              ", time: seen_at }\n"
              "    columns: { seen_at: timestamp }\n    write: { table: visits }\n");
  };
  write("visits.csv", "shop,seen_at\nt1,2024-08-01\nt2,2024-08-05\n");
  write("products.csv", "id,name\n1,a\n2,b\n3,c\n");
  use_sources("files: visits.csv", "files: products.csv");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("note     products has no column shop and is loaded as a "
                                     "whole, for all stores."));
  EXPECT_EQ(asked("SELECT count(*) FROM products"), "3");
  write("products.csv", "id,name\n1,a\n2,B\n4,d\n");
  ASSERT_THAT(run({"--stores", "t1"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(id || name, ' ' ORDER BY id) FROM products"), "1a 2B 4d");
  EXPECT_EQ(report()["rows"], Json({{"inserted", 1}, {"updated", 1}, {"deleted", 1}}));
  write("products.csv", "Shop,id,name\nt1,1,a\n");
  EXPECT_THAT(run().err, HasSubstr("in the header of products.csv. Did you mean \"Shop\"?"));
  write("products.csv", "shop,id,name\nt1,1,a\n");
  EXPECT_THAT(run().err, HasSubstr("\"shop\""));
  EXPECT_EQ(asked("SELECT count(*) FROM products"), "3");
}

TEST_P(OddRows, MasterDataOfADatabaseIsLoadedAsAWholeToo) {
  const std::string source = fresh_database();
  changed_in(source,
             "CREATE TABLE products AS SELECT n AS id, 'p' || n AS name, timestamp "
             "'2024-01-01' + n * interval '1 day' AS seen_at FROM generate_series(1, 90) n");
  use_job("stores: { from_column: shop }", "table: products, source: \"" + source + "\"");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_reconciled(90);
  changed_in(source, "UPDATE products SET name = 'x' WHERE id = 7");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 1);
  EXPECT_EQ(report()["equal"], true);
}

TEST_P(OddRows, TextsThatMeanNullDoSoInEveryFormat) {
  const std::string parquet = fresh_target(Engine::kDuckDb);
  changed_in(parquet,
             "COPY (SELECT '2024-08-01' AS seen_at, 'N/A' AS note UNION ALL SELECT "
             "'2024-08-02', '') TO '" +
                 path("visits.parquet") + "' (FORMAT parquet)");
  write("visits.jsonl",
        "{\"seen_at\":\"2024-08-01\",\"note\":\"N/A\"}\n"
        "{\"seen_at\":\"2024-08-02\",\"note\":\"\"}\n");
  for (const char* file : {"visits.parquet", "visits.jsonl"}) {
    use_target(fresh_target(GetParam()));
    use_job("", "files: " + std::string(file) + ", nulls: [\"N/A\"]",
            "    columns: { seen_at: timestamp }\n");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT note FROM visits ORDER BY seen_at"), "NULL\n") << file;
  }
}

TEST_P(OddRows, NullsOfAJsonColumnOrANumberAreThoseOfTheFile) {
  write("visits.jsonl",
        "{\"seen_at\":\"2024-08-01\",\"note\":\"N/A\",\"v\":9999.99}\n"
        "{\"seen_at\":\"2024-08-02\",\"note\":\"\\u004e/A\",\"v\":\"9999.99\"}\n"
        "{\"seen_at\":\"2024-08-03\",\"note\":0,\"v\":1.5}\n");
  for (const char* null : {"9999.99", "9999,99"}) {
    use_target(fresh_target(GetParam()));
    use_job("", "files: visits.jsonl, decimal: \",\"",
            "    columns: { seen_at: timestamp, note: { type: json, nulls: [\"N/A\"] }, v: { type: "
            "\"decimal(10,2)\", nulls: [\"" +
                std::string(null) + "\"] } }\n    rejects: { max: 1 }\n");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT count(*), count(note), sum(v) FROM visits"),
              null == std::string("9999.99") ? "3|1|1.50" : "2|1|1.50");
  }
}

TEST_P(OddRows, ABlankLineOfAFileWithOneColumnIsARow) {
  write("visits.csv", "seen_at\n2024-08-01\n\n2024-08-03\n\n");
  use_job("", "files: visits.csv", "    columns: { seen_at: timestamp }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), count(seen_at) FROM visits"), "3|2");
  expect_reconciled(3);
}

TEST_P(OddRows, InfiniteTimesTravelWithTheRowsThatHaveNone) {
  const std::string source = fresh_database();
  changed_in(
      source,
      "CREATE TABLE visits AS SELECT n, CASE WHEN n % 10 = 0 THEN 'infinity' WHEN n % 10 = 1 "
      "THEN '-infinity' WHEN n % 10 = 2 THEN NULL ELSE timestamp '2024-01-01' + n * interval "
      "'1 day' END AS seen_at FROM generate_series(1, 100) AS n");
  use_job("", "table: visits, source: \"" + source + "\"");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_reconciled(100);
  changed_in(source, "DELETE FROM visits WHERE n = 10");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 1);
  EXPECT_EQ(asked("SELECT count(*) FROM visits WHERE seen_at = 'infinity'"), "9");
  for (const char* open_on_a_side : {"--from", "--to"})
    EXPECT_THAT(run({open_on_a_side, "2024-02"}), ExitsWith(0)) << "they are of no day";
}

TEST_P(OddRows, ARunOverSomeDaysLeavesRowsWithoutADateToARunOverAll) {
  write("visits.csv", "n,seen_at\n1,2024-08-01\n2,\n3,2024-09-01\n");
  use_job("", "files: visits.csv",
          "    columns: { n: int64, seen_at: { type: date, nullable: true } }\n");
  ASSERT_THAT(run({"--from", "2024-08", "--to", "2024-08"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM visits"), "1");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_reconciled(3);
}

TEST_P(OddRows, AStoreThatNoRowHasIsAMistakeAndAnInactiveOneIsLeftOut) {
  write("visits.csv", "shop,seen_at\nnorth,2024-08-01\nsouth,2024-08-02\n");
  use_job("stores: { from_column: shop, south: { active: false } }", "files: visits.csv",
          "    columns: { shop: text, seen_at: timestamp }\n");
  const Outcome mistyped = run({"--stores", "nort"});
  EXPECT_THAT(mistyped, ExitsWith(2));
  EXPECT_THAT(mistyped.text(), HasSubstr("Did you mean \"north\"?"));
  EXPECT_THAT(run({"--stores", "south"}), ExitsWith(2));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT shop FROM visits"), "north");
  expect_reconciled(1);
}

TEST_P(OddRows, ATableThatSomebodyEmptiedIsLoadedAgain) {
  const std::string source = fresh_database();
  changed_in(source,
             "CREATE TABLE visits AS SELECT n, timestamp '2024-01-01' + n * interval '1 minute' AS "
             "seen_at FROM generate_series(1, 60000) AS n");
  use_job("chunk_rows: 5000", "table: visits, source: \"" + source + "\"");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("DELETE FROM visits");
  const Outcome again = run();
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_THAT(again.text(), HasSubstr("somebody emptied the table"));
  expect_reconciled(60000);
}

// Every part of the table feeds every month, and one part is refused.
TEST_P(OddRows, AFirstLoadThatBreaksOffIsNotCalledLoaded) {
  const std::string source = fresh_database();
  changed_in(
      source,
      "CREATE TABLE visits AS SELECT n, timestamp '2024-01-01' + (n % 300) * interval '1 day' "
      "AS seen_at, CASE WHEN n = 200000 THEN 'NaN' ELSE 1.5 END::numeric AS amount FROM "
      "generate_series(1, 200000) AS n");
  use_job("chunk_rows: 20000", "table: visits, source: \"" + source + "\"",
          "    columns: { amount: \"decimal(18,2)\" }\n");
  ASSERT_THAT(run(), ExitsWith(4));
  const Json report = this->report();
  EXPECT_EQ(report["chunks"]["loaded"], 0);
  EXPECT_EQ(report["entities"][0]["total"]["equal"], false);
  EXPECT_FALSE(report["differences"].empty());
  const Outcome coverage = decant({"coverage", "job.yaml", "--json"});
  ASSERT_THAT(coverage, ExitsWith(0));
  EXPECT_EQ(coverage.out.find("\"complete\""), std::string::npos) << coverage.out;
  EXPECT_THAT(decant({"status", "job.yaml"}).out,
              HasSubstr("chunks begun, of a first load that has not ended"));
  changed_in(source, "UPDATE visits SET amount = 1 WHERE n = 200000");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_reconciled(200000);
}

// Of several statements only the last one's rows would be looked at, and COMMIT would let the next
// ones write.
TEST_P(OddRows, ACheckIsOneQueryAndMayNotWrite) {
  write("visits.csv", "n,seen_at\n1,2024-08-01\n");
  const std::string reading = "    columns: { n: int64, seen_at: date }\n";
  use_job("", "files: visits.csv", reading);
  ASSERT_THAT(run(), ExitsWith(0));
  const std::vector<std::pair<std::string, std::string>> checks = {
      {"DELETE FROM visits", "It is no query"},
      {"COMMIT", "It is no query"},
      {"RESET search_path", "It is no query"},
      {"-- SELECT * FROM visits", ""},
      {"COPY visits TO STDOUT", ""},
      {"SELECT * FROM visits; SELECT 1 WHERE false", "It has several statements"},
      {"COMMIT; DELETE FROM visits", "It has several statements"},
      {"ROLLBACK; BEGIN; DELETE FROM visits; COMMIT", "It has several statements"},
      {"DELETE FROM visits RETURNING n", ""},
      {"WITH d AS (SELECT n FROM visits) SELECT n FROM d;", "1 row, none expected: 1"}};
  for (const auto& [sql, told] : checks) {
    SCOPED_TRACE(sql);
    use_job("", "files: visits.csv",
            reading + "checks:\n  - { name: sly, sql: \"" + sql + "\", expect: no rows }\n");
    const Outcome checked = run();
    EXPECT_THAT(checked, ExitsWith(3));
    EXPECT_THAT(checked.text(), HasSubstr(told));
    EXPECT_EQ(asked("SELECT count(*) FROM visits"), "1");
  }
  use_job("", "files: visits.csv",
          reading +
              "checks:\n  - { name: fine, sql: \"SELECT n FROM visits WHERE n > 1 ;\", "
              "expect: no rows }\n");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_P(OddRows, APlanLeavesTheWorkingFolderAlone) {
  write(".stage/mine", "of the user");
  write("visits.csv", "n,seen_at\n1,2024-08-01\n");
  use_job("", "files: visits.csv", "    columns: { n: int64, seen_at: date }\n");
  ASSERT_THAT(decant({"plan", "job.yaml", "--workers", "1"}), ExitsWith(0));
  EXPECT_TRUE(std::filesystem::exists(path(".stage/mine")));
}

TEST_P(OddRows, AFileOfNothingButBrokenRowsIsNoSuccess) {
  write("visits.csv", "n,seen_at\n1\n2\n");
  use_job("", "files: visits.csv", "    columns: { n: int64, seen_at: date }\n");
  EXPECT_THAT(run(), ExitsWith(4));
}

}  // namespace
}  // namespace decant::test
