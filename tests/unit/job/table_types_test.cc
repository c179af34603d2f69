// A declared type beside that of the column of an existing table: what does not fit in both is a
// reject of its row, and no refusal of the server, which takes the task along.
#include <gtest/gtest.h>

#include "common/job/entity_plan.h"

namespace decant {
namespace {

// The type that column v is planned with, or the complaint.
std::string planned(const std::string& declared, const std::string& in_table) {
  const auto job = parse_job(
      "job: j\ntarget: duckdb:x.db\nentities:\n  ventas:\n    read: { files: v.csv }\n    write: { "
      "table: ventas }\n    columns: { v: \"" +
          declared + "\" }\n",
      "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
  const auto existing = parse_type(in_table);
  EXPECT_TRUE(existing) << in_table;
  if (!job || !existing) return "";
  Schema source, target;
  source.fields = {Field{"v", Type{}}};
  target.fields = {Field{"v", *existing}};
  const auto plan = resolve_entity(*job, job->entities.at(0), source, &target);
  return plan ? to_string(plan->columns.at(0).type) : plan.error().message;
}

TEST(TypesOfATable, LimitDeclaredOnesOfTheSameKind) {
  EXPECT_EQ(planned("text", "varchar(3)"), "varchar(3)");
  EXPECT_EQ(planned("varchar(2)", "varchar(3)"), "varchar(2)");
  EXPECT_EQ(planned("varchar(2)", "text"), "varchar(2)");
  EXPECT_EQ(planned("int64", "int16"), "int16");
  EXPECT_EQ(planned("int16", "int64"), "int16");
  EXPECT_EQ(planned("decimal(18,2)", "decimal(5,2)"), "decimal(5,2)");
  EXPECT_EQ(planned("decimal(5,2)", "decimal"), "decimal(5,2)");
}

TEST(TypesOfATable, OfDecimalsHaveRoomForTheIntegersThatAreDeclared) {
  EXPECT_EQ(planned("int32", "decimal"), "int32");
  EXPECT_EQ(planned("int32", "decimal(12,2)"), "int32");
  EXPECT_EQ(planned("int32", "decimal(11,2)"),
            "Column \"v\" is declared int32, and in the table ventas it is decimal(11,2).");
  EXPECT_EQ(planned("int16", "decimal(5,0)"), "int16");
  EXPECT_EQ(planned("int64", "decimal(18,0)"), "int64");
}

}  // namespace
}  // namespace decant
