#include "worker/pipeline/chunk_checks.h"

#include <gmock/gmock.h>

namespace decant {
namespace {

using ::testing::HasSubstr;

// A chunk that was loaded by the mapping "a" with 3 rows, and is read again by the mapping "b".
struct ReadAgain {
  explicit ReadAgain(std::int64_t rows) {
    task.kind = TaskKind::kCopy;
    task.method = LoadMethod::kInsert;
    task.plan.fingerprint = "b";
    TaskChunk chunk;
    chunk.spec = {{"sales", "t1", "2024-08"}, 1, {}, 3};
    chunk.prior.emplace().fingerprint = "a";
    chunk.prior->accepted.row_count = 3;
    task.chunks.push_back(chunk);
    batches.emplace_back().accepted.digest.row_count = rows;
    batches.front().rows_read = rows;
  }
  Task task;
  std::vector<BatchReport> batches;
};

TEST(ChunkChecks, InsertFollowsNoChanges) {
  const ReadAgain grown(4);
  const Status refused = refuse_changed_inserts(grown.task, grown.batches, {0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiffers);
  EXPECT_THAT(refused.error().message, HasSubstr("sales/t1/2024-08/001 has changed since"));
}

TEST(ChunkChecks, ThatTheJobWasChangedIsSaidAsItIs) {
  ReadAgain same(3);
  const Status refused = refuse_changed_inserts(same.task, same.batches, {0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiffers);
  EXPECT_THAT(refused.error().message, HasSubstr("was loaded as the job had it before"));
  same.task.plan.fingerprint = "a";
  EXPECT_TRUE(refuse_changed_inserts(same.task, same.batches, {0}));
  same.task.plan.fingerprint = "b";
  same.task.method = LoadMethod::kUpsert;
  EXPECT_TRUE(refuse_changed_inserts(same.task, same.batches, {0}));
}

TEST(ChunkChecks, EachRowThatWasReadIsAcceptedOrRefused) {
  ReadAgain read(3);
  EXPECT_TRUE(check_accounts(read.task, read.batches));
  read.batches.front().rows_read = 4;
  EXPECT_FALSE(check_accounts(read.task, read.batches));
  read.batches.front().rows_rejected = 1;
  EXPECT_TRUE(check_accounts(read.task, read.batches));
}

TEST(ChunkChecks, NoRowIsReadTwice) {
  const auto blocks = [](std::int64_t begin, std::int64_t end, ExtentKind kind) {
    Extent extent;
    extent.kind = kind;
    extent.begin_block = begin;
    extent.end_block = end;
    return extent;
  };
  const auto are_apart = [](std::vector<Extent> extents) {
    Task task;
    task.extents = std::move(extents);
    return check_extents_apart(task).has_value();
  };
  using enum ExtentKind;
  EXPECT_TRUE(are_apart({Extent{}}));
  EXPECT_FALSE(are_apart({Extent{}, Extent{}}));
  EXPECT_FALSE(are_apart({blocks(0, 5, kAll), blocks(7, 9, kAll)})) << "blocks say nothing there";
  EXPECT_TRUE(are_apart({blocks(0, 5, kBlocks), blocks(5, 9, kBlocks)}));
  EXPECT_FALSE(are_apart({blocks(0, 6, kBlocks), blocks(5, 9, kBlocks)}));
  EXPECT_TRUE(are_apart({blocks(0, 5, kRange), blocks(7, 9, kRange)}));
  EXPECT_FALSE(are_apart({blocks(0, 0, kRange), blocks(0, 0, kRange)}));
  Extent other = blocks(0, 0, kRange), undated = other;
  other.range.begin = 3;
  undated.undated = true;
  EXPECT_TRUE(are_apart({blocks(0, 0, kRange), other, undated}));
  Extent of_another_store;
  of_another_store.store = "b";
  EXPECT_TRUE(are_apart({Extent{}, of_another_store}));
}

}  // namespace
}  // namespace decant
