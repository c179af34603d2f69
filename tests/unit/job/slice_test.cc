#include "common/job/slice.h"

#include <gtest/gtest.h>

#include <random>

namespace decant {
namespace {

constexpr std::int64_t k_hour = 3'600'000'000;

std::int64_t utc(std::int64_t year, int month, int day, int hour = 0, int minute = 0) {
  return days_from_civil({year, month, day}) * k_us_per_day + hour * k_hour +
         minute * (k_hour / 60);
}

TimeZone zone(const std::string& name) {
  const auto found = TimeZone::find(name);
  EXPECT_TRUE(found) << name;
  return found ? *found : TimeZone();
}

ValueRange instants(const std::string& name, std::int64_t year, int month) {
  const auto range = month_range(year, month, TypeKind::kTimestampTz, zone(name));
  EXPECT_TRUE(range);
  return range ? *range : ValueRange();
}

TEST(MonthRange, OfADateColumnIsDays) {
  const auto range = month_range(2024, 2, TypeKind::kDate, TimeZone());
  ASSERT_TRUE(range);
  EXPECT_EQ(range->begin, days_from_civil({2024, 2, 1}));
  EXPECT_EQ(range->end, days_from_civil({2024, 3, 1}));
}

TEST(MonthRange, OfALocalTimestampKnowsNoZone) {
  const auto range = month_range(2024, 12, TypeKind::kTimestamp, zone("Europe/Berlin"));
  ASSERT_TRUE(range);
  EXPECT_EQ(range->begin, utc(2024, 12, 1));
  EXPECT_EQ(range->end, utc(2025, 1, 1));
}

TEST(MonthRange, OfAnInstantFollowsTheStoresZone) {
  EXPECT_EQ(instants("UTC", 2024, 8).begin, utc(2024, 8, 1));
  EXPECT_EQ(instants("America/Caracas", 2024, 8).begin, utc(2024, 8, 1, 4));
  EXPECT_EQ(instants("America/Caracas", 2024, 8).end, utc(2024, 9, 1, 4));
}

// 9999-12-31 23:59:59 in the store's zone is what many systems write for "never".
TEST(MonthRange, FollowsTheZoneInAnyYear) {
  EXPECT_EQ(instants("America/Caracas", 9999, 12).begin, utc(9999, 12, 1, 4));
  EXPECT_EQ(instants("America/Caracas", 9999, 12).end, utc(10000, 1, 1, 4));
  EXPECT_EQ(instants("Pacific/Kiritimati", 200'000, 5).begin, utc(200'000, 4, 30, 10));
  EXPECT_EQ(instants("Asia/Tokyo", 1, 1).begin, utc(0, 12, 31, 14, 41) + 60'000'000 - 59'000'000)
      << "local mean time, 9:18:59";
}

// Venezuela moved from -04:00 to -04:30 in December 2007 and back on 2016-05-01 at 02:30.
TEST(MonthRange, FollowsTheHalfHoursOfCaracas) {
  EXPECT_EQ(instants("America/Caracas", 2010, 6).begin, utc(2010, 6, 1, 4, 30));
  EXPECT_EQ(instants("America/Caracas", 2016, 5).begin, utc(2016, 5, 1, 4, 30));
  EXPECT_EQ(instants("America/Caracas", 2016, 5).end, utc(2016, 6, 1, 4));
}

TEST(MonthRange, OfAMonthWithAClockChangeIsAnHourShorterOrLonger) {
  const ValueRange march = instants("Europe/Berlin", 2024, 3);
  const ValueRange october = instants("Europe/Berlin", 2024, 10);
  EXPECT_EQ(march.begin, utc(2024, 2, 29, 23));
  EXPECT_EQ(march.end, utc(2024, 3, 31, 22));
  EXPECT_EQ(*march.end - *march.begin, 31 * k_us_per_day - k_hour);
  EXPECT_EQ(*october.end - *october.begin, 31 * k_us_per_day + k_hour);
}

TEST(MonthRange, IsRefusedForAColumnWithoutMonths) {
  const auto range = month_range(2024, 8, TypeKind::kInt64, TimeZone());
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().code, ErrorCode::kUsage);
}

// Neighbouring months must neither overlap nor leave a gap, also where a clock changes at a month's
// first midnight.
TEST(MonthRange, TouchesTheNextMonthInEveryZone) {
  for (const char* name : {"UTC", "America/Caracas", "Europe/Berlin", "America/Asuncion",
                           "Africa/Cairo", "Pacific/Apia", "Asia/Amman", "America/Havana"}) {
    for (std::int64_t year = 1895; year < 2040; ++year) {
      for (int month = 1; month <= 12; ++month) {
        const ValueRange range = instants(name, year, month);
        const std::int64_t next_year = month == 12 ? year + 1 : year;
        ASSERT_EQ(range.end, instants(name, next_year, month % 12 + 1).begin);
        ASSERT_LT(*range.begin, *range.end);
      }
    }
  }
}

TEST(MonthOf, IsTheMonthWhoseRangeHoldsTheValue) {
  std::mt19937_64 random(7);
  const std::int64_t first = utc(1890, 1, 1);
  const std::int64_t span = utc(2045, 1, 1) - first;
  for (const char* name :
       {"UTC", "America/Caracas", "Europe/Berlin", "Pacific/Apia", "America/Asuncion"}) {
    const TimeZone tz = zone(name);
    for (int i = 0; i < 20'000; ++i) {
      std::int64_t value =
          first + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(span));
      std::int64_t year = 0;
      int month = 0;
      ASSERT_TRUE(parse_month(month_of(value, TypeKind::kTimestampTz, tz), year, month));
      // And right at the limit that was found.
      const ValueRange range = *month_range(year, month, TypeKind::kTimestampTz, tz);
      ASSERT_TRUE(range.contains(value)) << name << " " << value;
      ASSERT_EQ(month_of(*range.begin, TypeKind::kTimestampTz, tz), format_month(year, month));
      ASSERT_NE(month_of(*range.begin - 1, TypeKind::kTimestampTz, tz), format_month(year, month));
    }
  }
}

TEST(MonthOf, KeepsInfinityAndFarValuesInAMonthThatHoldsThem) {
  const TimeZone tz = zone("Europe/Berlin");
  for (const TypeKind kind : {TypeKind::kDate, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    for (const std::int64_t value :
         {k_infinity, k_minus_infinity, k_infinity - 1, k_minus_infinity + 1,
          days_from_civil({-4000, 1, 1}), std::int64_t{-1}, std::int64_t{0}}) {
      const std::string text = month_of(value, kind, tz);
      std::int64_t year = 0;
      int month = 0;
      ASSERT_TRUE(parse_month(text, year, month)) << text;
      const auto range = month_range(year, month, kind, tz);
      ASSERT_TRUE(range);
      EXPECT_TRUE(range->contains(value)) << text << " " << value;
    }
  }
}

TEST(Month, IsReadAsItIsWritten) {
  for (const char* text : {"2024-08", "0001-12", "-0044-03", "12345-01"}) {
    std::int64_t year = 0;
    int month = 0;
    ASSERT_TRUE(parse_month(text, year, month)) << text;
    EXPECT_EQ(format_month(year, month), text);
  }
  for (const char* text : {"", "2024", "2024-8", "2024-13", "2024-00", "24-08", "2024-08-01",
                           "2024/08", "02024-08", " 2024-08", "2024-0a", "20x4-08", "undated"}) {
    std::int64_t year = 0;
    int month = 0;
    EXPECT_FALSE(parse_month(text, year, month)) << text;
  }
}

TEST(ChunkName, TellsSlicesWithOddNamesApart) {
  ChunkSpec chunk{{"ventas", "tienda_01", "2024-08"}, 3, {}, 0};
  EXPECT_EQ(chunk.name().value, "ventas/tienda_01/2024-08/003");
  chunk.number = 1234;
  EXPECT_EQ(chunk.name().value, "ventas/tienda_01/2024-08/1234");
  EXPECT_EQ((SliceId{"a/b", "50%", "all"}).name(), "a%2Fb/50%25/all");
  EXPECT_EQ((SliceId{"a", "x\ny\x7f", "all"}).name(), "a/x%0Ay%7F/all");
  EXPECT_EQ((SliceId{"a", "MAÑONGO", "all"}).name(), "a/MAÑONGO/all");
}

// What route() means, said slowly.
int brute_force(const std::vector<ChunkSpec>& chunks, const std::string& store,
                std::optional<std::int64_t> value) {
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    if (chunks[i].slice.store != store || chunks[i].is_undated() == value.has_value()) continue;
    if (!value || chunks[i].range.contains(*value)) return static_cast<int>(i);
  }
  return ChunkRouter::k_no_chunk;
}

std::vector<ChunkSpec> random_chunks(std::mt19937_64& random) {
  std::vector<ChunkSpec> chunks;
  const std::size_t stores = random() % 5 + 1;
  for (std::size_t s = 0; s < stores; ++s) {
    const std::string store = "s" + std::to_string(s);
    if (random() % 6 == 0) {
      chunks.push_back({{"e", store, std::string(k_all)}, 1, {}, 0});
      if (random() % 2 == 0) chunks.push_back({{"e", store, std::string(k_undated)}, 1, {}, 0});
      continue;
    }
    std::int64_t at = static_cast<std::int64_t>(random() % 20) - 30;
    const std::size_t ranges = random() % 8;
    for (std::size_t r = 0; r < ranges; ++r) {
      ChunkSpec chunk{{"e", store, "2024-08"}, static_cast<std::int32_t>(r + 1), {}, 0};
      at += static_cast<std::int64_t>(random() % 3);
      if (r != 0 || random() % 3 != 0) chunk.range.begin = at;
      at += static_cast<std::int64_t>(random() % 9) + 1;
      if (r + 1 != ranges || random() % 3 != 0) chunk.range.end = at;
      chunks.push_back(chunk);
    }
    if (random() % 2 == 0) chunks.push_back({{"e", store, std::string(k_undated)}, 1, {}, 0});
  }
  std::shuffle(chunks.begin(), chunks.end(), random);
  return chunks;
}

TEST(ChunkRouter, FindsWhatASlowSearchFinds) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 500; ++round) {
    const std::vector<ChunkSpec> chunks = random_chunks(random);
    const ChunkRouter router(chunks, true);
    for (int row = 0; row < 200; ++row) {
      const std::string store = "s" + std::to_string(random() % 6);
      std::optional<std::int64_t> value = static_cast<std::int64_t>(random() % 120) - 50;
      const auto kind = random() % 20;
      if (kind == 0) value.reset();
      if (kind == 1) value = k_infinity;
      if (kind == 2) value = k_minus_infinity;
      ASSERT_EQ(router.route(store, value), brute_force(chunks, store, value))
          << store << " " << (value ? std::to_string(*value) : "NULL");
    }
  }
}

// A key that rows have not: such a row is in no range of it, be that everything there is.
TEST(ChunkRouter, ARowWithoutAValueIsInNoRange) {
  const ChunkSpec all{{"e", "a", std::string(k_all)}, 1, {}, 0};
  const ChunkSpec undated{{"e", "a", std::string(k_undated)}, 1, {}, 0};
  EXPECT_EQ(ChunkRouter({all}, true).route("a", {}), ChunkRouter::k_no_chunk);
  EXPECT_EQ(ChunkRouter({all, undated}, true).route("a", {}), 1);
  EXPECT_EQ(ChunkRouter({all, undated}, true).route("a", 7), 0);
  EXPECT_EQ(ChunkRouter({all}, false).route("a", {}), 0);
}

// More stores than are remembered, in any order, some of them unknown.
TEST(ChunkRouter, TellsHundredsOfStoresApart) {
  std::vector<ChunkSpec> chunks;
  for (int store = 0; store < 500; ++store) {
    chunks.push_back({{"e", "tienda_" + std::to_string(store), "2024-08"}, 1, {0, store + 1}, 0});
  }
  const ChunkRouter router(chunks, true);
  std::mt19937_64 random(3);
  for (int row = 0; row < 20'000; ++row) {
    const int store = static_cast<int>(random() % 600);
    const auto value = static_cast<std::int64_t>(random() % 600);
    const int expected = store < 500 && value <= store ? store : ChunkRouter::k_no_chunk;
    ASSERT_EQ(router.route("tienda_" + std::to_string(store), value), expected);
  }
  EXPECT_EQ(router.route("", 0), ChunkRouter::k_no_chunk);
}

TEST(ChunkRouter, KeepsWorkingAfterItWasMoved) {
  std::vector<ChunkSpec> chunks = {{{"e", "a", "2024-08"}, 1, {0, 10}, 0},
                                   {{"e", "b", "2024-08"}, 1, {0, 10}, 0}};
  ChunkRouter first(chunks, true);
  EXPECT_EQ(first.route("b", 5), 1);
  const ChunkRouter second(std::move(first));
  EXPECT_EQ(second.route("b", 5), 1);
  EXPECT_EQ(second.route("a", 9), 0);
  EXPECT_EQ(second.route("a", 10), ChunkRouter::k_no_chunk);
}

}  // namespace
}  // namespace decant
