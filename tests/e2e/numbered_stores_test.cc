// Stores whose column in the target is a number.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_named = R"yaml(job: shop
target: ${DECANT_TARGET}
stores: { 7: {}, 12: {} }
entities:
  sales:
    read: { files: "sales/{store}.csv", time: sold_on }
    write: { table: sales, key: [shop_no, id] }
    columns:
      shop_no: { constant: "{store}", type: int32 }
      id: int64
      sold_on: date
      amount: "decimal(12,2)"
    control_sums: [amount]
)yaml";

constexpr const char* k_from_column = R"yaml(job: shop
target: ${DECANT_TARGET}
stores: { from_column: shop_no }
entities:
  sales:
    read: { files: "sales/all.csv", time: sold_on }
    write: { table: sales }
    columns: { shop_no: int64, id: int64, sold_on: date, amount: "decimal(12,2)" }
    control_sums: [amount]
)yaml";

class NumberedStores : public ShopInto {
 protected:
  std::string stores() const {
    return asked(
        "SELECT string_agg(CAST(shop_no AS VARCHAR) || ':' || CAST(n AS VARCHAR), ' ' ORDER BY "
        "shop_no) FROM (SELECT shop_no, count(*) AS n FROM sales GROUP BY shop_no) AS s");
  }
  void write_all(const std::vector<CsvRow>& rows) { write("sales/all.csv", csv_text(rows)); }
  static std::vector<CsvRow> all() {
    return {{"shop_no", "id", "sold_on", "amount"}, {"7", "1", "2024-08-01", "1.00"},
            {"007", "2", "2024-08-02", "2.00"},     {"12", "3", "2024-08-03", "3.00"},
            {"12", "4", "2024-09-01", "4.00"},      {"-3", "5", "2024-09-02", "5.00"}};
  }
};

INSTANTIATE_TEST_SUITE_P(Into, NumberedStores, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(NumberedStores, AStoresNameMayLandInAnIntegerColumn) {
  write("job.yaml", k_named);
  for (const char* store : {"7", "12"}) write_store(store, rows_of("north"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(stores(), "7:4 12:4");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  // One store alone follows its source; deletions too.
  std::vector<CsvRow> rows = rows_of("north");
  rows.pop_back();
  write_store("7", rows);
  write_store("12", rows);
  ASSERT_THAT(run({"--stores", "7"}), ExitsWith(0));
  EXPECT_EQ(stores(), "7:3 12:4");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(stores(), "7:3 12:3");
  EXPECT_EQ(report()["equal"], true);
}

TEST_P(NumberedStores, ANameThatIsNoNumberIsRefusedBeforeAnythingIsRead) {
  write("job.yaml", k_named);
  std::string job = k_named;
  job.replace(job.find("12: {}"), 6, "sur: {}");
  write("job.yaml", job);
  for (const char* store : {"7", "sur"}) write_store(store, rows_of("north"));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("the store \"sur\" is no value of it"));
}

TEST_P(NumberedStores, AColumnOfNumbersMaySayTheStore) {
  write("job.yaml", k_from_column);
  write_all(all());
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(stores(), "-3:1 7:2 12:2");
  EXPECT_EQ(asked("SELECT count(DISTINCT store) FROM decant.chunks"), "3");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  // Another row in one month of one store replaces that chunk and no other.
  std::vector<CsvRow> rows = all();
  rows.push_back({"07", "6", "2024-08-09", "6.00"});
  write_all(rows);
  ASSERT_THAT(run({"--stores", "7"}), ExitsWith(0));
  EXPECT_EQ(stores(), "-3:1 7:3 12:2");
  EXPECT_EQ(report()["chunks"]["loaded"], 1);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(report()["equal"], true);
}

TEST_P(NumberedStores, AValueThatIsNoNumberIsAReject) {
  write("job.yaml", k_from_column);
  std::vector<CsvRow> rows = all();
  rows[3][0] = "twelve";
  write_all(rows);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.out, HasSubstr("all.csv:4: shop_no"));
}

// Read from a database whose column has digits after the point.
TEST_P(NumberedStores, ADatabaseMayWriteThemOtherwise) {
  const std::string source = fresh_database();
  if (source.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  changed_in(source,
             "CREATE TABLE sales AS SELECT * FROM (VALUES (7.0::numeric, 1::bigint, date "
             "'2024-08-01', 1.00::numeric(12,2)), (12.0, 2, '2024-08-02', 2.00), (12.00, 3, "
             "'2024-09-02', 3.00)) AS v (shop_no, id, sold_on, amount)");
  set_environment("SHOP_SOURCE", source);
  std::string job = k_from_column;
  const std::string files = "files: \"sales/all.csv\"";
  job.replace(job.find(files), files.size(), "table: sales, source: \"${SHOP_SOURCE}\"");
  write("job.yaml", job);
  for (int round = 0; round < 2; ++round) {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(stores(), "7:1 12:2");
    EXPECT_EQ(report()["chunks"]["loaded"], round == 0 ? 3 : 0);
  }
}

}  // namespace
}  // namespace decant::test
