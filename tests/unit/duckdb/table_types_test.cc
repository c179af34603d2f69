// Tables that were there already, with columns of types that Decant does not have itself, or wider
// than the job declares.
#include "common/connector/references.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

class TableTypes : public testing::Test {
 protected:
  void SetUp() override { target_ = open_target(folder_ / "t.duckdb"); }
  void run(const std::string& sql) { ASSERT_OK(target_->sql().execute(sql)); }
  // Loads a row in January; the key then wants to stand in February.
  Result<Loaded> move_key(const EntityPlan& entity, const TextRow& january,
                          const TextRow& february) {
    load(*target_,
         load_plan(entity, LoadMethod::kReplaceByKey, {month_chunk(std::string(k_all), 2024, 1)},
                   folder_.path()),
         {january});
    const LoadPlan plan = load_plan(entity, LoadMethod::kReplaceByKey,
                                    {month_chunk(std::string(k_all), 2024, 2)}, folder_.path());
    return commit(*target_, plan, stage(plan, {february}), all_chunks(plan));
  }
  const TempFolder folder_;
  std::unique_ptr<Target> target_;
};

// Their bits are not those of text: read as such they lead anywhere in memory.
TEST_F(TableTypes, WithoutAFormOfOursAreReadAsTextWhereAKeyIsLookedFor) {
  run("CREATE TABLE t (id BIGINT PRIMARY KEY, fecha DATE, e ENUM('a', 'b'), s STRUCT(a INTEGER), "
      "x INTEGER[2], l INTEGER[], i INTERVAL, b BIT, z TIMETZ, n TIMESTAMP_NS)");
  std::vector<PlanColumn> columns = {{"id", "int64", false}, {"fecha", "date"}};
  for (const char* name : {"e", "s", "x", "l", "i", "b", "z", "n"})
    columns.push_back({name, "text"});
  TextRow row = {"1",   "2024-01-05", "a",   "{'a': 1}",    "[1, 2]",
                 "[3]", "14 months",  "101", "12:00:00+01", "2024-01-01 00:00:00.123456789"};
  TextRow moved = row;
  moved[1] = "2024-02-05";
  const auto outcome = move_key(plan_of("t", columns, {"id"}), row, moved);
  ASSERT_OK(outcome);
  ASSERT_EQ(outcome->keys_elsewhere.size(), 1U);
  EXPECT_EQ(outcome->keys_elsewhere[0].value,
            month_chunk(std::string(k_all), 2024, 1).range.begin.value() + 4);
}

TEST_F(TableTypes, WiderThanDeclaredAreConvertedWhereAKeyIsLookedFor) {
  run("CREATE TABLE t (id BIGINT PRIMARY KEY, fecha DATE, unidades DECIMAL(38,0), precio "
      "DECIMAL(12,4))");
  const EntityPlan entity = plan_of("t",
                                    {{"id", "int64", false},
                                     {"fecha", "date"},
                                     {"unidades", "int64"},
                                     {"precio", "decimal(10,2)"}},
                                    {"id"});
  const auto outcome =
      move_key(entity, {"1", "2024-01-05", "7", "7.25"}, {"1", "2024-02-05", "7", "7.25"});
  ASSERT_OK(outcome);
  EXPECT_EQ(outcome->keys_elsewhere.size(), 1U);
}

// DuckDB does not look at the case of A to Z, and at that of all other letters.
TEST_F(TableTypes, TablesWhoseNamesDifferInTheCaseOfAnotherLetterAreTwo) {
  run("CREATE TABLE \"AÑO\" (id INTEGER PRIMARY KEY, \"Ñ\" INTEGER, \"ñ\" INTEGER UNIQUE)");
  run("CREATE TABLE \"año\" (otro INTEGER, id INTERVAL)");
  run("CREATE TABLE hijo (id INTEGER REFERENCES \"AÑO\" (id))");
  const auto upper = target_->describe("aÑo");
  ASSERT_OK(upper);
  EXPECT_EQ((*upper)->schema.fields.size(), 3U);
  EXPECT_EQ((*upper)->unique_keys, (std::vector<std::vector<std::string>>{{"id"}, {"ñ"}}));
  EXPECT_TRUE((*upper)->loose_columns.empty());
  const auto lower = target_->describe("AñO");
  ASSERT_OK(lower);
  EXPECT_EQ((*lower)->schema.fields.size(), 2U);
  EXPECT_TRUE((*lower)->unique_keys.empty());
  EXPECT_EQ((*lower)->loose_columns, (std::vector<std::string>{"id"}));
  EXPECT_EQ(references_to(target_->sql(), "AÑO").value().size(), 1U);
  EXPECT_TRUE(references_to(target_->sql(), "año").value().empty());
}

// '1 month' and '30 days' are equal there, too.
TEST_F(TableTypes, AColumnWithAnIntervalInsideIsNoKeyThatTellsRowsApart) {
  run("CREATE TABLE t (id INTEGER, s STRUCT(a INTERVAL), l INTERVAL[], v STRUCT(\"INTERVAL\" "
      "DATE))");
  EXPECT_EQ((*target_->describe("t"))->loose_columns, (std::vector<std::string>{"s", "l"}));
}

TEST_F(TableTypes, AnIndexIsOverTheColumnThatDuckDbCallsSo) {
  run("CREATE TABLE t (id INTEGER, \"Ñ\" INTEGER, \"ñ\" INTEGER)");
  run("CREATE UNIQUE INDEX i ON t (\"Ñ\")");
  EXPECT_EQ((*target_->describe("t"))->unique_keys, (std::vector<std::vector<std::string>>{{"Ñ"}}));
}

// A value that does not fit is not cut short: it would pass for the source's.
TEST_F(TableTypes, WiderThanDeclaredAreConvertedExactlyOrNotAtAll) {
  run("CREATE TABLE t (id BIGINT, unidades DECIMAL(38,2))");
  run("INSERT INTO t VALUES (1, 7)");
  const EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"unidades", "int64"}}, {"id"});
  const auto read = [&]() -> Result<std::int64_t> {
    DECANT_TRY_ASSIGN(const auto rows, target_->read_query(entity, "SELECT * FROM t", false));
    RowBatch batch;
    std::vector<Reject> faults;
    DECANT_TRY(rows->next(batch, faults));
    return batch.columns[1].words[0];
  };
  const auto whole = read();
  ASSERT_OK(whole);
  EXPECT_EQ(*whole, 7);
  run("UPDATE t SET unidades = 7.5");
  const auto bent = read();
  ASSERT_FALSE(bent);
  EXPECT_EQ(bent.error().code, ErrorCode::kMismatch);
}

}  // namespace
}  // namespace decant::test
