// The same rows in the three layouts of the generator arrive as the same table.
#include "tests/e2e/retail.h"

namespace decant::test {
namespace {

constexpr const char* k_files_pattern = "files: \"${RETAIL_DATA:-data}/{store}_{month}.csv\"";

class EveryLayout : public RetailTest {
 protected:
  void load(const std::string& layout, const std::string& pattern) {
    generate({"--layout", layout});
    use_example({{k_files_pattern, "files: \"" + pattern + "\""}});
  }
  // The single file says each row's store in a column.
  void load_single() {
    generate({"--layout", "single"});
    use_example({{k_files_pattern, "files: data/ventas.csv"},
                 {"stores: stores.yaml", "stores: { from_column: ubicacion_id }"},
                 {"ubicacion_id: { constant: \"{store}\" }", "ubicacion_id: text"}});
  }
};

INSTANTIATE_TEST_SUITE_P(Into, EveryLayout, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(EveryLayout, AFolderPerStoreAndAFilePerMonthLoadsWhole) {
  load("folders", "data/{store}/{month}.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sums(), true_sums(truth()));
}

TEST_P(EveryLayout, AFolderPerStoreWithoutMonthsInItsNamesLoadsWhole) {
  load("folders", "data/{store}/*.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sums(), true_sums(truth()));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(EveryLayout, OneBigFileWithAStoreColumnLoadsWhole) {
  load_single();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sums(), true_sums(truth()));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(EveryLayout, AMonthOutOfOneBigFileIsThatMonthAlone) {
  load_single();
  ASSERT_THAT(run({"--from", "2025-01", "--to", "2025-01"}), ExitsWith(0));
  std::int64_t rows = 0;
  const Json truth = this->truth();
  for (const auto& [name, store] : truth["stores"].items()) {
    if (store["months"].contains("2025-01"))
      rows += store["months"]["2025-01"]["rows"].get<std::int64_t>();
  }
  EXPECT_EQ(asked("SELECT count(*), min(date_part('month', fecha)) = 1, max(date_part('month', "
                  "fecha)) = 1 FROM ventas_raw")
                .substr(0, std::to_string(rows).size() + 2),
            std::to_string(rows) + "|t");
}

// The mapping is another one, so chunks are compared again; no row of the table is touched.
TEST_P(EveryLayout, ALayoutThatChangesAfterTheLoadChangesNoRow) {
  load("files", "data/{store}_{month}.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  const Json before = report()["entities"][0]["total"]["target"];
  load("folders", "data/{store}/{month}.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  EXPECT_EQ(report()["entities"][0]["total"]["target"], before);
}

TEST_P(EveryLayout, FilesPackedWithGzipAreReadAsTheyAre) {
  load("files", "data/{store}_{month}.csv.gz");
  const Outcome packed = run_process({"/bin/sh", {"-c", "gzip -1 data/*.csv"}, {}, folder(), {}});
  ASSERT_THAT(packed, ExitsWith(0));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sums(), true_sums(truth()));
}

}  // namespace
}  // namespace decant::test
