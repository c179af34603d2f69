#include "common/job/store_zones.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

JobSpec job_of_two_zones() {
  JobSpec job;
  job.time_zone = "America/Caracas";
  for (const char* name : {"norte", "sur", "tokyo", "osaka"}) {
    StoreSpec store;
    store.name = name;
    if (store.name == "tokyo" || store.name == "osaka") store.time_zone = "Asia/Tokyo";
    if (store.name == "sur") store.time_zone = "America/Caracas";
    job.stores.push_back(store);
  }
  return job;
}

TEST(StoreZones, EachZoneIsThereOnceAndTheJobsIsEverybodyElses) {
  const auto zones = StoreZones::make(job_of_two_zones());
  ASSERT_TRUE(zones);
  ASSERT_EQ(zones->all().size(), 2U);
  EXPECT_EQ(zones->all()[0].name(), "America/Caracas");
  for (const char* store : {"norte", "sur", "nobody", ""}) EXPECT_EQ(zones->index_of(store), 0U);
  for (const char* store : {"tokyo", "osaka"}) EXPECT_EQ(zones->index_of(store), 1U);
  EXPECT_EQ(zones->exceptions(), (std::vector<std::string>{"osaka", "tokyo"}));
}

TEST(SelectedRanges, DaysOfInstantsBeginWhereTheStoresZoneHasThem) {
  const auto days = parse_day_range("2024-02-10", "2024-02-17");
  const auto ranges = SelectedRanges::make(job_of_two_zones(), *days, TypeKind::kTimestampTz);
  ASSERT_TRUE(ranges);
  EXPECT_FALSE(ranges->are_alike());
  constexpr std::int64_t k_hour = k_us_per_day / 24;
  EXPECT_EQ(*ranges->of("norte").begin, *days->begin * k_us_per_day + 4 * k_hour);
  EXPECT_EQ(*ranges->of("tokyo").begin, *days->begin * k_us_per_day - 9 * k_hour);
  EXPECT_EQ(*ranges->of("tokyo").end, *days->end * k_us_per_day - 9 * k_hour);
  const auto dates = SelectedRanges::make(job_of_two_zones(), *days, TypeKind::kDate);
  ASSERT_TRUE(dates);
  EXPECT_TRUE(dates->are_alike());
  EXPECT_EQ(dates->of("tokyo"), (ValueRange{days->begin, days->end}));
}

TEST(SelectedRanges, WhatHasNoDaysIsOpen) {
  const auto days = parse_day_range("2024-02-10", "");
  EXPECT_TRUE(SelectedRanges::make(job_of_two_zones(), *days, TypeKind::kInt64)->is_open());
  EXPECT_TRUE(SelectedRanges::make(job_of_two_zones(), {}, TypeKind::kTimestampTz)->is_open());
  const auto half = SelectedRanges::make(job_of_two_zones(), *days, TypeKind::kTimestamp);
  EXPECT_FALSE(half->is_open());
  EXPECT_FALSE(half->of("norte").end);
}

}  // namespace
}  // namespace decant
