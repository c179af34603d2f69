#include <gtest/gtest.h>

#include <unordered_set>

#include "common/base/clock.h"
#include "common/base/ids.h"

namespace decant {
namespace {

TEST(RunId, CarriesItsTimeAndFourCharacters) {
  const RunId id = make_run_id(1725138300, 0x12345678);
  EXPECT_EQ(id.value.substr(0, 17), "20240831T210500Z-");
  EXPECT_EQ(id.value.size(), 21U);
  EXPECT_NE(make_run_id(1725138300, 1).value, make_run_id(1725138300, 2).value);
}

TEST(Incarnation, DiffersBetweenLivesAndCanBeHashed) {
  std::unordered_set<Incarnation> seen;
  for (int i = 0; i < 100; ++i) seen.insert(make_incarnation());
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_EQ(to_hex(*seen.begin()).size(), 32U);
}

TEST(FormatUtc, WritesMilliseconds) {
  EXPECT_EQ(format_utc(1725138300123456), "2024-08-31T21:05:00.123Z");
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_utc(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_utc(-1'000'000), "1969-12-31T23:59:59.000Z");
}

TEST(SystemClock, NeverGoesBack) {
  const SystemClock clock;
  MonotonicMs last = clock.now();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicMs next = clock.now();
    EXPECT_LE(last, next);
    last = next;
  }
}

}  // namespace
}  // namespace decant
