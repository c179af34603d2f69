// Mode upsert where rows of several chunks have one key: which of them holds it is a matter of the
// rows, and not of the order of tasks and runs; every chunk's account says what became of its rows.
#include "common/connector/key_tables.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

const Json k_nothing_written = {{"inserted", 0}, {"updated", 0}, {"deleted", 0}};

// Stores with a file for each month; the key is the id alone.
class RivalKeys : public ShopInto {
 protected:
  struct Sale {
    int id;
    std::string on;  // day of its month
    std::string amount;
  };
  void use_write(const std::string& write_as, bool apart = true, int rejects = 0,
                 const std::string& type_of_amount = "decimal(12,2)") {
    write_job({{"target:", std::string(apart ? "chunk_rows: 1\n" : "") + "target:"},
               {"  west: { label: West }\n", ""},
               {"decimal(12,2)", type_of_amount},
               {"control_sums: [amount]", "control_sums: [id]"},
               {"sales/{store}.csv", "months/{store}_{month}.csv"},
               {"write: { table: sales, key: [store, id] }",
                "write: { table: sales, mode: upsert, key: [id]" + write_as +
                    " }\n    rejects: { max: " + std::to_string(rejects) + " }"}});
    write_month("south", 8, {});
  }
  void write_month(const std::string& store, int month, const std::vector<Sale>& rows) {
    const std::string name = "2024-0" + std::to_string(month);
    std::string text = "id,sold_on,amount\n";
    for (const Sale& sale : rows)
      text += std::to_string(sale.id) + "," + name + "-" + sale.on + "," + sale.amount + "\n";
    write("months/" + store + "_" + name + ".csv", text);
  }
  std::string rows() const {
    return asked(
        "SELECT string_agg(CAST(id AS VARCHAR) || ' ' || store || ' ' || "
        "substr(CAST(sold_on AS VARCHAR), 6) || ' ' || CAST(amount AS VARCHAR), ', ' ORDER BY id) "
        "FROM sales");
  }
  Json total() const { return report()["entities"][0]["total"]; }
  // read | loaded | rejected | superseded | in the target, which add up.
  std::string account() const {
    const Json all = total();
    std::string out;
    for (const char* name : {"rows_read", "rows_loaded", "rows_rejected", "rows_superseded"})
      out += std::to_string(all[name].get<int>()) + "|";
    EXPECT_EQ(all["rows_read"], all["rows_loaded"].get<int>() + all["rows_rejected"].get<int>() +
                                    all["rows_superseded"].get<int>());
    EXPECT_EQ(all["target"], all["source"]);
    return out + std::to_string(all["target"]["rows"].get<int>());
  }
  // A further run finds all as it is.
  void expect_settled() {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    EXPECT_EQ(report()["rows"], k_nothing_written);
  }
};

INSTANTIATE_TEST_SUITE_P(Into, RivalKeys, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(RivalKeys, ANewerVersionInALaterMonthTakesThePlaceOfTheOlderOne) {
  for (const bool apart : {true, false}) {
    use_target(fresh_target(GetParam()));
    use_write(", latest_by: sold_on", apart);
    write_month("north", 8, {{1, "05", "1.00"}, {2, "06", "2.00"}});
    write_month("north", 9, {});
    ASSERT_THAT(run(), ExitsWith(0));
    write_month("north", 9, {{2, "07", "2.50"}, {3, "08", "3.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 09-07 2.50, 3 north 09-08 3.00");
    EXPECT_EQ(account(), "4|3|0|1|3");
    expect_settled();
    EXPECT_EQ(account(), "4|3|0|1|3");
    // It goes again, and the older one comes back.
    write_month("north", 9, {{3, "08", "3.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 08-06 2.00, 3 north 09-08 3.00");
    EXPECT_EQ(account(), "3|3|0|0|3");
    expect_settled();
  }
}

TEST_P(RivalKeys, AnOlderVersionThatComesLaterIsSuperseded) {
  use_write(", latest_by: sold_on");
  write_month("north", 9, {{2, "07", "2.50"}, {3, "08", "3.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 8, {{1, "05", "1.00"}, {2, "06", "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 09-07 2.50, 3 north 09-08 3.00");
  EXPECT_EQ(account(), "4|3|0|1|3");
  expect_settled();
}

// PostgreSQL has no greatest value of some types that it orders.
TEST_P(RivalKeys, TheLatestIsFoundByAColumnOfAnyTypeThatHasAnOrder) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> values_of_types = {
      {"bool", {"false", "true"}},
      {"uuid", {"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"}},
      {"bytes", {"\\x31", "\\x32"}}};
  for (const auto& [type, values] : values_of_types) {
    use_target(fresh_target(GetParam()));
    use_write(", latest_by: amount", true, 0, type);
    write_month("north", 8, {{1, "05", values[1]}});
    write_month("north", 9, {{1, "07", values[0]}});
    ASSERT_THAT(run(), ExitsWith(0)) << type;
    EXPECT_EQ(asked("SELECT count(*), min(CAST(sold_on AS VARCHAR)) FROM sales"), "1|2024-08-05")
        << type;
    expect_settled();
  }
}

// The newer version becomes older than the one that waits.
TEST_P(RivalKeys, AVersionThatIsPutBackGivesTheKeyToTheOneThatIsNewerThen) {
  use_write(", latest_by: amount");
  write_month("north", 8, {{1, "05", "2.00"}});
  write_month("north", 9, {{1, "07", "3.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 09-07 3.00");
  EXPECT_EQ(account(), "2|1|0|1|1");
  write_month("north", 9, {{1, "07", "1.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 2.00");
  EXPECT_EQ(account(), "2|1|0|1|1");
  expect_settled();
}

TEST_P(RivalKeys, ARunOverTheNewMonthAloneIsPutInOrderByTheNextOne) {
  use_write(", latest_by: sold_on");
  write_month("north", 8, {{1, "05", "1.00"}, {2, "06", "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 9, {{2, "07", "2.50"}});
  ASSERT_THAT(run({"--from", "2024-09"}), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 09-07 2.50");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(account(), "3|2|0|1|2");
  expect_settled();
  // And the other way round.
  write_month("north", 9, {});
  ASSERT_THAT(run({"--from", "2024-09"}), ExitsWith(0));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 08-06 2.00");
  expect_settled();
}

TEST_P(RivalKeys, ManyVersionsInManyChunksLeaveTheNewestWhateverTaskIsFirst) {
  use_write(", latest_by: sold_on");
  for (const char* store : {"north", "south"}) {
    for (int month = 1; month <= 9; ++month) {
      std::vector<Sale> sales;
      for (int id = 1; id <= month * 3; ++id)
        sales.push_back({id, store[0] == 'n' ? "05" : "06", std::to_string(month) + ".00"});
      write_month(store, month, sales);
    }
  }
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT store), CAST(min(amount) AS VARCHAR), "
                  "CAST(min(sold_on) AS VARCHAR) FROM sales"),
            "27|1|9.00|2024-09-06");
  EXPECT_EQ(account(), "270|27|0|243|27");
  expect_settled();
  for (int month = 9; month >= 8; --month) write_month("south", month, {});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), CAST(min(sold_on) AS VARCHAR) FROM sales"), "27|2024-09-05");
  EXPECT_EQ(account(), "219|27|0|192|27");
  expect_settled();
}

// Without `latest_by` equal keys are rejects: the first by their columns stays, and the store is
// one.
TEST_P(RivalKeys, OfEqualKeysOfTwoStoresTheSameOneStaysWhicheverIsFirst) {
  for (const char* first : {"north", "south"}) {
    SCOPED_TRACE(first);
    use_target(fresh_target(GetParam()));
    use_write("", true, 1);
    write_month("north", 8, {{1, "05", "1.00"}, {2, "05", "2.00"}});
    write_month("south", 8, {{2, "05", "2.50"}, {3, "05", "3.00"}});
    ASSERT_THAT(run({"--stores", first}), ExitsWith(0));
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 08-05 2.00, 3 south 08-05 3.00");
    EXPECT_EQ(account(), "4|3|1|0|3");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(account(), "4|3|1|0|3");
    EXPECT_EQ(report()["rows"], k_nothing_written);
    EXPECT_EQ(asked(std::string("SELECT r.source || ' ' || r.rule FROM decant.rejects AS r WHERE "
                                "r.run_id = ") +
                    k_newest_run),
              "south unique");
    write_month("north", 8, {{1, "05", "1.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 south 08-05 2.50, 3 south 08-05 3.00");
    EXPECT_EQ(account(), "3|3|0|0|3");
    expect_settled();
  }
}

TEST_P(RivalKeys, EqualKeysOfTwoStoresAreTooManyRejectsWhereNoneIsAllowed) {
  use_write("");
  write_month("north", 8, {{1, "05", "1.00"}});
  write_month("south", 8, {{1, "05", "1.50"}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.err + outcome.out, HasSubstr("unique"));
}

// Its row is in the table though no source has it any more: it is nobody's rival.
TEST_P(RivalKeys, ARowThatNoSourceHasAnyMoreIsNoRivalOfAnOlderOneThatComesLater) {
  use_write(", latest_by: sold_on");
  write_month("north", 9, {{1, "07", "3.00"}, {2, "07", "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 9, {{2, "07", "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 09-07 3.00, 2 north 09-07 2.00");
  write_month("north", 8, {{1, "05", "1.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 09-07 2.00");
  expect_settled();
}

// Somebody else's row is: and when it goes, what it kept out comes in.
TEST_P(RivalKeys, ANewerRowOfSomebodyElseStandsUntilItIsTakenOut) {
  changed(
      "CREATE TABLE sales (store text, id bigint PRIMARY KEY, sold_on date, amount decimal(12,2))");
  changed("INSERT INTO sales VALUES ('east', 1, DATE '2025-01-01', 9.00)");
  use_write(", latest_by: sold_on");
  write_month("north", 8, {{1, "05", "1.00"}, {2, "05", "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 east 01-01 9.00, 2 north 08-05 2.00");
  EXPECT_EQ(account(), "2|1|0|1|1");
  expect_settled();
  changed("DELETE FROM sales WHERE id = 1");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 08-05 2.00");
  expect_settled();
}

// The row that it waited behind is taken away by a job that has another order, or none; and what
// waits is heard of under every order.
TEST_P(RivalKeys, AnotherOrderInBetweenLosesNoRowThatWaits) {
  for (const char* other : {"", ", latest_by: sold_on"}) {
    use_target(fresh_target(GetParam()));
    write_month("north", 8, {{1, "05", "5.00"}, {2, "06", "1.00"}});
    write_month("north", 9, {{1, "05", "9.00"}, {3, "06", "1.00"}});
    use_write(", latest_by: amount");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 north 09-05 9.00, 2 north 08-06 1.00, 3 north 09-06 1.00");
    write_month("north", 9, {{3, "06", "1.00"}});
    use_write(other);
    ASSERT_THAT(run({"--from", "2024-09"}), ExitsWith(0));
    use_write(", latest_by: amount");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 north 08-05 5.00, 2 north 08-06 1.00, 3 north 09-06 1.00") << other;
    expect_settled();
  }
}

// It was loaded as it is by a job of another mode, so that nothing of it changes now.
TEST_P(RivalKeys, ARowThatAnotherModeMadeAnEarlierOneGivesWay) {
  use_write(", latest_by: amount");
  write_month("north", 8, {{1, "05", "5.00"}, {2, "06", "1.00"}});
  write_month("north", 9, {{1, "05", "9.00"}, {3, "06", "1.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 9, {{1, "05", "3.00"}, {3, "06", "1.00"}});
  use_write("");
  ASSERT_THAT(run({"--from", "2024-09"}), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 09-05 3.00, 2 north 08-06 1.00, 3 north 09-06 1.00");
  use_write(", latest_by: amount");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 5.00, 2 north 08-06 1.00, 3 north 09-06 1.00");
  expect_settled();
}

// Ledgers of before had a table for each latest_by.
TEST_P(RivalKeys, WhatWaitsInAnEarlierLedgerIsTakenOver) {
  use_write(", latest_by: amount");
  write_month("north", 8, {{1, "05", "5.00"}});
  write_month("north", 9, {{1, "05", "9.00"}, {3, "06", "1.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EntityPlan plan;
  plan.write.table = "sales";
  plan.write.key = {"id"};
  plan.write.latest_by = "amount";
  const std::string now = wait_table_name("decant", plan);
  const std::string before = earlier_wait_table_name("decant", plan).substr(7);
  changed("ALTER TABLE " + now + " RENAME TO " + before);
  changed("ALTER TABLE decant." + before + " DROP COLUMN decant_by");
  write_month("north", 9, {{3, "06", "1.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 5.00, 3 north 09-06 1.00");
  EXPECT_EQ(
      asked("SELECT count(*) FROM information_schema.tables WHERE table_name = '" + before + "'"),
      "0");
  expect_settled();
}

TEST_P(RivalKeys, ClaimsOnATableThatWasResetMeanNothing) {
  use_write(", latest_by: sold_on");
  write_month("north", 8, {{1, "05", "1.00"}, {2, "06", "2.00"}});
  write_month("north", 9, {{2, "07", "2.50"}});
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(decant({"reset", "job.yaml", "--confirm", "shop"}), ExitsWith(0));
  ASSERT_THAT(run({"--to", "2024-08"}), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 08-06 2.00");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 north 08-05 1.00, 2 north 09-07 2.50");
  EXPECT_EQ(account(), "3|2|0|1|2");
  expect_settled();
}

}  // namespace
}  // namespace decant::test
