// Every refused row is accounted for, however many there are, and the job's limits on them hold.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Rejects : public ShopInto {
 protected:
  // south.csv with so many rows, of which the first `bad` have an amount that is none.
  void write_south(int rows, int bad) {
    std::string text = "id,sold_on,amount\n";
    for (int i = 1; i <= rows; ++i) {
      text += std::to_string(i) + ",2024-08-" + (i % 2 == 0 ? "05" : "06") + "," +
              (i <= bad ? "ten" : "1.00") + "\n";
    }
    write("sales/south.csv", text);
  }
  void allow(const std::string& limit) {
    write_job({{"control_sums: [amount]", "control_sums: [amount]\n    rejects: " + limit}});
  }
  std::string count(const std::string& condition) const {
    return asked("SELECT count(*) FROM decant.rejects WHERE " + condition);
  }
};

INSTANTIATE_TEST_SUITE_P(Into, Rejects, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Rejects, FiftyThousandOfOneFileAreAllInTheLedger) {
  write_south(50'010, 50'000);
  allow("{ max: 50000 }");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(count("in_batch"), "50000");
  EXPECT_EQ(asked("SELECT min(line), max(line) FROM decant.rejects"), "2|50001");
  EXPECT_EQ(
      asked(
          "SELECT count(*) FROM (SELECT DISTINCT line, byte_offset FROM decant.rejects WHERE "
          "source = 'sales/south.csv' AND column_name = 'amount' AND original LIKE '%ten%') AS d"),
      "50000");
  const Json total = report()["entities"][0]["total"];
  EXPECT_EQ(total["rows_read"], 50'018);
  EXPECT_EQ(total["rows_loaded"], 18);
  EXPECT_EQ(total["rows_rejected"], 50'000);
  // The first few are named in the report and on the terminal.
  const Json rejects = report()["rejects"];
  ASSERT_EQ(rejects.size(), 1U);
  EXPECT_EQ(rejects[0]["entity"], "sales");
  EXPECT_EQ(rejects[0]["store"], "south");
  EXPECT_EQ(rejects[0]["rows"], 50'000);
  ASSERT_EQ(rejects[0]["first"].size(), 5U);
  EXPECT_EQ(rejects[0]["first"][0]["source"], "sales/south.csv");
  EXPECT_EQ(rejects[0]["first"][0]["line"], 2);
  EXPECT_EQ(rejects[0]["first"][0]["column"], "amount");
  EXPECT_THAT(rejects[0]["first"][0]["reason"].get<std::string>(), HasSubstr("amount"));
  EXPECT_THAT(outcome.out, HasSubstr("south.csv:2: amount"));
  EXPECT_EQ(asked("SELECT count(*) FROM decant.refused_tasks"), "0");
  // Skipped chunks are read again, and so are their rejects.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(count("in_batch"), "100000");
  EXPECT_EQ(report()["rows"]["inserted"], 0);
}

TEST_P(Rejects, OfATaskOverTheLimitTheFirstAreKeptAndAllAreCounted) {
  write_south(50'010, 50'000);
  allow("{ max: 49999 }");
  const Outcome outcome = run({"--stores", "south"});
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.err, HasSubstr("50,000 of the 50,010 rows of one task are refused"));
  EXPECT_EQ(count("in_batch"), "0");
  EXPECT_EQ(count("NOT in_batch AND source = 'sales/south.csv' AND chunk LIKE 'sales/south/%'"),
            "10000");
  EXPECT_EQ(asked("SELECT rows_read, rows_rejected, rows_kept FROM decant.refused_tasks"),
            "50010|50000|10000");
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
  EXPECT_EQ(report()["rejects"][0]["rows"], 50'000);
  EXPECT_EQ(report()["rejects"][0]["first"][0]["line"], 2);
  allow("{ max: 50000 }");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(count("in_batch"), "50000");
}

// No task is over the limit by itself: the run is.
TEST_P(Rejects, TheLimitHoldsOverAllTasksOfTheRun) {
  for (const char* store : {"north", "south", "west"}) {
    std::vector<CsvRow> rows = rows_of(store);
    rows[1][2] = "ten";
    rows[2][2] = "ten";
    write_store(store, rows);
  }
  allow("{ max: 3 }");
  const Outcome outcome = run({"--workers", "1"});
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.err, HasSubstr("rows of sales are refused, and the job allows 3"));
  EXPECT_THAT(outcome.err, HasSubstr("run again"));
  // What was committed until then stays, and the run with a higher limit goes on from there.
  EXPECT_EQ(count("in_batch"), asked("SELECT coalesce(sum(rows_rejected), 0) FROM "
                                     "decant.migration_batches"));
  allow("{ max: 6 }");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "6");
}

// Small files travel in one task; a row that is none belongs to the month that its file's name
// says.
TEST_P(Rejects, ARowThatCannotBeReadCountsToTheMonthOfItsFile) {
  for (const char* store : {"north", "south", "west"}) {
    for (const char* month : {"2024-08", "2024-09"}) {
      write("sales/" + std::string(store) + "_" + month + ".csv",
            "id,sold_on,amount\n1," + std::string(month) + "-05,1.00\n2\n");
    }
  }
  write_job({{"{store}.csv", "{store}_{month}.csv"},
             {"key: [store, id]", "key: [store, id, sold_on]"},
             {"control_sums: [amount]", "rejects: { max: 6 }"}});
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), min(rows_rejected), max(rows_rejected) FROM "
                  "decant.migration_batches"),
            "6|1|1");
  EXPECT_EQ(asked("SELECT count(DISTINCT chunk) FROM decant.rejects"), "6");
  ASSERT_THAT(run({"--stores", "west"}), ExitsWith(0));
  EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 2);
}

TEST_P(Rejects, ARatioAloneAllowsAnyNumberBelowIt) {
  write_south(20'000, 100);
  allow("{ max_ratio: 0.01 }");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(count("in_batch"), "100");
  write_south(20'000, 300);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.err + outcome.out, HasSubstr("1 % (rejects: max_ratio)"));
}

TEST_P(Rejects, APlanShowsThemAllAndWritesNone) {
  write_south(10, 7);
  const Outcome outcome = decant({"plan", "job.yaml"});
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.out, HasSubstr("7 rows would be rejected"));
  EXPECT_THAT(outcome.out, HasSubstr("south.csv:2: amount"));
}

// The table's own refusals: PostgreSQL alone has tables that refuse rows.
class TableRefusals : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
  }
};

TEST_F(TableRefusals, TwentyThousandOfATableAreAllInTheLedger) {
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount numeric(12,2) CHECK "
      "(amount > 0), PRIMARY KEY (store, id))");
  std::string text = "id,sold_on,amount\n";
  for (int i = 1; i <= 20'500; ++i)
    text += std::to_string(i) + ",2024-08-05," + (i % 41 == 0 ? "1" : "-1") + ".00\n";
  write("sales/south.csv", text);
  write_job({{"control_sums: [amount]", "control_sums: [amount]\n    rejects: { max: 20000 }"}});
  ASSERT_THAT(run({"--stores", "south"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "500");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects WHERE in_batch AND rule = 'check' AND "
                  "source = 'south'"),
            "20000");
  EXPECT_EQ(report()["equal"], true);
  // One more is one too many: nothing is loaded, and why is in the ledger.
  write("sales/north.csv", text + "30000,2024-08-05,-1.00\n");
  const Outcome refused = run({"--stores", "north"});
  EXPECT_THAT(refused, ExitsWith(4));
  EXPECT_THAT(refused.err, HasSubstr("refuses 20,001 rows"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'north'"), "0");
  EXPECT_EQ(asked("SELECT rows_rejected, rows_kept FROM decant.refused_tasks"), "20001|10000");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects WHERE NOT in_batch AND rule = 'check'"),
            "10000");
}

}  // namespace
}  // namespace decant::test
