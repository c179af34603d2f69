// Files with dates that nobody can read, in runs over some days.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/connector/unreadable_rows.h"
#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

using ::testing::SizeIs;

// The census of a file of tienda_1, in a run from 2024-09 on, with 10 rows loaded of 2024-09.
PlanInput from_september(const Shop& shop, std::vector<CensusCell> cells) {
  CensusExtent extent = file("tienda_1", "", 0);
  extent.cells = std::move(cells);
  PlanInput input = shop.input({{"tienda_1", {{}, {extent}, {}}}});
  input.table_is_empty = false;
  input.selection.days = *parse_day_range("2024-09", "");
  const ValueRange month = *month_range(2024, 9, TypeKind::kTimestamp, {});
  input.ledger.push_back(recorded({{"ventas", "tienda_1", "2024-09"}, 1, month, 10}, 10));
  return input;
}

TEST(UnreadableDates, RowsWithoutADateDoNotSpeakForAStoreInARunOverSomeDays) {
  const Shop shop(1);
  for (const std::string_view period : {k_undated, k_unreadable}) {
    const auto refused =
        plan_entity(from_september(shop, {{"tienda_1", std::string(period), {}, 10}}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kDiffers);
  }
}

TEST(UnreadableDates, AFileWithUnreadableDatesIsReadWithTheChunksThatNothingFeeds) {
  const Shop shop(1);
  const auto work = plan_entity(from_september(
      shop, {{"tienda_1", "2024-10", {}, 5}, {"tienda_1", std::string(k_unreadable), {}, 1}}));
  ASSERT_TRUE(work);
  ASSERT_THAT(work->tasks, SizeIs(1));
  EXPECT_THAT(work->tasks[0].chunks, SizeIs(2));
  EXPECT_THAT(work->tasks[0].extents, SizeIs(1));
}

TEST(UnreadableDates, AFileOfNothingButUnreadableDatesHasAChunkToBeReadWith) {
  const Shop shop(1);
  PlanInput input = from_september(shop, {{"tienda_1", std::string(k_unreadable), {}, 3}});
  input.ledger.clear();
  const auto work = plan_entity(input);
  ASSERT_TRUE(work);
  ASSERT_THAT(work->tasks, SizeIs(1));
  EXPECT_EQ(work->tasks[0].chunks.at(0).spec.name().value, "ventas/tienda_1/2024-09/001");
  EXPECT_THAT(work->tasks[0].extents, SizeIs(1));
}

}  // namespace
}  // namespace decant
