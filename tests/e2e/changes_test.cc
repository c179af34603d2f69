// What changes at the source after a load, and what a second run makes of it.
#include "tests/e2e/retail.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

class ChangedSource : public RetailTest {
 protected:
  void SetUp() override {
    RetailTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_THAT(run(), ExitsWith(0));
    chunks_ = report()["chunks"]["loaded"];
  }

  // Names of the chunks that the newest run loaded.
  Words loaded() const {
    Words names;
    for (const Json& line : chunk_log()) {
      if (line["state"] == "loaded") names.push_back(line["chunk"]);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  // operation|rows of the pre-images that the newest run kept.
  std::string undone() const {
    const std::string table = asked(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'decant' AND "
        "table_name LIKE 'undo%'");
    const std::string run = report()["run"];
    return asked("SELECT decant_operation, count(*) FROM decant." + table +
                 " WHERE decant_run_id = '" + run + "' GROUP BY 1 ORDER BY 1");
  }

  std::int64_t chunks_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Into, ChangedSource, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ChangedSource, ReplacesOnlyTheChunksThatTheChangedRowsAreIn) {
  generate({"--change", "tienda_05/2025-02:update=10,delete=3,insert=7", "--change",
            "tienda_08/2025-03:insert=50"});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(loaded(), (Words{"ventas/tienda_05/2025-02/001", "ventas/tienda_08/2025-03/001"}));
  const Json report = this->report();
  EXPECT_EQ(report["chunks"]["skipped"], chunks_ - 1);
  EXPECT_EQ(report["rows"]["inserted"], 57);
  EXPECT_EQ(report["rows"]["updated"], 10);
  EXPECT_EQ(report["rows"]["deleted"], 3);
  EXPECT_EQ(sums(), true_sums(truth()));
}

TEST_P(ChangedSource, KeepsTheRowsAsTheyWereBeforeItChangesThem) {
  const std::string before = sums(
      "ubicacion_id = 'tienda_05' AND fecha >= TIMESTAMP '2025-02-01' "
      "AND fecha < TIMESTAMP '2025-03-01'");
  generate({"--change", "tienda_05/2025-02:update=4,delete=2"});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(undone(), "deleted|2\nupdated|4");
  EXPECT_NE(sums("ubicacion_id = 'tienda_05' AND fecha >= TIMESTAMP '2025-02-01' AND fecha < "
                 "TIMESTAMP '2025-03-01'"),
            before);
}

TEST_P(ChangedSource, IsBackToWhatItWasWhenTheSourceIs) {
  const Json first = report()["entities"][0]["total"]["target"];
  generate({"--change", "tienda_01/2024-12:update=5,delete=5,insert=5"});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_NE(report()["entities"][0]["total"]["target"], first);
  generate();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["entities"][0]["total"]["target"], first);
}

TEST_P(ChangedSource, APlanNamesTheChangeAndLeavesTheRows) {
  const std::string before = sums();
  generate({"--change", "tienda_05/2025-02:delete=3"});
  const Outcome plan = decant({"plan", "job.yaml", "--workers", "2"});
  ASSERT_THAT(plan, ExitsWith(0));
  EXPECT_THAT(plan.out, testing::HasSubstr("1 changed chunk"));
  EXPECT_EQ(sums(), before);
}

TEST_P(ChangedSource, RowsThatOthersChangedInTheTargetAreReportedAsADifference) {
  changed(
      "UPDATE ventas_raw SET total = total + 1 WHERE ubicacion_id = 'tienda_02' AND "
      "venta_id = (SELECT min(venta_id) FROM ventas_raw WHERE ubicacion_id = 'tienda_02' AND "
      "fecha >= TIMESTAMP '2025-01-01')");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, testing::HasSubstr("ventas/tienda_02/2025-01"));
  EXPECT_EQ(report()["equal"], false);
}

// A store that was renamed in the job leaves its rows behind, and a table may be others' too.
TEST_P(ChangedSource, RowsOfStoresThatTheJobDoesNotLoadAreCountedAndNoted) {
  changed(
      "UPDATE ventas_raw SET ubicacion_id = 'tienda_old' WHERE ubicacion_id = 'tienda_02' AND "
      "fecha < TIMESTAMP '2024-10-01'");
  const auto moved = asked("SELECT count(*) FROM ventas_raw WHERE ubicacion_id = 'tienda_old'");
  const Outcome outcome = run({"--from", "2025-01"});
  EXPECT_THAT(outcome, ExitsWith(0)) << "their months are not looked at";
  EXPECT_EQ(report()["notes"].size(), 0U);
  EXPECT_THAT(run(), ExitsWith(3));
  ASSERT_EQ(report()["notes"].size(), 1U);
  EXPECT_THAT(report()["notes"][0].get<std::string>(),
              testing::HasSubstr("ventas_raw also holds " + moved +
                                 " rows of 1 store that this run does not load (tienda_old)"));
}

class Statistics : public ShopTest {};

// What small changes add up to is autovacuum's.
TEST_F(Statistics, OfATableAreTakenAgainOnceATenthOfItsRowsIsAnother) {
  use_target(fresh_target(Engine::kPostgres));
  if (IsSkipped()) return;
  const std::string times = "SELECT analyze_count FROM pg_stat_user_tables WHERE relname = 'sales'";
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(times), "1");
  std::vector<CsvRow> rows = rows_of("south");
  rows[1][2] = "11.50";
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(times), "1") << "one row of twelve";
  rows[2][2] = rows[3][2] = "12.50";
  write_store("south", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(times), "2");
}

}  // namespace
}  // namespace decant::test
