#include "coordinator/control/reject_summary.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

EntitySpec entity_with(RejectLimit limit) {
  EntitySpec entity;
  entity.name = "ventas";
  entity.rejects = limit;
  return entity;
}

Task task_of(const std::vector<std::string>& stores) {
  Task task;
  task.plan.entity = "ventas";
  for (const std::string& store : stores)
    task.chunks.push_back({ChunkSpec{{"ventas", store, "2024-08"}}, std::nullopt});
  return task;
}

Reject reject_at(std::uint64_t line) {
  Reject reject;
  reject.place.line = line;
  return reject;
}

TEST(RejectLimit, OfNoneIsPassedByTheFirst) {
  const EntitySpec entity = entity_with({});
  EXPECT_FALSE(over_reject_limit(entity, {100, 0, {}}, false));
  EXPECT_TRUE(over_reject_limit(entity, {100, 1, {}}, false));
}

TEST(RejectLimit, OfANumberIsPassedBeforeTheEnd) {
  const EntitySpec entity = entity_with({.max = 3});
  EXPECT_FALSE(over_reject_limit(entity, {10, 3, {}}, false));
  const auto over = over_reject_limit(entity, {10, 4, {}}, false);
  ASSERT_TRUE(over);
  EXPECT_EQ(over->code, ErrorCode::kTooManyRejects);
  EXPECT_NE(over->message.find("4 rows of ventas"), std::string::npos) << over->message;
  EXPECT_FALSE(over->advice.empty());
}

TEST(RejectLimit, OfARatioIsJudgedWhenItIsCertain) {
  const EntitySpec entity = entity_with({.max = INT64_MAX, .max_ratio = 0.01});
  EXPECT_FALSE(over_reject_limit(entity, {10, 10, {}}, false)) << "the next rows may all be good";
  EXPECT_FALSE(over_reject_limit(entity, {10, 10, 1'000}, false)) << "10 of 1,010 are the limit";
  EXPECT_TRUE(over_reject_limit(entity, {11, 11, 1'000}, false));
  EXPECT_TRUE(over_reject_limit(entity, {10, 10, {}}, true));
  EXPECT_FALSE(over_reject_limit(entity, {1'000, 10, {}}, true));
  EXPECT_TRUE(over_reject_limit(entity, {999, 10, {}}, true));
  EXPECT_FALSE(over_reject_limit(entity, {0, 0, 0}, true));
}

TEST(RejectLimit, OfARatioAllowsWhatItsTextSays) {
  for (int percent = 0; percent <= 100; ++percent) {
    const double ratio =
        std::stod("0." + std::string(percent < 10 ? "0" : "") + std::to_string(percent % 100)) +
        percent / 100;
    EXPECT_EQ(allowed_by_ratio(ratio, 100), percent);
    EXPECT_EQ(allowed_by_ratio(ratio, 12'300), percent * 123);
    EXPECT_EQ(allowed_by_ratio(ratio, 99), percent == 100 ? 99 : percent * 99 / 100);
  }
  EXPECT_EQ(allowed_by_ratio(0.5, 0), 0);
}

TEST(RejectLimit, OfBothKindsHoldsForBoth) {
  const EntitySpec entity = entity_with({.max = 5, .max_ratio = 0.5});
  EXPECT_TRUE(over_reject_limit(entity, {1'000, 6, {}}, true));
  EXPECT_TRUE(over_reject_limit(entity, {7, 4, {}}, true));
  EXPECT_FALSE(over_reject_limit(entity, {10, 5, {}}, true));
}

TEST(RejectSummary, NamesTheFirstOfEachStoreAndCountsAll) {
  RejectSummary summary;
  const Task task = task_of({"norte", "sur"});
  TaskResult result;
  for (int chunk = 0; chunk < 2; ++chunk) {
    BatchReport batch;
    batch.chunk = chunk;
    batch.rows_rejected = 7 - chunk;
    result.batches.push_back(batch);
  }
  for (int i = 0; i < 14; ++i) {
    result.rejects.push_back(reject_at(static_cast<std::uint64_t>(i)));
    result.chunk_of_reject.push_back(i % 2);
  }
  summary.take(task, result);
  const auto list = summary.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].store, "norte");
  EXPECT_EQ(list[0].rows, 7);
  EXPECT_EQ(list[0].first.size(), RejectSummary::k_first_of_store);
  EXPECT_EQ(list[1].store, "sur");
  EXPECT_EQ(list[1].rows, 6);
  EXPECT_EQ(list[1].first.front().place.line, 1U);
}

TEST(RejectSummary, NamesThemInTheOrderOfTheFile) {
  RejectSummary summary;
  summary.count("ventas", "norte", 6);
  for (const std::uint64_t line : {9, 102, 103, 11, 13, 104}) {
    summary.remember("ventas", ChunkSpec{{"ventas", "norte", "2024-08"}}, reject_at(line));
  }
  std::vector<std::uint64_t> lines;
  const auto list = summary.list();
  for (const Reject& reject : list.front().first) lines.push_back(reject.place.line);
  EXPECT_EQ(lines, (std::vector<std::uint64_t>{9, 11, 13, 102, 103}));
}

// Its result has no batches: nothing was committed.
TEST(RejectSummary, CountsARefusedTaskAtItsStore) {
  RejectSummary summary;
  TaskResult refused;
  refused.rows_rejected = 50'000;
  refused.rejects = {reject_at(2)};
  refused.chunk_of_reject = {0};
  summary.take(task_of({"sur", "sur"}), refused);
  const auto list = summary.list();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].store, "sur");
  EXPECT_EQ(list[0].rows, 50'000);
  EXPECT_EQ(list[0].first.size(), 1U);
}

TEST(RejectSummary, LeavesOutStoresWithout) {
  RejectSummary summary;
  TaskResult result;
  result.batches.resize(1);
  summary.take(task_of({"norte"}), result);
  EXPECT_TRUE(summary.list().empty());
}

// Its task comes again, and tells of its rejects again.
TEST(RejectSummary, OfAChunkThatIsLoadedAgainIsNotToldTwice) {
  RejectSummary summary;
  Task task = task_of({"norte", "norte"});
  task.chunks[1].spec.slice.period = "2024-09";
  TaskResult result;
  for (int chunk = 0; chunk < 2; ++chunk) {
    BatchReport batch;
    batch.chunk = chunk;
    batch.rows_rejected = 1;
    result.batches.push_back(batch);
    result.rejects.push_back(reject_at(static_cast<std::uint64_t>(5 + chunk)));
    result.chunk_of_reject.push_back(chunk);
  }
  summary.take(task, result);
  summary.forget("ventas", task.chunks[0].spec, 1);
  ASSERT_EQ(summary.list().size(), 1U);
  EXPECT_EQ(summary.list()[0].rows, 1);
  ASSERT_EQ(summary.list()[0].first.size(), 1U);
  EXPECT_EQ(summary.list()[0].first[0].place.line, 6U);
  summary.forget("ventas", task.chunks[1].spec, 1);
  EXPECT_TRUE(summary.list().empty()) << "a store without rejects";
}

}  // namespace
}  // namespace decant
