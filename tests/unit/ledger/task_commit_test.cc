#include "common/ledger/task_commit.h"

#include <gmock/gmock.h>

namespace decant {
namespace {

using ::testing::ElementsAre;

// A task that feeds two chunks of which it has rows for the second alone, one of them refused.
struct PartOfTwoChunks {
  Task task;
  std::vector<BatchReport> batches{2};
  std::vector<Reject> rejects{1};

  PartOfTwoChunks() {
    for (const int number : {1, 2}) {
      task.chunks.push_back({{{"ventas", "t1", "2024-08"}, number, {}, 0}, std::nullopt});
      batches[static_cast<std::size_t>(number - 1)].chunk = number - 1;
    }
    task.chunks_are_complete = false;
    batches[1].rows_read = 7;
    batches[1].rows_rejected = 1;
  }
  TaskCommit commit() {
    auto made = make_task_commit(task, {}, batches, rejects, {1}, {});
    EXPECT_TRUE(made);
    return *made;
  }
};

std::vector<std::int32_t> numbers(const TaskCommit& commit) {
  std::vector<std::int32_t> out;
  for (const BatchRecord& batch : commit.batches) out.push_back(batch.chunk.number);
  return out;
}

TEST(TaskCommit, ATaskRecordsEachOfItsChunks) {
  const TaskCommit commit = PartOfTwoChunks().commit();
  EXPECT_THAT(numbers(commit), ElementsAre(1, 2));
  EXPECT_THAT(commit.chunk_of_reject, ElementsAre(1));
}

TEST(TaskCommit, ATaskThatLeavesEmptyChunksToAnotherRecordsThoseItFed) {
  PartOfTwoChunks part;
  part.task.records_empty_chunks = false;
  const TaskCommit commit = part.commit();
  EXPECT_THAT(numbers(commit), ElementsAre(2));
  EXPECT_THAT(commit.chunk_of_reject, ElementsAre(0)) << "it stands first in what is recorded";
}

}  // namespace
}  // namespace decant
