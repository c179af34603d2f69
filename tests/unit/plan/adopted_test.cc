// Planning around tasks of an earlier run that workers still hold.
#include "coordinator/plan/adopted.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace decant {
namespace {

// The run that died and the one that goes on plan the same shops.
class Adopted : public ::testing::Test {
 protected:
  void SetUp() override {
    job.name = "ventas";
    job.chunk_rows = 1000;
    for (const char* name : {"tienda_1", "tienda_2"}) {
      StoreSpec store;
      store.name = name;
      job.stores.push_back(store);
    }
    entity.entity = "ventas";
    entity.write.table = "ventas_raw";
    entity.write.key = {"id"};
    entity.range_column = "fecha";
    entity.range_kind = TypeKind::kTimestamp;
    entity.fingerprint = "f1";
  }
  static CensusExtent file(const std::string& store, const std::string& name,
                           const std::vector<std::string>& periods) {
    CensusExtent extent;
    extent.extent.kind = ExtentKind::kFile;
    extent.extent.store = store;
    extent.extent.path = "/" + name;
    extent.extent.identity = {100, 1, 1, "digest of " + name};
    for (const std::string& period : periods) extent.cells.push_back({store, period, {}, 2'000});
    return extent;
  }
  PlanInput input(std::vector<StoreCensus> censuses) {
    PlanInput in;
    in.job = &job;
    in.entity = &entity;
    in.selection.stores = {"tienda_1", "tienda_2"};
    in.censuses = std::move(censuses);
    in.table_is_loading = true;
    in.table_is_empty = false;
    in.worker_count = 2;
    return in;
  }
  // Two shops with three months each, a file for each month.
  PlanInput files() {
    std::vector<StoreCensus> censuses;
    for (const std::string store : {"tienda_1", "tienda_2"}) {
      StoreCensus census{store, {}};
      for (const std::string month : {"2024-08", "2024-09", "2024-10"})
        census.census.extents.push_back(file(store, store + "_" + month + ".csv", {month}));
      censuses.push_back(std::move(census));
    }
    return input(std::move(censuses));
  }
  // A plan whose chunks are all in the ledger, as the run that died left it.
  void first_plan(PlanInput in) {
    const auto work = plan_entity(in);
    ASSERT_TRUE(work) << work.error().to_string();
    for (const PlannedChunk& chunk : work->chunks) {
      ChunkRecord record;
      record.spec = chunk.spec;
      recorded.push_back(record);
    }
    tasks = work->tasks;
    for (std::size_t i = 0; i < tasks.size(); ++i) tasks[i].id = TaskId(i + 1);
  }
  // The plan of the run that goes on, with some of those tasks adopted.
  EntityWork plan_again(PlanInput in, const std::vector<std::size_t>& adopted) {
    in.ledger = recorded;
    for (const std::size_t i : adopted) in.adopted.push_back(&tasks[i]);
    auto work = plan_entity(in);
    EXPECT_TRUE(work) << work.error().to_string();
    return std::move(*work);
  }
  static std::vector<std::string> chunks_of(const std::vector<Task>& tasks) {
    std::vector<std::string> names;
    for (const Task& task : tasks) {
      for (const TaskChunk& chunk : task.chunks) names.push_back(chunk.spec.name().value);
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  // Every chunk is in exactly one task: planned anew, or adopted.
  void expect_each_chunk_once(const EntityWork& work, const std::vector<std::size_t>& adopted) {
    std::vector<Task> all = work.tasks;
    for (const std::size_t i : adopted) all.push_back(tasks[i]);
    EXPECT_EQ(chunks_of(all), chunks_of(tasks));
  }

  JobSpec job;
  EntityPlan entity;
  std::vector<ChunkRecord> recorded;
  std::vector<Task> tasks;  // of the run that died
};

TEST_F(Adopted, ItsChunksAreLeftOutOfTheTasksAndStayInThePlan) {
  first_plan(files());
  ASSERT_GE(tasks.size(), 2U);
  const EntityWork work = plan_again(files(), {0});
  EXPECT_TRUE(work.misfits.empty());
  EXPECT_EQ(work.chunks.size(), recorded.size());
  expect_each_chunk_once(work, {0});
}

TEST_F(Adopted, WhateverIsAdoptedTheRestIsPlannedOnce) {
  first_plan(files());
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < tasks.size(); ++i) all.push_back(i);
  const EntityWork work = plan_again(files(), all);
  EXPECT_TRUE(work.misfits.empty());
  EXPECT_TRUE(work.tasks.empty());
}

TEST_F(Adopted, AnotherMappingIsNoFit) {
  first_plan(files());
  entity.fingerprint = "f2";
  const EntityWork work = plan_again(files(), {0});
  EXPECT_EQ(work.misfits, std::vector<TaskId>{tasks[0].id});
  expect_each_chunk_once(work, {});
}

TEST_F(Adopted, AFileThatChangedIsNoFit) {
  first_plan(files());
  PlanInput changed = files();
  for (StoreCensus& census : changed.censuses) {
    for (CensusExtent& extent : census.census.extents) extent.extent.identity.changed_ns = 2;
  }
  const EntityWork work = plan_again(changed, {0});
  EXPECT_EQ(work.misfits.size(), 1U);
  expect_each_chunk_once(work, {});
}

TEST_F(Adopted, AFileThatCameToItsChunksIsNoFit) {
  first_plan(files());
  PlanInput more = files();
  const std::string month = tasks[0].chunks[0].spec.slice.period;
  for (StoreCensus& census : more.censuses) {
    if (census.store == tasks[0].store)
      census.census.extents.push_back(file(census.store, "late.csv", {month}));
  }
  EXPECT_EQ(plan_again(more, {0}).misfits.size(), 1U);
}

// One file of two months: who reads it reads both.
TEST_F(Adopted, ATaskThatHoldsHalfOfAFilesChunksIsNoFit) {
  const auto census = [&] {
    return input({{"tienda_1", {{}, {file("tienda_1", "both.csv", {"2024-08", "2024-09"})}, {}}}});
  };
  first_plan(census());
  ASSERT_EQ(tasks.size(), 1U);
  ASSERT_GE(tasks[0].chunks.size(), 2U);
  tasks[0].chunks.pop_back();
  EXPECT_EQ(plan_again(census(), {0}).misfits.size(), 1U);
}

TEST_F(Adopted, MovedLimitsAreNoFit) {
  first_plan(files());
  tasks[0].chunks[0].spec.range.begin = 1;
  EXPECT_EQ(plan_again(files(), {0}).misfits.size(), 1U);
}

TEST_F(Adopted, TwoTasksThatHoldOneChunkAreBothNoFit) {
  first_plan(files());
  tasks[1].chunks.push_back(tasks[0].chunks[0]);
  const EntityWork work = plan_again(files(), {0, 1});
  EXPECT_EQ(work.misfits.size(), 2U);
}

TEST_F(Adopted, AppendingToATableThatHasItsKeyByNowIsNoFit) {
  first_plan(files());
  ASSERT_EQ(tasks[0].method, LoadMethod::kAppend);
  PlanInput keyed = files();
  keyed.table_is_loading = false;
  EXPECT_EQ(plan_again(keyed, {0}).misfits.size(), 1U);
}

TEST_F(Adopted, OtherDaysAreNoFit) {
  first_plan(files());
  PlanInput days = files();
  days.selection.days = *parse_day_range("2024-08", "2024-10");
  EXPECT_EQ(plan_again(days, {0}).misfits.size(), 1U);
}

// A database: each chunk can be read by itself, but where a column says the store a month is read
// for all of them.
class AdoptedFromDatabase : public Adopted {
 protected:
  PlanInput database(const std::vector<std::string>& stores, bool one_source) {
    if (one_source) entity.store_column = job.store_from_column = "tienda";
    std::vector<StoreCensus> censuses;
    for (const std::string& store : stores) {
      const std::string key = one_source ? std::string() : store;
      auto place = std::find_if(censuses.begin(), censuses.end(),
                                [&](const StoreCensus& census) { return census.store == key; });
      if (place == censuses.end()) {
        censuses.push_back({key, {{}, {CensusExtent{}}, {}}});
        place = std::prev(censuses.end());
      }
      for (const char* month : {"2024-08", "2024-09"})
        place->census.extents[0].cells.push_back({store, month, {}, 900});
    }
    return input(std::move(censuses));
  }
};

TEST_F(AdoptedFromDatabase, AChunkOfAStoreOfItsOwnMayBeTakenAlone) {
  first_plan(database({"tienda_1", "tienda_2"}, false));
  ASSERT_GE(tasks.size(), 2U);
  const EntityWork work = plan_again(database({"tienda_1", "tienda_2"}, false), {0});
  EXPECT_TRUE(work.misfits.empty());
  expect_each_chunk_once(work, {0});
}

// The coordinator died before anything was committed. Only heap blocks feed all chunks at once.
TEST_F(AdoptedFromDatabase, OfATableThatIsStillEmptyRangesFitAndBlocksDoNot) {
  PlanInput empty = database({"tienda_1"}, false);
  empty.table_is_empty = true;
  for (CensusCell& cell : empty.censuses[0].census.extents[0].cells) cell.rows = 10'000'000;
  first_plan(empty);
  ASSERT_GE(tasks.size(), 2U);
  const EntityWork work = plan_again(empty, {0});
  EXPECT_TRUE(work.misfits.empty());
  expect_each_chunk_once(work, {0});
  empty.censuses[0].census.extents[0].extent.end_block = 100;
  EXPECT_EQ(plan_again(empty, {0}).misfits.size(), 1U);
}

// A row that moved in between would be there twice, or not at all.
TEST_F(AdoptedFromDatabase, AnotherSnapshotIsNoFit) {
  first_plan(database({"tienda_1", "tienda_2"}, false));
  tasks[0].snapshots[tasks[0].store] = {"1-1 700:700:", "2-1 700:700:"};
  PlanInput same = database({"tienda_1", "tienda_2"}, false);
  for (StoreCensus& census : same.censuses) census.census.snapshot = "9-1 700:700:";
  EXPECT_TRUE(plan_again(same, {0}).misfits.empty());
  for (StoreCensus& census : same.censuses) census.census.snapshot = "9-1 800:800:";
  EXPECT_EQ(plan_again(same, {0}).misfits.size(), 1U);
}

// Its rows hold the constants that its worker knew.
TEST_F(AdoptedFromDatabase, OtherValuesOfItsStoreAreNoFit) {
  PlanInput first = database({"tienda_1", "tienda_2"}, false);
  for (StoreCensus& census : first.censuses) census.census.store_values = census.store + " one";
  first_plan(first);
  EXPECT_EQ(tasks[0].store_values.at(tasks[0].store), tasks[0].store + " one");
  EXPECT_TRUE(plan_again(first, {0}).misfits.empty());
  for (StoreCensus& census : first.censuses) census.census.store_values = census.store + " two";
  EXPECT_EQ(plan_again(first, {0}).misfits.size(), 1U);
}

// Keys moved between stores: chunks of both are in one task, each read from a database of its own.
TEST_F(AdoptedFromDatabase, AnotherSnapshotOfAnyOfItsStoresIsNoFit) {
  first_plan(database({"tienda_1", "tienda_2"}, false));
  const auto other = std::find_if(tasks.begin(), tasks.end(),
                                  [&](const Task& task) { return task.store != tasks[0].store; });
  ASSERT_NE(other, tasks.end());
  Task& joined = tasks[0];
  joined.chunks.insert(joined.chunks.end(), other->chunks.begin(), other->chunks.end());
  joined.extents.insert(joined.extents.end(), other->extents.begin(), other->extents.end());
  joined.snapshots = {{joined.store, {"1-1 700:700:"}}, {other->store, {"5-1 900:900:"}}};
  PlanInput seen = database({"tienda_1", "tienda_2"}, false);
  const auto look = [&](const std::string& store, const std::string& snapshot) {
    for (StoreCensus& census : seen.censuses) {
      if (census.store == store) census.census.snapshot = snapshot;
    }
  };
  look(joined.store, "9-1 700:700:");
  look(other->store, "9-2 900:900:");
  EXPECT_TRUE(plan_again(seen, {0}).misfits.empty());
  look(other->store, "9-2 901:901:");
  EXPECT_EQ(plan_again(seen, {0}).misfits, std::vector<TaskId>{joined.id});
  joined.snapshots.erase(other->store);
  look(other->store, "9-2 900:900:");
  EXPECT_EQ(plan_again(seen, {0}).misfits, std::vector<TaskId>{joined.id}) << "nobody knows";
}

TEST_F(AdoptedFromDatabase, AMonthThatAllStoresShareIsTakenWhole) {
  first_plan(database({"tienda_1", "tienda_2"}, true));
  ASSERT_GE(tasks.size(), 2U);
  const EntityWork work = plan_again(database({"tienda_1", "tienda_2"}, true), {0});
  EXPECT_TRUE(work.misfits.empty());
  expect_each_chunk_once(work, {0});
  // A third store came: its rows of that month would be read by nobody.
  StoreSpec third;
  third.name = "tienda_3";
  job.stores.push_back(third);
  PlanInput more = database({"tienda_1", "tienda_2", "tienda_3"}, true);
  more.selection.stores = {"tienda_1", "tienda_2"};
  EXPECT_TRUE(plan_again(more, {0}).misfits.empty()) << "it is not selected";
  more.selection.stores = {"tienda_1", "tienda_2", "tienda_3"};
  tasks[0].selected_stores = more.selection.stores;
  EXPECT_EQ(plan_again(more, {0}).misfits.size(), 1U);
}

}  // namespace
}  // namespace decant
