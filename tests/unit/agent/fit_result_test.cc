#include "worker/agent/fit_result.h"

#include <gtest/gtest.h>

#include "common/wire/codec.h"

namespace decant {
namespace {

bool can_be_sent(const TaskResult& result) {
  Envelope envelope;
  envelope.body = result;
  return encode(envelope).has_value();
}

TaskResult with_rejects(std::size_t count, std::size_t text_bytes) {
  TaskResult result;
  result.task = TaskId(1);
  result.fence = Fence(5);
  result.rows_read = 9;
  for (std::size_t i = 0; i < count; ++i) {
    result.rejects.push_back(
        Reject{{}, "ventas.csv", "total", "type", "r", std::string(text_bytes, 'x')});
  }
  return result;
}

TEST(FitResult, WhatFitsStaysAsItIs) {
  TaskResult result = with_rejects(1'000, 500);
  fit_result(result, TaskKind::kCopy);
  EXPECT_EQ(result.rejects.at(999).original.size(), 500U);
}

TEST(FitResult, RejectsLoseTheEndsOfTheirTextsBeforeTheyAreLost) {
  TaskResult result = with_rejects(1'000, 20'000);
  fit_result(result, TaskKind::kCopy);
  EXPECT_TRUE(can_be_sent(result));
  ASSERT_EQ(result.rejects.size(), 1'000U);
  EXPECT_EQ(result.rejects[0].original.substr(0, 100), std::string(100, 'x'));
}

TEST(FitResult, ACommittedTaskThatCannotBeToldLetsTheLedgerTell) {
  TaskResult result = with_rejects(200'000, 100);
  result.outcome = TaskOutcome::kDone;
  fit_result(result, TaskKind::kCopy);
  EXPECT_TRUE(can_be_sent(result));
  EXPECT_EQ(result.outcome, TaskOutcome::kCommitUnknown);
  EXPECT_EQ(result.task, TaskId(1));
  EXPECT_EQ(result.fence, Fence(5));
  EXPECT_EQ(result.rows_read, 9);
}

TEST(FitResult, ACensusThatIsTooLargeFailsWithAdvice) {
  TaskResult result = with_rejects(200'000, 100);
  result.census.emplace();
  fit_result(result, TaskKind::kCensus);
  EXPECT_TRUE(can_be_sent(result));
  EXPECT_EQ(result.outcome, TaskOutcome::kFailed);
  EXPECT_FALSE(result.error->advice.empty());
}

// No ledger could tell: asking it would be a retry without end.
TEST(FitResult, AReadBackThatIsTooLargeFailsForGood) {
  TaskResult result = with_rejects(200'000, 100);
  result.outcome = TaskOutcome::kDone;
  fit_result(result, TaskKind::kReadBack);
  EXPECT_EQ(result.outcome, TaskOutcome::kFailed);
  EXPECT_EQ(remedy_for(result.error->code), Remedy::kAbort);
}

}  // namespace
}  // namespace decant
