// What upsert and insert load is proved by digest over exactly the keys that they wrote, whatever
// else the table holds.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class UpsertProof : public ShopInto {
 protected:
  void use_mode(const std::string& mode, const std::string& more = {}) {
    write_job({{"write: { table: sales, key: [store, id] }",
                "write: { table: sales, mode: " + mode + ", key: [store, id]" + more + " }"}});
  }
  // A table with rows that are nobody's: between ours, and of a store that we do not have.
  void make_table() {
    changed(
        "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
        "note text, PRIMARY KEY (store, id))");
    changed(
        "INSERT INTO sales VALUES ('north', 100, DATE '2024-08-10', 1.00, 'mine'), "
        "('south', 100, DATE '2024-09-10', 2.00, 'mine'), ('east', 1, DATE '2024-08-01', 3.00, "
        "'mine'), ('north', 101, DATE '2023-01-01', 4.00, 'mine')");
  }
  Json entity() const { return report()["entities"][0]; }
};

INSTANTIATE_TEST_SUITE_P(Into, UpsertProof, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(UpsertProof, RowsThatOnlyTheTargetHasAreCountedApartAndTheRestIsProvedByDigest) {
  for (const std::string mode : {"upsert", "insert"}) {
    use_target(fresh_target(GetParam()));
    make_table();
    use_mode(mode);
    const Outcome outcome = run();
    ASSERT_THAT(outcome, ExitsWith(0));
    EXPECT_THAT(outcome.out, HasSubstr("Reconciled at level digests"));
    EXPECT_EQ(entity()["target_only_rows"], 3) << "the store east is not of this run";
    EXPECT_EQ(entity()["foreign_rows"], 0);
    EXPECT_EQ(entity()["total"]["target"]["rows"], 12);
    EXPECT_EQ(entity()["total"]["target"], entity()["total"]["source"]);
  }
}

TEST_P(UpsertProof, AValueThatSomebodyChangesIsFoundAmongRowsThatOnlyTheTargetHas) {
  make_table();
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE sales SET amount = 10.11 WHERE store = 'north' AND id = 2");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("sales/north/2024-08/001"));
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(3));
  // Exactly there: the other chunks agree.
  for (const Json& difference : report()["differences"])
    EXPECT_EQ(difference["chunk"], "sales/north/2024-08/001");
  changed("UPDATE sales SET amount = 10.10 WHERE store = 'north' AND id = 2");
  EXPECT_THAT(run(), ExitsWith(0));
}

// A row of ours for one of theirs: the count of the month stays the same.
TEST_P(UpsertProof, ARowThatSomebodyTakesOutIsFoundThoughTheMonthHasAsManyRows) {
  make_table();
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("DELETE FROM sales WHERE store = 'south' AND id = 3");
  changed("INSERT INTO sales VALUES ('south', 103, DATE '2024-09-02', 10.20, 'mine')");
  EXPECT_THAT(run(), ExitsWith(3));
  EXPECT_EQ(entity()["total"]["target"]["rows"], 11);
  EXPECT_EQ(entity()["target_only_rows"], 4);
}

TEST_P(UpsertProof, ARowThatSomebodyMovesToAnotherMonthIsADifferenceAndNotTargetOnly) {
  make_table();
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE sales SET sold_on = DATE '2024-09-07' WHERE store = 'west' AND id = 1");
  EXPECT_THAT(run(), ExitsWith(3));
  EXPECT_EQ(entity()["target_only_rows"], 3);
}

TEST_P(UpsertProof, KeysThatTheSourceNoLongerHasBecomeTargetOnly) {
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  std::vector<CsvRow> rows = rows_of("south");
  rows.erase(rows.begin() + 1);
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(entity()["target_only_rows"], 1);
  // It may change there as it likes.
  changed("UPDATE sales SET amount = 0 WHERE store = 'south' AND id = 1");
  EXPECT_THAT(run(), ExitsWith(0));
  // The source has it again, and again it is compared.
  write_store("south", rows_of("south"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(entity()["target_only_rows"], 0);
  changed("UPDATE sales SET amount = 0 WHERE store = 'south' AND id = 1");
  EXPECT_THAT(run(), ExitsWith(3));
}

TEST_P(UpsertProof, ColumnsThatUpdatesLeaveAloneAreNotComparedAndAllOthersAre) {
  make_table();
  write("sales/north.csv",
        "id,sold_on,amount,note\n1,2024-08-01,10.10,ours\n100,2024-08-10,5.00,ours\n");
  for (const char* store : {"south", "west"})
    write(std::string("sales/") + store + ".csv", "id,sold_on,amount,note\n");
  use_mode("upsert", ", keep_on_update: [note]");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("columns that updates leave alone (note) are not compared"));
  EXPECT_EQ(asked("SELECT note FROM sales WHERE store = 'north' AND id = 100"), "mine");
  EXPECT_EQ(asked("SELECT CAST(amount AS VARCHAR) FROM sales WHERE store = 'north' AND id = 100"),
            "5.00");
  EXPECT_EQ(entity()["total"]["target"], entity()["total"]["source"]);
  changed("UPDATE sales SET note = 'theirs' WHERE store = 'north'");
  EXPECT_THAT(run(), ExitsWith(0));
  changed("UPDATE sales SET amount = 5.01 WHERE store = 'north' AND id = 100");
  EXPECT_THAT(run(), ExitsWith(3));
}

TEST_P(UpsertProof, CountsAloneAreOfTheSameKeys) {
  make_table();
  use_mode("upsert");
  ASSERT_THAT(run({"--verify", "counts"}), ExitsWith(0));
  EXPECT_EQ(entity()["total"]["target"]["rows"], 12);
  changed("UPDATE sales SET amount = 0 WHERE store = 'north' AND id = 2");
  EXPECT_THAT(run({"--verify", "counts"}), ExitsWith(0));
  changed("DELETE FROM sales WHERE store = 'north' AND id = 2");
  EXPECT_THAT(run({"--verify", "counts"}), ExitsWith(3));
}

// What is refused claims nothing: the row that is there is somebody else's.
TEST_P(UpsertProof, AnInsertClaimsOnlyWhatItInserted) {
  make_table();
  changed("INSERT INTO sales VALUES ('north', 1, DATE '2024-08-01', 1.00, 'mine')");
  write_job({{"write: { table: sales, key: [store, id] }",
              "write: { table: sales, mode: insert, key: [store, id] }\n    rejects: { max: 1 }"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(entity()["total"]["rows_rejected"], 1);
  EXPECT_EQ(entity()["target_only_rows"], 4);
  changed("UPDATE sales SET amount = 7 WHERE store = 'north' AND id = 1");
  EXPECT_THAT(run(), ExitsWith(0));
  changed("UPDATE sales SET amount = 7 WHERE store = 'north' AND id = 2");
  EXPECT_THAT(run(), ExitsWith(3));
}

TEST_P(UpsertProof, ATableThatIsMadeForAnUpsertHasItsKeyFromTheStart) {
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT state FROM decant.tables"), "verified");
  if (GetParam() == Engine::kPostgres) {
    EXPECT_EQ(asked("SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND conrelid = "
                    "'sales'::regclass"),
              "1");
  }
}

// Its keys go with the parts.
TEST_P(UpsertProof, AChunkThatIsDividedAtDaysIsProvedInItsParts) {
  make_table();
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(run({"--from", "2024-08-01", "--to", "2024-08-03"}), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_NE(asked("SELECT count(*) FROM decant.chunks WHERE chunk LIKE '%2024-08/002'"), "0");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(entity()["total"]["target"]["rows"], 12);
  EXPECT_EQ(entity()["target_only_rows"], 3);
  changed("UPDATE sales SET amount = 10.11 WHERE store = 'north' AND id = 2");
  EXPECT_THAT(run(), ExitsWith(3));
}

TEST_P(UpsertProof, AColumnThatOthersMayChangeCannotBeWhatIsComparedByOrSummed) {
  use_mode("upsert", ", keep_on_update: [amount]");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("the control sum \"amount\" takes it"));
  use_mode("upsert", ", keep_on_update: [sold_on]");
  EXPECT_THAT(run().err, HasSubstr("months are cut by"));
}

}  // namespace
}  // namespace decant::test
