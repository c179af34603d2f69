#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

constexpr const char* k_job = R"yaml(job: shop
target: ${DECANT_TARGET}
stores:
  north: { label: North }
  south: { label: South }
  west: { label: West }
entities:
  sales:
    read: { files: "sales/{store}.csv", time: sold_on }
    write: { table: sales, key: [store, id] }
    columns:
      store: { constant: "{store}" }
      id: int64
      sold_on: date
      amount: "decimal(12,2)"
    control_sums: [amount]
)yaml";

}  // namespace

void ShopTest::SetUp() {
  DecantTest::SetUp();
  set_environment("DECANT_TARGET", fresh_target(Engine::kDuckDb));
  write_sales();
  write_job();
}

std::vector<CsvRow> ShopTest::rows_of(const std::string& store) {
  const std::string amount = store == "north" ? "10.10" : store == "south" ? "10.20" : "10.50";
  return {{"id", "sold_on", "amount"},
          {"1", "2024-08-01", amount},
          {"2", "2024-08-31", amount},
          {"3", "2024-09-01", amount},
          {"4", "2024-09-30", amount}};
}

void ShopTest::write_store(const std::string& store, const std::vector<CsvRow>& rows) {
  write("sales/" + store + ".csv", csv_text(rows));
}

void ShopTest::write_sales() {
  for (const char* store : {"north", "south", "west"}) write_store(store, rows_of(store));
}

void ShopTest::write_job(const std::vector<std::pair<std::string, std::string>>& changes) {
  std::string job = k_job;
  for (const auto& [from, to] : changes) {
    const std::size_t place = job.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    job.replace(place, from.size(), to);
  }
  write("job.yaml", job);
}

std::string ShopTest::sales() const {
  return asked("SELECT count(*), CAST(sum(amount) AS VARCHAR) FROM sales");
}

}  // namespace decant::test
