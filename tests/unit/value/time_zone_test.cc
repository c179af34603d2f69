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
