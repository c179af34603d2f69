#include <gtest/gtest.h>

#include "common/job/job_spec.h"

namespace decant {
namespace {

TEST(ParseJob, FillsInDefaultsOfASmallJob) {
  const auto job = parse_job(R"(
job: prices
target: duckdb:prices.duckdb
entities:
  prices:
    read: { files: "prices.csv" }
    write: { table: prices }
)",
                             "/jobs");
  ASSERT_TRUE(job) << job.error().to_string();
  EXPECT_FALSE(job->production);
  EXPECT_EQ(job->chunk_rows, 50'000);
  EXPECT_EQ(job->time_zone, "UTC");
  EXPECT_EQ(job->ledger_schema, "decant");
  EXPECT_EQ(job->directory, "/jobs");
  ASSERT_EQ(job->stores.size(), 1u);
  EXPECT_EQ(job->stores[0].name, "all");
  EXPECT_EQ(job->entities[0].rejects.max, 0);
  EXPECT_EQ(job->entities[0].write.mode, WriteMode::kReplace);
}

}  // namespace
}  // namespace decant
