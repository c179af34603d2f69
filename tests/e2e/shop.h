// A shop of three stores with a few handmade rows, for tests in which one thing goes wrong.
#pragma once

#include "tests/e2e/fixture.h"
#include "tests/support/csv_text.h"

namespace decant::test {

class ShopTest : public DecantTest {
 protected:
  void SetUp() override;

  // sales/north.csv, sales/south.csv, sales/west.csv: 4 rows each, over two months.
  void write_sales();
  // job.yaml; each pair is replaced in its text first.
  void write_job(const std::vector<std::pair<std::string, std::string>>& changes = {});
  void write_store(const std::string& store, const std::vector<CsvRow>& rows);
  static std::vector<CsvRow> rows_of(const std::string& store);

  // rows|sum of the amounts in the target.
  std::string sales() const;
  static constexpr const char* k_all_sales = "12|123.20";
  // By the time: ids of two runs of one second are in no order.
  static constexpr const char* k_newest_run =
      "(SELECT run_id FROM decant.runs ORDER BY started_at DESC LIMIT 1)";
};

class ShopInto : public ShopTest, public testing::WithParamInterface<Engine> {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_target(GetParam()));
  }
};

}  // namespace decant::test
