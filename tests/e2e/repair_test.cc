// decant reconcile --repair: what others did to the target is mended from the source.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* k_all_sales =
    "SELECT shop, day, id, amount FROM sales ORDER BY shop, day, id, amount";

class Repair : public EveryTarget {
 protected:
  // Two shops, two months, eight rows each; `write` is what stands behind table:.
  void load(const std::string& write_keys) {
    int id = 0;
    for (const std::string shop : {"north", "south"}) {
      for (const std::string month : {"2024-01", "2024-02"}) {
        std::string text = "day,id,amount\n";
        for (int day = 1; day <= 8; ++day) {
          const std::string number = std::to_string(++id);
          text += month + "-0" + std::to_string(day) + "," + number + "," + number + ".25\n";
        }
        write(shop + "-" + month + ".csv", text);
      }
    }
    write("job.yaml",
          "job: mended\ntarget: ${DECANT_TARGET}\nstores: { north: , south: }\nentities:\n"
          "  sales:\n    read: { files: \"{store}-{month}.csv\", time: day }\n"
          "    write: { table: sales" +
              write_keys +
              " }\n    columns: { shop: { constant: \"{store}\" }, day: date, id: int64, "
              "amount: \"decimal(12,2)\" }\n    control_sums: [amount]\n");
    ASSERT_THAT(run(), ExitsWith(0));
    as_loaded_ = asked(k_all_sales);
  }

  // A value, a row that is gone, one that is new, and one that is there twice: three chunks differ.
  void damage(bool twice) {
    changed("UPDATE sales SET amount = amount + 1 WHERE id = 3");
    changed("DELETE FROM sales WHERE id = 12");
    changed("INSERT INTO sales (shop, day, id, amount) VALUES ('south', DATE '2024-01-20', 99, 1)");
    if (twice)
      changed(
          "INSERT INTO sales (shop, day, id, amount) SELECT shop, day, id, amount FROM sales WHERE "
          "id = 4");
    ASSERT_NE(asked(k_all_sales), as_loaded_);
  }

  Outcome mend(const Words& more = {}) {
    Words words = {"reconcile", "job.yaml", "--repair", "--yes", "--workers", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return decant(words);
  }

  void expect_mended() {
    EXPECT_EQ(asked(k_all_sales), as_loaded_);
    const Json mended = report();
    EXPECT_EQ(mended["chunks"]["loaded"], 3);
    EXPECT_EQ(mended["chunks"]["skipped"], 1);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
  }

  std::string as_loaded_;
};

INSTANTIATE_TEST_SUITE_P(Into, Repair, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Repair, LoadsTheChunksOfAKeyedTableThatOthersChanged) {
  load(", key: [shop, day, id]");
  damage(false);
  ASSERT_THAT(run(), ExitsWith(3)) << "by itself a run sees that the source is as it was";
  const Outcome outcome = mend();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("repair   sales: 3 chunks of the target differ"));
  // Only what differs is written.
  EXPECT_EQ(report()["rows"]["inserted"], 1);
  EXPECT_EQ(report()["rows"]["deleted"], 1);
  expect_mended();
}

TEST_P(Repair, TakesOutAKeyThatATableWithoutAUniqueIndexHoldsTwice) {
  if (GetParam() == Engine::kPostgres) GTEST_SKIP() << "The key keeps it out.";
  load(", key: [shop, day, id]");
  damage(true);
  ASSERT_THAT(mend(), ExitsWith(0));
  expect_mended();
}

TEST_P(Repair, LoadsTheChunksOfATableWithoutAKey) {
  load("");
  damage(true);
  ASSERT_THAT(mend(), ExitsWith(0));
  expect_mended();
}

TEST_P(Repair, WritesTheRowsOfAnUpsertedTableAgain) {
  load(", key: [shop, day, id], mode: upsert");
  changed("UPDATE sales SET amount = amount + 1 WHERE id = 3");
  changed("DELETE FROM sales WHERE id IN (12, 20)");
  ASSERT_THAT(run(), ExitsWith(3));
  ASSERT_THAT(mend(), ExitsWith(0));
  expect_mended();
}

TEST_P(Repair, ChangesNoRowOfAnInsertedTable) {
  load(", key: [shop, day, id], mode: insert");
  changed("UPDATE sales SET amount = amount + 1 WHERE id = 3");
  const Outcome outcome = mend();
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("mode insert changes no row that is there"));
}

TEST_P(Repair, ThatTheTargetRefusesEndsTheRunAndTakesNothingOut) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB adds no constraint to a table.";
  load("");
  changed("DELETE FROM sales WHERE id = 12");
  changed("ALTER TABLE sales ADD CONSTRAINT no_twelve CHECK (id <> 12)");
  const std::string damaged = asked(k_all_sales);
  ASSERT_THAT(mend(), ExitsWith(4));
  EXPECT_EQ(asked(k_all_sales), damaged);
  changed("ALTER TABLE sales DROP CONSTRAINT no_twelve");
  ASSERT_THAT(mend(), ExitsWith(0));
  EXPECT_EQ(asked(k_all_sales), as_loaded_);
}

TEST_P(Repair, OfSomeStoresLeavesTheOthersAsTheyAre) {
  load(", key: [shop, day, id]");
  damage(false);
  ASSERT_THAT(mend({"--stores", "north"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE id IN (12, 99)"), "2");
  ASSERT_THAT(run(), ExitsWith(3));
}

TEST_P(Repair, HasToReadTheTarget) {
  load("");
  const Outcome outcome = mend({"--verify", "ledger"});
  ASSERT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("--repair has to read the target"));
}

TEST_P(Repair, AsksBeforeItWrites) {
  load("");
  damage(false);
  const std::string damaged = asked(k_all_sales);
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--repair", "--workers", "2"}), ExitsWith(2));
  EXPECT_EQ(asked(k_all_sales), damaged);
}

}  // namespace
}  // namespace decant::test
