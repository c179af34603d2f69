#include "common/job/column_options.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

// Before a table is made for it. What hangs on a store is the worker's to judge.
TEST(Constants, ThatAreNoneOfTheirTypeAreRefusedInThePlan) {
  const auto planned_constant = [](const std::string& type, const std::string& text) {
    const auto job = parse_job(
        "job: j\ntarget: duckdb:x.db\nstores: { a: { nr: x } }\nentities:\n  ventas:\n    read: { "
        "files: v.csv }\n    write: { table: ventas }\n    columns: { c: { type: \"" +
            type + "\", constant: \"" + text + "\" } }\n",
        "/jobs");
    if (!job) return job.error().message;
    Schema source;
    source.fields = {Field{"v", Type{}}};
    const auto plan = resolve_entity(*job, job->entities.at(0), source, nullptr);
    return plan ? std::string("fine") : plan.error().message;
  };
  EXPECT_EQ(planned_constant("int16", "70000"),
            "ventas: the constant \"70000\" is no int16 for c.");
  EXPECT_EQ(planned_constant("date", "2024-02-30"),
            "ventas: the constant \"2024-02-30\" is no date for c.");
  for (const char* fine : {"7", "-32768", ""}) EXPECT_EQ(planned_constant("int16", fine), "fine");
  EXPECT_EQ(planned_constant("int16", "{nr}"), "fine");
  EXPECT_EQ(planned_constant("decimal(4,2)", "1.125"),
            "ventas: the constant \"1.125\" is no decimal(4,2) for c.");
}

}  // namespace
}  // namespace decant
