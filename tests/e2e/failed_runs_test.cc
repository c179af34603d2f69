// A run that ends before its reconciliation leaves a report that says why and how to go on.
#include <filesystem>

#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class FailedRun : public ShopInto {
 protected:
  void expect_report(const Outcome& outcome, const std::string& code, const std::string& advice) {
    EXPECT_THAT(outcome.err, HasSubstr("report   reports/"));
    const Json told = report();
    EXPECT_EQ(told["state"], "failed");
    EXPECT_EQ(told["job"], "shop");
    EXPECT_EQ(told["equal"], nullptr);
    ASSERT_FALSE(told["errors"].empty());
    EXPECT_EQ(told["errors"].back()["code"], code);
    EXPECT_THAT(told["how_to_continue"].get<std::string>(), HasSubstr(advice));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, FailedRun, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(FailedRun, OfFilesThatAreMissingTellsWhyAndGoesOn) {
  std::filesystem::remove_all(path("sales"));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  expect_report(outcome, "not found", "goes on from there");
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  write_sales();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["how_to_continue"], "");
}

// Nothing is wrong with what is loaded: nobody is sent to empty the table.
TEST_P(FailedRun, OfAJobsOwnCheckIsNoReasonToReset) {
  write_job({{"control_sums: [amount]\n",
              "control_sums: [amount]\nchecks:\n  - { name: few rows, sql: \"SELECT FROM WHERE\", "
              "expect: no rows }\n"}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("differs  The check \"few rows\" failed: the query failed: "));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("..\n")));
  EXPECT_THAT(report()["how_to_continue"].get<std::string>(), HasSubstr("agrees with the source"));
}

TEST_P(FailedRun, OfAReportThatCannotBeWrittenEndsBeforeItLoads) {
  write("a_file", "");
  const Outcome outcome = run({"--report-dir", "a_file/reports"});
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("The report cannot be written into a_file/reports: "));
  EXPECT_THAT(outcome.err, HasSubstr("--report-dir"));
  EXPECT_THAT(decant({"status", "job.yaml"}).out, testing::Not(HasSubstr("12 rows")));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], 0);
}

TEST_P(FailedRun, ThatSomebodyDeclinedLeavesNone) {
  EXPECT_THAT(decant({"run", "job.yaml", "--workers", "1"}), ExitsWith(2));
  EXPECT_FALSE(std::filesystem::exists(path("reports")));
}

TEST_P(FailedRun, OfAPlanLeavesNone) {
  std::filesystem::remove_all(path("sales"));
  EXPECT_THAT(decant({"plan", "job.yaml"}), ExitsWith(1));
  EXPECT_FALSE(std::filesystem::exists(path("reports")));
}

TEST_P(FailedRun, OfATargetThatCannotBeReachedSaysThatNothingWasWritten) {
  set_environment("DECANT_TARGET", "postgresql://nobody@127.0.0.1:1/nothing");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(5));
  expect_report(outcome, "unreachable", "Nothing was written");
}

}  // namespace
}  // namespace decant::test
