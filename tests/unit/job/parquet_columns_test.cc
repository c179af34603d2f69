// Columns of Parquet files that no reader gives exactly: refused in the plan of a job that takes
// them.
#include <gmock/gmock.h>

#include "common/job/entity_plan.h"

namespace decant {
namespace {

using ::testing::HasSubstr;

// An entity with the columns id and monto in its files.
Result<EntityPlan> plan_with(const Field& monto, const std::string& more) {
  const auto job = parse_job(
      "job: j\ntarget: duckdb:x.db\nentities:\n  ventas:\n    read: { files: v.parquet }\n"
      "    write: { table: ventas, key: [id] }\n    columns: { id: int64 }\n" +
          more,
      "/jobs");
  if (!job) return tl::unexpected<Error>(job.error());
  Schema source;
  source.fields = {Field{"id", Type{TypeKind::kInt64}}, monto};
  return resolve_entity(*job, job->entities.at(0), source, nullptr);
}

void expect_refused_where_taken(const Field& monto, const std::string& why) {
  const auto refused = plan_with(monto, "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr(why));
  const auto without = plan_with(monto, "    columns_only: true\n");
  ASSERT_TRUE(without) << without.error().to_string();
  EXPECT_EQ(without->columns.size(), 1U);
}

TEST(ParquetColumns, ALogicalTypeThatIsNotRead) {
  Field monto{"monto", Type{TypeKind::kInt64}};
  monto.foreign = "unreadable: is DECIMAL(18,2) by its logical type and would be read as DATE";
  expect_refused_where_taken(monto, "Column \"monto\" of its Parquet file is DECIMAL(18,2) by");
}

TEST(ParquetColumns, DecimalsOfMoreThan38Digits) {
  expect_refused_where_taken(Field{"monto", Type{TypeKind::kDecimal, 40, 2}},
                             "Column \"monto\" has decimals of 40 digits in its Parquet file");
}

TEST(ParquetColumns, NanosecondsInsideOfAStruct) {
  Field monto{"monto", Type{TypeKind::kTimestamp, 0, 3}};
  monto.foreign = "STRUCT(a TIMESTAMP)";
  expect_refused_where_taken(monto, "(STRUCT(a TIMESTAMP)) has times with nanoseconds inside");
}

}  // namespace
}  // namespace decant
