// Two runs that want the same table, and questions while a run holds it.
#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class HeldTable : public SlowSource {};
INSTANTIATE_TEST_SUITE_P(Into, HeldTable, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(HeldTable, ASecondRunOfTheSameJobIsRefusedByNameAndTheFirstEndsWell) {
  const auto first = half_way();
  const Outcome second = run();
  EXPECT_THAT(second, ExitsWith(1));
  EXPECT_TRUE(first->is_running());
  if (GetParam() == Engine::kPostgres) {
    EXPECT_THAT(second.err, HasSubstr("Table public.sales is in the hands of run "));
  }
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
  ASSERT_THAT(run(), ExitsWith(0));
}

TEST_P(HeldTable, AnotherJobOnTheSameTableIsRefusedWhileTheFirstRuns) {
  const auto first = half_way();
  std::string other = read_file(path("job.yaml"));
  other.replace(other.find("job: slow"), 9, "job: other");
  write("other.yaml", other);
  const Outcome second = decant({"run", "other.yaml", "--yes", "--workers", "1"});
  EXPECT_THAT(second, ExitsWith(1));
  if (GetParam() == Engine::kPostgres) {
    EXPECT_THAT(second.err, HasSubstr("of job slow"));
  }
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(HeldTable, StatusExplainAndCoverageAnswerWhileARunHoldsTheTarget) {
  const auto run = half_way();
  const Outcome status = decant({"status", "job.yaml", "--json"});
  ASSERT_THAT(status, ExitsWith(0));
  EXPECT_TRUE(run->is_running());
  EXPECT_EQ(parse_json(status.out)["state"], "running");
  const Outcome coverage = decant({"coverage", "job.yaml", "--json"});
  ASSERT_THAT(coverage, ExitsWith(0));
  EXPECT_GT(parse_json(coverage.out)[0]["rows"], 0);
  EXPECT_THAT(decant({"explain", "job.yaml", "sales/east/2024-01/001"}), ExitsWith(0));
  ASSERT_THAT(run->wait(), ExitsWith(0));
}

// From the ledger, where the leader tells it, or from the process that holds the file.
TEST_P(HeldTable, StatusShowsHowFastARunInAnotherProcessIs) {
  changed_in(source(),
             "CREATE OR REPLACE VIEW slow_sales AS SELECT * FROM sales WHERE "
             "pg_sleep(0.008)::text IS NOT NULL");
  const auto run = half_way();
  Json status;
  ASSERT_TRUE(run->wait_until([&] {
    const Outcome asked = decant({"status", "job.yaml", "--json"});
    status = asked.status == 0 ? parse_json(asked.out) : Json();
    return status.contains("progress") && status["progress"]["rows_per_second"] > 0;
  })) << status;
  EXPECT_EQ(status["live"], true);
  EXPECT_EQ(status["progress"]["phase"], "copy sales");
  EXPECT_GT(status["progress"]["workers"], 0);
  ASSERT_THAT(run->wait(), ExitsWith(0));
}

TEST_P(HeldTable, AQuestionOfAnotherJobIsAnsweredForThatJob) {
  std::string other = read_file(path("job.yaml"));
  other.replace(other.find("job: slow"), 9, "job: other");
  other.replace(other.find("{ table: sales }"), 16, "{ table: others }");
  write("other.yaml", other);
  const auto run = half_way();
  const Outcome before = decant({"status", "other.yaml"});
  EXPECT_TRUE(run->is_running());
  EXPECT_THAT(before, ExitsWith(1));
  EXPECT_THAT(before.err, HasSubstr("No run of the job other"));
  ASSERT_THAT(run->wait(), ExitsWith(0));
}

TEST_P(HeldTable, APlanBesideARunLeavesTheRunAlone) {
  const auto first = half_way();
  const Outcome plan = decant({"plan", "job.yaml", "--workers", "1"});
  if (GetParam() == Engine::kPostgres) {
    EXPECT_THAT(plan, ExitsWith(0));
  } else {
    EXPECT_THAT(plan, ExitsWith(1));  // one process holds the file, and says which advice to follow
  }
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
}

}  // namespace
}  // namespace decant::test
