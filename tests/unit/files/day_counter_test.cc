// The day counter against the months that chunks are cut by: a row counted into another month than
// its chunk's is never read, or goes when it was loaded.
#include "common/connector/files/day_counter.h"

#include <gtest/gtest.h>

#include <random>

#include "common/job/slice.h"
#include "common/value/batch.h"

namespace decant::testing {
namespace {

TimeZone zone(const char* name) {
  auto found = TimeZone::find(name);
  EXPECT_TRUE(found) << name;
  return found.value_or(TimeZone());
}

// On both sides of UTC; with odd seconds long ago; with clocks that turn at midnight, back over it
// (St_Johns), over a whole day (Apia, Manila, Sitka) and by rules that go on for ever.
constexpr const char* k_zones[] = {
    "UTC",          "America/New_York", "Asia/Kolkata",    "America/St_Johns",
    "Pacific/Apia", "Asia/Manila",      "America/Sitka",   "Pacific/Kiritimati",
    "Africa/Cairo", "America/Havana",   "America/Caracas", "Europe/Amsterdam",
    "Asia/Beirut",  "America/Asuncion", "America/Santiago"};

std::int64_t first_utc(std::int64_t year, int month) {
  return days_from_civil({year, month, 1}) * k_us_per_day;
}

// Mostly near the ends of months, of the calendar and of what can be counted.
std::int64_t random_instant(std::mt19937_64& random) {
  const auto below = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limit));
  };
  const std::int64_t near =
      below(4) == 0 ? below(7) - 3 : below(4 * k_us_per_day) - 2 * k_us_per_day;
  const int month = 1 + static_cast<int>(below(12));
  switch (below(6)) {
    case 0:
      return first_utc(1, 1) + below(first_utc(10'000, 1) - first_utc(1, 1));
    case 1:
      return first_utc(below(2) == 0 ? 1 : 10'000, 1) + near;
    case 2:
      return first_utc(below(2) == 0 ? 1600 : 5001, month) + near;
    case 3:
      return below(2) == 0 ? k_infinity - 1 - below(60 * k_us_per_day)
                           : k_minus_infinity + 1 + below(60 * k_us_per_day);
    case 4:
      return first_utc(1840 + below(260), month) + near;
    default:
      return first_utc(1 + below(9'999), month) + near;
  }
}

std::int64_t day_of(std::int64_t value, const DayRange& days, const TimeZone& zone) {
  DayCounter counter(TypeKind::kTimestampTz, days, [&](std::string_view) { return zone; });
  counter.add("t1", value);
  const std::vector<StoreRows> rows = counter.take();
  EXPECT_EQ(rows.front().days.size(), 1U) << value;
  return rows.front().days.empty() ? 0 : rows.front().days.front().day;
}

TEST(DayCounter, CountsEveryInstantInTheMonthThatItsChunkHas) {
  std::mt19937_64 random(20261123);
  for (const char* name : k_zones) {
    const TimeZone tz = zone(name);
    for (int i = 0; i < 20'000; ++i) {
      const std::int64_t value = random_instant(random);
      const std::int64_t day = day_of(value, {}, tz);
      const std::string month = month_of(day, TypeKind::kDate, {});
      ASSERT_EQ(month, month_of(value, TypeKind::kTimestampTz, tz))
          << name << " " << format_timestamp(value);
      std::int64_t year = 0;
      int number = 0;
      ASSERT_TRUE(parse_month(month, year, number));
      ASSERT_TRUE(month_range(year, number, TypeKind::kTimestampTz, tz)->contains(value))
          << name << " " << format_timestamp(value);
      const DayLimits limits = day_limits(day, TypeKind::kTimestampTz, tz);
      ASSERT_TRUE(limits.begin <= value && value < limits.end)
          << name << " " << format_timestamp(value);
    }
  }
}

TEST(DayCounter, LeavesOutTheDaysThatAreNotOfTheRun) {
  std::mt19937_64 random(7);
  for (const char* name : k_zones) {
    const TimeZone tz = zone(name);
    for (int i = 0; i < 5'000; ++i) {
      const std::int64_t value = random_instant(random);
      const std::int64_t day =
          days_from_civil({static_cast<std::int64_t>(random() % 10'000), 1, 1});
      const DayRange from{day, {}};
      DayCounter counter(TypeKind::kTimestampTz, from, [&](std::string_view) { return tz; });
      counter.add("t1", value);
      const auto range = value_range(from, TypeKind::kTimestampTz, tz);
      ASSERT_EQ(counter.take().front().days.size(), range->contains(value) ? 1U : 0U)
          << name << " " << format_timestamp(value);
    }
  }
}

TEST(DayCounter, KeepsTheEndsOfTheCalendarInTheirLocalMonths) {
  const auto month = [](const char* name, const CivilDate& date, std::int64_t us) {
    const TimeZone tz = zone(name);
    const std::int64_t instant = tz.to_utc(days_from_civil(date) * k_us_per_day + us);
    return month_of(day_of(instant, {}, tz), TypeKind::kDate, {});
  };
  constexpr std::int64_t k_last_second = k_us_per_day - 1'000'000;
  EXPECT_EQ(month("America/New_York", {9999, 12, 31}, k_last_second), "9999-12");
  EXPECT_EQ(month("Asia/Kolkata", {1, 1, 1}, 0), "0001-01");
  EXPECT_EQ(month("Asia/Kolkata", {2999, 12, 31}, k_last_second), "2999-12");
}

}  // namespace
}  // namespace decant::testing
