#include "common/value/zone_rule.h"

#include <gtest/gtest.h>

#include "common/value/batch.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

// An instant as a rule counts it.
std::int64_t second(std::string_view text) {
  ParsedTimestamp out;
  EXPECT_TRUE(parse_timestamp(text, out)) << text;
  return out.us / 1'000'000 + k_days_1970_to_2000 * 86'400;
}

ZoneRule rule(std::string_view text) {
  const std::optional<ZoneRule> parsed = ZoneRule::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(ZoneRule());
}

TEST(ZoneRule, BerlinChangesOnTheLastSundays) {
  const ZoneRule berlin = rule("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(berlin.standard_offset(), 3600);
  EXPECT_EQ(berlin.summer_offset(), 7200);
  EXPECT_EQ(berlin.summer_begins(2038), second("2038-03-28 01:00:00"));
  EXPECT_EQ(berlin.summer_ends(2038), second("2038-10-31 01:00:00"));
  EXPECT_EQ(berlin.summer_begins(2499), second("2499-03-29 01:00:00"));
}

TEST(ZoneRule, SummerInTheSouthBeginsInTheSecondHalf) {
  const ZoneRule lord_howe = rule("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0");
  EXPECT_EQ(lord_howe.standard_offset(), 37'800);
  EXPECT_EQ(lord_howe.summer_offset(), 39'600);
  EXPECT_EQ(lord_howe.summer_begins(2040), second("2040-10-06 15:30:00"));
  EXPECT_EQ(lord_howe.summer_ends(2040), second("2040-03-31 15:00:00"));
}

TEST(ZoneRule, AnOffsetThatIsSummersWinterAndATimeOnAnotherDay) {
  const ZoneRule dublin = rule("IST-1GMT0,M10.5.0,M3.5.0/1");
  EXPECT_EQ(dublin.summer_offset(), 0);
  EXPECT_EQ(dublin.summer_begins(2050), second("2050-10-30 01:00:00"));
  const ZoneRule nuuk = rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  EXPECT_EQ(nuuk.summer_begins(2050), second("2050-03-27 01:00:00"));
  const ZoneRule gaza = rule("EET-2EEST,M3.4.4/50,M10.4.4/50");
  EXPECT_EQ(gaza.summer_begins(2090), second("2090-03-25 00:00:00"));
}

TEST(ZoneRule, DaysOfTheYearAreCountedWithAndWithoutTheLeapDay) {
  const ZoneRule both = rule("AAA3BBB,J60/0,60/0");
  EXPECT_EQ(both.summer_begins(2048), second("2048-03-01 03:00:00"));
  EXPECT_EQ(both.summer_begins(2049), second("2049-03-01 03:00:00"));
  EXPECT_EQ(both.summer_ends(2048), second("2048-03-01 02:00:00"));
  EXPECT_EQ(both.summer_ends(2049), second("2049-03-02 02:00:00"));
}

TEST(ZoneRule, OneOffsetNeverChanges) {
  const ZoneRule caracas = rule("<-04>4");
  EXPECT_FALSE(caracas.changes());
  EXPECT_EQ(caracas.standard_offset(), -4 * 3600);
}

TEST(ZoneRule, WhatIsNoRuleIsNone) {
  for (const char* text :
       {"", "CET", "CE-1", "-1", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,",
        "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0",
        "CET-1CEST,J0,J366", "CET-1CEST,M3.5.0/168,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<+03-3",
        "CET-1:60", "CET-1CEST,M3.5.0/2:,M10.5.0"}) {
    EXPECT_FALSE(ZoneRule::parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace decant
