// Halves of tasks, and of what they read.
#include "coordinator/plan/halves.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

std::int64_t month_begin(int month) { return days_from_civil({2024, month, 1}) * k_us_per_day; }

TaskChunk chunk(int month, const std::string& store = "tienda_1") {
  TaskChunk out;
  out.spec.slice = {"ventas", store, format_month(2024, month)};
  out.spec.range = {month_begin(month), month_begin(month + 1)};
  return out;
}

TaskChunk undated(const std::string& store = "tienda_1") {
  TaskChunk out;
  out.spec.slice = {"ventas", store, std::string(k_undated)};
  return out;
}

Task range_task(int first, int last) {
  Task task;
  task.id = TaskId(5);
  task.fence = Fence(9);
  task.store = "tienda_1";
  task.plan = Shop().entity;
  for (int month = first; month <= last; ++month) task.chunks.push_back(chunk(month));
  Extent extent;
  extent.kind = ExtentKind::kRange;
  extent.store = "tienda_1";
  extent.range = {month_begin(first), month_begin(last + 1)};
  task.extents = {extent};
  return task;
}

std::multiset<std::string> names(const std::vector<Task>& tasks) {
  std::multiset<std::string> out;
  for (const Task& task : tasks) {
    for (const TaskChunk& each : task.chunks) out.insert(each.spec.name().value);
  }
  return out;
}

TEST(Halves, OfAnyRangeOfMonthsHaveEachChunkOnceAndReadNoRowTwice) {
  for (int last = 2; last <= 11; ++last) {
    const Task whole = range_task(1, last);
    const auto halves = halves_of(whole);
    ASSERT_TRUE(halves) << last;
    const auto& [a, b] = *halves;
    EXPECT_EQ(names({a, b}), names({whole}));
    ASSERT_EQ(a.extents.size(), 1U);
    ASSERT_EQ(b.extents.size(), 1U);
    EXPECT_EQ(a.extents[0].range.begin, whole.extents[0].range.begin);
    EXPECT_EQ(a.extents[0].range.end, b.extents[0].range.begin);
    EXPECT_EQ(b.extents[0].range.end, whole.extents[0].range.end);
    EXPECT_TRUE(a.passed_over.empty() && b.passed_over.empty());
    EXPECT_TRUE(a.counts_unplaced && b.counts_unplaced);
    EXPECT_EQ(a.id, TaskId());
    EXPECT_EQ(a.fence, Fence());
  }
}

TEST(Halves, GoDownToEachSingleChunk) {
  std::vector<Task> tasks = {range_task(1, 11)};
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (const auto halves = halves_of(Task(tasks[i]))) {
      tasks.push_back(halves->first);
      tasks.push_back(halves->second);
    } else {
      EXPECT_EQ(tasks[i].chunks.size(), 1U);
      EXPECT_EQ(tasks[i].extents.at(0).range, tasks[i].chunks[0].spec.range);
    }
  }
  EXPECT_EQ(tasks.size(), 21U);
}

TEST(Halves, StoresOfOneMonthCannotBeToldApartByRangesAndMonthsCan) {
  Task task = range_task(3, 4);
  task.store.clear();
  task.chunks.push_back(chunk(3, "tienda_2"));
  task.chunks.push_back(chunk(4, "tienda_2"));
  const auto halves = halves_of(task);
  ASSERT_TRUE(halves);
  EXPECT_EQ(names({halves->first}), (std::multiset<std::string>{"ventas/tienda_1/2024-03/001",
                                                                "ventas/tienda_2/2024-03/001"}));
  EXPECT_FALSE(halves_of(halves->first));
}

TEST(Halves, ATableThatWasToBeReadWholeIsReadByRangesAndWithoutATimeByOneOfThem) {
  Task task = range_task(1, 3);
  task.chunks.push_back(undated());
  task.extents[0].kind = ExtentKind::kBlocks;
  task.extents[0].range = {};
  task.extents[0].end_block = INT64_MAX;
  const auto halves = halves_of(task);
  ASSERT_TRUE(halves);
  EXPECT_EQ(names({halves->first, halves->second}), names({task}));
  int reads_undated = 0;
  for (const Task& half : {halves->first, halves->second}) {
    for (const Extent& extent : half.extents) {
      EXPECT_EQ(extent.kind, ExtentKind::kRange);
      EXPECT_EQ(extent.end_block, 0);
      reads_undated += extent.undated ? 1 : 0;
    }
  }
  EXPECT_EQ(reads_undated, 1);
}

Task file_task(const std::vector<int>& months_of_files) {
  Task task = range_task(1, 1);
  task.chunks.clear();
  task.extents.clear();
  for (const int month : months_of_files) {
    task.chunks.push_back(chunk(month));
    task.extents.push_back(file("tienda_1", format_month(2024, month), 10).extent);
  }
  return task;
}

TEST(Halves, EachFileThatNamesItsMonthGoesWithItsChunks) {
  Task task = file_task({1, 2, 3});
  TaskChunk second = chunk(2);
  second.spec.number = 2;
  task.chunks.push_back(second);
  const auto halves = halves_of(task);
  ASSERT_TRUE(halves);
  EXPECT_EQ(names({halves->first, halves->second}), names({task}));
  for (const Task& half : {halves->first, halves->second}) {
    EXPECT_LT(half.extents.size(), 3U);
    for (const Extent& extent : half.extents) {
      for (const TaskChunk& other : task.chunks) {
        if (other.spec.slice.period != extent.period) continue;
        const std::string name = other.spec.name().value;
        const bool is_known =
            names({half}).contains(name) ||
            std::any_of(half.passed_over.begin(), half.passed_over.end(),
                        [&](const ChunkSpec& spec) { return spec.name().value == name; });
        EXPECT_TRUE(is_known) << name << " would be a stray";
      }
    }
  }
}

TEST(Halves, ChunksOfOneFileStayTogether) {
  Task task = file_task({1, 2});
  task.extents.resize(1);
  task.extents[0].period.clear();
  EXPECT_FALSE(halves_of(task));
}

// A file that both halves read is told of by one of them: a ragged row of a file that only the
// other reads must not be left out.
TEST(Halves, WhatHasNoPlaceIsCountedByOneHalfForEachFile) {
  for (const std::size_t stores : {1, 2, 3, 4, 90}) {
    for (int months = 1; months <= 6; ++months) {
      Task task;
      task.plan = Shop().entity;
      for (int month = 1; month <= months; ++month) {
        for (std::size_t store = 0; store < stores; ++store)
          task.chunks.push_back(chunk(month, "tienda_" + std::to_string(store)));
        task.extents.push_back(file("", format_month(2024, month), 10).extent);
      }
      const auto halves = halves_of(task);
      ASSERT_EQ(halves.has_value(), months > 1) << stores << " stores, " << months << " months";
      if (!halves) continue;
      for (const Extent& extent : task.extents) {
        int counted = 0;
        for (const Task& half : {halves->first, halves->second}) {
          const bool reads = std::count(half.extents.begin(), half.extents.end(), extent) > 0;
          counted += reads && half.counts_unplaced ? 1 : 0;
        }
        EXPECT_EQ(counted, 1) << extent.period << " of " << stores << " stores, " << months;
      }
    }
  }
}

TEST(Halves, ARunOfMonthsInOneFileIsCutBesideIt) {
  Task task = file_task({1, 2, 3, 4});
  for (TaskChunk& each : task.chunks) each.spec.slice.period = "2024-01";
  task.chunks[3].spec.slice.period = "2024-04";
  task.extents = {file("tienda_1", "2024-01", 10).extent, file("tienda_1", "2024-04", 10).extent};
  const auto halves = halves_of(task);
  ASSERT_TRUE(halves);
  EXPECT_EQ(halves->first.chunks.size(), 3U);
  EXPECT_EQ(halves->second.chunks.size(), 1U);
}

TEST(Halves, ThereAreNoneOfWhatMustStayTogether) {
  EXPECT_FALSE(halves_of(range_task(1, 1)));
  Task part = range_task(1, 4);
  part.chunks_are_complete = false;
  EXPECT_FALSE(halves_of(part)) << "other tasks feed its chunks";
  Task compare = range_task(1, 4);
  compare.kind = TaskKind::kCompare;
  EXPECT_FALSE(halves_of(compare));
  Task moved = range_task(1, 4);
  for (TaskChunk& each : moved.chunks) each.prior.emplace();
  EXPECT_FALSE(halves_of(moved)) << "keys moved between its chunks";
  Task lets_go = range_task(1, 4);
  lets_go.lets_go = true;
  EXPECT_FALSE(halves_of(lets_go));
  Task whole = range_task(1, 2);
  whole.plan.range_column.clear();
  EXPECT_FALSE(halves_of(whole));
}

TEST(Pieces, OfARangeAreAllOfItAndNothingTwice) {
  const Task task = range_task(1, 2);
  EXPECT_EQ(most_halvings(task), 3);
  EXPECT_EQ(cut_extents(task.extents, 0), task.extents);
  for (int halvings = 1; halvings <= 3; ++halvings) {
    const std::vector<Extent> pieces = cut_extents(task.extents, halvings);
    ASSERT_EQ(pieces.size(), std::size_t{1} << halvings);
    EXPECT_EQ(pieces.front().range.begin, task.extents[0].range.begin);
    EXPECT_EQ(pieces.back().range.end, task.extents[0].range.end);
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      EXPECT_EQ(pieces[i - 1].range.end, pieces[i].range.begin);
      EXPECT_LT(*pieces[i].range.begin, *pieces[i].range.end);
    }
  }
}

TEST(Pieces, OfBlocksAreAllOfThemButWhereTheEndIsOpen) {
  Task task = range_task(1, 2);
  task.extents[0].kind = ExtentKind::kBlocks;
  task.extents[0].begin_block = 10;
  task.extents[0].end_block = 31;
  const std::vector<Extent> pieces = cut_extents(task.extents, 2);
  ASSERT_EQ(pieces.size(), 4U);
  EXPECT_EQ(pieces.front().begin_block, 10);
  EXPECT_EQ(pieces.back().end_block, 31);
  for (std::size_t i = 1; i < pieces.size(); ++i)
    EXPECT_EQ(pieces[i - 1].end_block, pieces[i].begin_block);
  task.extents[0].end_block = INT64_MAX;
  EXPECT_EQ(most_halvings(task), 0);
  EXPECT_EQ(cut_extents(task.extents, 2), task.extents);
}

TEST(Pieces, ThereAreNoneOfFilesOfRowsWithoutATimeAndOfADayTooShort) {
  EXPECT_EQ(most_halvings(file_task({1})), 0);
  Task task = range_task(1, 1);
  task.extents[0].undated = true;
  EXPECT_EQ(most_halvings(task), 0);
  task = range_task(1, 1);
  task.extents[0].range = {100, 107};
  EXPECT_EQ(most_halvings(task), 0);
  task.extents[0].range = {std::nullopt, 107};
  EXPECT_EQ(most_halvings(task), 0);
}

}  // namespace
}  // namespace decant
