// Local times of every zone, of years long gone and far ahead, as PostgreSQL has them: it reads the
// same tz database by code of its own.
#include <map>
#include <sstream>

#include "common/value/calendar.h"
#include "tests/integration/postgres/postgres_fixture.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant::test {
namespace {

constexpr std::int64_t k_second = 1'000'000;
constexpr std::int64_t k_hour = 3600 * k_second;
constexpr int k_last_year = 2500;

std::int64_t start_of(int year, int month) {
  return days_from_civil({year, month, 1}) * k_us_per_day;
}

// Whole seconds since 2000: any, and those of the months in which clocks are changed.
std::vector<std::int64_t> moments(testing_support::Seeded& random) {
  std::vector<std::int64_t> found;
  for (int i = 0; i < 200; ++i) {
    found.push_back(
        random.between(start_of(1900, 1) / k_second, start_of(k_last_year + 1, 1) / k_second));
    for (const int month : {3, 4, 10, 11}) {
      const std::int64_t start =
          start_of(static_cast<int>(random.between(1900, k_last_year)), month);
      found.push_back(start / k_second + random.between(0, 31 * 24 * 4) * 900);
    }
  }
  return found;
}

std::string list_of(const std::vector<std::int64_t>& values) {
  std::string list;
  for (const std::int64_t value : values) list += (list.empty() ? "" : ",") + std::to_string(value);
  return list;
}

class PostgresTimeZones : public PostgresTest {
 protected:
  // For each moment what a clock shows at it, and whether it is itself a local time of the zone. A
  // name that is an abbreviation too (CET) means one offset for all of the year to PostgreSQL.
  std::string clocks(const std::vector<std::int64_t>& moments, const std::string& zones) {
    return ask(
        "SELECT string_agg(z.name || ' ' || extract(epoch FROM (timestamptz '2000-01-01 00:00Z' + "
        "m * interval '1 second') AT TIME ZONE z.name)::bigint - 946684800 || ' ' || "
        "(((timestamp '2000-01-01' + m * interval '1 second') AT TIME ZONE z.name) AT TIME ZONE "
        "z.name = timestamp '2000-01-01' + m * interval '1 second')::int, E'\\n' ORDER BY z.name, "
        "i) FROM (SELECT name FROM pg_timezone_names WHERE name NOT IN (SELECT "
        "abbrev FROM pg_timezone_abbrevs) AND " +
        zones + ") z, unnest(ARRAY[" + list_of(moments) +
        "]::bigint[]) WITH ORDINALITY AS moments (m, i)");
  }
};

TEST_F(PostgresTimeZones, AreOursInEveryYear) {
  testing_support::Seeded random;
  std::size_t zones = 0;
  for (const char initial : {'A', 'B', 'C', 'E', 'G', 'I', 'J', 'M', 'P', 'U'}) {
    const std::vector<std::int64_t> asked = moments(random);
    std::istringstream answers(clocks(asked, std::string("name LIKE '") + initial + "%'"));
    std::map<std::string, TimeZone> known;
    std::string name;
    std::int64_t clock = 0;
    bool is_local_time = false;
    for (std::size_t i = 0; answers >> name >> clock >> is_local_time; ++i) {
      if (i % asked.size() == 0) known.emplace(name, value_of(TimeZone::find(name)));
      const TimeZone& zone = known.at(name);
      const std::int64_t moment = asked[i % asked.size()] * k_second;
      const std::int64_t local = zone.to_local(moment);
      ASSERT_EQ(local, clock * k_second) << name << " at " << format_timestamp(moment);
      // The way back leads to the same moment, or to the first of two that clocks showed alike.
      const std::int64_t back = zone.to_utc(local);
      ASSERT_LE(back, moment) << name << " at " << format_timestamp(moment);
      ASSERT_GT(back, moment - 26 * k_hour) << name << " at " << format_timestamp(moment);
      ASSERT_EQ(zone.to_local(back), local) << name << " at " << format_timestamp(moment);
      ASSERT_EQ(zone.to_local(zone.to_utc(moment)) == moment, is_local_time)
          << name << " shows " << format_timestamp(moment);
    }
    zones += known.size();
  }
  EXPECT_GT(zones, 500U);
}

}  // namespace
}  // namespace decant::test
