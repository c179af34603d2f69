// What this engine reads in the literals that ranges are written with, whatever the session shows.
#include "common/connector/range_sql.h"

#include "common/job/slice.h"
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class PostgresRanges : public PostgresTest {
 protected:
  std::string asked(const std::string& expression) { return ask("SELECT " + expression); }
};

TEST_F(PostgresRanges, AreOfTheSameDayAndMomentAlsoBeforeChrist) {
  for (const CivilDate date :
       {CivilDate{-43, 3, 15}, CivilDate{44, 3, 15}, CivilDate{0, 12, 31}, CivilDate{1, 1, 1},
        CivilDate{-4712, 1, 1}, CivilDate{2024, 8, 1}, CivilDate{290'000, 12, 1}}) {
    const std::int64_t day = days_from_civil(date);
    const std::string day_literal = range_literal(TypeKind::kDate, day);
    EXPECT_EQ(asked(day_literal + " - DATE '2000-01-01'"), std::to_string(day)) << day_literal;
    for (const std::int64_t us : {std::int64_t{0}, std::int64_t{1}, k_us_per_day - 1}) {
      const std::int64_t moment = day * k_us_per_day + us;
      const std::int64_t since_1970 = moment + k_days_1970_to_2000 * k_us_per_day;
      for (const TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
        const std::string literal = range_literal(kind, moment);
        EXPECT_EQ(asked("CAST(extract(epoch FROM " + literal + ") * 1000000 AS BIGINT)"),
                  std::to_string(since_1970))
            << literal;
      }
    }
  }
}

TEST_F(PostgresRanges, HaveTheInfiniteTimesAtTheirEnds) {
  for (const TypeKind kind : {TypeKind::kDate, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    EXPECT_EQ(asked(range_literal(kind, k_infinity) + "::text"), "infinity");
    EXPECT_EQ(asked(range_literal(kind, k_minus_infinity) + "::text"), "-infinity");
  }
}

}  // namespace
}  // namespace decant::test
