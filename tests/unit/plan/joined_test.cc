// How chunks between which keys moved come together in one task.
#include "coordinator/plan/joined.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "coordinator/plan/tasks.h"
#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// Stores with a file for each month, all of them loaded before, one chunk and one task each.
struct Loaded {
  Shop shop;
  PlanInput input;
  EntityWork work;

  explicit Loaded(int stores, int months) : shop(stores) {
    shop.job.chunk_rows = 10;
    shop.entity.store_column = "tienda";
    std::vector<StoreCensus> censuses;
    for (const StoreSpec& store : shop.job.stores) {
      censuses.push_back({store.name, {}});
      for (int month = 1; month <= months; ++month)
        censuses.back().census.extents.push_back(file(store.name, period(month), 10));
    }
    input = shop.input(std::move(censuses));
    input.table_is_empty = false;
    const auto fresh = plan_entity(input);
    for (const PlannedChunk& chunk : fresh->chunks)
      input.ledger.push_back(recorded(chunk.spec, 10));
    work = *plan_entity(input);
  }
  static std::string period(int month) {
    return month < 10 ? "2024-0" + std::to_string(month) : "2024-" + std::to_string(month);
  }

  const Task& task_of(const std::string& slice) const {
    for (const Task& task : work.tasks) {
      if (task.chunks.front().spec.slice.name() == slice) return task;
    }
    ADD_FAILURE() << slice;
    return work.tasks.front();
  }
  // A place in a month's chunk.
  KeyPlace place(const std::string& store, int month, int chunk = 0) const {
    return {chunk, store, days_from_civil({2024, month, 5}) * k_us_per_day};
  }
};

std::vector<std::string> slices_of(const Task& task) {
  std::vector<std::string> names;
  for (const TaskChunk& chunk : task.chunks) names.push_back(chunk.spec.slice.name());
  return names;
}

TEST(JoinedChunks, BothEndsOfAMoveAreOneTaskThatSkipsNothing) {
  Loaded all(1, 4);
  ASSERT_EQ(all.work.tasks.size(), 4U);
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  EXPECT_FALSE(joined.has_work());
  joined.take(all.task_of("ventas/tienda_1/2024-02"), {all.place("tienda_1", 4)});
  ASSERT_TRUE(joined.has_work());
  const auto round = joined.next_round(all.input);
  ASSERT_TRUE(round);
  ASSERT_EQ(round->size(), 1U);
  const Task& task = round->front();
  EXPECT_THAT(slices_of(task),
              UnorderedElementsAre("ventas/tienda_1/2024-02", "ventas/tienda_1/2024-04"));
  EXPECT_EQ(task.extents.size(), 2U);
  EXPECT_EQ(task.method, LoadMethod::kReplaceByKey);
  EXPECT_FALSE(task.rejects_moved_keys);
  for (const TaskChunk& chunk : task.chunks) {
    ASSERT_TRUE(chunk.prior) << "its earlier batches are to be voided";
    EXPECT_TRUE(chunk.prior->fingerprint.empty()) << "it is not to be skipped";
  }
  EXPECT_FALSE(joined.has_work());
}

// A key may have moved between them: the task that had them all did not have to name it.
TEST(JoinedChunks, ChunksOfOneTaskAreNotTakenApart) {
  Loaded all(1, 4);
  Task whole = all.task_of("ventas/tienda_1/2024-01");
  const Task& next = all.task_of("ventas/tienda_1/2024-02");
  whole.chunks.push_back(next.chunks.front());
  whole.extents.push_back(next.extents.front());
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  joined.take(whole, {all.place("tienda_1", 3)});
  const auto round = joined.next_round(all.input);
  ASSERT_TRUE(round);
  ASSERT_EQ(round->size(), 1U);
  EXPECT_EQ(round->front().chunks.size(), 3U);
  EXPECT_FALSE(round->front().rejects_moved_keys);
  // With nothing to join they still are one task, which is its last where none was left out before.
  for (TaskChunk& chunk : whole.chunks) chunk.is_tried_again = true;
  joined.take(whole, {all.place("tienda_1", 11)});
  const auto last = joined.next_round(all.input);
  ASSERT_TRUE(last);
  ASSERT_EQ(last->size(), 1U);
  EXPECT_TRUE(last->front().rejects_moved_keys);
}

// What is gone from one of them may wait in another.
TEST(JoinedChunks, ChunksThatLetRowsGoAreOneTask) {
  Loaded all(1, 4);
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  joined.want(0);
  joined.want(2);
  joined.want(3);
  joined.let_go();
  const auto round = joined.next_round(all.input);
  ASSERT_TRUE(round);
  ASSERT_EQ(round->size(), 1U);
  EXPECT_TRUE(round->front().lets_go);
  EXPECT_EQ(round->front().chunks.size(), 3U);
}

// A chunk that is tried again takes others of its task along, which the first try had skipped:
// nobody has asked where their keys stand.
TEST(JoinedChunks, ChunksThatATaskLeftOutMayMeetKeysElsewhereToo) {
  Loaded all(1, 4);
  Task task = all.task_of("ventas/tienda_1/2024-01");
  const Task& other = all.task_of("ventas/tienda_1/2024-02");
  task.chunks.push_back(other.chunks.front());
  task.extents.push_back(other.extents.front());
  task.chunks[0].is_tried_again = true;
  task.chunks[1].is_tried_again = false;
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  joined.take(task, {all.place("tienda_1", 1)});
  const auto first = joined.next_round(all.input);
  ASSERT_TRUE(first && first->size() == 1);
  EXPECT_FALSE(first->front().rejects_moved_keys);
  joined.take(first->front(), {all.place("tienda_1", 4, 1)});
  const auto second = joined.next_round(all.input);
  ASSERT_TRUE(second && second->size() == 1);
  EXPECT_EQ(second->front().chunks.size(), 3U);
  EXPECT_FALSE(second->front().rejects_moved_keys);
  joined.take(second->front(), {all.place("tienda_1", 1)});
  EXPECT_TRUE(joined.next_round(all.input)->front().rejects_moved_keys);
}

TEST(JoinedChunks, AKeyThatNoOtherChunkOfTheRunHoldsIsRefused) {
  Loaded all(1, 3);
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  Task task = all.task_of("ventas/tienda_1/2024-02");
  task.chunks.front().is_tried_again = true;
  joined.take(task, {all.place("tienda_1", 11)});
  const auto round = joined.next_round(all.input);
  ASSERT_TRUE(round);
  ASSERT_EQ(round->size(), 1U);
  EXPECT_THAT(slices_of(round->front()), ElementsAre("ventas/tienda_1/2024-02"));
  EXPECT_TRUE(round->front().rejects_moved_keys);
  ASSERT_EQ(joined.places_of_nobody().size(), 1U);
  EXPECT_EQ(joined.places_of_nobody().begin()->value, all.place("tienda_1", 11).value);
}

TEST(JoinedChunks, WhatIsMetAgainIsRefusedAndWhatIsNewIsJoined) {
  Loaded all(1, 4);
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  joined.take(all.task_of("ventas/tienda_1/2024-01"), {all.place("tienda_1", 2)});
  const auto first = joined.next_round(all.input);
  ASSERT_TRUE(first);
  joined.take(first->front(), {all.place("tienda_1", 3)});
  const auto second = joined.next_round(all.input);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->front().chunks.size(), 3U);
  EXPECT_FALSE(second->front().rejects_moved_keys);
  joined.take(second->front(), {all.place("tienda_1", 1)});
  const auto third = joined.next_round(all.input);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->front().chunks.size(), 3U);
  EXPECT_TRUE(third->front().rejects_moved_keys);
}

TEST(JoinedChunks, RowsAreLetGoInTheRoundsThatSaySo) {
  Loaded all(1, 4);
  JoinedChunks holding(all.shop.entity, all.work.chunks);
  holding.want(1);
  const auto held = holding.next_round(all.input);
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->front().lets_go);
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  joined.let_go();
  joined.want(1);
  const auto first = joined.next_round(all.input);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->front().lets_go);
  joined.take(first->front(), {all.place("tienda_1", 3)});
  const auto second = joined.next_round(all.input);
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->front().lets_go);
}

TEST(JoinedChunks, ExtentsOfSeveralStoresSayWhoseTheyAre) {
  Loaded all(2, 2);
  JoinedChunks joined(all.shop.entity, all.work.chunks);
  joined.take(all.task_of("ventas/tienda_2/2024-01"), {all.place("tienda_1", 2)});
  const auto round = joined.next_round(all.input);
  ASSERT_TRUE(round);
  ASSERT_EQ(round->size(), 1U);
  std::vector<std::string> stores;
  for (const Extent& extent : round->front().extents) stores.push_back(extent.store);
  EXPECT_THAT(stores, UnorderedElementsAre("tienda_1", "tienda_2"));
  EXPECT_FALSE(round->front().store.empty());
}

// Whatever tasks are handed back for: no chunk is in two tasks of a round, all that were handed
// back come again, with what holds their keys, and it ends.
TEST(JoinedChunks, AnySeriesOfMovesEndsWithEachChunkInOneTask) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    Loaded all(3, 6);
    JoinedChunks joined(all.shop.entity, all.work.chunks);
    std::vector<Task> tasks = all.work.tasks;
    int rounds = 0;
    while (!tasks.empty()) {
      ASSERT_LE(++rounds, 20) << "seed " << seed;
      std::set<std::string> must_come;
      for (const Task& task : tasks) {
        if (task.rejects_moved_keys || random() % 3 == 0) continue;
        std::vector<KeyPlace> places;
        for (unsigned i = 0; i <= random() % 3; ++i) {
          const std::string store = "tienda_" + std::to_string(1 + random() % 3);
          const int month = static_cast<int>(1 + random() % 8);
          places.push_back(
              all.place(store, month, static_cast<int>(random() % task.chunks.size())));
          if (month <= 6) must_come.insert("ventas/" + store + "/" + Loaded::period(month));
        }
        for (const std::string& slice : slices_of(task)) must_come.insert(slice);
        joined.take(task, places);
      }
      ASSERT_EQ(joined.has_work(), !must_come.empty());
      const auto round = joined.next_round(all.input);
      ASSERT_TRUE(round) << "seed " << seed;
      std::set<std::string> came;
      for (const Task& task : *round) {
        EXPECT_EQ(task.extents.size(), task.chunks.size());
        for (const std::string& slice : slices_of(task))
          EXPECT_TRUE(came.insert(slice).second) << slice << ", seed " << seed;
      }
      for (const std::string& slice : must_come)
        EXPECT_TRUE(came.contains(slice)) << slice << ", seed " << seed;
      tasks = *round;
    }
  }
}

TEST(Planner, AChunkOfWhichTheTableRefusedRowsIsTriedAgain) {
  Loaded all(1, 2);
  all.input.ledger[0].loaded.digest.row_count = 9;
  all.input.ledger[1].loaded.digest.row_count = 10;
  const auto work = plan_entity(all.input);
  ASSERT_TRUE(work);
  EXPECT_TRUE(work->tasks[0].chunks[0].is_tried_again);
  EXPECT_FALSE(work->tasks[1].chunks[0].is_tried_again);
  // In every mode, with a key or without.
  all.shop.entity.write.mode = WriteMode::kInsert;
  EXPECT_TRUE(plan_entity(all.input)->tasks[0].chunks[0].is_tried_again);
  all.shop.entity.write.mode = WriteMode::kReplace;
  all.shop.entity.write.reject_duplicates = true;
  EXPECT_TRUE(plan_entity(all.input)->tasks[0].chunks[0].is_tried_again);
  all.shop.entity.write.key.clear();
  EXPECT_TRUE(plan_entity(all.input)->tasks[0].chunks[0].is_tried_again);
}

TEST(Planner, AChunkWhoseRowsWaitForAKeyThatIsFreeIsTriedAgain) {
  Loaded all(1, 2);
  for (ChunkRecord& chunk : all.input.ledger)
    chunk.loaded.digest.row_count = chunk.accepted.digest.row_count;
  all.input.to_judge.insert(all.input.ledger[1].spec.name());
  const auto work = plan_entity(all.input);
  ASSERT_TRUE(work);
  EXPECT_FALSE(work->tasks[0].chunks[0].is_tried_again);
  EXPECT_TRUE(work->tasks[1].chunks[0].is_tried_again);
}

TEST(JoinedChunks, AChunkThatIsWantedIsLoadedAgainAsTheModeHasIt) {
  Loaded all(1, 2);
  all.shop.entity.write.mode = WriteMode::kUpsert;
  const auto work = plan_entity(all.input);
  ASSERT_TRUE(work);
  JoinedChunks joined(all.shop.entity, work->chunks);
  EXPECT_FALSE(joined.has_work());
  joined.want(1);
  ASSERT_TRUE(joined.has_work());
  const auto round = joined.next_round(all.input);
  ASSERT_TRUE(round);
  ASSERT_EQ(round->size(), 1U);
  EXPECT_EQ(round->front().method, LoadMethod::kUpsert);
  ASSERT_EQ(round->front().chunks.size(), 1U);
  EXPECT_EQ(round->front().chunks[0].spec.name(), work->chunks[1].spec.name());
  ASSERT_TRUE(round->front().chunks[0].prior);
  EXPECT_TRUE(round->front().chunks[0].prior->fingerprint.empty()) << "it is not to be skipped";
}

TEST(JoinedChunks, WithoutAKeyToGoByTheRangesAreReplaced) {
  const auto method = [](bool has_key, bool table_is_loading) {
    Loaded all(1, 2);
    if (!has_key) all.shop.entity.write.key.clear();
    all.input.table_is_loading = table_is_loading;
    JoinedChunks joined(all.shop.entity, all.work.chunks);
    joined.want(0);
    const auto round = joined.next_round(all.input);
    EXPECT_TRUE(round && round->size() == 1);
    return round->front().method;
  };
  EXPECT_EQ(method(true, false), LoadMethod::kReplaceByKey);
  EXPECT_EQ(method(true, true), LoadMethod::kReplaceRange) << "its keys may be there twice";
  EXPECT_EQ(method(false, false), LoadMethod::kReplaceRange);
}

}  // namespace
}  // namespace decant
