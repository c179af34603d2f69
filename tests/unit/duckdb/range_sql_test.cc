// What this engine reads in the literals that ranges are written with.
#include "common/connector/range_sql.h"

#include "common/connector/engine_times.h"
#include "common/job/slice.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

class DuckDbRanges : public testing::Test {
 protected:
  DuckDbRanges() : target_(open_target(folder_ / "ranges.duckdb")) {}

  static std::string literal(TypeKind kind, std::int64_t value) {
    return range_literal(Dialect::kDuckDb, kind, value);
  }
  std::string asked(const std::string& expression) {
    const auto rows = target_->sql().query("SELECT CAST(" + expression + " AS VARCHAR)");
    return rows ? rows->at(0).at(0).value_or("NULL") : rows.error().to_string();
  }

 private:
  TempFolder folder_;
  std::unique_ptr<Target> target_;
};

TEST_F(DuckDbRanges, AreReadAsLiteralsOfAnyText) {
  for (const std::string text : {"plain", "it's", "a\\b", "\\", "\\'\\n\\\\", "E'\\", ""})
    EXPECT_EQ(asked(quote_literal(text)), text);
}

TEST_F(DuckDbRanges, AreOfTheSameDayAndMomentAlsoBeforeChrist) {
  for (const CivilDate date :
       {CivilDate{-43, 3, 15}, CivilDate{44, 3, 15}, CivilDate{0, 12, 31}, CivilDate{1, 1, 1},
        CivilDate{-290'000, 2, 1}, CivilDate{2024, 8, 1}, CivilDate{290'000, 12, 1}}) {
    const std::int64_t day = days_from_civil(date);
    const std::string day_literal = literal(TypeKind::kDate, day);
    EXPECT_EQ(asked(day_literal + " - DATE '2000-01-01'"), std::to_string(day)) << day_literal;
    for (const std::int64_t us : {std::int64_t{0}, std::int64_t{1}, k_us_per_day - 1}) {
      const std::int64_t moment = day * k_us_per_day + us;
      const std::int64_t since_1970 = moment + k_days_1970_to_2000 * k_us_per_day;
      for (const TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
        const std::string text = literal(kind, moment);
        EXPECT_EQ(asked("epoch_us(" + text + ")"), std::to_string(since_1970)) << text;
      }
    }
  }
}

TEST_F(DuckDbRanges, HaveTheInfiniteTimesAtTheirEnds) {
  for (const TypeKind kind : {TypeKind::kDate, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    EXPECT_EQ(asked(literal(kind, k_infinity)), "infinity");
    EXPECT_EQ(asked(literal(kind, k_minus_infinity)), "-infinity");
  }
}

// PostgreSQL has thirty years more.
TEST_F(DuckDbRanges, EndWithTheEngineAndBeginWithIt) {
  const std::int64_t december = days_from_civil({294'276, 12, 1}) * k_us_per_day;
  for (const TypeKind kind : {TypeKind::kTimestamp, TypeKind::kTimestampTz})
    EXPECT_EQ(asked(literal(kind, december)), "infinity");
  const std::int64_t last = k_duckdb_times.last_us;
  EXPECT_EQ(asked(literal(TypeKind::kTimestamp, last)), "294247-01-10 04:00:54.775806");
  EXPECT_EQ(asked(literal(TypeKind::kTimestamp, last + 1)), "infinity");
  EXPECT_EQ(asked(literal(TypeKind::kDate, k_duckdb_times.last_day)), "5881580-07-10");
  EXPECT_EQ(asked(literal(TypeKind::kDate, k_duckdb_times.last_day + 1)), "infinity");
  EXPECT_EQ(asked(literal(TypeKind::kDate, k_duckdb_times.first_day)), "5877642-06-25 (BC)");
  EXPECT_EQ(asked(literal(TypeKind::kDate, k_duckdb_times.first_day - 1)), "5877642-06-25 (BC)");
}

}  // namespace
}  // namespace decant::test
