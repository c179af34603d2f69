// Upsert and insert: what they do to rows that are there already, and what they leave alone.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class Modes : public ShopInto {
 protected:
  void use_mode(const std::string& mode) {
    write_job({{"write: { table: sales, key: [store, id] }",
                "write: { table: sales, mode: " + mode + ", key: [store, id] }"}});
  }
  void write_south(std::size_t row, const std::string& amount) {
    std::vector<CsvRow> rows = rows_of("south");
    rows[row][2] = amount;
    write_store("south", rows);
  }
  std::string amount_of(const std::string& store, int id) const {
    return asked("SELECT CAST(amount AS VARCHAR) FROM sales WHERE store = '" + store +
                 "' AND id = " + std::to_string(id));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, Modes, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Modes, UpsertAddsAndChangesByKeyAndDoesNotFollowDeletions) {
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);

  std::vector<CsvRow> rows = rows_of("south");
  rows.erase(rows.begin() + 1);  // id 1 is gone at the source
  rows[1][2] = "20.00";          // id 2 costs more
  rows.push_back({"9", "2024-09-15", "1.00"});
  write_store("south", rows);
  // What stays in the target without being at the source is counted apart and no difference.
  const Outcome second = run();
  EXPECT_THAT(second, ExitsWith(0));
  EXPECT_THAT(
      second.out,
      HasSubstr("the target holds 1 row in the range of the run that the source does not have"));
  EXPECT_EQ(amount_of("south", 1), "10.20");
  EXPECT_EQ(amount_of("south", 2), "20.00");
  EXPECT_EQ(amount_of("south", 9), "1.00");
  EXPECT_EQ(sales(), "13|134.00");
  EXPECT_EQ(report()["rows"]["updated"], 1);
  EXPECT_EQ(report()["rows"]["inserted"], 1);
  EXPECT_EQ(report()["rows"]["deleted"], 0);
}

TEST_P(Modes, UpsertLeavesRowsAloneThatItDidNotLoad) {
  use_mode("upsert");
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
      "PRIMARY KEY (store, id))");
  changed(
      "INSERT INTO sales VALUES ('east', 1, DATE '2024-08-01', 99.00), ('north', 1, DATE "
      "'2024-08-01', 1.00)");
  (void)run();
  EXPECT_EQ(amount_of("east", 1), "99.00");
  EXPECT_EQ(amount_of("north", 1), "10.10");
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "13");
}

TEST_P(Modes, TheSecondUpsertOfTheSameRowsWritesNothing) {
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
}

TEST_P(Modes, InsertAddsRowsAndAKeyThatIsThereIsAReject) {
  use_mode("insert");
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
      "PRIMARY KEY (store, id))");
  changed("INSERT INTO sales VALUES ('north', 1, DATE '2024-08-01', 1.00)");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_EQ(amount_of("north", 1), "1.00");
  changed("DELETE FROM sales WHERE store = 'north' AND id = 1");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(Modes, InsertIntoAnEmptyTableLoadsEveryRowOnce) {
  use_mode("insert");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// Of equal keys the latest stays; the others are no rejects, and no limit counts them.
TEST_P(Modes, RowsThatALaterOneSupersedesAreAccountedForApart) {
  use_mode("upsert, latest_by: amount");
  std::vector<CsvRow> rows = rows_of("south");
  const std::size_t before = rows.size() - 1;
  rows.push_back({"1", "2024-08-01", "99.00"});
  rows.push_back({"1", "2024-08-01", "98.00"});
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(amount_of("south", 1), "99.00");
  const Json total = report()["entities"][0]["total"];
  EXPECT_EQ(total["rows_superseded"], 2);
  EXPECT_EQ(total["rows_rejected"], 0);
  EXPECT_EQ(total["rows_read"], total["rows_loaded"].get<int>() + 2);
  std::int64_t superseded = 0;
  for (const Json& line : chunk_log()) superseded += line["superseded"].get<std::int64_t>();
  EXPECT_EQ(superseded, 2);
  EXPECT_EQ(asked("SELECT sum(rows_superseded) FROM decant.migration_batches"), "2");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "0");
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'south'"), std::to_string(before));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(report()["entities"][0]["total"]["rows_superseded"], 2);
}

// What a chunk loaded itself is no rival of what its source says now.
TEST_P(Modes, ACorrectionToAnOlderVersionArrives) {
  use_mode("upsert, latest_by: amount");
  std::vector<CsvRow> rows = rows_of("south");
  rows[1][2] = "99.00";
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  rows[1][2] = "12.00";
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(amount_of("south", 1), "12.00");
  EXPECT_EQ(report()["entities"][0]["total"]["rows_superseded"], 0);
}

// Nobody claims them for this key and table, so that they would win as a stranger's.
TEST_P(Modes, RowsThatTheJobLoadedOtherwiseAreNoStrangersLaterOnes) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_south(1, "5.00");
  const std::string schema = GetParam() == Engine::kDuckDb ? "main" : "public";
  const std::vector<std::pair<std::string, std::string>> ways = {
      {"sales", "[store, id]"}, {schema + ".sales", "[store, id]"}, {"sales", "[id, store]"}};
  for (const auto& [table, key] : ways) {
    SCOPED_TRACE(table + " " + key);
    const auto write = [&, &to = table, &by = key](const std::string& mode) {
      write_job({{"write: { table: sales, key: [store, id] }",
                  "write: { table: " + to + ", mode: " + mode + ", key: " + by + " }"}});
    };
    write("upsert, latest_by: amount");
    const Outcome refused = run();
    EXPECT_THAT(refused, ExitsWith(2));
    EXPECT_THAT(refused.err, HasSubstr("that this job loaded in another mode, by another key"));
    write("upsert");
    EXPECT_THAT(run(), ExitsWith(0));
    write("upsert, latest_by: amount");
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(amount_of("south", 1), "5.00");
    EXPECT_EQ(asked("SELECT count(*) FROM sales"), "12");
  }
}

// Some of the chunk's rows were claimed once; and the entity was called otherwise.
TEST_P(Modes, NorAreThoseOfAChunkThatWasClaimedInPartOrOfAnEntityByAnotherName) {
  const std::pair<std::string, std::string> latest = {
      "key: [store, id] }", "mode: upsert, latest_by: amount, key: [store, id] }"};
  write_job({latest});
  ASSERT_THAT(run(), ExitsWith(0));
  write_job();
  std::vector<CsvRow> rows = rows_of("south");
  rows.push_back({"9", rows[1][1], "77.00"});
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  rows.back()[2] = "5.00";
  write_store("south", rows);
  const std::pair<std::string, std::string> renamed = {"\n  sales:\n", "\n  sold:\n"};
  for (const auto& changes : {std::vector{latest}, std::vector{latest, renamed}}) {
    write_job(changes);
    const Outcome refused = run();
    EXPECT_THAT(refused, ExitsWith(2));
    EXPECT_THAT(refused.err, HasSubstr("that this job loaded in another mode, by another key"));
    EXPECT_EQ(amount_of("south", 9), "77.00");
  }
  write_job({{"key: [store, id] }", "mode: upsert, key: [store, id] }"}, renamed});
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({latest, renamed});
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(amount_of("south", 9), "5.00");
}

// A nightly run over a day without sales.
TEST_P(Modes, DaysWithoutRowsAreComparedToo) {
  for (const char* mode : {"upsert", "insert"}) {
    use_target(fresh_target(GetParam()));
    use_mode(mode);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_THAT(run({"--from", "2025-05-01", "--to", "2025-05-02"}), ExitsWith(0));
    EXPECT_EQ(report()["entities"][0]["total"]["rows_read"], 0);
    EXPECT_THAT(decant({"reconcile", "job.yaml", "--from", "2025-05"}), ExitsWith(0));
    EXPECT_EQ(sales(), k_all_sales);
  }
}

// Nothing else is in the month that the row leaves, so that no file feeds its chunk any more.
TEST_P(Modes, ARowWhoseDateIsCorrectedIsUpsertedWhereItIsNow) {
  use_mode("upsert");
  const auto write_dates = [&](const std::string& of_1, const std::string& of_3) {
    write_store("south", {{"id", "sold_on", "amount"}, {"1", of_1, "1.00"}, {"3", of_3, "3.00"}});
  };
  const auto dates = [&] {
    return asked(
        "SELECT string_agg(id || ' ' || CAST(sold_on AS VARCHAR), ', ' ORDER BY id) FROM sales "
        "WHERE store = 'south'");
  };
  write_dates("2024-01-05", "2024-03-05");
  ASSERT_THAT(run(), ExitsWith(0));
  write_dates("2024-02-05", "2024-03-05");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(dates(), "1 2024-02-05, 3 2024-03-05");
  write_dates("2024-02-05", "2024-01-06");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(dates(), "1 2024-02-05, 3 2024-01-06");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "0");
  // Out of a month that the run does not read.
  write_dates("2024-04-05", "2024-01-06");
  const Outcome later = run({"--from", "2024-03"});
  EXPECT_THAT(later, ExitsWith(4));
  EXPECT_THAT(later.text(), HasSubstr("holds keys of rows that this run loads where it loads "
                                      "nothing (sold_on 2024-02-05, store south)"));
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(dates(), "1 2024-04-05, 3 2024-01-06");
}

TEST_P(Modes, ARowThatGoesToAnotherStoreIsUpsertedThere) {
  write_job({{"write: { table: sales, key: [store, id] }",
              "write: { table: sales, mode: upsert, key: [id] }"}});
  const std::vector<std::string> stores = {"north", "south", "west"};
  const auto write_ids = [&](std::size_t of_5, bool also_next) {
    for (std::size_t i = 0; i < stores.size(); ++i) {
      std::vector<CsvRow> rows = {{"id", "sold_on", "amount"},
                                  {std::to_string(i), "2024-08-01", "1.00"}};
      if (i == of_5 || (also_next && i == of_5 + 1)) rows.push_back({"5", "2024-08-02", "5.00"});
      write_store(stores[i], rows);
    }
  };
  for (const std::size_t of_5 : {0, 1, 2, 0, 2, 1, 0}) {
    write_ids(of_5, false);
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT store FROM sales WHERE id = 5"), stores[of_5]);
  }
  // What two stores have is a reject.
  write_ids(0, true);
  EXPECT_THAT(run(), ExitsWith(4));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "4");
  write_ids(1, false);
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT store FROM sales WHERE id = 5"), "south");
}

TEST_P(Modes, UpsertWithoutAKeyIsAMistakeInTheJob) {
  write_job(
      {{"write: { table: sales, key: [store, id] }", "write: { table: sales, mode: upsert }"}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("key"));
}

}  // namespace
}  // namespace decant::test
