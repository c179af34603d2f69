// Texts that are read as dates: what is refused before a row of them is read.
#include <gtest/gtest.h>

#include "common/job/entity_plan.h"

namespace decant {
namespace {

// What is said of an entity that reads v.csv with a column v; `read` and `columns` in YAML.
std::string said(const std::string& read, const std::string& columns) {
  const auto job =
      parse_job("job: j\ntarget: duckdb:x.db\nentities:\n  e:\n    read: { files: v.csv" + read +
                    " }\n    write: { table: e }\n    columns: { v: " + columns + " }\n",
                "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
  if (!job) return {};
  Schema source;
  source.fields = {{"id", Type{}, true}, {"v", Type{}, true}};
  const auto plan = resolve_entity(*job, job->entities.at(0), source, nullptr);
  return plan ? std::string("nothing") : plan.error().message;
}

TEST(DateFormats, ThatAreNoneOfTheColumnsTypeAreRefused) {
  EXPECT_EQ(said("", "{ type: date, date_format: \"%m-%d\" }"),
            "The date format \"%m-%d\" of the column v leaves out the year.");
  const std::string of_dates = ", date_format: \"%d/%m/%Y\"";
  EXPECT_EQ(said(of_dates, "time"),
            "The date format \"%d/%m/%Y\" of the column v has the year, which a time of day cannot "
            "keep.");
  EXPECT_EQ(said(of_dates, "{ type: time, date_format: \"%H:%M\" }"), "nothing");
  EXPECT_EQ(said(of_dates, "date"), "nothing");
  EXPECT_EQ(said(", date_format: \"%Q\"", "text"), "nothing");
}

TEST(DateFormats, OfAColumnThatStaysATextAreRefused) {
  const std::string format = "date_format: \"%d/%m/%Y\"";
  EXPECT_EQ(said("", "{ " + format + " }"),
            "Column \"v\" has \"date_format\" and is text, which nothing reads by it.");
  EXPECT_EQ(said("", "{ type: int64, " + format + " }"),
            "Column \"v\" has \"date_format\" and is int64, which nothing reads by it.");
  EXPECT_EQ(said("", "{ constant: \"a\", " + format + " }"),
            "Column \"v\" has \"date_format\" and is text, which nothing reads by it.");
  EXPECT_EQ(said("", "{ constant: \"01/02/2024\", type: date, " + format + " }"), "nothing");
}

TEST(DateFormats, ATimeThatCutsRangesMayNotBeRoundedIntoTheNextMonth) {
  EXPECT_NE(said(", time: v", "{ type: timestamp, lossy: round }"), "nothing");
  EXPECT_EQ(said(", time: v", "{ type: timestamp, lossy: truncate }"), "nothing");
  EXPECT_EQ(said(", time: v", "{ type: date, lossy: round }"), "nothing");
}

}  // namespace
}  // namespace decant
