// What goes wrong with the rows of one store in the copy: the other stores are loaded in all
// entities, and what does not depend on it is loaded of its own.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_job = R"yaml(job: shops
target: ${DECANT_TARGET}
stores:
  east: { source: "${EAST}" }
  west: { source: "${WEST}" }
entities:
  sales:
    read: { table: sales_view, time: sold_at }
    columns: { store: { constant: "{store}" } }
    write: { table: sales, key: [store, id] }
  lines:
    read: { table: lines, time: sold_at }
    columns: { store: { constant: "{store}" } }
    write: { table: lines, key: [store, sale, line] }
)yaml";

// A key without the store: rows may go from one to another.
constexpr const char* k_sales_of_any_store = R"yaml(job: shops
target: ${DECANT_TARGET}
stores:
  east: { source: "${EAST}" }
  west: { source: "${WEST}" }
entities:
  sales:
    read: { table: sales_view, time: sold_at }
    columns: { store: { constant: "{store}" } }
    write: { table: sales, key: [id] }
)yaml";

class BadStore : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    if (IsSkipped()) return;
    for (const char* name : {"EAST", "WEST"}) {
      const std::string database = fresh_database();
      if (database.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
      set_environment(name, database);
      sources_.push_back(database);
      changed_in(database,
                 "CREATE TABLE sales AS SELECT n::bigint AS id, timestamp '2024-01-01' + n * "
                 "interval '5 days' AS sold_at, (n * 1.25)::numeric(12,2) AS amount FROM "
                 "generate_series(1, 40) AS n");
      changed_in(database,
                 "CREATE TABLE lines AS SELECT id AS sale, 1::bigint AS line, sold_at, amount FROM "
                 "sales");
      changed_in(database, "CREATE VIEW sales_view AS SELECT * FROM sales");
    }
    write("job.yaml", k_job);
  }
  // A row whose amount cannot be computed; the census counts it like any other.
  void break_east() {
    changed_in(sources_[0],
               "CREATE OR REPLACE VIEW sales_view AS SELECT id, sold_at, (amount / (id - 7) * (id "
               "- 7))::numeric(12,2) AS amount FROM sales");
  }
  void mend_east() {
    changed_in(sources_[0],
               "CREATE OR REPLACE VIEW sales_view AS SELECT id, sold_at, amount FROM sales");
  }
  void change_east(const std::string& sql) { changed_in(sources_[0], sql); }
  void change_west(const std::string& sql) { changed_in(sources_[1], sql); }
  std::string rows(const std::string& table) const {
    return asked(
        "SELECT count(*) FILTER (WHERE store = 'east'), count(*) FILTER (WHERE store = "
        "'west') FROM " +
        table);
  }

 private:
  std::vector<std::string> sources_;
};
INSTANTIATE_TEST_SUITE_P(Into, BadStore, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(BadStore, LeavesTheOthersAloneInAllEntities) {
  break_east();
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("division by zero"));
  EXPECT_THAT(rows("sales"), testing::EndsWith("|40"));
  EXPECT_EQ(rows("lines"), "40|40") << "no foreign key makes them wait";
  mend_east();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("sales"), "40|40");
  EXPECT_EQ(rows("lines"), "40|40");
}

TEST_P(BadStore, IsLeftAsItIsInEntitiesThatReferToWhatFailed) {
  changed(
      "CREATE TABLE sales (store varchar, id bigint, sold_at timestamp, amount numeric(12,2), "
      "PRIMARY KEY (store, id))");
  changed(
      "CREATE TABLE lines (store varchar, sale bigint, line bigint, sold_at timestamp, amount "
      "numeric(12,2), PRIMARY KEY (store, sale, line), FOREIGN KEY (store, sale) REFERENCES "
      "sales (store, id))");
  break_east();
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("lines of east is left as it is"));
  EXPECT_EQ(rows("lines"), "0|40");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "0");
  mend_east();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("lines"), "40|40");
}

// Chunks that have changed are compared first; what is found of the others is loaded all the same.
TEST_P(BadStore, DoesNotKeepChangesOfTheOthersBack) {
  ASSERT_THAT(run(), ExitsWith(0));
  break_east();
  change_west("UPDATE sales SET amount = amount + 1");
  change_west("UPDATE lines SET sold_at = sold_at + interval '31 days'");
  ASSERT_THAT(run(), ExitsWith(1));
  EXPECT_EQ(asked("SELECT sum(amount) FROM sales WHERE store = 'west'"), "1065.00");
  mend_east();
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(rows("lines"), "40|40");
}

// The row has gone to a store of which nothing is loaded, and others would go with it for good.
TEST_P(BadStore, TakesNoRowOutThatMayHaveMovedToIt) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB has no ON DELETE CASCADE.";
  write("job.yaml", k_sales_of_any_store);
  change_west("UPDATE sales SET id = id + 100");
  for (const std::string action : {"CASCADE", "SET NULL"}) {
    changed("DROP TABLE IF EXISTS remarks, sales");
    changed("DROP SCHEMA IF EXISTS decant CASCADE");
    changed(
        "CREATE TABLE sales (store text, id bigint PRIMARY KEY, sold_at timestamp, amount "
        "numeric(12,2))");
    changed("CREATE TABLE remarks (sale bigint REFERENCES sales ON DELETE " + action + ")");
    ASSERT_THAT(run(), ExitsWith(0));
    changed("INSERT INTO remarks SELECT id FROM sales");
    change_west("DELETE FROM sales WHERE id = 103");
    change_east("INSERT INTO sales VALUES (103, '2024-01-20', 3)");
    break_east();
    const Outcome outcome = run();
    ASSERT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("they may have moved to what failed"));
    mend_east();
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT store FROM sales WHERE id = 103"), "east");
    EXPECT_EQ(asked("SELECT count(sale) FROM remarks"), "80") << action;
    change_east("DELETE FROM sales WHERE id = 103");
    change_west("INSERT INTO sales VALUES (103, '2024-01-20', 3)");
  }
}

}  // namespace
}  // namespace decant::test
