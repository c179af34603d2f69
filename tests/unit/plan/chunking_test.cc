// Gaps between recorded chunks against the cells of a census, whose limits are others: nothing that
// was counted may be left without a chunk.
#include "coordinator/plan/chunking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

using ::testing::IsEmpty;

std::int64_t at(int month, int day) { return days_from_civil({2024, month, day}) * k_us_per_day; }

// A month that a database counted in one: it has no more rows than a chunk may.
CensusCell month_cell(std::int64_t rows) { return {"a", "2024-08", {at(8, 1), at(9, 1)}, rows}; }

std::string days_of(const ChunkSpec& chunk) {
  return format_timestamp(*chunk.range.begin).substr(5, 5) + " to " +
         format_timestamp(*chunk.range.end).substr(5, 5);
}

struct Cut {
  Shop shop{1};
  std::vector<ChunkSpec> recorded;
  std::vector<ChunkSpec> chunks;

  void has(std::int64_t begin, std::int64_t end) {
    const auto number = static_cast<std::int32_t>(recorded.size()) + 1;
    recorded.push_back({{"ventas", "a", "2024-08"}, number, {begin, end}, 10});
  }
  // "08-01 to 08-15, …" of the new chunks.
  std::vector<std::string> cut(std::vector<CensusCell> cells,
                               ValueRange within = {at(8, 1), at(9, 1)}) {
    CensusResult census;
    census.extents.emplace_back();
    census.extents.back().cells = std::move(cells);
    const auto slices = merge_census("ventas", {{"a", census}});
    chunks = cut_slice(shop.job, shop.entity, slices.begin()->second, within, recorded);
    std::vector<std::string> days;
    for (const ChunkSpec& chunk : chunks) days.push_back(days_of(chunk));
    return days;
  }
};

using Days = std::vector<std::string>;

TEST(Chunking, AGapAfterARecordedChunkIsInsideTheMonthThatWasCounted) {
  Cut cut;
  cut.has(at(8, 1), at(8, 14));
  ASSERT_EQ(cut.cut({month_cell(310)}), Days{"08-14 to 09-01"});
  EXPECT_EQ(cut.chunks[0].number, 2);
  EXPECT_EQ(cut.chunks[0].estimated_rows, 180) << "18 of 31 days";
}

TEST(Chunking, AGapBeforeARecordedChunkIs) {
  Cut cut;
  cut.has(at(8, 14), at(9, 1));
  ASSERT_EQ(cut.cut({month_cell(310)}), Days{"08-01 to 08-14"});
  EXPECT_EQ(cut.chunks[0].estimated_rows, 130);
}

TEST(Chunking, SeveralGapsInOneMonthEachGetAChunk) {
  Cut cut;
  cut.has(at(8, 3), at(8, 10));
  cut.has(at(8, 20), at(8, 21));
  EXPECT_EQ(cut.cut({month_cell(1)}), (Days{"08-01 to 08-03", "08-10 to 08-20", "08-21 to 09-01"}));
  for (const ChunkSpec& chunk : cut.chunks)
    EXPECT_EQ(chunk.estimated_rows, 1) << "the one row may be in any of them";
}

TEST(Chunking, DaysOfTheRunInsideOfAMonthThatWasCountedWhole) {
  Cut cut;
  cut.has(at(8, 1), at(8, 5));
  EXPECT_EQ(cut.cut({month_cell(310)}, {at(8, 3), at(8, 9)}), Days{"08-05 to 08-09"});
}

// A store's days begin at other hours than those that were counted.
TEST(Chunking, LimitsAtOtherHoursThanTheCells) {
  const std::int64_t hour = k_us_per_day / 24;
  Cut cut;
  cut.has(at(8, 1), at(8, 14) + 9 * hour);
  cut.has(at(8, 15) - hour, at(9, 1));
  ASSERT_EQ(cut.cut({day_cell("a", 14, 7)}), Days{"08-14 to 08-14"});
  EXPECT_EQ(cut.chunks[0].range, (ValueRange{at(8, 14) + 9 * hour, at(8, 15) - hour}));
}

TEST(Chunking, AGapWithoutAnyCellNeedsNoChunk) {
  Cut cut;
  cut.has(at(8, 1), at(8, 10));
  cut.has(at(8, 20), at(9, 1));
  EXPECT_THAT(cut.cut({day_cell("a", 9, 50), day_cell("a", 20, 50)}), IsEmpty());
  EXPECT_THAT(cut.cut({month_cell(0)}), IsEmpty());
}

// One file that says its month by its name, and another that was counted by days.
TEST(Chunking, WhereACellDoesNotSayItsDaysAnyGapMayHoldItsRows) {
  Cut cut;
  cut.has(at(8, 1), at(8, 10));
  cut.has(at(8, 20), at(9, 1));
  EXPECT_EQ(cut.cut({day_cell("a", 9, 50), {"a", "2024-08", {}, 400}}), Days{"08-10 to 08-20"});
}

TEST(Chunking, ALargeGapIsCutAtTheCellsInsideOfIt) {
  Cut cut;
  cut.has(at(8, 1), at(8, 2) + 1);
  std::vector<CensusCell> days;
  for (int day = 1; day <= 31; ++day) days.push_back(day_cell("a", day, 100));
  EXPECT_EQ(cut.cut(days), (Days{"08-02 to 08-12", "08-12 to 08-22", "08-22 to 09-01"}));
  for (const ChunkSpec& chunk : cut.chunks) EXPECT_FALSE(is_empty(chunk.range));
}

// Key ranges as two files have them: of other widths, and open where a limit is beyond 64 bits.
TEST(Chunking, KeyRangesThatOverlapLeaveNothingOutAndMakeNoEmptyChunk) {
  Cut cut;
  cut.shop.entity.range_kind = TypeKind::kInt64;
  cut.shop.job.chunk_rows = 10;
  const std::string all(k_all);
  cut.recorded.push_back({{"ventas", "a", all}, 1, {0, 5}, 10});
  cut.cut({{"a", all, {std::nullopt, -100}, 3},
           {"a", all, {0, 10}, 30},
           {"a", all, {0, 20}, 30},
           {"a", all, {10, 15}, 30},
           {"a", all, {10, 20}, 30}},
          {});
  for (const ChunkSpec& chunk : cut.chunks) EXPECT_FALSE(is_empty(chunk.range));
  std::vector<ValueRange> taken{{0, 5}};
  for (const ChunkSpec& chunk : cut.chunks) taken.push_back(chunk.range);
  EXPECT_THAT(uncovered({}, taken), IsEmpty());
}

// Whatever is recorded and however it was counted: no cell with rows lies outside of all chunks.
TEST(Chunking, EveryCellIsCoveredWhateverIsRecorded) {
  std::mt19937 random(20240801);
  const auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    Cut cut;
    cut.shop.job.chunk_rows = 1 + below(300);
    for (int day = 1 + below(5); day < 31; day += 1 + below(9)) {
      const int end = std::min(32, day + 1 + below(9));
      cut.has(at(8, 1) + (day - 1) * k_us_per_day + below(3), at(8, 1) + (end - 1) * k_us_per_day);
      day = end;
    }
    std::vector<CensusCell> cells;
    if (below(2) == 0) {
      cells.push_back(month_cell(1 + below(1000)));
    } else {
      for (int day = 1; day <= 31; ++day)
        if (below(3) == 0) cells.push_back(day_cell("a", day, 1 + below(100)));
      if (cells.empty()) continue;
    }
    cut.cut(cells);
    std::vector<ValueRange> taken;
    for (const ChunkSpec& chunk : cut.recorded) taken.push_back(chunk.range);
    for (const ChunkSpec& chunk : cut.chunks) {
      EXPECT_FALSE(is_empty(chunk.range));
      EXPECT_EQ(uncovered(chunk.range, taken), std::vector<ValueRange>{chunk.range});
      taken.push_back(chunk.range);
    }
    for (const CensusCell& cell : cells) EXPECT_THAT(uncovered(cell.range, taken), IsEmpty());
  }
}

// It ends with the infinite times, which no day is near.
TEST(Chunking, TheLastMonthOfAllIsNotCutByDays) {
  Shop shop(1);
  shop.entity.range_kind = TypeKind::kDate;
  const std::int64_t begin = days_from_civil({999'999, 12, 1});
  SliceCensus census;
  census.slice = {"ventas", "a", "999999-12"};
  census.rows = 10 * shop.job.chunk_rows;
  const ValueRange month{begin, k_infinity};
  const auto chunks = cut_slice(shop.job, shop.entity, census, month, {});
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].range, month);
  EXPECT_EQ(chunks[0].estimated_rows, census.rows);
}

}  // namespace
}  // namespace decant
