#include "coordinator/plan/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "coordinator/plan/chunking.h"
#include "coordinator/plan/groups.h"
#include "coordinator/plan/tasks.h"
#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

using ::testing::HasSubstr;

TEST(Planner, AFilePerStoreAndMonthBecomesOneChunkEach) {
  const Shop shop;
  const auto work = plan_entity(shop.input(
      {{"tienda_1", {{}, {file("tienda_1", "2024-08", 900), file("tienda_1", "2024-09", 800)}, {}}},
       {"tienda_2", {{}, {file("tienda_2", "2024-08", 700)}, {}}}}));
  ASSERT_TRUE(work) << work.error().message;
  ASSERT_EQ(work->chunks.size(), 3U);
  EXPECT_EQ(work->chunks[0].spec.name().value, "ventas/tienda_1/2024-08/001");
  EXPECT_TRUE(work->chunks[0].is_new);
  for (const Task& task : work->tasks) {
    EXPECT_EQ(task.method, LoadMethod::kAppend);
    EXPECT_TRUE(task.chunks_are_complete);
  }
}

// With from_column: sales have the column, what is passed has not.
Shop column_shop() {
  Shop shop(0);
  shop.job.store_from_column = "store_id";
  return shop;
}

TEST(Planner, AnEntityWithoutTheStoresColumnIsOneForAllStoresWhicheverAreAskedFor) {
  const Shop shop = column_shop();
  PlanInput input = shop.input({{"", {{}, {file(std::string(k_all), "2024-08", 900)}, {}}}});
  input.selection.stores = {"7"};
  const auto work = plan_entity(input);
  ASSERT_TRUE(work) << work.error().message;
  ASSERT_EQ(work->chunks.size(), 1U);
  EXPECT_EQ(work->chunks[0].spec.name().value, "ventas/all/2024-08/001");
  ASSERT_EQ(work->notes.size(), 1U);
  EXPECT_EQ(work->notes[0],
            "ventas has no column store_id and is loaded as a whole, for all stores.");
}

TEST(Planner, AnEntityDoesNotChangeBetweenStoresAndAWhole) {
  Shop shop = column_shop();
  const ChunkSpec of_store{{"ventas", "7", "2024-08"}, 1, {}, 10};
  const ChunkSpec of_all{{"ventas", std::string(k_all), "2024-08"}, 1, {}, 10};
  PlanInput input = shop.input({{"", {{}, {file(std::string(k_all), "2024-08", 900)}, {}}}});
  input.ledger = {recorded(of_store, 10)};
  const auto whole = plan_entity(input);
  ASSERT_FALSE(whole);
  EXPECT_EQ(whole.error().code, ErrorCode::kMismatch);
  EXPECT_THAT(whole.error().message, HasSubstr("was loaded by stores"));
  shop.entity.store_column = "store_id";
  input = shop.input({{"", {{}, {file("7", "2024-08", 900)}, {}}}});
  input.ledger = {recorded(of_all, 10)};
  const auto by_store = plan_entity(input);
  ASSERT_FALSE(by_store);
  EXPECT_THAT(by_store.error().message, HasSubstr("was loaded as a whole"));
  input.ledger = {recorded(of_all, 0)};
  input.ledger[0].batch_count = 0;
  EXPECT_TRUE(plan_entity(input));
}

TEST(Planner, FilesThatAreNamedByStoresNeedAColumnThatSaysWhich) {
  const Shop shop = column_shop();
  const auto work = plan_entity(shop.input({{"", {{}, {file("7", "2024-08", 900)}, {}}}}));
  ASSERT_FALSE(work);
  EXPECT_THAT(work.error().message, HasSubstr("no column of ventas_raw says which"));
}

TEST(Planner, ALargeMonthIsCutAtDayLimitsIntoPiecesOfEqualSize) {
  const Shop shop(1);
  CensusExtent extent = file("tienda_1", "2024-08", 0);
  extent.cells.clear();
  for (int day = 1; day <= 31; ++day) extent.cells.push_back(day_cell("tienda_1", day, 100));
  const auto work = plan_entity(shop.input({{"tienda_1", {{}, {extent}, {}}}}));
  ASSERT_TRUE(work);
  ASSERT_EQ(work->chunks.size(), 3U);
  for (std::size_t i = 0; i < work->chunks.size(); ++i) {
    const ValueRange& range = work->chunks[i].spec.range;
    EXPECT_EQ(*range.begin % k_us_per_day, 0);
    EXPECT_NEAR(static_cast<double>(work->chunks[i].spec.estimated_rows), 1033, 100);
    if (i > 0) {
      EXPECT_EQ(range.begin, work->chunks[i - 1].spec.range.end);
    }
  }
  EXPECT_EQ(format_timestamp(*work->chunks.front().spec.range.begin), "2024-08-01 00:00:00");
  EXPECT_EQ(format_timestamp(*work->chunks.back().spec.range.end), "2024-09-01 00:00:00");
}

TEST(Planner, RecordedLimitsAreUsedAgainThoughTheCensusWouldCutOtherwise) {
  const Shop shop(1);
  auto first =
      plan_entity(shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 5000)}, {}}}}));
  ASSERT_TRUE(first);
  PlanInput again = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 300)}, {}}}});
  again.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks)
    again.ledger.push_back(recorded(chunk.spec, 1000));
  const auto second = plan_entity(again);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->chunks.size(), first->chunks.size());
  for (std::size_t i = 0; i < first->chunks.size(); ++i) {
    EXPECT_EQ(second->chunks[i].spec.range, first->chunks[i].spec.range);
    EXPECT_FALSE(second->chunks[i].is_new);
  }
  ASSERT_EQ(second->tasks.size(), 1U);
  EXPECT_EQ(second->tasks[0].method, LoadMethod::kReplaceByKey);
  EXPECT_TRUE(second->tasks[0].chunks[0].prior.has_value());
}

TEST(Planner, ATableWithoutItsKeyYetIsReplacedByRangeSinceEqualKeysMayBeThere) {
  const Shop shop(1);
  PlanInput input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 300)}, {}}}});
  input.table_is_empty = false;
  input.table_is_loading = true;
  ChunkSpec spec{{"ventas", "tienda_1", "2024-08"}, 1, {}, 10};
  spec.range = *month_range(2024, 8, TypeKind::kTimestamp, *TimeZone::find("UTC"));
  input.ledger.push_back(recorded(spec, 10));
  const auto work = plan_entity(input);
  ASSERT_TRUE(work);
  ASSERT_EQ(work->tasks.size(), 1U);
  EXPECT_EQ(work->tasks[0].method, LoadMethod::kReplaceRange);
}

// Rows of other tables may refer to it by then, so that no chunk can be emptied.
TEST(Planner, ATableThatCameWithItsKeyIsLoadedByKeyFromItsFirstLoadOn) {
  const Shop shop(2);
  PlanInput input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 300)}, {}}},
                                {"tienda_2", {{}, {file("tienda_2", "2024-08", 300)}, {}}}});
  input.table_has_key = true;
  auto work = plan_entity(input);
  ASSERT_TRUE(work);
  for (const Task& task : work->tasks) EXPECT_EQ(task.method, LoadMethod::kAppend);
  input.table_is_empty = false;
  input.table_is_loading = true;
  input.ledger.push_back(recorded(work->chunks[0].spec, 10));
  work = plan_entity(input);
  ASSERT_TRUE(work);
  ASSERT_EQ(work->tasks.size(), 2U);
  for (const Task& task : work->tasks)
    EXPECT_EQ(task.method, LoadMethod::kReplaceByKey) << "a key of the new one may be there";
}

// A file named by its month is refused when it is gone, until somebody says that it is meant.
TEST(Planner, AMonthThatIsGoneAtTheSourceIsReplacedByNothingWhereThatIsAllowed) {
  const Shop shop(1);
  auto first = plan_entity(shop.input(
      {{"tienda_1",
        {{}, {file("tienda_1", "2024-08", 500), file("tienda_1", "2024-09", 500)}, {}}}}));
  ASSERT_TRUE(first);
  PlanInput again = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 500)}, {}}}});
  again.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks) again.ledger.push_back(recorded(chunk.spec, 500));
  const auto refused = plan_entity(again);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiffers);
  EXPECT_THAT(refused.error().message, HasSubstr("tienda_1 2024-09 (500 rows)"));
  EXPECT_THAT(refused.error().advice, HasSubstr("--allow-empty"));
  again.allow_empty = true;
  const auto second = plan_entity(again);
  ASSERT_TRUE(second);
  std::set<std::string> without_extents;
  for (const Task& task : second->tasks) {
    if (!task.extents.empty()) continue;
    EXPECT_TRUE(task.chunks_are_complete);
    for (const TaskChunk& chunk : task.chunks) without_extents.insert(chunk.spec.slice.period);
  }
  EXPECT_EQ(without_extents, std::set<std::string>{"2024-09"});
}

TEST(Planner, AStoreThatGivesNoRowsMoreIsRefusedUnlessAllowed) {
  const Shop shop(2);
  PlanInput input = shop.input(
      {{"tienda_1", {{}, {}, {}}}, {"tienda_2", {{}, {file("tienda_2", "2024-08", 5)}, {}}}});
  input.table_is_empty = false;
  ChunkSpec spec{{"ventas", "tienda_1", "2024-08"}, 1, {}, 10};
  input.ledger.push_back(recorded(spec, 10));
  const auto refused = plan_entity(input);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kDiffers);
  EXPECT_THAT(refused.error().message, HasSubstr("tienda_1"));
  EXPECT_THAT(refused.error().advice, HasSubstr("--allow-empty"));
  input.allow_empty = true;
  EXPECT_TRUE(plan_entity(input));
}

TEST(Planner, AMonthIsNotMissedWhereAFileWithoutAMonthMayHoldIt) {
  const Shop shop(1);
  CensusExtent any = file("tienda_1", "2024-08", 5);
  any.extent.period.clear();
  PlanInput input = shop.input({{"tienda_1", {{}, {any, file("tienda_1", "2024-10", 5)}, {}}}});
  input.table_is_empty = false;
  input.ledger.push_back(recorded({{"ventas", "tienda_1", "2024-09"}, 1, {}, 10}, 10));
  EXPECT_TRUE(plan_entity(input));
}

TEST(Planner, AMonthlyFileWhoseRowsSayTheirStoreIsMissedForEachStore) {
  const Shop shop(2);
  PlanInput input = shop.input({{"", {{}, {file("tienda_1", "2024-08", 5)}, {}}}});
  CensusExtent& extent = input.censuses[0].census.extents[0];
  extent.extent.store.clear();
  extent.cells.push_back({"tienda_2", "2024-08", {}, 5});
  input.table_is_empty = false;
  for (const char* store : {"tienda_1", "tienda_2"})
    input.ledger.push_back(recorded({{"ventas", store, "2024-09"}, 1, {}, 10}, 10));
  const auto refused = plan_entity(input);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message,
              HasSubstr("tienda_1 2024-09 (10 rows), tienda_2 2024-09 (10 rows)"));
}

TEST(Planner, DaysInsideAMonthCutTheNewChunk) {
  const Shop shop(1);
  PlanInput input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 500)}, {}}}});
  input.selection.days = *parse_day_range("2024-08-10", "2024-08-20");
  const auto work = plan_entity(input);
  ASSERT_TRUE(work);
  ASSERT_EQ(work->chunks.size(), 1U);
  EXPECT_EQ(format_timestamp(*work->chunks[0].spec.range.begin), "2024-08-10 00:00:00");
  EXPECT_EQ(format_timestamp(*work->chunks[0].spec.range.end), "2024-08-21 00:00:00");
}

TEST(Planner, TheRestOfAMonthGetsChunksOfItsOwnLater) {
  const Shop shop(1);
  PlanInput part = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 500)}, {}}}});
  part.selection.days = *parse_day_range("2024-08-10", "2024-08-20");
  const auto first = plan_entity(part);
  ASSERT_TRUE(first);
  PlanInput whole = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 500)}, {}}}});
  whole.table_is_empty = false;
  whole.ledger.push_back(recorded(first->chunks[0].spec, 200));
  const auto second = plan_entity(whole);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->chunks.size(), 3U);
  std::set<std::int32_t> numbers;
  for (const PlannedChunk& chunk : second->chunks) numbers.insert(chunk.spec.number);
  EXPECT_EQ(numbers, (std::set<std::int32_t>{1, 2, 3}));
}

TEST(Planner, AnotherTimeZoneThanThatOfTheRecordedChunksIsRefused) {
  Shop shop(1);
  shop.entity.range_kind = TypeKind::kTimestampTz;
  shop.job.time_zone = "America/Caracas";
  PlanInput input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 900)}, {}}}});
  const auto first = plan_entity(input);
  ASSERT_TRUE(first) << first.error().message;
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks) input.ledger.push_back(recorded(chunk.spec, 900));
  EXPECT_TRUE(plan_entity(input));
  shop.job.time_zone = "UTC";
  const auto second = plan_entity(input);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUsage);
  EXPECT_THAT(second.error().message, HasSubstr("ventas/tienda_1/2024-08/001"));
}

TEST(Planner, TheZoneOfAStoreThatTheJobListsNoMoreIsNotJudged) {
  Shop shop(2);
  shop.entity.range_kind = TypeKind::kTimestampTz;
  shop.job.time_zone = "Europe/Berlin";
  shop.job.stores[1].time_zone = "America/New_York";
  PlanInput input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 900)}, {}}},
                                {"tienda_2", {{}, {file("tienda_2", "2024-08", 900)}, {}}}});
  const auto first = plan_entity(input);
  ASSERT_TRUE(first) << first.error().message;
  shop.job.stores.pop_back();
  input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 900)}, {}}}});
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks) input.ledger.push_back(recorded(chunk.spec, 900));
  const auto second = plan_entity(input);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->chunks.size(), 1U);
}

TEST(Planner, AMonthsFileWithoutARowIsRefusedUnlessItIsAllowed) {
  const Shop shop(1);
  const auto census = [](std::int64_t september) {
    return std::vector<StoreCensus>{
        {"tienda_1",
         {{}, {file("tienda_1", "2024-08", 900), file("tienda_1", "2024-09", september)}, {}}}};
  };
  const auto first = plan_entity(shop.input(census(700)));
  ASSERT_TRUE(first) << first.error().message;
  PlanInput input = shop.input(census(0));
  input.table_is_empty = false;
  for (const PlannedChunk& chunk : first->chunks) input.ledger.push_back(recorded(chunk.spec, 700));
  const auto second = plan_entity(input);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kDiffers);
  EXPECT_THAT(second.error().message, HasSubstr("tienda_1 2024-09 (700 rows in the target, none in "
                                                "/tienda_1_2024-09.csv)"));
  input.allow_empty = true;
  EXPECT_TRUE(plan_entity(input));
  input.allow_empty = false;
  input.censuses = census(1);
  EXPECT_TRUE(plan_entity(input));
}

TEST(Planner, RandomCensusesArePlannedWithoutOverlapOrLoss) {
  const char* text = std::getenv("DECANT_TEST_SEED");
  for (unsigned seed = text != nullptr ? static_cast<unsigned>(std::atoi(text)) : 1,
                end = text != nullptr ? seed + 1 : 200;
       seed < end; ++seed) {
    SCOPED_TRACE("DECANT_TEST_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    const Shop shop(static_cast<int>(1 + random() % 4));
    std::vector<StoreCensus> censuses;
    for (const StoreSpec& store : shop.job.stores) {
      StoreCensus census{store.name, {}};
      const auto files = random() % 6;
      for (unsigned f = 0; f < files; ++f) {
        CensusExtent extent = file(store.name, "", 0);
        extent.extent.path += std::to_string(f);
        extent.cells.clear();
        for (int day = 1; day <= 31; ++day) {
          if (random() % 3 == 0)
            extent.cells.push_back(
                day_cell(store.name, day, static_cast<std::int64_t>(random() % 700)));
        }
        if (!extent.cells.empty()) census.census.extents.push_back(extent);
      }
      censuses.push_back(std::move(census));
    }
    PlanInput input = shop.input(censuses);
    input.table_is_empty = random() % 2 == 0;
    const auto work = plan_entity(input);
    ASSERT_TRUE(work) << work.error().message;
    std::map<std::string, std::vector<ChunkSpec>> by_store;
    for (const PlannedChunk& chunk : work->chunks)
      by_store[chunk.spec.slice.store].push_back(chunk.spec);
    for (const StoreCensus& census : censuses) {
      for (const CensusExtent& extent : census.census.extents) {
        for (const CensusCell& cell : extent.cells) {
          if (cell.rows == 0) continue;
          int holders = 0;
          for (const ChunkSpec& chunk : by_store[cell.store])
            holders += chunk.range.contains(*cell.range.begin) ? 1 : 0;
          EXPECT_EQ(holders, 1);
          for (const Task& task : work->tasks) {
            const bool feeds =
                std::any_of(task.chunks.begin(), task.chunks.end(), [&](const TaskChunk& chunk) {
                  return chunk.spec.slice.store == cell.store &&
                         chunk.spec.range.contains(*cell.range.begin);
                });
            const bool reads = std::find(task.extents.begin(), task.extents.end(), extent.extent) !=
                               task.extents.end();
            if (feeds && task.chunks_are_complete) {
              EXPECT_TRUE(reads) << extent.extent.path;
            }
          }
        }
      }
    }
    std::map<std::string, int> reads_of_file;
    std::set<std::string> fed;
    for (const Task& task : work->tasks) {
      for (const Extent& extent : task.extents) ++reads_of_file[extent.path];
      for (const TaskChunk& chunk : task.chunks) fed.insert(chunk.spec.name().value);
    }
    for (const auto& [path, reads] : reads_of_file)
      EXPECT_EQ(reads, 1) << path << " is read more than once";
    EXPECT_EQ(fed.size(), work->chunks.size());
  }
}

TEST(Chunking, WhatIsUncoveredIsTheComplement) {
  const ValueRange all{0, 100};
  EXPECT_EQ(uncovered(all, {}), std::vector<ValueRange>{all});
  EXPECT_EQ(uncovered(all, {{10, 20}, {50, 60}}),
            (std::vector<ValueRange>{{0, 10}, {20, 50}, {60, 100}}));
  EXPECT_TRUE(uncovered(all, {{-5, 200}}).empty());
  EXPECT_EQ(uncovered({}, {{10, 20}}),
            (std::vector<ValueRange>{{std::nullopt, 10}, {20, std::nullopt}}));
}

}  // namespace
}  // namespace decant
