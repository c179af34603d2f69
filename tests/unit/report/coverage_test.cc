#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "coordinator/report/coverage.h"
#include "coordinator/report/report.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ChunkRecord month(const std::string& store, const std::string& period, std::int64_t rows,
                  std::int64_t batches = 1) {
  ChunkRecord chunk;
  chunk.spec.slice = {"ventas", store, period};
  chunk.loaded.digest.row_count = rows;
  chunk.batch_count = batches;
  return chunk;
}

JobSpec three_stores() {
  JobSpec job;
  job.name = "ventas";
  StoreSpec old, late, closed;
  old.name = "tienda_01";
  old.label = "MAÑONGO";
  late.name = "tienda_16";
  late.opened = CivilDate{2025, 3, 1};
  closed.name = "tienda_18";
  closed.active = false;
  job.stores = {old, late, closed};
  EntitySpec entity;
  entity.name = "ventas";
  job.entities = {entity};
  return job;
}

Coverage coverage_of(const std::vector<ChunkRecord>& chunks, const std::string& from = "",
                     const std::string& to = "") {
  const JobSpec job = three_stores();
  return make_coverage(job, job.entities[0], chunks, {*parse_day_range(from, to), {}, false});
}

TEST(Coverage, AMonthCenturiesAwayIsCountedAndNamedAndMakesNoColumns) {
  const Coverage coverage =
      coverage_of({month("tienda_01", "2025-01", 10), month("tienda_01", "2025-02", 20),
                   month("tienda_01", "9999-12", 5), month("tienda_16", "0001-01", 1)});
  EXPECT_THAT(coverage.months, ElementsAre("2025-01", "2025-02"));
  EXPECT_THAT(coverage.months_apart, ElementsAre("0001-01", "9999-12"));
  EXPECT_EQ(coverage.rows, 36);
  EXPECT_EQ(coverage.stores[0].rows, 35);
  EXPECT_THAT(coverage_text(coverage, false, 200),
              HasSubstr("apart      rows of 0001-01, 9999-12"));
}

TEST(Coverage, AStoreThatCouldNotBeReadMissesNothing) {
  const JobSpec job = three_stores();
  const Coverage coverage = make_coverage(
      job, job.entities[0], {month("tienda_01", "2025-02", 10), month("tienda_16", "2025-04", 5)},
      {{}, {}, false, {"tienda_16"}});
  EXPECT_THAT(coverage.stores[1].missing, ElementsAre());
  EXPECT_THAT(coverage.stores[1].not_read, ElementsAre("2025-03"));
  EXPECT_EQ(coverage.stores[1].cells[0].state, CoverageCell::State::kNotOpen);
  EXPECT_THAT(coverage.stores[0].missing, ElementsAre("2025-03", "2025-04"));
  EXPECT_THAT(coverage_text(coverage, false, 200), HasSubstr("not read   tienda_16: 2025-03\n"));
  EXPECT_THAT(coverage_json(coverage), HasSubstr("\"not read\""));
  EXPECT_THAT(coverage_html(coverage), HasSubstr("Months not read"));
}

TEST(Coverage, MonthsHaveAHeadingHoweverNarrowTheTerminalIs) {
  std::vector<ChunkRecord> chunks;
  for (const char* period : {"2024-11", "2024-12", "2025-01", "2025-02", "2025-03", "2025-04"})
    chunks.push_back(month("tienda_01", period, 10));
  // 38 columns are taken by what stands before the months.
  const auto heading = [&](int columns) {
    const std::string text = coverage_text(coverage_of(chunks), false, columns);
    const std::size_t begin = text.find('\n') + 1;
    return text.substr(begin, text.find("tienda_01") - begin);
  };
  const std::string blank(9 + 2 + 7 + 2 + 11 + 2 + 4, ' ');
  const std::string left = "store      label           rows     %";
  EXPECT_EQ(heading(60), left + " 2024  2025\n" + blank + " 11 12 01 02 03 04\n");
  EXPECT_EQ(heading(40),
            left + "     2025\n" + blank + " 1 1 0 0 0 0\n" + blank + " 1 2 1 2 3 4\n");
}

TEST(Coverage, PercentagesCountTheMonthsSinceOpening) {
  const Coverage coverage =
      coverage_of({month("tienda_01", "2025-01", 10), month("tienda_01", "2025-02", 20),
                   month("tienda_01", "2025-04", 5), month("tienda_16", "2025-03", 7),
                   month("tienda_16", "2025-04", 7)});
  EXPECT_THAT(coverage.months, ElementsAre("2025-01", "2025-02", "2025-03", "2025-04"));
  EXPECT_EQ(coverage.stores[0].months_with_rows, 3);
  EXPECT_EQ(coverage.stores[0].months_expected, 4);
  EXPECT_THAT(coverage.stores[0].missing, ElementsAre("2025-03"));
  EXPECT_EQ(coverage.stores[1].months_expected, 2);
  EXPECT_EQ(coverage.stores[1].cells[0].state, CoverageCell::State::kNotOpen);
  EXPECT_EQ(coverage.rows, 49);
  EXPECT_EQ(coverage.active_stores, 2);
  EXPECT_EQ(coverage.configured_stores, 3);
  EXPECT_EQ(coverage.mean_rows_per_month, 12);
}

TEST(Coverage, AMonthWithAChunkThatIsNotLoadedIsPartial) {
  const Coverage coverage =
      coverage_of({month("tienda_01", "2025-01", 10), month("tienda_01", "2025-01", 0, 0)});
  EXPECT_EQ(coverage.stores[0].cells[0].state, CoverageCell::State::kPartial);
}

// January 2025 is the days 9132 to 9162 since 2000.
ChunkRecord days(int number, std::int64_t begin, std::int64_t end, std::int64_t unit = 1) {
  ChunkRecord chunk = month("tienda_01", "2025-01", 10);
  chunk.spec.number = number;
  chunk.spec.range = {begin * unit, end * unit};
  return chunk;
}

TEST(Coverage, AMonthOfWhichSomeDaysWereLoadedIsPartial) {
  using State = CoverageCell::State;
  constexpr std::int64_t k_us_per_day = 86'400'000'000;
  const auto state = [](const std::vector<ChunkRecord>& chunks) {
    return coverage_of(chunks).stores[0].cells[0].state;
  };
  for (const std::int64_t unit : {std::int64_t{1}, k_us_per_day}) {
    EXPECT_EQ(state({days(1, 9132, 9163, unit)}), State::kComplete);
    EXPECT_EQ(state({days(2, 9140, 9163, unit), days(1, 9132, 9140, unit)}), State::kComplete);
    EXPECT_EQ(state({days(1, 9141, 9147, unit)}), State::kPartial);
    EXPECT_EQ(state({days(1, 9132, 9140, unit), days(2, 9141, 9163, unit)}), State::kPartial);
  }
  ChunkRecord spring = days(1, 9132, 9163, k_us_per_day);
  *spring.spec.range.end -= k_us_per_day / 24;
  EXPECT_EQ(state({spring}), State::kComplete) << "clocks put forward within the month";
}

TEST(Coverage, WhatIsPlannedAndNotLoadedIsNotCalledMissing) {
  const Coverage coverage =
      coverage_of({month("tienda_01", "2025-01", 10), month("tienda_01", "2025-02", 0, 0),
                   month("tienda_01", "2025-03", 0, 0), month("tienda_01", "2025-05", 4)});
  EXPECT_THAT(coverage.stores[0].missing, ElementsAre("2025-04"));
  EXPECT_THAT(coverage.stores[0].not_loaded, ElementsAre("2025-02", "2025-03"));
  EXPECT_EQ(coverage_percentage(coverage.stores[0]), 40);
  EXPECT_THAT(coverage_text(coverage, false, 200),
              HasSubstr("not loaded tienda_01 (MAÑONGO): 2025-02, 2025-03\n"));
  EXPECT_THAT(coverage_html(coverage), HasSubstr("0 rows, not loaded"));
}

TEST(Coverage, PlannedMonthsAtTheEndsBelongToTheGrid) {
  ChunkRecord first = month("tienda_01", "2024-09", 0, 0);
  ChunkRecord last = month("tienda_16", "2025-04", 0, 0);
  first.spec.estimated_rows = last.spec.estimated_rows = 58'000;
  const std::vector<ChunkRecord> chunks = {first, month("tienda_01", "2024-10", 10), last};
  const Coverage coverage = coverage_of(chunks);
  EXPECT_EQ(coverage.months.front(), "2024-09");
  EXPECT_EQ(coverage.months.back(), "2025-04");
  EXPECT_THAT(coverage.stores[0].not_loaded, ElementsAre("2024-09"));
  EXPECT_THAT(coverage.stores[1].not_loaded, ElementsAre("2025-04"));
  EXPECT_THAT(coverage_of(chunks, "2024-10", "2025-03").months.size(), 6U);
  EXPECT_THAT(coverage_of(chunks, "2024-10").months.front(), "2024-10");
}

TEST(Coverage, APlannedMonthCenturiesAwayMakesNoColumns) {
  ChunkRecord never = month("tienda_01", "9999-12", 0, 0);
  never.spec.estimated_rows = 3;
  const Coverage coverage = coverage_of({month("tienda_01", "2025-01", 10), never});
  EXPECT_THAT(coverage.months, ElementsAre("2025-01"));
  EXPECT_THAT(coverage.months_apart, ElementsAre());
}

TEST(Coverage, AStoreThatTheJobListsNoMoreIsShownAndNotCounted) {
  ChunkRecord waiting = month("gone", "2024-06", 0, 0);
  waiting.spec.estimated_rows = 5;
  const std::vector<ChunkRecord> chunks = {month("gone", "2025-01", 10),
                                           month("tienda_01", "2025-01", 10), waiting};
  const Coverage coverage = coverage_of(chunks);
  EXPECT_EQ(coverage.months.front(), "2025-01") << "nobody waits for its other months";
  EXPECT_EQ(coverage.active_stores, 2);
  EXPECT_EQ(coverage.configured_stores, 3);
  EXPECT_FALSE(coverage.stores.back().active);
  EXPECT_EQ(coverage.rows, 20);
  JobSpec job = three_stores();
  job.store_from_column = "shop";
  EXPECT_EQ(make_coverage(job, job.entities[0], chunks, {}).active_stores, 3);
}

TEST(Coverage, OfSomeStoresSaysNothingOfTheOthers) {
  const JobSpec job = three_stores();
  const Coverage coverage =
      make_coverage(job, job.entities[0],
                    {month("tienda_01", "2025-01", 10), month("tienda_16", "2025-03", 7),
                     month("F", "2025-03", 1)},
                    {{}, {"tienda_16"}, false});
  ASSERT_EQ(coverage.stores.size(), 1U);
  EXPECT_EQ(coverage.stores[0].store, "tienda_16");
  EXPECT_THAT(coverage.months, ElementsAre("2025-01", "2025-02", "2025-03"));
  EXPECT_EQ(coverage.stores[0].cells[2].rows, 7);
  EXPECT_EQ(coverage.rows, 7);
  EXPECT_EQ(coverage.configured_stores, 3);
}

TEST(Coverage, NamesMonthsInOrderAndJoinsNeighbours) {
  EXPECT_EQ(months_text({}), "");
  EXPECT_EQ(months_text({"2024-12", "2025-01"}), "2024-12, 2025-01");
  EXPECT_EQ(months_text({"2024-01", "2024-11", "2024-12", "2025-01", "2025-03"}),
            "2024-01, 2024-11 .. 2025-01, 2025-03");
}

TEST(Coverage, ListsTheMonthsOfTwentyStoresAndCountsTheRest) {
  std::vector<ChunkRecord> chunks = {month("z", "2025-02", 1)};
  for (int i = 0; i < 30; ++i) chunks.push_back(month("s" + std::to_string(i), "2025-01", 1));
  JobSpec job = three_stores();
  job.store_from_column = "shop";  // else s0 to z would be stores that the job has let go of
  const std::string text =
      coverage_text(make_coverage(job, job.entities[0], chunks, {}), false, 200);
  // tienda_01 misses both, s0 to s29 the second, z the first; tienda_16 opens later.
  EXPECT_THAT(text, HasSubstr("missing    … and months of 12 more stores"));
}

TEST(Coverage, AClosedRangeShowsItsMonthsThoughNoneHasRows) {
  const Coverage coverage = coverage_of({}, "2025-01", "2025-03");
  EXPECT_EQ(coverage.months.size(), 3U);
  EXPECT_EQ(coverage.stores[0].missing.size(), 3U);
}

TEST(Coverage, StoresThatOnlyTheLedgerKnowsFollow) {
  const Coverage coverage = coverage_of({month("France", "2025-01", 1)});
  EXPECT_EQ(coverage.stores.back().store, "France");
}

TEST(Coverage, LinesUpWhateverTheAlphabetAndFitsTheTerminal) {
  std::vector<ChunkRecord> chunks;
  for (int m = 1; m <= 12; ++m) chunks.push_back(month("tienda_01", format_month(2025, m), 45'200));
  for (const int columns : {80, 100, 140, 200}) {
    const std::string text = coverage_text(coverage_of(chunks), false, columns);
    std::size_t begin = text.find('\n') + 1;
    int width = -1;
    for (int row = 0; row < 2; ++row) {  // the heading and the first store
      const std::size_t end = text.find('\n', begin);
      const int here = display_width(text.substr(begin, end - begin));
      EXPECT_LE(here, columns);
      width = std::max(width, here);
      begin = end + 1;
    }
    EXPECT_GT(width, 40);
  }
  EXPECT_THAT(coverage_text(coverage_of(chunks), false, 200), HasSubstr("45.2k"));
  EXPECT_THAT(coverage_text(coverage_of(chunks), false, 80), HasSubstr("█"));
}

TEST(Coverage, ThePageEscapesNamesAndTheJsonHasEveryCell) {
  const Coverage coverage = coverage_of({month("<b>&", "2025-01", 3)});
  EXPECT_THAT(coverage_html(coverage), HasSubstr("&lt;b&gt;&amp;"));
  const auto json = nlohmann::json::parse(coverage_json(coverage));
  EXPECT_EQ(json["stores"].back()["cells"][0]["rows"], 3);
  EXPECT_EQ(json["stores"][0]["cells"][0]["state"], "missing");
}

TEST(TextTable, CutsAndFillsByCellsOfTheTerminal) {
  EXPECT_EQ(display_width("MAÑONGO"), 7);
  EXPECT_EQ(fit("MAÑONGO", 9), "MAÑONGO  ");
  EXPECT_EQ(fit("MAÑONGO", 4), "MAÑ…");
  EXPECT_EQ(fit("12", 4, true), "  12");
  EXPECT_EQ(fit("ab", 1), "…");
  EXPECT_EQ(fit("an\u0303o nuevo", 5), "an\u0303o …");
  EXPECT_EQ(display_width(fit(std::string(5'000'000, 'x'), 40)), 40) << "in no time";
}

TEST(TextTable, CountsInWordsAndGroupsDigits) {
  EXPECT_EQ(counted(1, "month"), "1 month");
  EXPECT_EQ(counted(1'200, "batch", "batches"), "1,200 batches");
  EXPECT_EQ(group_decimal("106704534.7074"), "106,704,534.7074");
  EXPECT_EQ(group_decimal("-1000"), "-1,000");
  EXPECT_EQ(group_decimal("-999.5000"), "-999.5000");
  EXPECT_EQ(group_decimal("0"), "0");
  EXPECT_EQ(group_decimal("NaN"), "NaN");
}

TEST(TextTable, AbbreviatesWithoutEverShowingAThousandThousands) {
  EXPECT_EQ(abbreviate(999), "999");
  EXPECT_EQ(abbreviate(45'249), "45.2k");
  EXPECT_EQ(abbreviate(999'949), "999.9k");
  EXPECT_EQ(abbreviate(999'950), "1.0M");
  EXPECT_EQ(format_duration(4'250), "4.2 s");
  EXPECT_EQ(format_duration(192'000), "3 min 12 s");
}

TEST(Progress, SaysHowLongItWillTakeAndNeverExceedsTheTerminal) {
  ProgressView view;
  view.phase = "copy ventas";
  view.tasks = 20;
  view.tasks_done = 5;
  view.rows = 500'000;
  view.rows_expected = 2'000'000;
  view.rows_per_second = 100'000;
  view.workers = 3;
  EXPECT_EQ(progress_line(view, 120),
            "copy ventas  5/20 tasks  500,000 rows  100.0k/s  ETA 15.0 s  3 workers");
  EXPECT_EQ(display_width(progress_line(view, 30)), 30);
  EXPECT_EQ(progress_line(view, 120, false),
            "copy ventas  5/20 tasks  100.0k/s  ETA 15.0 s  3 workers");
  view.slowest_store = "tienda_07";
  view.slowest_reason = "400,000 rows left in 4 tasks";
  EXPECT_THAT(progress_line(view, 120),
              HasSubstr("  slowest tienda_07 (400,000 rows left in 4 tasks)"));
}

TEST(Progress, APhaseOfTheTargetsOwnShowsItsRowsOrHowLongItHasTaken) {
  ProgressView view;
  EXPECT_EQ(view.phase, "starting");
  view.phase = "keys ventas";
  view.needs_workers = false;
  view.elapsed_ms = 12'000;
  view.workers = 3;
  EXPECT_EQ(progress_line(view, 120), "keys ventas  12.0 s");
  view.phase = "read-back ventas";
  view.rows = 500'000;
  view.rows_expected = 2'000'000;
  view.rows_per_second = 100'000;
  EXPECT_EQ(progress_line(view, 120),
            "read-back ventas  500,000 rows  100.0k/s  ETA 15.0 s  12.0 s");
  view = {};
  view.phase = "checks";
  view.needs_workers = false;
  view.tasks = 5;
  view.tasks_done = 2;
  view.elapsed_ms = 1'000;
  EXPECT_EQ(progress_line(view, 120), "checks  2/5 done  1.0 s");
}

TEST(Progress, TasksThatNobodyWorksAtSayWhatTheyWaitFor) {
  ProgressView view;
  view.phase = "census";
  view.tasks = 17;
  EXPECT_EQ(progress_line(view, 120), "census  0/17 tasks  0 rows  waiting for workers");
}

TEST(Progress, WhatTheLedgerKeepsIsTheSameView) {
  ProgressView view;
  view.phase = "copy \"ventas\"";
  view.tasks = 20;
  view.rows = 3;
  view.rows_per_second = 1.5;
  view.workers = 2;
  view.needs_workers = false;
  view.slowest_store = "tienda_07";
  view.slowest_reason = "after 2 attempts: gone";
  const auto again = progress_from_json(progress_json(view));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(progress_json(*again), progress_json(view));
  EXPECT_FALSE(progress_from_json("").has_value());
  EXPECT_FALSE(progress_from_json("[1]").has_value());
}

}  // namespace
}  // namespace decant
