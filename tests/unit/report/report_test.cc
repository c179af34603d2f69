#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coordinator/report/report.h"

namespace decant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RunReport small_report() {
  RunReport report;
  report.run.run = RunId("20250301T000000Z-k3f9");
  report.run.job = "ventas";
  report.target = {"DuckDB 1.4.4", "", "ventas.duckdb", ""};
  ChunkEvidence chunk;
  chunk.chunk.slice = {"ventas", "tienda_01", "2025-02"};
  chunk.rows_read = 1;
  chunk.accepted.digest.add({1, 2, 3, 4});
  chunk.accepted.sums.resize(1);
  EXPECT_TRUE(chunk.accepted.sums[0].add_text("106704534.70741234567890123456789"));
  chunk.loaded = chunk.target = chunk.accepted;
  chunk.has_target = true;
  report.reconciliation.entities.push_back(
      reconcile_entity({"ventas", {"total"}, {chunk}, VerifyLevel::kDigests, 0, 0, false},
                       report.reconciliation.differences));
  report.chunks_loaded = 1;
  report.rows_inserted = 1;
  return report;
}

TEST(Report, TheJsonKeepsSumsAsExactTextAndDigestsWhole) {
  const auto json = nlohmann::json::parse(report_json(small_report()));
  EXPECT_EQ(json["format_version"], 1);
  EXPECT_EQ(json["equal"], true);
  EXPECT_EQ(json["verified_at_level"], "digests");
  const auto& slice = json["entities"][0]["slices"][0];
  EXPECT_EQ(slice["slice"], "ventas/tienda_01/2025-02");
  EXPECT_EQ(slice["source"]["control_sums"]["total"], "106704534.70741234567890123456789");
  EXPECT_EQ(slice["source"]["digest"].get<std::string>().size(), 64U);
  EXPECT_EQ(slice["source"], slice["target"]);
}

TEST(Report, TheTextEndsWithTheVerdictAndIsColouredOnlyWhenAsked) {
  const std::string plain = report_text(small_report(), false);
  EXPECT_THAT(plain, HasSubstr("Reconciled at level digests: 1 slice, 1 row, 0 differences.\n"));
  EXPECT_THAT(plain, Not(HasSubstr("\033")));
  EXPECT_THAT(report_text(small_report(), true), HasSubstr("\033[1;32m"));
}

// Their task loaded nothing, so that no chunk accounts for them.
TEST(Report, RejectsOfATaskThatMetTooManyAreCounted) {
  RunReport report = small_report();
  report.rejects.push_back({"ventas", "tienda_01", 1'462, {}});
  EXPECT_THAT(report_text(report, false), HasSubstr(" 1,462 rejected;"));
}

// Neither "differs" nor "0 rows": nobody has looked.
TEST(Report, WhatARunDidNotGetToIsNamedAsThat) {
  RunReport report = small_report();
  ChunkEvidence late;
  late.chunk.slice = {"ventas", "tienda_02", "2025-02"};
  late.in_source = false;
  late.loaded.sums.resize(1);
  ChunkEvidence before = late;
  before.chunk.slice.store = "tienda_03";
  before.was_loaded = true;
  report.reconciliation = {};
  report.reconciliation.entities.push_back(
      reconcile_entity({"ventas", {"total"}, {late, before}, VerifyLevel::kDigests, 0, 0, false},
                       report.reconciliation.differences));
  const std::string text = report_text(report, false);
  EXPECT_THAT(text, HasSubstr("not loaded yet"));
  EXPECT_THAT(text, HasSubstr("not compared"));
  EXPECT_THAT(text, HasSubstr("not read"));
  EXPECT_THAT(text, HasSubstr("not complete"));
  const auto json = nlohmann::json::parse(report_json(report));
  EXPECT_EQ(json["entities"][0]["total"]["not_loaded_chunks"], 1);
  EXPECT_EQ(json["entities"][0]["total"]["not_compared_chunks"], 1);
  EXPECT_EQ(json["equal"], false);
}

TEST(Report, TheFirstRejectsAreNamedWithTheirPlace) {
  RunReport report = small_report();
  Reject reject;
  reject.source = "tienda_01_2025-02.csv";
  reject.place.line = 17;
  reject.column = "total";
  reject.rule = "type";
  reject.reason = "total: \"12,3x\" is not a decimal number.";
  reject.original = "12,3x";
  report.rejects.push_back({"ventas", "tienda_01", 1'200, {reject}});
  EXPECT_THAT(report_text(report, false),
              HasSubstr("rejects  ventas of tienda_01: 1,200 rows, the first are:\n"
                        "           tienda_01_2025-02.csv:17: total: \"12,3x\" is not"));
  const auto json = nlohmann::json::parse(report_json(report));
  report.rejects[0].first[0] = {
      {}, {}, {}, "unique", "Its key is there already.", "7 | 2024-01-02"};
  EXPECT_THAT(report_text(report, false),
              HasSubstr("           7 | 2024-01-02: Its key is there already.\n"));
  const auto& first = json["rejects"][0]["first"][0];
  EXPECT_EQ(json["rejects"][0]["rows"], 1'200);
  EXPECT_EQ(first["source"], "tienda_01_2025-02.csv");
  EXPECT_EQ(first["line"], 17);
  EXPECT_EQ(first["rule"], "type");
  EXPECT_EQ(first["original"], "12,3x");
}

TEST(Report, AnErrorIsNotHiddenBehindZeroDifferences) {
  RunReport report = small_report();
  report.errors.push_back(
      {ErrorCode::kUnreachable, "tienda_02 does not answer.", "Look at the VPN.", {}, {}});
  const std::string text = report_text(report, true);
  EXPECT_THAT(text, HasSubstr("error    tienda_02 does not answer. Look at the VPN."));
  EXPECT_THAT(text, HasSubstr("the run is not complete"));
  EXPECT_THAT(text, Not(HasSubstr("\033[1;32m")));
}

TEST(Report, OfARunThatIsNotCompleteSaysSoAndDoesNotCallItEqual) {
  RunReport report = small_report();
  report.run.state = "interrupted";
  EXPECT_EQ(nlohmann::json::parse(report_json(report))["equal"], nullptr);
  const std::string text = report_text(report, true);
  EXPECT_THAT(text, HasSubstr("Reconciled in part, at level "));
  EXPECT_THAT(text, HasSubstr("0 differences; the run is not complete."));
  EXPECT_THAT(text, Not(HasSubstr("\033[1;32m")));
  report.reconciliation.differences.push_back(
      {DifferenceKind::kKeyRefused, {"ventas", {}, {}}, {}, "2 keys are there more than once."});
  EXPECT_EQ(nlohmann::json::parse(report_json(report))["equal"], false);
}

TEST(Report, ALineOfTheCompletionLogIsOneJsonObjectWithTheFieldsThatOperatorsKnow) {
  ChunkLogLine line;
  line.chunk = "ventas/tienda_01/2025-02/001";
  line.state = "loaded";
  line.task = 12;
  line.rows = 7;
  line.times.load_ms = 3;
  const std::string text = chunk_log_json(line);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(text);
  for (const char* field : {"time", "run", "chunk", "store", "month", "entity", "state", "rows",
                            "rejects", "ms", "worker", "digest"}) {
    EXPECT_TRUE(json.contains(field)) << field;
  }
  EXPECT_EQ(json["ms"]["load"], 3);
  EXPECT_EQ(json["task"], 12);
}

TEST(Report, BytesThatAreNoUtf8DoNotBreakTheJson) {
  ChunkLogLine line;
  line.error = "bad \xff byte";
  EXPECT_TRUE(nlohmann::json::accept(chunk_log_json(line)));
}

TEST(Report, RowsThatOnlyTheLedgerVouchesForAreCalledTheLedgers) {
  RunReport report = small_report();
  EXPECT_THAT(report_text(report, false), HasSubstr("target rows"));
  report.reconciliation.level = VerifyLevel::kLedger;
  const std::string text = report_text(report, false);
  EXPECT_THAT(text, HasSubstr("ledger rows"));
  EXPECT_THAT(text, Not(HasSubstr("target rows")));
}

TEST(Report, ARunThatFoundDifferencesSaysWhatMendsThem) {
  RunReport report = small_report();
  report.how_to_continue = "Reset it.";
  EXPECT_THAT(report_text(report, false), Not(HasSubstr("Reset it.")));
  report.run.state = "differs";
  EXPECT_THAT(report_text(report, false), HasSubstr("go on    Reset it.\n"));
}

}  // namespace
}  // namespace decant
