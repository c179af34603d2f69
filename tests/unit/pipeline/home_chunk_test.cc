#include "worker/pipeline/home_chunk.h"

#include <gtest/gtest.h>

#include "common/connector/chunk_digester.h"

namespace decant {
namespace {

ChunkSpec chunk(const std::string& store, const std::string& period, int number = 1) {
  return {{"sales", store, period}, number, {}, 10};
}

// Files of two stores and two months, as they are packed into one task.
Task packed() {
  Task task;
  task.plan.store_column = "store";
  task.plan.range_column = "day";
  for (const char* store : {"A", "B"}) {
    for (const char* period : {"2024-08", "2024-09"}) {
      task.chunks.push_back({chunk(store, period), std::nullopt});
      Extent file;
      file.kind = ExtentKind::kFile;
      file.store = store;
      file.period = period;
      task.extents.push_back(file);
    }
  }
  return task;
}

TEST(HomeChunk, IsThatOfTheStoreAndMonthThatTheFilesNameSays) {
  const Task task = packed();
  for (std::size_t i = 0; i < task.extents.size(); ++i)
    EXPECT_EQ(home_chunk(task, i), static_cast<int>(i));
}

TEST(HomeChunk, OfASliceInSeveralChunksIsTheFirstWhetherTheTaskLoadsItOrNot) {
  Task task = packed();
  task.chunks = {{chunk("B", "2024-08", 3), std::nullopt},
                 {chunk("B", "2024-08", 2), std::nullopt}};
  EXPECT_EQ(home_chunk(task, 2), 1);
  task.passed_over = {chunk("B", "2024-08", 1)};
  EXPECT_EQ(home_chunk(task, 2), 2);
}

TEST(HomeChunk, IsUnknownWhereOnlyTheRowSaysItsStoreOrTime) {
  Task task = packed();
  task.extents[0].period.clear();
  EXPECT_EQ(home_chunk(task, 0), ChunkRouter::k_no_chunk);
  task.extents[1].store.clear();
  EXPECT_EQ(home_chunk(task, 1), ChunkRouter::k_no_chunk);
  task.store = "A";
  EXPECT_EQ(home_chunk(task, 1), 1);
}

TEST(HomeChunk, OfAnEntityWithoutTimeOrStoreIsTheWhole) {
  Task task = packed();
  task.plan.store_column.clear();
  task.plan.range_column.clear();
  task.chunks = {{chunk(std::string(k_all), std::string(k_all)), std::nullopt}};
  task.extents.resize(1);
  task.extents[0] = {};
  EXPECT_EQ(home_chunk(task, 0), 0);
}

}  // namespace
}  // namespace decant
