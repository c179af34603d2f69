// One file that feeds thousands of chunks, in messages between the real processes.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr int k_stores = 160;
constexpr int k_months = 20;

constexpr const char* k_job = R"yaml(job: many
target: ${DECANT_TARGET}
stores: { from_column: store }
entities:
  sales:
    read: { files: "all.csv", time: sold_on }
    write: { table: sales, key: [id] }
    columns: { store: text, id: int64, sold_on: date }
)yaml";

class ManyChunks : public EveryTarget {};
INSTANTIATE_TEST_SUITE_P(Into, ManyChunks, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ManyChunks, OneFileWithThousandsOfStoreMonthsIsLoadedAndComparedAgain) {
  std::string csv = "store,id,sold_on\n";
  for (int store = 0; store < k_stores; ++store) {
    for (int month = 0; month < k_months; ++month) {
      const std::string number = std::to_string(month % 12 + 1);
      csv += "s" + std::to_string(store) + "," + std::to_string(store * k_months + month) + "," +
             std::to_string(2020 + month / 12) + "-" + (number.size() < 2 ? "0" : "") + number +
             "-05\n";
    }
  }
  write("all.csv", csv);
  write("job.yaml", k_job);
  const Outcome first = run();
  ASSERT_THAT(first, ExitsWith(0));
  EXPECT_THAT(first.out, HasSubstr("3,200 rows, 0 differences."));
  const Outcome second = run();
  ASSERT_THAT(second, ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], k_stores * k_months);
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT id) FROM sales"), "3200|3200");
}

}  // namespace
}  // namespace decant::test
