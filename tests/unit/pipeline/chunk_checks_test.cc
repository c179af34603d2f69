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

}  // namespace
}  // namespace decant
