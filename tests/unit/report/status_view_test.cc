#include "coordinator/report/status_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coordinator/report/run_summary.h"

namespace decant {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

StatusView failed_view() {
  RunReport report;
  report.errors = {{ErrorCode::kUnreachable, "The folder is not there.", "Mount it."},
                   {ErrorCode::kUnreachable, "The folder is not there.", "Mount it."},
                   {ErrorCode::kDataRefused, "A quote is open.", ""}};
  report.errors[0].place.store = "north";
  report.errors[1].place.store = "south";
  report.reconciliation.differences = {{DifferenceKind::kCountDiffers, {}, {}, "one row less"},
                                       {DifferenceKind::kCountDiffers, {}, {}, "two rows less"}};
  StatusView view;
  view.job = "ventas";
  view.run.run = RunId("20250301T000000Z-k3f9");
  view.run.state = "failed";
  view.run.command = "decant run ventas.yaml";
  view.run.coordinator = "till:77@0123-pid:[1]";
  view.run.started_at = "2025-03-01T00:00:00Z";
  view.run.summary = summary_json(summary_of(report));
  EntityCounts counts;
  counts.entity = "ventas";
  counts.chunks = 4;
  counts.loaded = 3;
  counts.rows = 1200;
  view.entities = {counts};
  return view;
}

TEST(StatusText, ARunThatFailedSaysWhyLongAfterwards) {
  const std::string text = status_text(failed_view(), 100);
  EXPECT_THAT(text, HasSubstr("run 20250301T000000Z-k3f9 of ventas: failed"));
  EXPECT_THAT(text, HasSubstr("command  decant run ventas.yaml\n"));
  EXPECT_THAT(text,
              HasSubstr("error    stores north, south: The folder is not there. Mount it.\n"));
  EXPECT_THAT(text, HasSubstr("error    A quote is open.\n"));
  EXPECT_THAT(text, HasSubstr("differs  one row less\ndiffers  … and 1 more, in its report\n"));
  EXPECT_THAT(text, HasSubstr("  ventas: 3 of 4 chunks loaded, 1,200 rows\n"));
}

TEST(StatusText, TheProcessIsNamedAsPeopleKnowIt) {
  const std::string text = status_text(failed_view(), 100);
  EXPECT_THAT(text, HasSubstr(" on till:77\n"));
  EXPECT_THAT(text, Not(HasSubstr("0123")));
}

TEST(StatusText, ARunOfWhichNoSummaryIsKeptIsShownWithoutOne) {
  StatusView view = failed_view();
  for (const char* summary : {"", "[]", "{\"errors\": 3, \"differences\": \"x\"}", "{"}) {
    view.run.summary = summary;
    const std::string text = status_text(view, 100);
    EXPECT_THAT(text, Not(HasSubstr("error  ")));
    EXPECT_THAT(text, Not(HasSubstr("differs")));
  }
}

TEST(StatusText, ARunWhoseCoordinatorDiedIsToGoOn) {
  StatusView view = failed_view();
  view.run.state = "running";
  view.died = true;
  const std::string text = status_text(view, 100);
  EXPECT_THAT(text, HasSubstr("its coordinator has died"));
  EXPECT_THAT(text, HasSubstr("The same `decant run` command goes on"));
}

TEST(StatusJson, HoldsTheReasonsOfEachRun) {
  StatusView view = failed_view();
  view.earlier = {view.run};
  const auto json = nlohmann::json::parse(status_json(view));
  for (const auto& run : {json, json["earlier"][0]}) {
    EXPECT_EQ(run["errors"].size(), 2U);
    EXPECT_EQ(run["differences"], 2);
    EXPECT_EQ(run["first_difference"], "one row less");
  }
  EXPECT_EQ(json["live"], false);
  EXPECT_EQ(json["entities"][0]["loaded"], 3);
}

TEST(RunSummary, KeepsTheFirstTenReasonsAndCountsTheOthers) {
  RunReport report;
  for (int i = 0; i < 13; ++i)
    report.errors.push_back({ErrorCode::kDataRefused, "reason " + std::to_string(i), ""});
  report.chunks_failed = 13;
  const RunSummary summary = summary_from_json(summary_json(summary_of(report)));
  EXPECT_EQ(summary.errors.size(), 10U);
  EXPECT_EQ(summary.errors.front(), "reason 0");
  EXPECT_EQ(summary.more_errors, 3);
  EXPECT_EQ(summary.chunks_failed, 13);
}

TEST(RunSummary, OfARunThatWentWellHoldsNoReason) {
  EXPECT_THAT(summary_from_json(summary_json(summary_of(RunReport()))).errors, IsEmpty());
}

}  // namespace
}  // namespace decant
