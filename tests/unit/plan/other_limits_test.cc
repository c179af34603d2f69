// A job whose `time` or `key` was changed after chunks of it had been recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class Cut { kWhole, kByKey, kByMonth };

// Why a plan over what is recorded is refused; empty where it is not.
std::string refused(Cut now, const std::vector<ChunkRecord>& ledger) {
  Shop shop(0);
  if (now == Cut::kWhole) shop.entity.range_column.clear();
  if (now == Cut::kByKey) shop.entity.range_kind = TypeKind::kInt64;
  PlanInput input = shop.input({{"", {{}, {file("all", std::string(k_all), 10)}, {}}}});
  if (now == Cut::kByMonth) input.censuses[0].census.extents[0].cells[0].period = "2024-08";
  input.table_is_empty = false;
  input.allow_empty = true;
  input.ledger = ledger;
  const auto work = plan_entity(input);
  return work ? std::string() : work.error().message;
}

ChunkRecord chunk(std::string_view period, ValueRange range = {}) {
  return recorded({{"ventas", std::string(k_all), std::string(period)}, 1, range, 10}, 10);
}

ChunkRecord month() {
  return chunk("2024-08", *month_range(2024, 8, TypeKind::kTimestamp, *TimeZone::find("UTC")));
}

TEST(OtherLimits, AreThoseOfMonthsWhereThereIsNoTimeAnyMore) {
  for (const Cut now : {Cut::kWhole, Cut::kByKey}) {
    EXPECT_THAT(refused(now, {month()}),
                HasSubstr("was loaded by the months of its `time`, and now it has none: the chunk "
                          "ventas/all/2024-08/001 holds"));
  }
  EXPECT_EQ(refused(Cut::kByMonth, {month(), chunk(k_undated)}), "");
}

TEST(OtherLimits, AreThoseOfAKeyWhereThereIsNone) {
  EXPECT_THAT(refused(Cut::kWhole, {chunk(k_all, {{}, 100})}),
              HasSubstr("was loaded by its `key`, and now it has none"));
  EXPECT_THAT(refused(Cut::kByMonth, {chunk(k_all, {{}, 100})}),
              HasSubstr("was loaded without `time`, and now it has one"));
  EXPECT_EQ(refused(Cut::kByKey, {chunk(k_all, {{}, 100}), chunk(k_undated)}), "");
}

// Rows without a key, or a time, are some of those of the whole.
TEST(OtherLimits, AreThoseOfRowsWithoutAValueWhereNoneIsAskedFor) {
  EXPECT_THAT(refused(Cut::kWhole, {chunk(k_all), chunk(k_undated)}),
              HasSubstr("was loaded by a `time` or `key`, and now it has none: the chunk "
                        "ventas/all/undated/001 holds"));
}

TEST(OtherLimits, AreNotThoseOfTheWhole) {
  EXPECT_EQ(refused(Cut::kWhole, {chunk(k_all)}), "");
  EXPECT_EQ(refused(Cut::kByKey, {chunk(k_all)}), "");
  EXPECT_THAT(refused(Cut::kByMonth, {chunk(k_all)}),
              HasSubstr("was loaded without `time`, and now it has one"));
}

// They would take out what the new chunks put in.
TEST(OtherLimits, CountThoughNothingWasLoadedYet) {
  ChunkRecord planned = month();
  planned.batch_count = 0;
  EXPECT_THAT(refused(Cut::kWhole, {planned}), HasSubstr("was planned by the months"));
}

// The chunk of everything has rows without a key in the table, which it gives up.
TEST(OtherLimits, OfEverythingLeaveTheRowsWithoutAKeyToAChunkOfTheirOwn) {
  Shop shop(0);
  shop.entity.range_kind = TypeKind::kInt64;
  PlanInput input = shop.input({{"", {{}, {file("all", std::string(k_all), 10)}, {}}}});
  input.table_is_empty = false;
  input.ledger = {chunk(k_all)};
  const auto names = [&] {
    std::vector<std::string> out;
    const auto work = plan_entity(input);
    for (const PlannedChunk& planned : work->chunks) out.push_back(planned.spec.name().value);
    return out;
  };
  EXPECT_THAT(names(), ElementsAre("ventas/all/all/001"));
  input.ledger[0].fingerprint = "without the key";
  EXPECT_THAT(names(), ElementsAre("ventas/all/all/001", "ventas/all/undated/001"));
}

TEST(OtherLimits, RowsWithoutAKeyAreOfARunOverSomeDaysToo) {
  Shop shop(0);
  shop.entity.range_kind = TypeKind::kInt64;
  PlanInput input = shop.input({{"", {{}, {file("all", std::string(k_undated), 10)}, {}}}});
  input.selection.days.begin = 0;
  EXPECT_EQ(plan_entity(input)->chunks.size(), 1U);
  shop.entity.range_kind = TypeKind::kTimestamp;
  EXPECT_EQ(plan_entity(input)->chunks.size(), 0U);
}

// Of what was loaded before the job had stores, some are each store's.
TEST(OtherLimits, AreThoseOfNoStoreWhereThereAreStoresNow) {
  const Shop shop(2);
  PlanInput input = shop.input({{"tienda_1", {{}, {file("tienda_1", "2024-08", 10)}, {}}}});
  input.table_is_empty = false;
  input.allow_empty = true;
  input.ledger = {month()};
  const auto loaded = plan_entity(input);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::kUsage);
  EXPECT_THAT(loaded.error().message, HasSubstr("was loaded without stores, and now the job has "
                                                "some: the chunk ventas/all/2024-08/001 holds"));
  // Planned once, or void by now: nothing of it is planned again.
  input.ledger[0].batch_count = 0;
  const auto planned = plan_entity(input);
  ASSERT_TRUE(planned) << planned.error().message;
  ASSERT_EQ(planned->chunks.size(), 1U);
  EXPECT_EQ(planned->chunks[0].spec.name().value, "ventas/tienda_1/2024-08/001");
}

}  // namespace
}  // namespace decant
