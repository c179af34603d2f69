// What this engine reads in the literals that ranges are written with, whatever the session shows.
#include "common/connector/range_sql.h"
#include "common/connector/instant_sql.h"

#include "common/connector/engine_times.h"
#include "common/job/slice.h"
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class PostgresRanges : public PostgresTest {
 protected:
  static std::string literal(TypeKind kind, std::int64_t value) {
    return range_literal(Dialect::kPostgres, kind, value);
  }
  std::string asked(const std::string& expression) { return ask("SELECT " + expression); }
};

TEST_F(PostgresRanges, AreOfTheSameDayAndMomentAlsoBeforeChrist) {
  for (const CivilDate date :
       {CivilDate{-43, 3, 15}, CivilDate{44, 3, 15}, CivilDate{0, 12, 31}, CivilDate{1, 1, 1},
        CivilDate{-4712, 1, 1}, CivilDate{2024, 8, 1}, CivilDate{290'000, 12, 1}}) {
    const std::int64_t day = days_from_civil(date);
    const std::string day_literal = literal(TypeKind::kDate, day);
    EXPECT_EQ(asked(day_literal + " - DATE '2000-01-01'"), std::to_string(day)) << day_literal;
    for (const std::int64_t us : {std::int64_t{0}, std::int64_t{1}, k_us_per_day - 1}) {
      const std::int64_t moment = day * k_us_per_day + us;
      const std::int64_t since_1970 = moment + k_days_1970_to_2000 * k_us_per_day;
      for (const TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
        const std::string text = literal(kind, moment);
        EXPECT_EQ(asked("CAST(extract(epoch FROM " + text + ") * 1000000 AS BIGINT)"),
                  std::to_string(since_1970))
            << text;
      }
    }
  }
}

TEST_F(PostgresRanges, AreCountedToTheMicrosecondUpToTheLastOne) {
  const std::int64_t last = k_postgres_times.last_us;
  const std::int64_t thirty_years = k_days_1970_to_2000 * k_us_per_day;
  for (const std::int64_t us :
       {k_postgres_times.first_us, std::int64_t{-1}, std::int64_t{1}, last - thirty_years - 1,
        last - thirty_years, last - thirty_years + 1, last - 1, last}) {
    EXPECT_EQ(asked(microseconds_sql(Dialect::kPostgres, literal(TypeKind::kTimestampTz, us))),
              std::to_string(us));
  }
}

TEST_F(PostgresRanges, HaveTheInfiniteTimesAtTheirEnds) {
  for (const TypeKind kind : {TypeKind::kDate, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    EXPECT_EQ(asked(literal(kind, k_infinity) + "::text"), "infinity");
    EXPECT_EQ(asked(literal(kind, k_minus_infinity) + "::text"), "-infinity");
  }
}

// The first month begins before the first day, the last one ends behind the last moment.
TEST_F(PostgresRanges, EndWithTheEngineAndBeginWithIt) {
  const std::int64_t november = days_from_civil({-4713, 11, 1});
  const std::int64_t january = days_from_civil({294'277, 1, 1}) * k_us_per_day;
  const std::string first = "4714-11-24";
  EXPECT_EQ(asked(literal(TypeKind::kDate, november) + "::text"), first + " BC");
  for (const TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    const std::string in_utc = kind == TypeKind::kTimestampTz ? " AT TIME ZONE 'UTC'" : "";
    const auto shown = [&](std::int64_t us) {
      return asked("(" + literal(kind, us) + in_utc + ")::text");
    };
    EXPECT_EQ(shown(november * k_us_per_day), first + " 00:00:00 BC");
    EXPECT_EQ(shown(k_postgres_times.first_us), first + " 00:00:00 BC");
    EXPECT_EQ(shown(january - 1), "294276-12-31 23:59:59.999999");
    EXPECT_EQ(shown(k_postgres_times.last_us), "294276-12-31 23:59:59.999999");
    EXPECT_EQ(shown(january), "infinity");
  }
}

}  // namespace
}  // namespace decant::test
