// How the planner cuts what is to be read into tasks.
#include "coordinator/plan/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "coordinator/plan/groups.h"
#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

// Of PostgreSQL, with rows on each day of a month.
std::vector<StoreCensus> census_of_a_table() {
  CensusExtent all;
  all.extent.kind = ExtentKind::kAll;
  all.extent.store = "tienda_1";
  all.extent.end_block = 1000;
  all.exact = true;
  for (int day = 1; day <= 31; ++day) all.cells.push_back(day_cell("tienda_1", day, 1000));
  return {{"tienda_1", {{}, {all}, {}}}};
}

TEST(Planner, ATableIsReadByBlocksAndWhatDiffersLaterByRange) {
  const Shop shop(1);
  PlanInput input = shop.input(census_of_a_table());
  const auto first = plan_entity(input);
  ASSERT_TRUE(first);
  std::int64_t next = 0;
  for (const Task& task : first->tasks) {
    ASSERT_EQ(task.extents.size(), 1U);
    EXPECT_EQ(task.extents[0].kind, ExtentKind::kBlocks);
    EXPECT_EQ(task.extents[0].begin_block, next);
    next = task.extents[0].end_block;
    EXPECT_EQ(task.chunks.size(), first->chunks.size());
  }
  EXPECT_EQ(next, INT64_MAX);
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks)
    input.ledger.push_back(recorded(chunk.spec, 1000));
  const auto second = plan_entity(input);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->tasks.empty());
  ASSERT_EQ(second->comparisons.size(), 1U);
  const Comparison& comparison = second->comparisons[0];
  EXPECT_EQ(comparison.whole.chunks.size(), first->chunks.size());
  EXPECT_TRUE(comparison.whole.extents.empty());
  EXPECT_EQ(comparison.whole.method, LoadMethod::kReplaceByKey);
  EXPECT_EQ(comparison.parts.size(), first->tasks.size());
  for (const std::vector<Extent>& part : comparison.parts)
    EXPECT_EQ(part.front().kind, ExtentKind::kBlocks);
  std::size_t chunks = 0;
  for (const Task& task : comparison.range_loads) {
    EXPECT_EQ(task.extents[0].kind, ExtentKind::kRange);
    EXPECT_EQ(task.extents[0].range.begin, task.chunks.front().spec.range.begin);
    EXPECT_EQ(task.extents[0].range.end, task.chunks.back().spec.range.end);
    chunks += task.chunks.size();
  }
  EXPECT_EQ(chunks, first->chunks.size());
  EXPECT_LE(comparison.range_loads.size(), (first->tasks.size() + 2) / 3)
      << "each reads the whole table where it has no index on its time";
  // Of a few days nobody reads the whole table.
  input.censuses[0].census.extents[0].extent.end_block = 0;
  const auto third = plan_entity(input);
  ASSERT_TRUE(third);
  EXPECT_TRUE(third->comparisons.empty());
  for (const Task& task : third->tasks) EXPECT_EQ(task.extents[0].kind, ExtentKind::kRange);
}

TEST(Planner, ATableComparedByBlocksKnowsTheChunksThatOthersAreLoading) {
  const Shop shop(1);
  PlanInput input = shop.input(census_of_a_table());
  const auto first = plan_entity(input);
  ASSERT_TRUE(first);
  ASSERT_GT(first->chunks.size(), 2U);
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks)
    input.ledger.push_back(recorded(chunk.spec, 1000));
  const auto second = plan_entity(input);
  ASSERT_TRUE(second);
  std::vector<bool> is_adopted(second->chunks.size(), false);
  is_adopted[1] = true;
  const auto work = make_copy_work(input, second->chunks, is_adopted);
  ASSERT_TRUE(work);
  ASSERT_EQ(work->comparisons.size(), 1U);
  const Task& whole = work->comparisons[0].whole;
  EXPECT_EQ(whole.chunks.size() + 1, second->chunks.size());
  ASSERT_EQ(whole.passed_over.size(), 1U);
  EXPECT_EQ(whole.passed_over[0].name(), second->chunks[1].spec.name());
}

// Stores whose months begin at other instants: a query can be cut only where no chunk of any of
// them crosses.
TEST(Planner, RangesAreCutWhereNoChunkOfAnyStoreCrosses) {
  std::vector<PlannedChunk> chunks;
  const auto add = [&](const std::string& store, std::int64_t begin, std::int64_t end) {
    PlannedChunk chunk;
    chunk.spec.slice = {"ventas", store, "2024-08"};
    chunk.spec.range = {begin, end};
    chunks.push_back(chunk);
  };
  add("utc", 100, 200);  // 0
  add("utc", 200, 300);  // 1
  add("tok", 91, 191);   // 2
  add("tok", 191, 250);  // 3
  add("tok", 250, 300);  // 4
  add("utc", 300, 400);  // 5
  add("tok", 410, 450);  // 6
  const std::vector<std::vector<std::size_t>> parts =
      overlapping_chunks(chunks, {0, 1, 2, 3, 4, 5, 6});
  EXPECT_EQ(parts, (std::vector<std::vector<std::size_t>>{{2, 0, 3, 1, 4}, {5}, {6}}));
  std::vector<bool> is_grouped(chunks.size(), false);
  std::vector<Group> groups;
  CensusResult census;
  census.extents.emplace_back().extent.tables = "16384";
  add_range_groups({"", census}, chunks, true, 1'000, is_grouped, groups);
  ASSERT_EQ(groups.size(), 2U) << "a gap ends a query";
  EXPECT_EQ(groups[0].extents[0].extent.range, (ValueRange{91, 400}));
  EXPECT_EQ(groups[1].extents[0].extent.range, (ValueRange{410, 450}));
  for (const Group& group : groups) EXPECT_EQ(group.extents[0].extent.tables, "16384");
}

// One file of 31 days that may be cut at `marks` places.
CensusExtent large_file(std::int64_t rows_per_day, int marks) {
  CensusExtent extent = file("tienda_1", "", 0);
  extent.extent.identity.size_bytes = 1'000'000;
  extent.exact = true;
  extent.cells.clear();
  for (int day = 1; day <= 31; ++day)
    extent.cells.push_back(day_cell("tienda_1", day, rows_per_day));
  for (int i = 1; i <= marks; ++i) {
    const std::int64_t byte = 1'000'000LL * i / (marks + 1);
    extent.marks.push_back({byte, byte, 1 + byte / 100});
  }
  return extent;
}

TEST(Planner, AFirstLoadOfALargeFileIsCutAtItsMarks) {
  const Shop shop(1);
  const auto work = plan_entity(shop.input({{"tienda_1", {{}, {large_file(1000, 50)}, {}}}}));
  ASSERT_TRUE(work);
  EXPECT_THAT(work->tasks, ::testing::SizeIs(::testing::Gt(8U)));
  std::int64_t next = 0;
  int record_empty = 0;
  for (const Task& task : work->tasks) {
    EXPECT_EQ(task.method, LoadMethod::kAppend);
    EXPECT_FALSE(task.chunks_are_complete);
    EXPECT_EQ(task.chunks.size(), work->chunks.size());
    record_empty += task.records_empty_chunks ? 1 : 0;
    ASSERT_EQ(task.extents.size(), 1U);
    const Extent& part = task.extents[0];
    EXPECT_EQ(part.kind, ExtentKind::kFilePart);
    EXPECT_EQ(part.begin.byte, next);
    EXPECT_EQ(part.begin.line, 1 + next / 100) << "a mark is a place of its own";
    next = part.end_byte;
  }
  EXPECT_EQ(next, 0) << "the last part goes up to the end of the file";
  EXPECT_EQ(record_empty, 1);
}

TEST(Planner, ALargeFileThatWasLoadedBeforeIsComparedBySums) {
  const Shop shop(1);
  PlanInput input = shop.input({{"tienda_1", {{}, {large_file(1000, 50)}, {}}}});
  const auto first = plan_entity(input);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->comparisons.empty());
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks)
    input.ledger.push_back(recorded(chunk.spec, 1000));
  for (const bool loading : {false, true}) {
    input.table_is_loading = loading;
    const auto second = plan_entity(input);
    ASSERT_TRUE(second);
    EXPECT_TRUE(second->tasks.empty());
    ASSERT_EQ(second->comparisons.size(), 1U);
    const Comparison& comparison = second->comparisons[0];
    EXPECT_EQ(comparison.whole.chunks.size(), second->chunks.size());
    EXPECT_TRUE(comparison.whole.chunks[0].prior);
    EXPECT_TRUE(comparison.whole.extents.empty());
    EXPECT_GT(comparison.parts.size(), 8U);
    EXPECT_EQ(comparison.most_rows_at_once >= 0, loading);
    EXPECT_EQ(comparison.whole.method,
              loading ? LoadMethod::kReplaceRange : LoadMethod::kReplaceByKey);
  }
}

// Days in one file each, months as chunks: they hang together, and are compared together.
TEST(Planner, ManyFilesThatFeedTheSameChunksAreComparedBySumsToo) {
  Shop shop(1);
  shop.job.chunk_rows = 100'000;
  std::vector<CensusExtent> days;
  for (int day = 1; day <= 31; ++day) {
    CensusExtent extent = file("tienda_1", "", 0);
    extent.extent.path += std::to_string(day);
    extent.cells = {{"tienda_1", "2024-08", {}, 20'000}};
    days.push_back(extent);
  }
  PlanInput input = shop.input({{"tienda_1", {{}, days, {}}}});
  const auto first = plan_entity(input);
  ASSERT_TRUE(first);
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks)
    input.ledger.push_back(recorded(chunk.spec, 100'000));
  const auto second = plan_entity(input);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->comparisons.size(), 1U);
  std::set<std::string> paths;
  for (const auto& part : second->comparisons[0].parts) {
    for (const Extent& extent : part) EXPECT_TRUE(paths.insert(extent.path).second);
  }
  EXPECT_EQ(paths.size(), 31U);
}

TEST(Planner, AFileWithoutMarksOrWithFewRowsStaysWhole) {
  const Shop shop(1);
  for (const CensusExtent& extent : {large_file(1000, 0), large_file(50, 50)}) {
    const auto work = plan_entity(shop.input({{"tienda_1", {{}, {extent}, {}}}}));
    ASSERT_TRUE(work);
    ASSERT_EQ(work->tasks.size(), 1U);
    EXPECT_EQ(work->tasks[0].extents, std::vector<Extent>{extent.extent});
    EXPECT_TRUE(work->tasks[0].chunks_are_complete);
    EXPECT_TRUE(work->tasks[0].records_empty_chunks);
  }
}

TEST(Tasks, AFileIsCutIntoPartsOfEqualSizeThatTouch) {
  const CensusExtent extent = large_file(1000, 99);
  const auto parts = cut_file(extent.extent, extent.marks, 4);
  ASSERT_EQ(parts.size(), 4U);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].kind, ExtentKind::kFilePart);
    EXPECT_EQ(parts[i].begin.byte, static_cast<std::int64_t>(i) * 250'000);
    EXPECT_EQ(parts[i].end_byte, i == 3 ? 0 : static_cast<std::int64_t>(i + 1) * 250'000);
  }
  EXPECT_EQ(cut_file(extent.extent, extent.marks, 1), std::vector<Extent>{extent.extent});
  EXPECT_EQ(cut_file(extent.extent, {}, 4), std::vector<Extent>{extent.extent});
  EXPECT_EQ(cut_file(extent.extent, {{999'999, 999'999, 1}}, 4).size(), 2U);
  EXPECT_EQ(cut_file(extent.extent, extent.marks, 1'000).size(), 100U);
}

// Whatever the census: chunks of a slice neither overlap nor leave a counted day out, every chunk
// is fed, and a task that calls its chunks complete has every file that holds rows of them.

TEST(Tasks, TheirSizeGivesEveryWorkerSeveralAndStaysBounded) {
  EXPECT_EQ(rows_per_task(1'000'000'000, 50'000, 2), 1'000'000);
  EXPECT_EQ(rows_per_task(100, 50'000, 2), 50'000);
  EXPECT_EQ(rows_per_task(3'600'000, 50'000, 3), 200'000);
}

}  // namespace
}  // namespace decant
