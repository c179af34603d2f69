// Queries whose answer hangs on the order of rows, or on chance: what is told of them, and that
// chunks of them meet.
#include <algorithm>

#include "common/connector/duckdb/duckdb_source.h"
#include "common/connector/plan_text.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

class Steadiness : public testing::Test {
 protected:
  void SetUp() override {
    const auto target = open_target(folder_ / "a.duckdb");
    ASSERT_OK(target->sql().execute(
        "CREATE TABLE t AS SELECT range % 10 AS id, range AS v, DATE '2024-01-15' + CAST(range // "
        "20 AS INT) * 31 AS d FROM range(100)"));
    ASSERT_OK(target->sql().execute(
        "CREATE VIEW numbered AS SELECT row_number() OVER () AS n, d FROM t"));
    ASSERT_OK(target->sql().execute("CREATE VIEW firsts AS SELECT DISTINCT\n ON (id) * FROM t"));
  }
  std::unique_ptr<Source> source() {
    SourceRequest request;
    request.connection = "duckdb:" + (folder_ / "a.duckdb");
    auto opened = open_duckdb_source(request);
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    return std::move(*opened);
  }
  static EntitySpec entity(const std::string& sql) {
    EntitySpec spec;
    spec.name = "e";
    spec.read.sql = sql;
    spec.read.time = "d";
    return spec;
  }
  CensusResult census(const EntitySpec& spec) {
    auto taken = source()->census({}, spec, {});
    EXPECT_TRUE(taken.has_value()) << taken.error().to_string();
    return taken ? *taken : CensusResult();
  }
  std::string unsteady(const std::string& sql) { return census(entity(sql)).unsteady; }

  std::int64_t rows_in(const EntitySpec& spec, const ValueRange& range) {
    ReadRequest request;
    request.entity = &spec;
    request.columns = {"id", "v", "d"};
    request.range_column = "d";
    request.range_kind = TypeKind::kDate;
    request.extent.kind = ExtentKind::kRange;
    request.extent.range = range;
    const auto from = source();
    auto rows = from->open(request);
    EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
    RowBatch batch;
    std::vector<Reject> faults;
    std::int64_t count = 0;
    while (rows && (*rows)->next(batch, faults).value_or(false))
      count += static_cast<std::int64_t>(batch.rows);
    return count;
  }

 private:
  TempFolder folder_;
};

// DuckDB 1.4 moves a condition below DISTINCT ON: each month would have first rows of its own.
TEST_F(Steadiness, FirstRowsOfGroupsAreTheSameInEveryChunk) {
  for (const char* sql :
       {"SELECT DISTINCT ON (id) id, v, d FROM t ORDER BY id, v", "SELECT * FROM firsts",
        "SELECT id, first(v) AS v, first(d) AS d FROM t GROUP BY id"}) {
    const EntitySpec spec = entity(sql);
    const CensusResult taken = census(spec);
    EXPECT_EQ(taken.unsteady, "DISTINCT ON");
    ASSERT_EQ(taken.extents.size(), 1u);
    std::int64_t counted = 0, read = 0;
    for (const CensusCell& cell : taken.extents[0].cells) counted += cell.rows;
    for (std::int64_t month = 0; month < 5; ++month)  // days of the table
      read += rows_in(spec, {8765 + month * 31, 8765 + (month + 1) * 31});
    EXPECT_EQ(counted, 10) << sql;
    EXPECT_EQ(read, 10) << sql;
  }
}

TEST_F(Steadiness, WhatMakesAnAnswerAnotherEachTimeIsNamed) {
  EXPECT_EQ(unsteady("SELECT * FROM t"), "");
  EXPECT_EQ(unsteady("SELECT d, count(*) AS n, sum(v) AS s FROM t GROUP BY d"), "");
  EXPECT_EQ(unsteady("SELECT DISTINCT id, d FROM t"), "");
  EXPECT_EQ(unsteady("SELECT * FROM t WHERE id = (SELECT max(id) FROM t)"), "");
  EXPECT_EQ(unsteady("SELECT d, rank() OVER (ORDER BY id) AS n FROM t"), "");
  EXPECT_EQ(unsteady("SELECT * FROM numbered"), "row_number");
  EXPECT_EQ(unsteady("SELECT * FROM t ORDER BY v LIMIT 3;"), "LIMIT");
  EXPECT_EQ(unsteady("SELECT * FROM t LIMIT 10%"), "LIMIT");
  EXPECT_EQ(unsteady("SELECT * FROM t USING SAMPLE 50%"), "SAMPLE");
  EXPECT_EQ(unsteady("SELECT * FROM t USING SAMPLE 5 ROWS"), "SAMPLE");
  EXPECT_EQ(unsteady("SELECT id, any_value(d) AS d FROM t GROUP BY id"), "any_value");
  EXPECT_EQ(unsteady("SELECT *, random() AS r FROM t"), "random()");
}

// In parentheses DuckDB would call the second one a_1, and the real a_1 otherwise.
TEST_F(Steadiness, AQueryWithANameTwiceIsRefused) {
  const auto described = source()->describe(entity("SELECT d, id AS a, v AS a, 7 AS a_1 FROM t;"));
  ASSERT_FALSE(described);
  EXPECT_EQ(described.error().code, ErrorCode::kMismatch);
  EXPECT_NE(described.error().message.find("two columns called \"a\""), std::string::npos);
}

TEST_F(Steadiness, WhatIsReadAtOnceIsNotCut) {
  EntitySpec spec = entity("SELECT row_number() OVER () AS n FROM t");
  spec.read.time.clear();
  EXPECT_EQ(census(spec).unsteady, "");
}

TEST(PlanText, FunctionsAreWordsBeforeAParenthesis) {
  EXPECT_EQ(
      functions_in("a, b + lower(x) || \"Mine\"(y) (z) \\\"first\\\"(#1) ROW_NUMBER() OVER (?)"),
      (std::set<std::string>{"first", "lower", "mine", "row_number"}));
}

TEST(PlanText, DistinctOnIsFoundInAnySpelling) {
  EXPECT_TRUE(says_distinct_on("select Distinct\n  ON(a) b"));
  EXPECT_TRUE(says_distinct_on("SELECT distinct x, (SELECT DISTINCT ON (a) b)"));
  EXPECT_FALSE(says_distinct_on("SELECT DISTINCT one, two FROM t JOIN u ON (a)"));
  EXPECT_FALSE(says_distinct_on("SELECT DISTINCTON"));
}

}  // namespace
}  // namespace decant::test
