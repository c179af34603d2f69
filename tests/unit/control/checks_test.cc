#include "coordinator/control/checks.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(LimitedCheck, PutsWhatCanBePutIntoAnotherQuery) {
  EXPECT_EQ(limited_check("  select 1 ;\n"),
            "SELECT * FROM (select 1\n) AS decant_check LIMIT 1001");
  EXPECT_EQ(limited_check("WITH a AS (SELECT 1) SELECT * FROM a -- all"),
            "SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a -- all\n) AS decant_check "
            "LIMIT 1001");
  for (const char* as_it_stands :
       {"SHOW TABLES", "SELECT 1; DELETE FROM t", "", "/* a */ SELECT 1"})
    EXPECT_EQ(limited_check(as_it_stands), as_it_stands);
}

CheckResult judge(const CheckSpec& check, std::vector<SqlRow> rows) {
  return judge_check(check, Result<std::vector<SqlRow>>(std::move(rows)));
}

TEST(JudgeCheck, ShowsTheFirstRowsThatShouldNotBeThere) {
  CheckSpec check;
  check.name = "no negative stock";
  EXPECT_TRUE(judge(check, {}).passed);
  EXPECT_EQ(judge(check, {}).text, "no rows");
  EXPECT_EQ(judge(check, {{"t1", "-4"}}).text, "1 row, none expected: t1 | -4");
  const CheckResult four = judge(check, {{"a"}, {std::nullopt}, {"c"}, {"d"}});
  EXPECT_FALSE(four.passed);
  EXPECT_EQ(four.text, "4 rows, none expected: a; NULL; c; …");
  EXPECT_EQ(judge(check, std::vector<SqlRow>(k_most_check_rows + 1, SqlRow{"x"})).text,
            "more than 1,000 rows, none expected: x; x; x; …");
  EXPECT_LT(judge(check, {{std::string(1'000'000, 'x')}}).text.size(), 200U);
}

TEST(JudgeCheck, ShowsTheValueThatIsNotTheOneExpected) {
  CheckSpec check;
  check.expect = CheckSpec::Expect::kValue;
  check.value = "42";
  EXPECT_TRUE(judge(check, {{"42"}}).passed);
  EXPECT_EQ(judge(check, {{"41"}}).text, "it is 41, expected 42");
  EXPECT_EQ(judge(check, {{std::nullopt}}).text, "it is NULL, expected 42");
  EXPECT_EQ(judge(check, {}).text, "one value was expected (42), and the query gives 0 rows");
  EXPECT_EQ(judge(check, {{"42", "1"}}).text,
            "one value was expected (42), and the query gives 1 row of 2 columns");
}

TEST(JudgeCheck, AQueryThatFailsFailsTheCheck) {
  const CheckResult result =
      judge_check(CheckSpec(), Result<std::vector<SqlRow>>(fail(ErrorCode::kUsage, "no column b")));
  EXPECT_FALSE(result.passed);
  EXPECT_EQ(result.text, "the query failed: no column b");
}

}  // namespace
}  // namespace decant
