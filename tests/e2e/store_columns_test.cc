// A job that says the store, or the time, in a column in which the rows that it loaded before do
// not have it: without a key, no chunk finds them there, and each would be loaded once more beside
// them.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using Change = std::pair<std::string, std::string>;

class StoreColumns : public ShopInto {
 protected:
  void SetUp() override {
    ShopInto::SetUp();
    changed(
        "CREATE TABLE sales (store TEXT, shop TEXT, id BIGINT, sold_on DATE, booked_on DATE, "
        "amount "
        "NUMERIC(12,2))");
    write_job({k_no_key});
  }

  // The rows are where they were, and nothing was loaded.
  void expect_refusal(const std::string& table_rows) {
    for (const Words& words :
         {Words{"plan", "job.yaml"}, Words{"run", "job.yaml", "--yes", "--workers", "1"},
          Words{"run", "job.yaml", "--yes", "--workers", "1", "--to", "2024-08"},
          Words{"reconcile", "job.yaml"}}) {
      const Outcome refused = decant(words);
      EXPECT_THAT(refused, ExitsWith(2)) << words.front();
      EXPECT_THAT(refused.err, HasSubstr("would stay beside those that are loaded again"));
    }
    EXPECT_EQ(sales(), table_rows);
  }

  inline static const Change k_no_key{", key: [store, id]", ""};
  inline static const Change k_other_column{"store: { constant", "shop: { constant"};
  inline static const Change k_other_time{"sold_on: date",
                                          "booked_on: { from: sold_on, type: date }"};
};
INSTANTIATE_TEST_SUITE_P(Into, StoreColumns, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(StoreColumns, RowsThatHaveTheirStoreElsewhereAreNotLoadedBesideThemselves) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({k_no_key, k_other_column});
  expect_refusal(k_all_sales);
  changed("UPDATE sales SET shop = store");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store IS NULL"), "12");
}

TEST_P(StoreColumns, RowsOfAOnlyStoreThatNoColumnNamedAreNotLoadedBesideThemselves) {
  const Change alone{"  south: { label: South }\n  west: { label: West }\n", ""};
  write_job({k_no_key, alone, {"      store: { constant: \"{store}\" }\n", ""}});
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_EQ(sales(), "4|40.40");
  write_job({k_no_key});
  expect_refusal("4|40.40");
  changed("DELETE FROM sales");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(StoreColumns, RowsThatHaveTheirTimeElsewhereAreNotLoadedBesideThemselves) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({k_no_key, k_other_time});
  expect_refusal(k_all_sales);
  changed("UPDATE sales SET booked_on = sold_on WHERE store = 'west'");
  expect_refusal(k_all_sales);
  changed("UPDATE sales SET booked_on = sold_on");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE sold_on IS NULL"), "12");
}

// Who took rows out, or keeps other rows in the table, is not kept from a change of the job.
TEST_P(StoreColumns, RowsOfOthersDoNotMatterWhereTheJobsOwnAreFound) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO sales (id, amount) VALUES (99, 1.00)");
  const Change wider{"\"decimal(12,2)\"", "\"decimal(14,2)\""};
  write_job({k_no_key, wider});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "13|124.20");
  changed("DELETE FROM sales WHERE id = 99 OR store = 'west'");
  write_job({k_no_key});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

// A column that is shortened or mended names its stores as they land.
class MendedStores : public ShopInto {
 protected:
  void load(const std::string& read, const std::string& column, const std::string& stores) {
    SCOPED_TRACE(read + " " + column);
    use_target(fresh_target(GetParam()));
    write("job.yaml",
          "job: shop\ntarget: ${DECANT_TARGET}\nstores: { from_column: country }\n"
          "entities:\n  visits:\n    read: { " +
              read +
              " }\n"
              "    write: { table: visits }\n"
              "    columns: { country: " +
              column + ", id: int64 }\n");
    for (int pass = 0; pass < 2; ++pass) {
      ASSERT_THAT(run(), ExitsWith(0));
      EXPECT_EQ(report()["equal"], true);
      EXPECT_EQ(report()["chunks"]["loaded"], pass == 0 ? 2 : 0);
      EXPECT_EQ(asked("SELECT string_agg(DISTINCT country, ' ' ORDER BY country) FROM visits"),
                stores);
      EXPECT_EQ(asked("SELECT count(*) FROM visits"), "3");
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Into, MendedStores, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(MendedStores, OfFilesAreThoseThatLand) {
  write("visits.csv", "country,id\nABCD,1\nABCE,2\nXY,3\n");
  load("files: visits.csv", "{ type: varchar(3), lossy: truncate }", "ABC XY");
  write("visits.csv", "country,id\nA" + std::string(1, '\0') + "B,1\nA-B,2\nXY,3\n");
  load("files: visits.csv", "{ type: text, replace_nul: \"-\" }", "A-B XY");
}

TEST_P(MendedStores, OfADatabaseAreThoseThatLand) {
  const std::string source = "duckdb:" + path("source.duckdb");
  changed_in(source,
             "CREATE TABLE visits AS SELECT * FROM (VALUES ('ABCD', 1), ('ABCE', 2), "
             "('XY', 3)) AS v (country, id)");
  load("table: visits, source: \"" + source + "\"", "{ type: varchar(3), lossy: truncate }",
       "ABC XY");
  changed_in(source,
             "UPDATE visits SET country = CASE id WHEN 1 THEN 'A' || chr(0) || 'B' WHEN 2 "
             "THEN 'A-B' ELSE country END");
  load("table: visits, source: \"" + source + "\"", "{ type: text, replace_nul: \"-\" }", "A-B XY");
}

}  // namespace
}  // namespace decant::test
