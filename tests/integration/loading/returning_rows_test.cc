// A row that the target refused once is loaded as soon as nothing stands in its way any more, in
// whatever mode, and until then it is a reject of every run: nothing that the source has is passed
// over in silence. Nothing is written meanwhile.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

const Json k_nothing_written = {{"inserted", 0}, {"updated", 0}, {"deleted", 0}};

// One store with a file for each month: `apart`, each has a task of its own.
class ReturningRows : public ShopInto {
 protected:
  void use_write(const std::string& write_as, bool apart, int rejects = 5) {
    write_job({{"target:", std::string(apart ? "chunk_rows: 1\n" : "") + "target:"},
               {"  south: { label: South }\n  west: { label: West }\n", ""},
               {"sales/{store}.csv", "months/{store}_{month}.csv"},
               {"write: { table: sales, key: [store, id] }",
                "write: { table: sales" + write_as +
                    " }\n    rejects: { max: " + std::to_string(rejects) + " }"}});
  }
  using Sale = std::pair<int, std::string>;
  void write_month(int month, const std::vector<Sale>& rows) {
    const std::string name = "2024-0" + std::to_string(month);
    std::string text = "id,sold_on,amount\n";
    for (const auto& [id, amount] : rows)
      text += std::to_string(id) + "," + name + "-05," + amount + "\n";
    write("months/north_" + name + ".csv", text);
  }
  // All rows: "id month amount", by id and month.
  std::string rows() const {
    return asked(
        "SELECT string_agg(CAST(id AS VARCHAR) || ' ' || substr(CAST(sold_on AS VARCHAR), 6, 2) || "
        "' ' || CAST(amount AS VARCHAR), ', ' ORDER BY id, sold_on) FROM sales");
  }
  Json total() const { return report()["entities"][0]["total"]; }
  std::int64_t rejected() const { return total()["rows_rejected"]; }
  // Rows that the newest run itself refused.
  std::string judged_now() const {
    return asked(std::string("SELECT count(*) FROM decant.rejects WHERE run_id = ") + k_newest_run);
  }
  // Another run refuses them again, and writes nothing.
  void expect_refused_again(int rejects) {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rejected(), rejects);
    EXPECT_EQ(judged_now(), std::to_string(rejects));
    EXPECT_EQ(report()["rows"], k_nothing_written);
  }
  void expect_settled() {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rejected(), 0);
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    EXPECT_EQ(report()["rows"], k_nothing_written);
  }
};

INSTANTIATE_TEST_SUITE_P(Into, ReturningRows, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ReturningRows, ASurplusRowOfAKeyIsLoadedOnceItsRivalIsGone) {
  for (const bool apart : {true, false}) {
    use_target(fresh_target(GetParam()));
    use_write(", key: [id], on_duplicate: reject", apart);
    write_month(8, {{1, "1.00"}, {2, "2.00"}});
    write_month(9, {{1, "1.50"}, {3, "3.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 08 1.00, 2 08 2.00, 3 09 3.00");
    EXPECT_EQ(rejected(), 1);
    expect_refused_again(1);
    EXPECT_EQ(rows(), "1 08 1.00, 2 08 2.00, 3 09 3.00");
    write_month(8, {{2, "2.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 09 1.50, 2 08 2.00, 3 09 3.00");
    EXPECT_EQ(rejected(), 0);
    expect_settled();
  }
}

// The rule is of the rows, and not of the order in which they come.
TEST_P(ReturningRows, TheRowThatStaysIsTheSameInWhateverRunItsRivalComes) {
  for (const bool apart : {true, false}) {
    use_target(fresh_target(GetParam()));
    use_write(", key: [id], on_duplicate: reject", apart);
    write_month(8, {{2, "2.00"}});
    write_month(9, {{1, "1.50"}, {3, "3.00"}, {3, "2.50"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 09 1.50, 2 08 2.00, 3 09 2.50");
    write_month(8, {{1, "1.00"}, {2, "2.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 08 1.00, 2 08 2.00, 3 09 2.50");
    EXPECT_EQ(rejected(), 2);
    expect_refused_again(2);
    write_month(8, {{2, "2.00"}});
    write_month(9, {{1, "1.50"}, {3, "3.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 09 1.50, 2 08 2.00, 3 09 3.00");
    expect_settled();
  }
}

// The month of the rival alone is run; the next run over all puts it right.
TEST_P(ReturningRows, ARivalThatGoesInARunOverItsOwnMonthIsMissedByTheNextOne) {
  use_write(", key: [id], on_duplicate: reject", true);
  write_month(8, {{1, "1.00"}, {2, "2.00"}});
  write_month(9, {{1, "1.50"}, {3, "3.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_month(8, {{2, "2.00"}});
  ASSERT_THAT(run({"--from", "2024-08", "--to", "2024-08"}), ExitsWith(0));
  EXPECT_EQ(rows(), "2 08 2.00, 3 09 3.00");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 09 1.50, 2 08 2.00, 3 09 3.00");
  expect_settled();
}

TEST_P(ReturningRows, AChildIsLoadedOnceItsParentIsThereInEveryMode) {
  for (const std::string mode : {", key: [id]", "", ", key: [id], on_duplicate: reject",
                                 ", key: [id], mode: upsert", ", key: [id], mode: insert"}) {
    SCOPED_TRACE(mode);
    use_target(fresh_target(GetParam()));
    changed("CREATE TABLE parents (id bigint PRIMARY KEY)");
    changed("INSERT INTO parents VALUES (1)");
    changed(
        "CREATE TABLE sales (store text, id bigint REFERENCES parents (id), sold_on date, amount "
        "decimal(12,2))");
    if (mode.starts_with(", key")) changed("CREATE UNIQUE INDEX sales_id ON sales (id)");
    use_write(mode, true);
    write_month(8, {{1, "1.00"}, {2, "2.00"}});
    write_month(9, {{3, "3.00"}});
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 08 1.00");
    EXPECT_EQ(rejected(), 2);
    expect_refused_again(2);
    changed("INSERT INTO parents VALUES (2)");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 08 1.00, 2 08 2.00");
    EXPECT_EQ(rejected(), 1);
    EXPECT_EQ(report()["rows"], Json({{"inserted", 1}, {"updated", 0}, {"deleted", 0}}));
    expect_refused_again(1);
    changed("INSERT INTO parents VALUES (3)");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1 08 1.00, 2 08 2.00, 3 09 3.00");
    expect_settled();
  }
}

// Rows without a key are told by all that they hold, and there may be several alike.
TEST_P(ReturningRows, WithoutAKeyOnlyTheRowsThatAreMissingAreWritten) {
  changed("CREATE TABLE parents (id bigint PRIMARY KEY)");
  changed("INSERT INTO parents VALUES (1)");
  changed(
      "CREATE TABLE sales (store text, id bigint REFERENCES parents (id), sold_on date, amount "
      "decimal(12,2))");
  use_write("", false);
  write_month(8, {{1, "1.00"}, {1, "1.00"}, {1, ""}, {2, "2.00"}, {2, "2.00"}});
  write_month(9, {{1, "3.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "4");
  expect_refused_again(2);
  changed("INSERT INTO parents VALUES (2)");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE id = 2"), "2");
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "6");
  EXPECT_EQ(report()["rows"], Json({{"inserted", 2}, {"updated", 0}, {"deleted", 0}}));
  expect_settled();
}

// What somebody did to the other rows is mended in passing: the chunk is loaded as a whole.
TEST_P(ReturningRows, WithoutAKeyAChunkThatSomebodyChangedIsLoadedAsAWhole) {
  changed("CREATE TABLE parents (id bigint PRIMARY KEY)");
  changed("INSERT INTO parents VALUES (1)");
  changed(
      "CREATE TABLE sales (store text, id bigint REFERENCES parents (id), sold_on date, amount "
      "decimal(12,2))");
  use_write("", false);
  write_month(8, {{1, "1.00"}, {1, "1.20"}, {2, "2.00"}});
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE sales SET amount = 7 WHERE amount = 1");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(CAST(amount AS VARCHAR), ' ' ORDER BY amount) FROM sales"),
            "1.00 1.20");
  EXPECT_EQ(rejected(), 1);
  expect_refused_again(1);
}

TEST_P(ReturningRows, AnInsertIsTriedAgainAndAddsOnlyWhatIsMissing) {
  changed(
      "CREATE TABLE sales (store text, id bigint PRIMARY KEY, sold_on date, amount decimal(12,2))");
  changed("INSERT INTO sales VALUES ('east', 1, DATE '2024-01-01', 9.00)");
  use_write(", key: [id], mode: insert", true);
  write_month(8, {{1, "1.00"}, {2, "2.00"}});
  write_month(9, {{2, "2.50"}, {3, "3.00"}});
  ASSERT_THAT(run({"--to", "2024-08"}), ExitsWith(0));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 01 9.00, 2 08 2.00, 3 09 3.00");
  EXPECT_EQ(rejected(), 2);
  expect_refused_again(2);
  changed("DELETE FROM sales WHERE id = 1");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1 08 1.00, 2 08 2.00, 3 09 3.00");
  EXPECT_EQ(rejected(), 1);
  expect_refused_again(1);
}

}  // namespace
}  // namespace decant::test
