// Tables that were there before Decant: what they must be like, and what their types can hold.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class ExistingTable : public ShopInto {
 protected:
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
  std::string rows() const { return asked("SELECT count(*) FROM sales"); }
};
INSTANTIATE_TEST_SUITE_P(Of, ExistingTable, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

constexpr const char* k_table =
    "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2))";
constexpr const char* k_row = "INSERT INTO sales VALUES ('east', 1, DATE '2024-01-01', 1.00)";

TEST_P(ExistingTable, WithRowsAndNoUniqueIndexOnTheKeyIsRefusedInPostgresBeforeAnythingIsRead) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's keys are checked by query.";
  changed(k_table);
  changed(k_row);
  for (const char* mode : {"replace", "upsert", "insert"}) {
    write_job({{"write: { table: sales, key: [store, id] }",
                std::string("write: { table: sales, key: [store, id], mode: ") + mode + " }"}});
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("CREATE UNIQUE INDEX ON \"sales\" (\"store\", \"id\")"));
    EXPECT_EQ(rows(), "1");
  }
  EXPECT_THAT(decant({"plan", "job.yaml", "--workers", "1"}), ExitsWith(1));
  changed("CREATE UNIQUE INDEX ON sales (id, store)");
  write_job();
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "13");  // the row that was there is of a store that the job does not have
}

TEST_P(ExistingTable, ThatLostTheIndexOfItsKeyIsRefusedInPostgres) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's keys are checked by query.";
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE sales DROP CONSTRAINT sales_pkey");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("no unique index on the key (store, id)"));
  changed("ALTER TABLE sales ADD UNIQUE (id, store)");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_P(ExistingTable, WithAColumnThatNothingFillsIsRefusedBeforeAnyRow) {
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
      "till int NOT NULL)");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("\"till\""));
  EXPECT_THAT(outcome.err, HasSubstr("has no default"));
  EXPECT_EQ(rows(), "0");
  changed("ALTER TABLE sales ALTER COLUMN till SET DEFAULT 7");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(ExistingTable, WithARowThatCannotBeReadIsADifference) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's decimals have no NaN.";
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO sales VALUES ('north', 77, DATE '2024-08-05', 'NaN')");
  const Outcome outcome = decant({"reconcile", "job.yaml", "--workers", "1"});
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(run(), ExitsWith(3));
}

// A first load over rows that somebody else put there is told, in the plan and in the run.
TEST_P(ExistingTable, WhoseRowsOthersPutThereIsReplacedWithANote) {
  changed(k_table);
  if (is_postgres()) changed("CREATE UNIQUE INDEX ON sales (store, id)");
  changed("INSERT INTO sales VALUES ('south', 99, DATE '2024-08-02', 1.00)");
  const std::string note = "sales holds rows that this job did not load";
  EXPECT_THAT(decant({"plan", "job.yaml"}).out, HasSubstr(note));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr(note));
  EXPECT_EQ(rows(), "12");
  EXPECT_THAT(run().err, testing::Not(HasSubstr(note)));
}

}  // namespace
}  // namespace decant::test
