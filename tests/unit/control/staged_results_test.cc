#include "coordinator/control/staged_results.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

StagedResult staged(std::uint64_t id, const std::string& table = "ventas",
                    LoadMethod method = LoadMethod::kAppend) {
  StagedResult out;
  out.task.id = TaskId(id);
  out.task.method = method;
  out.task.plan.write.table = table;
  out.task.plan.fingerprint = "f";
  out.result.batches.emplace_back();
  return out;
}

StagedResult staged(std::uint64_t id, std::int64_t rows, MonotonicMs since = {}) {
  StagedResult out = staged(id);
  out.result.rows_read = rows;
  out.since = since;
  return out;
}

std::vector<std::uint64_t> taken(StagedResults& queue) {
  std::vector<std::uint64_t> ids;
  for (const StagedResult& each : queue.take()) ids.push_back(each.task.id.value);
  return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST(StagedResults, GoTogetherInTheirOrderAndEachOnce) {
  StagedResults queue;
  for (std::uint64_t id = 1; id <= 66; ++id) queue.push(staged(id));
  EXPECT_EQ(taken(queue).size(), 64U) << "no more than a transaction may hold";
  EXPECT_EQ(taken(queue), (Ids{65, 66}));
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(taken(queue), Ids{});
  for (std::uint64_t id = 1; id <= 4; ++id) queue.push(staged(id, k_rows_together / 2));
  EXPECT_EQ(taken(queue), (Ids{1, 2}));
}

TEST(StagedResults, WaitForOthersOnlyWhereTheseMakeACommitCheaper) {
  constexpr bool k_are_more_coming = true;
  const MonotonicMs came{5'000};
  StagedResults queue;
  EXPECT_FALSE(queue.is_due(came, k_are_more_coming));
  EXPECT_FALSE(queue.is_due(came, !k_are_more_coming));
  queue.push(staged(1, k_rows_together / 2, came));
  EXPECT_FALSE(queue.is_due(came, k_are_more_coming));
  EXPECT_TRUE(queue.is_due(came, !k_are_more_coming)) << "it would wait for nothing";
  EXPECT_TRUE(queue.is_due({came.value + k_longest_wait_ms}, k_are_more_coming));
  queue.push(staged(2, k_rows_together / 2, came));
  EXPECT_TRUE(queue.is_due(came, k_are_more_coming)) << "it is enough";
  EXPECT_EQ(taken(queue), (Ids{1, 2}));
  queue.push(staged(3, k_rows_together / 2, came));
  queue.push(staged(4, "clientes"));
  EXPECT_TRUE(queue.is_due(came, k_are_more_coming)) << "nothing can be added to the first";
  EXPECT_EQ(taken(queue), Ids{3});
  EXPECT_EQ(taken(queue), Ids{4});
  queue.push(staged(5, 10 * k_rows_per_ms_of_waiting, came));
  EXPECT_FALSE(queue.is_due({came.value + 9}, k_are_more_coming));
  EXPECT_TRUE(queue.is_due({came.value + 10}, k_are_more_coming)) << "so few are cheap";
  queue.keep_apart("ventas");
  EXPECT_TRUE(queue.is_due(came, k_are_more_coming)) << "it goes alone";
  EXPECT_EQ(taken(queue), Ids{5});
  StagedResult replacing = staged(6, k_rows_together / 2, came);
  replacing.task.method = LoadMethod::kReplaceByKey;
  queue.push(replacing);
  EXPECT_TRUE(queue.is_due(came, k_are_more_coming)) << "it goes alone";
}

TEST(StagedResults, WhatIsNoPlainAppendToTheSameTableGoesAlone) {
  StagedResults queue;
  queue.push(staged(1));
  queue.push(staged(2, "clientes"));
  queue.push(staged(3, "clientes"));
  queue.push(staged(4, "clientes", LoadMethod::kReplaceByKey));
  queue.push(staged(5, "clientes", LoadMethod::kReplaceByKey));
  StagedResult skipped = staged(6);
  skipped.result.batches.front().skipped = true;
  queue.push(skipped);
  queue.push(staged(7));
  StagedResult other_mapping = staged(8);
  other_mapping.task.plan.fingerprint = "g";
  queue.push(other_mapping);
  EXPECT_EQ(taken(queue), Ids{1});
  EXPECT_EQ(taken(queue), (Ids{2, 3}));
  for (std::uint64_t id = 4; id <= 8; ++id) EXPECT_EQ(taken(queue), Ids{id});
}

TEST(StagedResults, OfATableThatRefusedThemTogetherTheyGoOneByOne) {
  StagedResults queue;
  queue.keep_apart("ventas");
  for (std::uint64_t id = 1; id <= 2; ++id) queue.push(staged(id));
  for (std::uint64_t id = 3; id <= 4; ++id) queue.push(staged(id, "clientes"));
  EXPECT_EQ(taken(queue), Ids{1});
  EXPECT_EQ(taken(queue), Ids{2});
  EXPECT_EQ(taken(queue), (Ids{3, 4}));
}

}  // namespace
}  // namespace decant
