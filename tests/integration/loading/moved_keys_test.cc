// A key that moves between chunks of different tasks, in a table that has its key in place: both
// chunks are loaded in one transaction, and nothing is refused or lost.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

// Stores with a file for each month, so small a task that each file has its own.
class MovedKeys : public ShopInto {
 protected:
  void SetUp() override {
    ShopInto::SetUp();
    use_job("");
    for (const char* store : {"north", "south", "west"}) {
      const int first = store[0] == 'n' ? 10 : store[0] == 's' ? 20 : 30;
      write_month(store, 8, {{first + 1, "1.00"}, {first + 2, "2.00"}});
      write_month(store, 9, {{first + 3, "3.00"}, {first + 4, "4.00"}});
    }
  }
  // `apart`: each month is a task of its own.
  void use_job(const std::string& rejects, bool apart = true) {
    const std::string enforce = GetParam() == Engine::kDuckDb ? ", enforce: true" : "";
    write_job({{"target:", std::string(apart ? "chunk_rows: 1\n" : "") + "target:"},
               {"sales/{store}.csv", "months/{store}_{month}.csv"},
               {"write: { table: sales, key: [store, id] }",
                "write: { table: sales, key: [id]" + enforce + " }" + rejects}});
  }
  using Sale = std::pair<int, std::string>;
  void write_month(const std::string& store, int month, const std::vector<Sale>& rows) {
    const std::string name = (month < 10 ? "2024-0" : "2024-") + std::to_string(month);
    std::string text = "id,sold_on,amount\n";
    for (const auto& [id, amount] : rows)
      text += std::to_string(id) + "," + name + "-05," + amount + "\n";
    write("months/" + store + "_" + name + ".csv", text);
  }
  std::string place_of(int id) const {
    return asked(
        "SELECT store || ' ' || CAST(sold_on AS VARCHAR) || ' ' || CAST(amount AS VARCHAR) FROM "
        "sales "
        "WHERE id = " +
        std::to_string(id));
  }
  std::string count() const { return asked("SELECT count(*) FROM sales"); }
  Json total() const { return report()["entities"][0]["total"]; }
  // A run after which there is nothing more to do.
  void expect_settled() {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, MovedKeys, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(MovedKeys, TwoKeysThatSwapMonthsAreLoaded) {
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_EQ(count(), "12");
  write_month("north", 8, {{11, "1.00"}, {13, "3.50"}});
  write_month("north", 9, {{12, "2.50"}, {14, "4.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(place_of(13), "north 2024-08-05 3.50");
  EXPECT_EQ(place_of(12), "north 2024-09-05 2.50");
  EXPECT_EQ(count(), "12");
  EXPECT_EQ(total()["rows_rejected"], 0);
  EXPECT_EQ(total()["rows_read"], 12);
  EXPECT_EQ(report()["rows"], Json({{"inserted", 2}, {"updated", 0}, {"deleted", 2}}));
  expect_settled();
  // Both as they were before, and both as they became: what rollback will need.
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "0");
}

TEST_P(MovedKeys, AKeyThatMovesToAnotherMonthIsLoadedWhicheverTaskComesFirst) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 8, {{11, "1.00"}});
  write_month("north", 9, {{12, "2.00"}, {13, "3.00"}, {14, "4.00"}});
  write_month("south", 8, {{21, "1.00"}, {22, "2.00"}, {23, "3.00"}});
  write_month("south", 9, {{24, "4.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(place_of(12), "north 2024-09-05 2.00");
  EXPECT_EQ(place_of(23), "south 2024-08-05 3.00");
  EXPECT_EQ(count(), "12");
  EXPECT_EQ(total()["rows_rejected"], 0);
  expect_settled();
}

// One task has all months of north: 11 moves between two of them, and 21 comes from another task's.
// The month with 11 is the heaviest, which would come first if it were alone.
TEST_P(MovedKeys, AKeyThatMovesWithinATaskIsLoadedWhileAnotherComesFromElsewhere) {
  use_job("\n    rejects: { max: 5 }", false);
  std::vector<Sale> many;
  for (int id = 100; id < 400; ++id) many.emplace_back(id, "3.00");
  write_month("north", 9, many);
  write_month("north", 10, {{15, "5.00"}});
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(0));
  write_month("north", 8, {{12, "2.00"}});
  many.emplace_back(11, "1.00");
  write_month("north", 9, many);
  write_month("south", 8, {{22, "2.00"}});
  write_month("north", 10, {{15, "5.00"}, {21, "1.00"}});
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(0));
  EXPECT_EQ(total()["rows_rejected"], 0);
  EXPECT_EQ(place_of(11), "north 2024-09-05 1.00");
  EXPECT_EQ(place_of(21), "north 2024-10-05 1.00");
  expect_settled();
}

TEST_P(MovedKeys, KeysThatSwapStoresAreReadFromBoth) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 8, {{11, "1.00"}, {32, "2.00"}});
  write_month("west", 8, {{31, "1.00"}, {12, "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(place_of(32), "north 2024-08-05 2.00");
  EXPECT_EQ(place_of(12), "west 2024-08-05 2.00");
  EXPECT_EQ(count(), "12");
  expect_settled();
}

// A ring through every chunk.
TEST_P(MovedKeys, KeysThatAllMoveOnAreLoadedTogether) {
  ASSERT_THAT(run(), ExitsWith(0));
  int id = 33;
  for (const char* store : {"north", "south", "west"}) {
    for (const int month : {8, 9}) {
      write_month(store, month, {{id, "7.00"}, {id + 1, "7.00"}});
      id = id == 33 ? 11 : id % 10 == 1 ? id + 2 : id + 8;
    }
  }
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(count(), "12");
  EXPECT_EQ(place_of(33), "north 2024-08-05 7.00");
  EXPECT_EQ(place_of(13), "south 2024-08-05 7.00");
  EXPECT_EQ(place_of(32), "west 2024-09-05 7.00");
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE amount = 7"), "12");
  expect_settled();
}

TEST_P(MovedKeys, AKeyThatTheSourceHasInTwoMonthsIsAReject) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 9, {{12, "9.00"}, {13, "3.00"}, {14, "4.00"}});
  EXPECT_THAT(run(), ExitsWith(4));
  EXPECT_EQ(place_of(12), "north 2024-08-05 2.00");
  use_job("\n    rejects: { max: 1 }");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(total()["rows_rejected"], 1);
  EXPECT_EQ(total()["rows_read"], 13);
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE id = 12"), "1");
  EXPECT_EQ(count(), "12");
  // It is tried again at each run, and nothing is written for it.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(total()["rows_rejected"], 1);
  EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  // The source is mended: the row that stays is the one that the source has.
  write_month("north", 8, {{11, "1.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(place_of(12), "north 2024-09-05 9.00");
  EXPECT_EQ(total()["rows_rejected"], 0);
  expect_settled();
}

// The run does not read the month that the key has left.
TEST_P(MovedKeys, WhatStandsInAMonthThatIsNotOfTheRunIsRefusedAndNotForgotten) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_month("north", 8, {{11, "1.00"}});
  write_month("north", 9, {{12, "2.00"}, {13, "3.00"}, {14, "4.00"}});
  const Outcome refused = run({"--from", "2024-09"});
  EXPECT_THAT(refused, ExitsWith(4));
  EXPECT_THAT(refused.err + refused.out, HasSubstr("unique"));
  use_job("\n    rejects: { max: 5 }");
  ASSERT_THAT(run({"--from", "2024-09"}), ExitsWith(0));
  EXPECT_EQ(total()["rows_rejected"], 1);
  EXPECT_EQ(place_of(12), "north 2024-08-05 2.00");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(place_of(12), "north 2024-09-05 2.00");
  EXPECT_EQ(total()["rows_rejected"], 0);
  expect_settled();
}

// A row that is nobody's.
TEST_P(MovedKeys, AKeyThatSomebodyElsesRowHasIsAReject) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO sales VALUES ('east', 99, DATE '2024-08-01', 1.00)");
  write_month("north", 9, {{13, "3.00"}, {14, "4.00"}, {99, "5.00"}});
  use_job("\n    rejects: { max: 1 }");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(place_of(99), "east 2024-08-01 1.00");
  EXPECT_EQ(total()["rows_rejected"], 1);
}

class MovedKeysInParts : public MovedKeys {};

INSTANTIATE_TEST_SUITE_P(Into, MovedKeysInParts, testing::Values(Engine::kPostgres), engine_name);

// Each part numbers its rows from (0,1): where north's 11 goes, west's 31 does not make room.
TEST_P(MovedKeysInParts, AKeyOfOnePartIsNotTakenForARowThatAnotherPartLetsGo) {
  changed(
      "CREATE TABLE sales (store text, id bigint PRIMARY KEY, sold_on date, amount decimal(12,2)) "
      "PARTITION BY RANGE (id)");
  for (const char* first : {"10", "20", "30"})
    changed(std::string("CREATE TABLE sales_") + first + " PARTITION OF sales FOR VALUES FROM (" +
            first + ") TO (" + first + " + 10)");
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(0));
  ASSERT_EQ(asked("SELECT count(*) FROM sales WHERE ctid = '(0,1)'"), "3");
  const std::string gone = asked("SELECT id FROM sales_10 WHERE ctid = '(0,1)'");
  const std::string moved = asked("SELECT id FROM sales_30 WHERE ctid = '(0,1)'");
  ASSERT_THAT(gone + " " + moved, testing::AnyOf("11 31", "13 33"));
  const int month = gone == "11" ? 8 : 9;
  const int other = month == 8 ? 12 : 14;
  write_month("north", month, {{other, "2.00"}, {std::stoi(moved), "7.00"}});
  write_month("west", month, {{other + 20, "2.00"}});
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(0));
  EXPECT_THAT(place_of(std::stoi(moved)), HasSubstr("north"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE id = " + gone), "0");
  EXPECT_EQ(count(), "11");
  expect_settled();
}

}  // namespace
}  // namespace decant::test
