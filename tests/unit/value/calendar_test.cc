#include "common/value/calendar.h"

#include <date/date.h>

#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using testing_support::Seeded;

std::int64_t date_of(std::string_view text) {
  std::int64_t days = -999;
  EXPECT_TRUE(parse_date(text, days)) << text;
  return days;
}

std::int64_t moment_of(std::string_view text) {
  ParsedTimestamp moment;
  EXPECT_TRUE(parse_timestamp(text, moment)) << text;
  return moment.us;
}

TEST(Calendar, AgreesWithDateHOverItsWholeRange) {
  using date::days;
  const date::sys_days origin = date::year{2000} / 1 / 1;
  const date::sys_days first = date::year{-32767} / 1 / 1;
  const date::sys_days last = date::year{32767} / 12 / 31;
  for (date::sys_days day = first; day <= last; day += days{1}) {
    const date::year_month_day expected{day};
    const CivilDate mine = civil_from_days((day - origin).count());
    ASSERT_EQ(mine.year, int{expected.year()});
    ASSERT_EQ(static_cast<unsigned>(mine.month), unsigned{expected.month()});
    ASSERT_EQ(static_cast<unsigned>(mine.day), unsigned{expected.day()});
    ASSERT_EQ(days_from_civil(mine), (day - origin).count());
  }
}

TEST(Calendar, FormatsAndReadsBackPostgresqlsWholeRange) {
  Seeded random;
  const std::int64_t first = days_from_civil({-4712, 1, 1});
  const std::int64_t last = days_from_civil({5'874'897, 12, 31});
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t day = i == 0 ? first : i == 1 ? last : random.between(first, last);
    ASSERT_EQ(date_of(format_date(day)), day) << format_date(day);
    const std::int64_t us =
        random.between(days_from_civil({-4712, 1, 1}) * k_us_per_day,
                       days_from_civil({294'276, 12, 31}) * k_us_per_day + k_us_per_day - 1);
    ASSERT_EQ(moment_of(format_timestamp(us)), us) << format_timestamp(us);
  }
}

TEST(ParseDate, ReadsIsoDatesAndRefusesOthers) {
  EXPECT_EQ(date_of("2000-01-01"), 0);
  EXPECT_EQ(date_of("1999-12-31"), -1);
  EXPECT_EQ(date_of("2024-02-29"), 8825);
  EXPECT_EQ(date_of("0001-01-01 BC"), days_from_civil({0, 1, 1}));
  EXPECT_EQ(date_of("-0044-03-15"), days_from_civil({-44, 3, 15}));
  EXPECT_EQ(date_of("12024-01-01"), days_from_civil({12024, 1, 1}));
  EXPECT_EQ(date_of("infinity"), k_infinity);
  EXPECT_EQ(date_of("-Infinity"), k_minus_infinity);
  std::int64_t days = 0;
  for (const char* text :
       {"2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "24-01-01",
        "2024-1-1", "31/08/2024", "2024-08-31x", "", "2024-08-31 BCE", "0000-01-01 BC",
        "-2024-01-01 BC", "99999999-01-01", "infinit"}) {
    EXPECT_FALSE(parse_date(text, days)) << text;
  }
}

TEST(ParseTime, ReadsUpToTheEndOfTheDay) {
  const std::pair<const char*, std::int64_t> k_cases[] = {{"00:00", 0},
                                                          {"21:05", 75'900'000'000},
                                                          {"21:05:00.000123", 75'900'000'123},
                                                          {"21:05:00.5", 75'900'500'000},
                                                          {"21:05:00.1234560000", 75'900'123'456},
                                                          {"24:00:00", k_us_per_day}};
  for (const auto& [text, expected] : k_cases) {
    std::int64_t us = -1;
    ASSERT_TRUE(parse_time(text, us)) << text;
    EXPECT_EQ(us, expected) << text;
  }
  std::int64_t us = 0;
  for (const char* text : {"24:00:01", "25:00", "12:60", "12:00:60", "12:00:00.", "12", "1:00",
                           "12:00:00.1234567", "12:00Z"}) {
    EXPECT_FALSE(parse_time(text, us)) << text;
  }
}

TEST(ParseTimestamp, KeepsTheOffsetBesideTheLocalTime) {
  const std::pair<const char*, std::int64_t> k_cases[] = {{"2024-08-31T21:05:00Z", 0},
                                                          {"2024-08-31 21:05:00+00", 0},
                                                          {"2024-08-31 21:05:00-04:00", -14'400},
                                                          {"2024-08-31 21:05:00-0430", -16'200},
                                                          {"2024-08-31t21:05:00 +05:30", 19'800},
                                                          {"2024-08-31 21:05+01:02:03", 3723}};
  for (const auto& [text, seconds] : k_cases) {
    ParsedTimestamp moment;
    ASSERT_TRUE(parse_timestamp(text, moment)) << text;
    EXPECT_TRUE(moment.has_offset) << text;
    EXPECT_EQ(moment.offset_us, seconds * 1'000'000) << text;
    EXPECT_EQ(moment.us, moment_of("2024-08-31 21:05:00")) << text;
  }
  EXPECT_EQ(moment_of("2024-08-31"), date_of("2024-08-31") * k_us_per_day);
  EXPECT_EQ(moment_of("0044-03-15 12:00:00 BC"),
            days_from_civil({-43, 3, 15}) * k_us_per_day + k_us_per_day / 2);
  ParsedTimestamp moment;
  for (const char* text :
       {"2024-08-31 21", "2024-08-31 25:00", "2024-08-31T", "2024-08-31 21:05:00+16",
        "2024-08-31 21:05:00 x", "5874897-12-31 00:00:00", "", "2024-08-31  21:05"}) {
    EXPECT_FALSE(parse_timestamp(text, moment)) << text;
  }
}

TEST(FormatTimestamp, ShowsWhatIsThereAndNoMore) {
  EXPECT_EQ(format_timestamp(moment_of("2024-08-31 21:05:00")), "2024-08-31 21:05:00");
  EXPECT_EQ(format_timestamp(-1), "1999-12-31 23:59:59.999999");
  EXPECT_EQ(format_timestamp(500'000), "2000-01-01 00:00:00.5");
  EXPECT_EQ(format_timestamp(k_infinity), "infinity");
  EXPECT_EQ(format_date(days_from_civil({0, 2, 29})), "0001-02-29 BC");
  EXPECT_EQ(format_time(k_us_per_day), "24:00:00");
}

}  // namespace
}  // namespace decant
