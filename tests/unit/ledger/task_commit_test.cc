#include "common/ledger/task_commit.h"

#include <gmock/gmock.h>

namespace decant {
namespace {

using ::testing::ElementsAre;

// A task that feeds two chunks of which it has rows for the second alone, one of them refused.
struct PartOfTwoChunks {
  Task task;
  std::vector<BatchReport> batches{2};

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
    return make_task_commit(task, {}, batches,
                            [](const TakeReject& take) { return take(Reject(), 1); }, {});
  }
};

std::vector<std::int32_t> numbers(const TaskCommit& commit) {
  std::vector<std::int32_t> out;
  for (const BatchRecord& batch : commit.batches) out.push_back(batch.chunk.number);
  return out;
}

std::vector<int> chunks_of_rejects(const TaskCommit& commit) {
  std::vector<int> out;
  EXPECT_TRUE(commit.rejects([&](const Reject&, int chunk) -> Status {
    out.push_back(chunk);
    return {};
  }));
  return out;
}

// Keys moved between stores: each is read from a database of its own.
TEST(TaskCommit, ABatchRecordsWhatItsOwnStoreWasReadUnder) {
  PartOfTwoChunks part;
  part.task.store = "t1";
  part.task.records_empty_chunks = true;
  part.task.chunks[1].spec.slice.store = "t2";
  CommitContext context;
  context.snapshots = {{"t1", "1-1 700:700:"}, {"t2", "1-2 900:900:"}};
  TaskCommit commit = make_task_commit(part.task, context, part.batches, {}, {});
  EXPECT_EQ(commit.batches.at(0).snapshot, "700:700:");
  EXPECT_EQ(commit.batches.at(1).snapshot, "900:900:");
  // Where a column says the store, all come from one source; files have no snapshot.
  part.task.store.clear();
  context.snapshots = {{"", "1-1 700:700:"}};
  commit = make_task_commit(part.task, context, part.batches, {}, {});
  EXPECT_EQ(commit.batches.at(1).snapshot, "700:700:");
  commit = make_task_commit(part.task, {}, part.batches, {}, {});
  EXPECT_EQ(commit.batches.at(1).snapshot, "");
}

TEST(TaskCommit, ATaskRecordsEachOfItsChunks) {
  const TaskCommit commit = PartOfTwoChunks().commit();
  EXPECT_THAT(numbers(commit), ElementsAre(1, 2));
  EXPECT_THAT(chunks_of_rejects(commit), ElementsAre(1));
}

TEST(TaskCommit, ATaskThatLeavesEmptyChunksToAnotherRecordsThoseItFed) {
  PartOfTwoChunks part;
  part.task.records_empty_chunks = false;
  const TaskCommit commit = part.commit();
  EXPECT_THAT(numbers(commit), ElementsAre(2));
  EXPECT_THAT(chunks_of_rejects(commit), ElementsAre(0)) << "it stands first in what is recorded";
}

}  // namespace
}  // namespace decant
