#include "common/job/selection.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

using Names = std::vector<std::string>;

JobSpec shops() {
  JobSpec job;
  for (const char* name : {"tienda_01", "tienda_02", "tienda_18"}) {
    StoreSpec store;
    store.name = name;
    store.active = store.name != "tienda_18";
    job.stores.push_back(store);
  }
  for (const char* name : {"ventas", "inventario"}) {
    EntitySpec entity;
    entity.name = name;
    job.entities.push_back(entity);
  }
  return job;
}

TEST(DayRange, OfMonthsEndsWithTheLastDayOfTheLastOne) {
  const auto range = parse_day_range("2024-02", "2024-08");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->begin, days_from_civil({2024, 2, 1}));
  EXPECT_EQ(range->end, days_from_civil({2024, 9, 1}));
}

TEST(DayRange, OfDaysIncludesBoth) {
  const auto range = parse_day_range("2024-08-31", "2024-08-31");
  ASSERT_TRUE(range);
  EXPECT_EQ(*range->end - *range->begin, 1);
}

TEST(DayRange, IsOpenWhereNothingIsSaid) {
  const auto range = parse_day_range("", "2024-08");
  ASSERT_TRUE(range);
  EXPECT_FALSE(range->begin);
  EXPECT_TRUE(range->end);
}

TEST(DayRange, RefusesWhatIsNoDayAndNoMonth) {
  for (const char* text :
       {"2024", "2024-13", "2024-02-30", "31.08.2024", "2024-8-1", "infinity", "today"}) {
    const auto range = parse_day_range(text, "");
    ASSERT_FALSE(range) << text;
    EXPECT_EQ(range.error().code, ErrorCode::kUsage);
    EXPECT_EQ(range.error().message,
              "--from \"" + std::string(text) + "\" is neither a day nor a month.");
  }
}

TEST(DayRange, RefusesAnEndBeforeItsStart) {
  const auto range = parse_day_range("2024-08", "2024-07-31");
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().message, "--to 2024-07-31 lies before --from 2024-08.");
}

TEST(ValueRangeOfDays, FollowsTheZoneForInstantsOnly) {
  const auto days = parse_day_range("2024-08-01", "2024-08-01");
  const auto caracas = TimeZone::find("America/Caracas");
  ASSERT_TRUE(days && caracas);
  const std::int64_t midnight = *days->begin * k_us_per_day;
  EXPECT_EQ(value_range(*days, TypeKind::kDate, *caracas)->begin, days->begin);
  EXPECT_EQ(value_range(*days, TypeKind::kTimestamp, *caracas)->begin, midnight);
  EXPECT_EQ(value_range(*days, TypeKind::kTimestampTz, *caracas)->begin,
            midnight + 4 * 3'600'000'000);
  EXPECT_FALSE(value_range(*days, TypeKind::kInt64, *caracas));
}

TEST(Selection, IsAllActiveStoresAndAllEntitiesWhereNothingIsSaid) {
  const auto selection = select(shops(), {}, {}, {});
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->stores, (Names{"tienda_01", "tienda_02"}));
  EXPECT_EQ(selection->entities, (Names{"ventas", "inventario"}));
}

TEST(Selection, KeepsTheJobsOrderAndEachNameOnce) {
  const auto selection =
      select(shops(), {}, {"tienda_02", "tienda_01", "tienda_02"}, {"inventario", "ventas"});
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->stores, (Names{"tienda_01", "tienda_02"}));
  EXPECT_EQ(selection->entities, (Names{"ventas", "inventario"}));
}

TEST(Selection, SuggestsTheNearestNameOfAnUnknownOne) {
  const auto store = select(shops(), {}, {"tienda_2"}, {});
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().to_string(),
            "The job has no store \"tienda_2\". Did you mean \"tienda_02\"?");
  const auto entity = select(shops(), {}, {}, {"xyz"});
  ASSERT_FALSE(entity);
  EXPECT_EQ(entity.error().to_string(),
            "The job has no entity \"xyz\". It has ventas, inventario.");
}

TEST(Selection, RefusesAnInactiveStoreThatWasAskedFor) {
  const auto selection = select(shops(), {}, {"tienda_01", "tienda_18"}, {});
  ASSERT_FALSE(selection);
  EXPECT_EQ(selection.error().message, "Store \"tienda_18\" is inactive.");
}

TEST(Selection, RefusesAJobWhoseStoresAreAllInactive) {
  JobSpec job = shops();
  for (StoreSpec& store : job.stores) store.active = false;
  EXPECT_FALSE(select(job, {}, {}, {}));
}

TEST(Selection, TakesAnyStoreOfAColumnUnlessItIsStrict) {
  JobSpec job = shops();
  job.store_from_column = "Country";
  const auto open = select(job, {}, {"Norway"}, {});
  ASSERT_TRUE(open);
  EXPECT_EQ(open->stores, Names{"Norway"});
  EXPECT_FALSE(select(job, {}, {"tienda_18"}, {})) << "inactive";
  EXPECT_TRUE(select(job, {}, {}, {})->stores.empty());
  job.strict_stores = true;
  EXPECT_FALSE(select(job, {}, {"Norway"}, {}));
  EXPECT_EQ(select(job, {}, {"tienda_01"}, {})->stores, Names{"tienda_01"});
}

}  // namespace
}  // namespace decant
