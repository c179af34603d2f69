// Keys that a first load holds twice: they are listed, and with on_duplicate: reject one row of
// each stays and the others become rejects, exactly accounted for.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class Duplicates : public ShopInto {
 protected:
  void SetUp() override {
    ShopInto::SetUp();
    if (IsSkipped()) return;
    // south: id 1 three times over two months, id 2 twice and the same; north: id 4 twice.
    std::vector<CsvRow> south = rows_of("south");
    south.push_back({"1", "2024-08-01", "9.00"});
    south.push_back({"1", "2024-09-05", "1.00"});
    south.push_back({"2", "2024-08-31", "10.20"});
    write_store("south", south);
    std::vector<CsvRow> north = rows_of("north");
    north.push_back({"4", "2024-09-29", "77.00"});
    write_store("north", north);
  }

  void use(const std::string& write, const std::string& more = {}) {
    write_job({{"write: { table: sales, key: [store, id] }", "write: { " + write + " }" + more}});
  }
  void reject_duplicates(const std::string& limit) {
    use("table: sales, key: [store, id], on_duplicate: reject", "\n    rejects: { " + limit + " }");
  }
  std::string rows_with(const std::string& store, int id) const {
    return asked("SELECT count(*), CAST(min(amount) AS VARCHAR) FROM sales WHERE store = '" +
                 store + "' AND id = " + std::to_string(id));
  }
  std::string state() const { return asked("SELECT state FROM decant.tables"); }
  // PostgreSQL has the key as an index; DuckDB checks it by query.
  bool has_key() const {
    if (GetParam() == Engine::kDuckDb)
      return asked(
                 "SELECT count(*) FROM (SELECT 1 FROM sales GROUP BY store, id HAVING count(*) > "
                 "1)") == "0";
    return asked(
               "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = "
               "'sales'::regclass") == "1";
  }
};

INSTANTIATE_TEST_SUITE_P(Into, Duplicates, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Duplicates, AreListedAndLeaveTheTableWithoutAKey) {
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.err,
              HasSubstr("3 keys of sales (store, id) are there more than once, 4 rows too many"));
  EXPECT_THAT(outcome.err, HasSubstr("store=south, id=1: 3 rows"));
  EXPECT_THAT(outcome.err, HasSubstr("store=north, id=4: 2 rows"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "16");
  EXPECT_FALSE(has_key());
  EXPECT_EQ(state(), "keying");
  const Json duplicates = report()["duplicates"][0];
  EXPECT_EQ(duplicates["table"], "sales");
  EXPECT_EQ(duplicates["keys"], 3);
  EXPECT_EQ(duplicates["rows"], 7);
  EXPECT_EQ(duplicates["rejected"], 0);
  EXPECT_EQ(duplicates["first"][0], Json({{"key", "store=south, id=1"}, {"rows", 3}}));
  EXPECT_EQ(asked("SELECT count(*), CAST(sum(row_count) AS BIGINT) FROM decant.duplicates"), "3|7");
  // The rows are accounted for all the same: that there is no key is the one difference.
  EXPECT_EQ(report()["differences"].size(), 1U);
}

TEST_P(Duplicates, ColumnsThatArePrivateAreMaskedInTheList) {
  write_job({{"id: int64", "id: { type: int64, private: true }"}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.err, HasSubstr("store=south, id=***: 3 rows"));
  EXPECT_EQ(asked("SELECT count(*) FROM decant.duplicates WHERE key_text LIKE '%id=1%'"), "0");
}

TEST_P(Duplicates, OneRowOfEachStaysAndTheOthersAreRejectsWhereTheJobSaysSo) {
  reject_duplicates("max: 4");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("one row of each stays, the others are rejects: 4 rows"));
  EXPECT_TRUE(has_key());
  EXPECT_EQ(state(), "verified");
  // The first by their columns: store, id, sold_on, amount.
  EXPECT_EQ(rows_with("south", 1), "1|9.00");
  EXPECT_EQ(rows_with("south", 2), "1|10.20");
  EXPECT_EQ(rows_with("north", 4), "1|77.00");
  const Json total = report()["entities"][0]["total"];
  EXPECT_EQ(total["rows_read"], 16);
  EXPECT_EQ(total["rows_rejected"], 4);
  EXPECT_EQ(total["rows_loaded"], 12);
  EXPECT_EQ(total["source"], total["target"]);
  EXPECT_EQ(report()["duplicates"][0]["rejected"], 4);
  // Each with its key and reason, in the chunk that it was loaded into.
  EXPECT_EQ(asked("SELECT count(*), min(rule), min(column_name) FROM decant.rejects"),
            "4|unique|store, id");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects WHERE original = 'store=south, id=1'"), "2");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects WHERE chunk LIKE 'sales/south/2024-09/%'"),
            "1");
  EXPECT_EQ(
      asked(
          "SELECT CAST(sum(rows_read) AS BIGINT), CAST(sum(rows_loaded + rows_rejected) AS BIGINT) "
          "FROM decant.migration_batches WHERE status = 'loaded'"),
      "16|16");
  // The next run tries them again, refuses the same ones, and writes nothing.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 4);
  EXPECT_EQ(rows_with("south", 1), "1|9.00");
}

TEST_P(Duplicates, WhichRowStaysDoesNotDependOnTheirOrder) {
  std::vector<CsvRow> south = rows_of("south");
  south.insert(south.begin() + 1, {"1", "2024-09-05", "1.00"});
  south.insert(south.begin() + 1, {"2", "2024-08-31", "10.20"});
  south.insert(south.begin() + 1, {"1", "2024-08-01", "9.00"});
  write_store("south", south);
  reject_duplicates("max: 4");
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(0));
  EXPECT_EQ(rows_with("south", 1), "1|9.00");
}

TEST_P(Duplicates, MoreThanTheJobAllowsStayAndEndTheRunAsTooMany) {
  reject_duplicates("max: 3");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.err, HasSubstr("`rejects:` allows 3 more"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "16");
  EXPECT_FALSE(has_key());
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "0");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.migration_batches WHERE corrects"), "0");
  reject_duplicates("max: 10, max_ratio: 0.1");
  EXPECT_THAT(run(), ExitsWith(4));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "16");
  // The same command with a higher limit goes on from there, without loading anything.
  reject_duplicates("max: 4");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_TRUE(has_key());
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(report()["entities"][0]["total"]["rows_loaded"], 12);
  // What this run took out of what an earlier one had loaded can be put back.
  const std::string undo = asked(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'decant' AND "
      "table_name LIKE 'undo_%'");
  EXPECT_EQ(asked("SELECT count(*), min(decant_operation) FROM decant." + undo), "4|deleted");
}

// The rows were taken out and the coordinator died before the key stood.
TEST_P(Duplicates, AKeyThatACrashPreventedIsBuiltByTheNextRun) {
  reject_duplicates("max: 4");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE decant.tables SET state = 'keying'");
  if (GetParam() == Engine::kPostgres) changed("ALTER TABLE sales DROP CONSTRAINT sales_pkey");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_TRUE(has_key());
  EXPECT_EQ(state(), "verified");
  EXPECT_EQ(sales(), "12|188.90");
  EXPECT_EQ(
      asked(std::string("SELECT count(*) FROM decant.rejects WHERE run_id = ") + k_newest_run),
      "4");
}

TEST_P(Duplicates, ASourceThatIsMendedLaterReplacesWhatWasTakenOut) {
  reject_duplicates("max: 4");
  ASSERT_THAT(run(), ExitsWith(0));
  write_sales();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  const Json total = report()["entities"][0]["total"];
  EXPECT_EQ(total["rows_rejected"], 0);
  EXPECT_EQ(total["rows_loaded"], 12);
}

// A row that somebody else put there is not Decant's to take out.
TEST_P(Duplicates, RowsOfNoChunkAreLeftAlone) {
  reject_duplicates("max: 4");
  ASSERT_THAT(run({"--stores", "west"}), ExitsWith(0));
  changed("UPDATE decant.tables SET state = 'keying'");
  if (GetParam() == Engine::kPostgres) changed("ALTER TABLE sales DROP CONSTRAINT sales_pkey");
  changed(
      "INSERT INTO sales VALUES ('east', 1, DATE '2024-08-01', 1.00), ('east', 1, DATE "
      "'2024-08-02', 1.00)");
  const Outcome outcome = run({"--stores", "west"});
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.err, HasSubstr("not Decant's to take out"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'east'"), "2");
}

// One key in two months at the source: PostgreSQL's index refuses it, DuckDB has none.
TEST_P(Duplicates, ThatALaterRunBringsAreFound) {
  use("table: sales, key: [store, id]");
  for (const char* store : {"south", "north"}) write_store(store, rows_of(store));
  ASSERT_THAT(run(), ExitsWith(0));
  std::vector<CsvRow> twice = rows_of("south");
  twice.push_back({"1", "2024-09-05", "1.00"});
  write_store("south", twice);
  const int status = GetParam() == Engine::kDuckDb ? 3 : 4;
  for (int i = 0; i < 2; ++i) EXPECT_THAT(run(), ExitsWith(status)) << "and stays found";
  if (GetParam() == Engine::kDuckDb) {
    EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(3));
    EXPECT_THAT(run().err, HasSubstr("1 key of sales (store, id) is there more than once"));
  }
  write_store("south", rows_of("south"));
  EXPECT_THAT(run(), ExitsWith(0)) << "mended at the source";
  EXPECT_TRUE(has_key());
}

}  // namespace
}  // namespace decant::test
