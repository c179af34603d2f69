#include "coordinator/plan/splitting.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

std::int64_t august(int day) { return days_from_civil({2024, 8, day}) * k_us_per_day; }
std::string text(const std::optional<std::int64_t>& value) { return format_timestamp(*value); }

// An entity with two stores, of which the ledger knows August in one chunk each.
class Splitting : public testing::Test {
 protected:
  void SetUp() override {
    job_.name = "ventas";
    for (const char* name : {"norte", "sur"}) {
      job_.stores.emplace_back();
      job_.stores.back().name = name;
      records_.push_back(record(name, 1, {august(1), august(31) + k_us_per_day}, 3'100));
    }
    entity_.entity = "ventas";
    entity_.range_column = "fecha";
    entity_.range_kind = TypeKind::kTimestamp;
    entity_.fingerprint = "f1";
  }
  static ChunkRecord record(const std::string& store, int number, ValueRange range,
                            std::int64_t rows) {
    ChunkRecord record;
    record.spec = {{"ventas", store, "2024-08"}, number, range, rows};
    record.batch_count = 1;
    record.fingerprint = "f1";
    for (std::int64_t i = 0; i < rows; ++i)
      record.loaded.digest.add(RowDigest{static_cast<std::uint64_t>(i), 7, 0, 0});
    record.accepted = record.loaded;
    return record;
  }
  std::vector<ChunkSplit> splits(const std::string& from, const std::string& to,
                                 std::vector<std::string> stores = {}) {
    PlanInput input;
    input.job = &job_;
    input.entity = &entity_;
    input.selection.days = *parse_day_range(from, to);
    input.selection.stores = std::move(stores);
    input.ledger = records_;
    const auto wanted = wanted_splits(input);
    EXPECT_TRUE(wanted) << wanted.error().to_string();
    return *wanted;
  }

  JobSpec job_;
  EntityPlan entity_;
  std::vector<ChunkRecord> records_;
};

TEST_F(Splitting, ADayInsideAChunkDividesItThereAndNumbersGoOn) {
  const auto found = splits("2024-08-11", "");
  ASSERT_EQ(found.size(), 2U);
  ASSERT_EQ(found[0].parts.size(), 2U);
  EXPECT_EQ(found[0].parts[0].name().value, "ventas/norte/2024-08/001");
  EXPECT_EQ(text(found[0].parts[0].range.begin), "2024-08-01 00:00:00");
  EXPECT_EQ(text(found[0].parts[0].range.end), "2024-08-11 00:00:00");
  EXPECT_EQ(found[0].parts[1].name().value, "ventas/norte/2024-08/002");
  EXPECT_EQ(text(found[0].parts[1].range.begin), "2024-08-11 00:00:00");
  EXPECT_EQ(text(found[0].parts[1].range.end), "2024-09-01 00:00:00");
  EXPECT_EQ(found[0].parts[0].estimated_rows, 1'000);
  EXPECT_EQ(found[0].parts[1].estimated_rows, 2'100);
}

TEST_F(Splitting, DaysAtBothEndsMakeThreeParts) {
  records_.push_back(record("norte", 4, {august(1) - 5, august(1) - 1}, 0));
  const auto found = splits("2024-08-11", "2024-08-11", {"norte"});
  ASSERT_EQ(found.size(), 1U);
  ASSERT_EQ(found[0].parts.size(), 3U);
  EXPECT_EQ(found[0].parts[0].number, 1);
  EXPECT_EQ(found[0].parts[1].number, 5);
  EXPECT_EQ(found[0].parts[2].number, 6);
  EXPECT_EQ(text(found[0].parts[1].range.end), "2024-08-12 00:00:00");
  EXPECT_EQ(found[0].parts[2].range.end, records_[0].spec.range.end);
}

TEST_F(Splitting, TwoChunksOfAMonthGetDifferentNumbers) {
  records_[0].spec.range.end = august(15);
  records_.push_back(record("norte", 2, {august(15), august(31) + k_us_per_day}, 10));
  const auto found = splits("2024-08-05", "2024-08-20", {"norte"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].parts[1].number, 3);
  EXPECT_EQ(found[1].parts[1].number, 4);
}

TEST_F(Splitting, ChunksThatAreWhollyInsideOrOutsideStay) {
  EXPECT_TRUE(splits("", "").empty());
  EXPECT_TRUE(splits("2024-08", "2024-08").empty());
  EXPECT_TRUE(splits("2024-09-05", "").empty());
  EXPECT_TRUE(splits("", "2024-07-31").empty());
  EXPECT_TRUE(splits("2024-08-01", "2024-08-31").empty());
  EXPECT_EQ(splits("2024-08-02", "2024-08-31").size(), 2U);
}

TEST_F(Splitting, OnlySlicesOfMonthsOfSelectedStoresAreDivided) {
  records_[0].spec.slice.period = k_all;
  records_[1].spec.slice.period = k_undated;
  EXPECT_TRUE(splits("2024-08-11", "").empty());
  records_[0].spec.slice.period = records_[1].spec.slice.period = "2024-08";
  EXPECT_EQ(splits("2024-08-11", "", {"sur"}).front().record.spec.slice.store, "sur");
  entity_.range_kind = TypeKind::kInt64;  // a key knows no days
  EXPECT_TRUE(splits("2024-08-11", "").empty());
}

TEST_F(Splitting, DaysAreThoseOfTheStoresZone) {
  entity_.range_kind = TypeKind::kTimestampTz;
  job_.stores[0].time_zone = "America/Caracas";
  const auto found = splits("2024-08-11", "", {"norte"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text(found[0].parts[1].range.begin), "2024-08-11 04:00:00");
}

TEST_F(Splitting, DatesAreCutToo) {
  entity_.range_kind = TypeKind::kDate;
  records_[0].spec.range = {days_from_civil({2024, 8, 1}), days_from_civil({2024, 9, 1})};
  const auto found = splits("2024-08-11", "", {"norte"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].parts[1].range.begin, days_from_civil({2024, 8, 11}));
}

TEST_F(Splitting, WhatIsNotKnownForPartsKeepsAChunkWhole) {
  EXPECT_EQ(why_not_divided(records_[0], entity_), "");
  ChunkRecord other = records_[0];
  other.fingerprint = "f0";
  EXPECT_NE(why_not_divided(other, entity_).find("another mapping"), std::string::npos);
  other = records_[0];
  other.rows_rejected = 1;
  EXPECT_NE(why_not_divided(other, entity_), "");
  other = records_[0];
  other.loaded.digest.remove(RowDigest{0, 7, 0, 0});
  EXPECT_NE(why_not_divided(other, entity_), "");
  // A chunk that was never loaded has nothing to divide.
  other.batch_count = 0;
  other.fingerprint.clear();
  EXPECT_EQ(why_not_divided(other, entity_), "");
}

TEST_F(Splitting, PartsAddUpToTheWholeOrSomebodyChangedIt) {
  ChunkRecord record = records_[0];
  record.loaded.sums.resize(1);
  record.loaded.sums[0].add(310, 0);
  std::vector<ChunkTotals> parts(2);
  for (ChunkTotals& part : parts) part.sums.resize(1);
  for (std::uint64_t i = 0; i < 3'100; ++i) parts[i % 2].digest.add(RowDigest{i, 7, 0, 0});
  parts[0].sums[0].add(300, 0);
  parts[1].sums[0].add(10, 0);
  EXPECT_TRUE(adds_up(record, parts));
  parts[1].sums[0].add(1, 0);
  EXPECT_FALSE(adds_up(record, parts));
  parts[1].sums[0].add(-1, 0);
  EXPECT_TRUE(adds_up(record, parts));
  parts[1].digest.remove(RowDigest{1, 7, 0, 0});
  EXPECT_FALSE(adds_up(record, parts));
}

}  // namespace
}  // namespace decant
