// A declared type beside that of the column of an existing table: what does not fit in both is a
// reject of its row, and no refusal of the server, which takes the task along.
#include <gtest/gtest.h>

#include "common/job/entity_plan.h"

namespace decant {
namespace {

Result<EntityPlan> plan_of(const std::string& declared, const std::string& in_table) {
  const auto job = parse_job(
      "job: j\ntarget: duckdb:x.db\nentities:\n  ventas:\n    read: { files: v.csv }\n    write: { "
      "table: ventas }\n    columns: { v: \"" +
          declared + "\" }\n",
      "/jobs");
  if (!job) return tl::unexpected<Error>(job.error());
  const auto existing = parse_type(in_table);
  if (!existing) return tl::unexpected<Error>(existing.error());
  Schema source, target;
  source.fields = {Field{"v", Type{}}};
  target.fields = {Field{"v", *existing}};
  return resolve_entity(*job, job->entities.at(0), source, &target);
}

// The type that column v is planned with, or the complaint.
std::string planned(const std::string& declared, const std::string& in_table) {
  const auto plan = plan_of(declared, in_table);
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

// What is loaded was loaded as the job had it, whatever became of the table's widths.
TEST(TypesOfATable, LeaveTheFingerprintAlone) {
  const auto fingerprint = [](const std::string& declared, const std::string& in_table) {
    const auto plan = plan_of(declared, in_table);
    EXPECT_TRUE(plan) << plan.error().to_string();
    return plan ? plan->fingerprint : "";
  };
  EXPECT_EQ(fingerprint("text", "varchar(20)"), fingerprint("text", "varchar(50)"));
  EXPECT_EQ(fingerprint("int64", "int32"), fingerprint("int64", "int64"));
  EXPECT_EQ(fingerprint("decimal(18,2)", "decimal(5,2)"),
            fingerprint("decimal(18,2)", "decimal(18,2)"));
  EXPECT_NE(fingerprint("varchar(3)", "text"), fingerprint("varchar(4)", "text"));
}

TEST(TypesOfATable, OfDecimalsHaveRoomForTheIntegersThatAreDeclared) {
  EXPECT_EQ(planned("int32", "decimal"), "int32");
  EXPECT_EQ(planned("int32", "decimal(12,2)"), "int32");
  EXPECT_EQ(planned("int32", "decimal(11,2)"),
            "Column \"v\" is declared int32, and in the table ventas it is decimal(11,2).");
  EXPECT_EQ(planned("int16", "decimal(5,0)"), "int16");
  EXPECT_EQ(planned("int64", "decimal(18,0)"), "int64");
}

// The text 0.1 would stand there as 0.10000000149011612.
TEST(TypesOfATable, OfFloatsAreTheDeclaredOnes) {
  EXPECT_EQ(planned("float32", "float32"), "float32");
  EXPECT_EQ(planned("float64", "float64"), "float64");
  EXPECT_EQ(planned("float32", "float64"),
            "Column \"v\" is declared float32, and in the table ventas it is float64.");
  EXPECT_EQ(planned("float64", "float32"),
            "Column \"v\" is declared float64, and in the table ventas it is float32.");
}

// The text of a JSON value is as long as its source writes it.
TEST(TypesOfATable, OfJsonAreTextsOfAnyLength) {
  EXPECT_EQ(planned("json", "text"), "json");
  EXPECT_EQ(planned("json", "varchar(5)"),
            "Column \"v\" is declared json, and in the table ventas it is varchar(5).");
}

// Decant's SQL calls its relations so, and DuckDB does not look at the case of letters.
TEST(NamesOfATable, ThatBeginLikeDecantsOwnAreDecants) {
  const auto job = parse_job(
      "job: j\ntarget: duckdb:x.db\nentities:\n  ventas:\n    read: { files: v.csv }\n    write: { "
      "table: ventas }\n",
      "/jobs");
  ASSERT_TRUE(job);
  const auto resolved = [&](const std::string& column, const std::string& beside) {
    Schema source, target;
    source.fields = {Field{column, Type{}}};
    target.fields = {Field{column, Type{}}, Field{beside, Type{}}};
    const auto plan = resolve_entity(*job, job->entities.at(0), source, &target);
    return plan ? std::string("fine") : plan.error().message;
  };
  for (const char* name : {"decant_row", "Decant_S", "DECANT_"}) {
    EXPECT_EQ(resolved(name, "v"), "Entity \"ventas\" has a column \"" + std::string(name) +
                                       "\", and names that begin with decant_ are Decant's own.");
    EXPECT_EQ(resolved("v", name), "The table ventas has a column \"" + std::string(name) +
                                       "\", and names that begin with decant_ are Decant's own.");
  }
  EXPECT_EQ(resolved("decant", "undecant_row"), "fine");
}

// A key "" of JSON lines.
TEST(NamesOfATable, AreNeverEmpty) {
  const auto planned_with = [](const std::string& more, const std::string& columns) {
    const auto job = parse_job(
        "job: j\ntarget: duckdb:x.db\nentities:\n  ventas:\n    read: { files: v.jsonl }\n    "
        "write: { "
        "table: ventas }\n" +
            more + "    columns: { " + columns + " }\n",
        "/jobs");
    if (!job) return job.error().message;
    Schema source;
    source.fields = {Field{"v", Type{}}, Field{"", Type{}}};
    const auto plan = resolve_entity(*job, job->entities.at(0), source, nullptr);
    return plan ? std::string("fine") : plan.error().message;
  };
  const std::string refused =
      "Entity \"ventas\" has a column without a name in its files, and a table takes none.";
  EXPECT_EQ(planned_with("", "v: int64"), refused);
  EXPECT_EQ(planned_with("", "v: int64, origen: { constant: caja }"), refused);
  EXPECT_EQ(planned_with("    columns_only: true\n", "v: int64"), "fine");
}

}  // namespace
}  // namespace decant
