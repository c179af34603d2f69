// Real data whose counts and sums are known from elsewhere (see README.md of the data folder). It
// is no part of this repository: where it is not there, these tests say so and are skipped.
#include "tests/e2e/real_data.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class KnownTruths : public RealData {
 protected:
  // Loads the same rows into a PostgreSQL of their own and compares digests and sums, slice by
  // slice, with the newest report: for DuckDB from the files again, for PostgreSQL out of the
  // database that holds them by now. The connection, or nothing where there is no PostgreSQL.
  std::string expect_same_elsewhere(const std::string& job_from_tables) {
    const Json first = report()["entities"];
    const bool from_database = GetParam() == Engine::kPostgres;
    const std::string second = from_database ? fresh_database() : fresh_target(Engine::kPostgres);
    if (second.empty()) return {};
    set_environment("DECANT_SECOND", second);
    if (from_database) {
      write("job.yaml", job_from_tables);
    } else {
      use_target(second);
    }
    EXPECT_THAT(run(), ExitsWith(0));
    const Json again = report()["entities"];
    EXPECT_EQ(again.size(), first.size());
    for (std::size_t e = 0; e < std::min(first.size(), again.size()); ++e) {
      EXPECT_EQ(again[e]["total"]["target"], first[e]["total"]["target"]);
      EXPECT_EQ(again[e]["slices"].size(), first[e]["slices"].size());
      for (std::size_t i = 0; i < std::min(first[e]["slices"].size(), again[e]["slices"].size());
           ++i)
        EXPECT_EQ(again[e]["slices"][i]["target"], first[e]["slices"][i]["target"]);
    }
    return second;
  }
};

INSTANTIATE_TEST_SUITE_P(Into, KnownTruths, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

constexpr const char* k_online_retail = R"yaml(
job: online_retail
target: ${DECANT_TARGET}
stores: { from_column: Country }
entities:
  lines:
    read: { files: by-day/*.csv, time: InvoiceDate }
    write: { table: online_retail }
    columns:
      InvoiceDate: timestamp
      Quantity: int64
      UnitPrice: "decimal(18,3)"
    control_sums: [Quantity, UnitPrice, "Quantity * UnitPrice"]
)yaml";

// The same rows out of the database that holds them.
constexpr const char* k_online_retail_again = R"yaml(
job: online_retail_again
target: ${DECANT_SECOND}
stores: { from_column: Country }
entities:
  lines:
    read: { table: online_retail, time: InvoiceDate, source: "${DECANT_TARGET}" }
    write: { table: online_retail }
    control_sums: [Quantity, UnitPrice, "Quantity * UnitPrice"]
)yaml";

std::string retail_truths(const std::string& target) {
  return ask(target, R"(SELECT count(*), CAST(sum("Quantity") AS VARCHAR),
    CAST(sum("Quantity" * "UnitPrice") AS VARCHAR), count(DISTINCT "Country"),
    sum(CASE WHEN "CustomerID" IS NULL THEN 1 ELSE 0 END),
    sum(CASE WHEN "Quantity" < 0 THEN 1 ELSE 0 END),
    sum(CASE WHEN "UnitPrice" < 0 THEN 1 ELSE 0 END) FROM online_retail)");
}

constexpr const char* k_retail_truths = "541909|5176450|9747747.934|38|135080|10624|2";

TEST_P(KnownTruths, OnlineRetailArrivesWholeAndWithoutAKeyEqualRowsStayTwo) {
  unpack("online-retail-by-day.tar.zst");
  if (IsSkipped()) return;
  write("job.yaml", k_online_retail);
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("314 slices, 541,909 rows, 0 differences."));
  EXPECT_EQ(retail_truths(target()), k_retail_truths);
  const Json first = report()["entities"][0];
  EXPECT_EQ(first["slices"].size(), 314U);
  EXPECT_EQ(first["total"]["target"]["control_sums"]["Quantity * UnitPrice"], "9747747.934");
  EXPECT_EQ(asked("SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM online_retail) "
                  "AS d) FROM online_retail"),
            "5268");
  EXPECT_EQ(asked("SELECT count(*) FROM online_retail WHERE \"CustomerID\" = '17850.0'"), "312");

  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);

  const std::string second = expect_same_elsewhere(k_online_retail_again);
  if (second.empty()) return;
  EXPECT_EQ(retail_truths(second), k_retail_truths);
}

TEST_P(KnownTruths, GroceryTransactionsKeepTheirPenniesAndTheOneStrayDigit) {
  unpack("completejourney.tar.zst");
  if (IsSkipped()) return;
  write("job.yaml", R"yaml(
job: grocery
target: ${DECANT_TARGET}
stores: { from_column: store_id }
entities:
  transactions:
    read: { files: completejourney/transactions.csv, time: transaction_timestamp }
    write: { table: transactions }
    columns:
      quantity: int32
      sales_value: "decimal(38,22)"
      retail_disc: "decimal(18,2)"
      coupon_disc: "decimal(18,2)"
      coupon_match_disc: "decimal(18,2)"
      transaction_timestamp: timestamptz
    control_sums: [quantity, sales_value, retail_disc]
)yaml");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("1,790 slices, 100,000 rows, 0 differences."));
  EXPECT_EQ(asked("SELECT count(*), CAST(sum(quantity) AS VARCHAR), CAST(sum(sales_value) AS "
                  "VARCHAR), CAST(sum(retail_disc) AS VARCHAR), count(DISTINCT store_id), "
                  "max(quantity) FROM transactions"),
            "100000|10572511|312753.2300000000000004440892|53875.99|308|32623");
  expect_same_elsewhere(R"yaml(
job: grocery_again
target: ${DECANT_SECOND}
stores: { from_column: store_id }
entities:
  transactions:
    read: { table: transactions, time: transaction_timestamp, source: "${DECANT_TARGET}" }
    write: { table: transactions }
    control_sums: [quantity, sales_value, retail_disc]
)yaml");
}

TEST_P(KnownTruths, GroceryProductsAndPromotionsRunWholeForTheyHaveNoTime) {
  unpack("completejourney.tar.zst");
  if (IsSkipped()) return;
  write("job.yaml", R"yaml(
job: grocery
target: ${DECANT_TARGET}
entities:
  products:
    read: { files: completejourney/products.csv }
    write: { table: products, key: [product_id] }
  promotions:
    read: { files: completejourney/promotions.csv }
    write: { table: promotions }
    columns: { week: int32 }
    control_sums: [week]
)yaml");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("0 differences."));
  EXPECT_EQ(asked("SELECT count(*), sum(CASE WHEN package_size IS NULL THEN 1 ELSE 0 END) FROM "
                  "products"),
            "92331|30586");
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT store_id), CAST(sum(week) AS VARCHAR) FROM "
                  "promotions"),
            "1948597|10|53091408");
  expect_same_elsewhere(R"yaml(
job: grocery_again
target: ${DECANT_SECOND}
entities:
  products:
    read: { table: products, source: "${DECANT_TARGET}" }
    write: { table: products, key: [product_id] }
  promotions:
    read: { table: promotions, source: "${DECANT_TARGET}" }
    write: { table: promotions }
    control_sums: [week]
)yaml");
}

}  // namespace
}  // namespace decant::test
