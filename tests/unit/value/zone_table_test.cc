#include "common/value/zone_table.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace decant {
namespace {

struct Transition {
  std::int64_t at;
  int type;
};

std::string number(std::int64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = bytes; i-- > 0;)
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFF);
  return out;
}

std::string block(std::size_t time_bytes, const std::vector<Transition>& transitions,
                  const std::vector<int>& offsets, int leap_seconds) {
  std::string out = "TZif2" + std::string(15, '\0');
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{0}, static_cast<std::size_t>(leap_seconds), transitions.size(),
        offsets.size(), std::size_t{4}})
    out += number(static_cast<std::int64_t>(count), 4);
  for (const Transition& transition : transitions) out += number(transition.at, time_bytes);
  for (const Transition& transition : transitions) out += static_cast<char>(transition.type);
  for (const int offset : offsets) out += number(offset, 4) + std::string(2, '\0');
  out += std::string("LMT\0", 4);
  return out + std::string(static_cast<std::size_t>(leap_seconds) * (time_bytes + 4), '\0');
}

// A file of version 2: an empty first block, and a second with all of it.
std::string file(const std::vector<Transition>& transitions, const std::vector<int>& offsets,
                 const std::string& footer, int leap_seconds = 0) {
  return block(4, {}, {0}, 0) + block(8, transitions, offsets, leap_seconds) + "\n" + footer + "\n";
}

TEST(ZoneTable, TheFirstOffsetHoldsBeforeAllTransitions) {
  const auto table = read_zone(file({{-1000, 1}, {5000, 0}}, {100, 3600}, "<+00>-0:01:40"));
  ASSERT_TRUE(table.has_value());
  ASSERT_EQ(table->spans.size(), 3U);
  EXPECT_EQ(table->spans[0].offset, 100);
  EXPECT_EQ(table->spans[1].begin, -1000);
  EXPECT_EQ(table->spans[1].offset, 3600);
  EXPECT_EQ(table->spans[2].begin, 5000);
}

TEST(ZoneTable, TheRuleGoesOnBehindTheListForFourHundredYears) {
  // As Berlin's file, of which the list ends in 1996.
  const auto table =
      read_zone(file({{846'378'000, 0}}, {3600, 7200}, "CET-1CEST,M3.5.0,M10.5.0/3"));
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->spans[2].begin, 859'683'600);  // 1997-03-30 01:00 UTC
  EXPECT_EQ(table->spans[2].offset, 7200);
  EXPECT_GT(table->spans.size(), 800U);
  EXPECT_GT(table->spans.back().begin, table->repeats_from + k_calendar_seconds);
  EXPECT_FALSE(table->repeats_before);
}

TEST(ZoneTable, ASummerWithoutEndLeavesNoSpanThatLastsNoTime) {
  const auto table = read_zone(file({{0, 1}}, {-14'400, -10'800}, "XXX3EDT4,0/0,J365/23"));
  ASSERT_TRUE(table.has_value());
  for (std::size_t i = 1; i + 1 < table->spans.size(); ++i) {
    EXPECT_LT(table->spans[i - 1].begin, table->spans[i].begin);
    EXPECT_EQ(table->spans[i].offset, i == 1 ? -10'800 : -14'400);
  }
}

TEST(ZoneTable, AFileThatIsARuleAndNothingElse) {
  const auto fixed = read_zone(file({}, {0}, "<-05>5"));
  ASSERT_TRUE(fixed.has_value());
  EXPECT_EQ(fixed->spans.size(), 1U);
  EXPECT_EQ(fixed->spans[0].offset, -18'000);
  const auto changing = read_zone(file({}, {-18'000}, "EST5EDT,M3.2.0,M11.1.0"));
  ASSERT_TRUE(changing.has_value());
  EXPECT_TRUE(changing->repeats_before);
}

TEST(ZoneTable, WhatIsNoZoneIsNone) {
  const std::string good = file({{0, 1}}, {0, 3600}, "CET-1");
  ASSERT_TRUE(read_zone(good).has_value());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(read_zone(good.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(read_zone(file({{0, 2}}, {0, 3600}, "CET-1")).has_value()) << "no such type";
  EXPECT_FALSE(read_zone(file({{5, 1}, {5, 0}}, {0, 3600}, "CET-1")).has_value()) << "not in order";
  EXPECT_FALSE(read_zone(file({{0, 1}}, {0, 100'000}, "CET-1")).has_value()) << "no such offset";
  EXPECT_FALSE(read_zone(file({{0, 1}}, {0, 3600}, "CET")).has_value()) << "no rule";
  EXPECT_FALSE(read_zone(file({{0, 1}}, {0, 3600}, "CET-1", 2)).has_value()) << "leap seconds";
}

}  // namespace
}  // namespace decant
