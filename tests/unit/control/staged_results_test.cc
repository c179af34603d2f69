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

std::vector<std::uint64_t> taken(StagedResults& queue) {
  std::vector<std::uint64_t> ids;
  for (const StagedResult& each : queue.take()) ids.push_back(each.task.id.value);
  return ids;
}

using Ids = std::vector<std::uint64_t>;

TEST(StagedResults, GoTogetherInTheirOrderAndEachOnce) {
  StagedResults queue;
  for (std::uint64_t id = 1; id <= 10; ++id) queue.push(staged(id));
  EXPECT_EQ(taken(queue), (Ids{1, 2, 3, 4, 5, 6, 7, 8})) << "no more than a transaction may hold";
  EXPECT_EQ(taken(queue), (Ids{9, 10}));
  EXPECT_EQ(taken(queue), Ids{});
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
