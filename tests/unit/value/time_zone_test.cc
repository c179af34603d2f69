#include "common/value/calendar.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

std::int64_t moment(std::string_view text) {
  ParsedTimestamp out;
  EXPECT_TRUE(parse_timestamp(text, out)) << text;
  return out.us;
}

TEST(TimeZone, CaracasChangedItsOffsetIn2016) {
  const TimeZone caracas = TimeZone::find("America/Caracas").value();
  EXPECT_EQ(caracas.to_utc(moment("2016-04-30 12:00:00")), moment("2016-04-30 16:30:00"));
  EXPECT_EQ(caracas.to_utc(moment("2024-08-01 00:00:00")), moment("2024-08-01 04:00:00"));
  EXPECT_EQ(caracas.to_local(moment("2024-08-01 04:00:00")), moment("2024-08-01 00:00:00"));
}

TEST(TimeZone, ALocalTimeInAGapIsTheGapsEnd) {
  const TimeZone madrid = TimeZone::find("Europe/Madrid").value();
  EXPECT_EQ(madrid.to_utc(moment("2024-03-31 02:30:00")), moment("2024-03-31 01:00:00"));
}

TEST(TimeZone, ALocalTimeThatComesTwiceIsTheEarlierOne) {
  const TimeZone madrid = TimeZone::find("Europe/Madrid").value();
  EXPECT_EQ(madrid.to_utc(moment("2024-10-27 02:30:00.25")), moment("2024-10-27 00:30:00.25"));
}

TEST(TimeZone, LocalTimesGoThereAndBackOutsideRepeats) {
  testing_support::Seeded random;
  for (const char* name : {"UTC", "Asia/Kolkata", "America/Caracas"}) {
    const TimeZone zone = TimeZone::find(name).value();
    for (int i = 0; i < 2000; ++i) {
      const std::int64_t utc = random.between(moment("2017-01-01"), moment("2036-01-01"));
      ASSERT_EQ(zone.to_utc(zone.to_local(utc)), utc) << name;
    }
  }
}

TEST(TimeZone, SummersBehindTheSystemsListFollowItsRule) {
  const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
  for (const char* year : {"2037", "2038", "2050", "2399", "2400", "2500", "9999", "290000"}) {
    const std::string summer = std::string(year) + "-07-01 ";
    const std::string winter = std::string(year) + "-01-15 ";
    EXPECT_EQ(berlin.to_utc(moment(summer + "12:00:00")), moment(summer + "10:00:00")) << year;
    EXPECT_EQ(berlin.to_local(moment(summer + "10:00:00")), moment(summer + "12:00:00")) << year;
    EXPECT_EQ(berlin.to_utc(moment(winter + "12:00:00")), moment(winter + "11:00:00")) << year;
  }
  EXPECT_EQ(berlin.to_utc(moment("2050-03-27 02:30:00")), moment("2050-03-27 01:00:00"));
  EXPECT_EQ(berlin.to_utc(moment("2050-10-30 02:30:00")), moment("2050-10-30 00:30:00"));
  const TimeZone santiago = TimeZone::find("America/Santiago").value();
  EXPECT_EQ(santiago.to_utc(moment("2060-01-01 12:00:00")), moment("2060-01-01 15:00:00"));
  EXPECT_EQ(santiago.to_utc(moment("2060-07-01 12:00:00")), moment("2060-07-01 16:00:00"));
}

TEST(TimeZone, EverythingBehindTheListComesBackAfterFourHundredYears) {
  testing_support::Seeded random;
  constexpr std::int64_t k_turn_us = 146'097 * k_us_per_day;
  for (const char* name :
       {"Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Gaza"}) {
    const TimeZone zone = TimeZone::find(name).value();
    for (int i = 0; i < 2000; ++i) {
      const std::int64_t us = random.between(moment("2090-01-01"), moment("2490-01-01"));
      const std::int64_t turns = random.between(1, 700) * k_turn_us;
      ASSERT_EQ(zone.to_local(us + turns), zone.to_local(us) + turns) << name << " " << us;
      ASSERT_EQ(zone.to_utc(us + turns), zone.to_utc(us) + turns) << name << " " << us;
    }
  }
}

TEST(TimeZone, NamesThatAreNoZonesOfTheDatabaseAreRefused) {
  for (const char* name : {"", "localtime", "posixrules", "../../../etc/passwd", "/etc/localtime",
                           "Europe", "Europe/../Europe/Berlin", "right/Europe/Berlin"}) {
    const auto zone = TimeZone::find(name);
    ASSERT_FALSE(zone.has_value()) << name;
    EXPECT_EQ(zone.error().code, ErrorCode::kUsage);
  }
}

TEST(TimeZone, InfinityAndFarYearsAreNoTrouble) {
  const TimeZone madrid = TimeZone::find("Europe/Madrid").value();
  EXPECT_EQ(madrid.to_utc(k_infinity), k_infinity);
  EXPECT_EQ(madrid.to_local(k_minus_infinity), k_minus_infinity);
  for (const char* far : {"4713-01-02 00:00:00 BC", "294276-12-30 00:00:00"}) {
    const std::int64_t us = moment(far);
    EXPECT_LT(std::abs(madrid.to_utc(us) - us), k_us_per_day);
    EXPECT_LT(std::abs(madrid.to_local(us) - us), k_us_per_day);
  }
}

TEST(TimeZone, AMistypedNameIsAnsweredWithASuggestion) {
  const auto zone = TimeZone::find("America/Carracas");
  ASSERT_FALSE(zone.has_value());
  EXPECT_EQ(zone.error().code, ErrorCode::kUsage);
  EXPECT_NE(zone.error().advice.find("America/Caracas"), std::string::npos) << zone.error().advice;
}

}  // namespace
}  // namespace decant
