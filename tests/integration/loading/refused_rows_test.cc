// Rows that the table refuses become rejects with a reason, and the others are loaded: a first load
// and later ones, on both engines.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class RefusedRows : public ShopInto {
 protected:
  void allow(int rejects, const std::string& columns = {}) {
    write_job({{"write: { table: sales, key: [store, id] }",
                "write: { table: sales, key: [store, id] }\n    rejects: { max: " +
                    std::to_string(rejects) + " }"},
               {"amount: \"decimal(12,2)\"\n", "amount: \"decimal(12,2)\"\n" + columns}});
  }
  std::string rules() const {
    return asked(
        std::string("SELECT string_agg(rule || ' ' || n, ', ' ORDER BY rule) FROM (SELECT r.rule, "
                    "CAST(count(*) AS VARCHAR) AS n FROM decant.rejects AS r WHERE r.run_id = ") +
        k_newest_run + " GROUP BY r.rule) AS x");
  }
  std::int64_t rejected() const { return report()["entities"][0]["total"]["rows_rejected"]; }
};

INSTANTIATE_TEST_SUITE_P(Into, RefusedRows, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(RefusedRows, AConstraintOfTheTableRefusesRowsAndNotTheTask) {
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2) CHECK (amount "
      "< 10.4), PRIMARY KEY (store, id))");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(4));
  EXPECT_THAT(refused.err, HasSubstr("check"));
  allow(4);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "8|81.20");
  EXPECT_EQ(rejected(), 4);
  EXPECT_EQ(rules(), "check 4");
  // They are tried again, and nothing is written for them.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  EXPECT_EQ(rejected(), 4);
  std::vector<CsvRow> rows = rows_of("north");
  rows[1][2] = "99.00";
  rows[2][2] = "9.00";
  write_store("north", rows);
  allow(5);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "7|70.00");
  EXPECT_EQ(rejected(), 5);
}

TEST_P(RefusedRows, WhatRefersToNothingAndWhatHasNoValueAreToldApart) {
  changed("CREATE TABLE shops (name text PRIMARY KEY)");
  changed("INSERT INTO shops VALUES ('north'), ('south')");
  changed(
      "CREATE TABLE sales (store text REFERENCES shops (name), id bigint, sold_on date, amount "
      "decimal(12,2) NOT NULL)");
  std::vector<CsvRow> rows = rows_of("south");
  rows[3][2] = "";
  write_store("south", rows);
  allow(5);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "7|71.00");
  EXPECT_EQ(rejected(), 5);
  EXPECT_THAT(rules(), HasSubstr("reference 4"));
  changed("INSERT INTO shops VALUES ('west')");
  if (GetParam() == Engine::kPostgres) changed("CREATE UNIQUE INDEX ON sales (store, id)");
  // What was refused then is taken now.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "11|113.00");
  EXPECT_EQ(rejected(), 1);
}

class RefusedByDuckDb : public RefusedRows {};
INSTANTIATE_TEST_SUITE_P(Into, RefusedByDuckDb, testing::Values(Engine::kDuckDb), engine_name);

TEST_P(RefusedByDuckDb, AValueThatANarrowerColumnCannotHoldIsAReject) {
  changed("CREATE TABLE sales (store text, id tinyint, sold_on date, amount decimal(12,2))");
  std::vector<CsvRow> rows = rows_of("south");
  rows[3][0] = "200";
  write_store("south", rows);
  allow(1);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "11|113.00");
  EXPECT_EQ(rules(), "type 1");
}

class RefusedByPostgres : public RefusedRows {};
INSTANTIATE_TEST_SUITE_P(Into, RefusedByPostgres, testing::Values(Engine::kPostgres), engine_name);

// Neither is a constraint: a type takes no such value.
TEST_P(RefusedByPostgres, AValueThatATypeOfTheTableDoesNotKnowIsAReject) {
  changed("CREATE TYPE colour AS ENUM ('red', 'blue')");
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), tint colour, "
      "facts jsonb, PRIMARY KEY (store, id))");
  for (const char* store : {"south", "west"})
    write(std::string("sales/") + store + ".csv", "id,sold_on,amount,tint,facts\n");
  write("sales/north.csv",
        "id,sold_on,amount,tint,facts\n"
        "1,2024-08-01,1.00,red,{}\n"
        "2,2024-08-01,2.00,green,{}\n"
        "3,2024-08-01,3.00,blue,\"{\"\"a\"\": \"\"x\\u0000\"\"}\"\n"
        "4,2024-08-01,4.00,blue,\"{\"\"a\"\": \"\"x\\\\u0000\"\"}\"\n");
  allow(3, "      tint: text\n      facts: json\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "2|5.00");
  EXPECT_EQ(rules(), "type 2");
  EXPECT_EQ(asked("SELECT string_agg(column_name, ',' ORDER BY column_name) FROM decant.rejects"),
            ",facts");
  write("sales/north.csv",
        "id,sold_on,amount,tint,facts\n"
        "1,2024-08-01,1.50,red,{}\n"
        "2,2024-08-01,2.00,green,{}\n"
        "5,2024-08-01,3.00,blue,{}\n"
        "6,2024-08-01,3.00,pink,{}\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "2|4.50");
  EXPECT_EQ(rejected(), 2);
}

}  // namespace
}  // namespace decant::test
