// Macros and tables of a file that are called like functions and views of DuckDB's own: DuckDB
// looks up what the file has first.
#include "common/connector/duckdb/duckdb_source.h"
#include "common/value/canonical.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

// Each gives something else than the function that it is called like.
constexpr const char* k_macros =
    "CREATE MACRO hash(a) AS md5(a::VARCHAR), (a, b) AS md5('x'); "
    "CREATE MACRO max(a) AS 'macro', (a, b) AS 'macro'; CREATE MACRO min(a) AS 'macro'; "
    "CREATE MACRO sum(a) AS -1; CREATE MACRO count(a) AS 0; CREATE MACRO count_star() AS 0; "
    "CREATE MACRO contains(a, b) AS false; CREATE MACRO list_contains(a, b) AS false; "
    "CREATE MACRO translate(a, b, c) AS 'macro'; CREATE MACRO isfinite(a) AS false; "
    "CREATE MACRO timezone(a, b) AS NULL; CREATE MACRO epoch_us(a) AS 0; "
    "CREATE MACRO current_database() AS 'macro'; "
    "CREATE MACRO duckdb_columns() AS TABLE SELECT 1 AS macro; "
    "CREATE MACRO duckdb_views() AS TABLE SELECT 1 AS macro; "
    "CREATE MACRO strftime(a, b) AS 'macro'; CREATE MACRO now() AS NULL";

EntityPlan latest_plan(const std::string& table) {
  EntityPlan plan =
      plan_of(table, {{"id", "int64", false}, {"nombre", "text"}, {"cambio", "date"}}, {"id"});
  plan.write.latest_by = "cambio";
  return plan;
}

class OwnFunctions : public testing::Test {
 protected:
  void have(const std::string& sql) { ASSERT_OK(open_target(file_)->sql().execute(sql)); }
  const TempFolder folder_;
  const std::string file_ = folder_ / "t.duckdb";
};

TEST_F(OwnFunctions, AreThoseOfALoadWhateverMacrosTheTargetHas) {
  have(std::string(k_macros) + "; CREATE MACRO \"-\"(a, b) AS 7");
  const auto target = open_target(file_);
  for (const std::string table : {"t", "main.u", "Main.v", "pos.w"}) {
    EntityPlan entity = latest_plan(table);
    ASSERT_OK(target->create_table(entity));
    entity.write.mode = WriteMode::kUpsert;
    ASSERT_OK(target->ensure_key_table("main", entity));
    ASSERT_OK(target->ensure_undo_table("main", table, {"id", "nombre", "cambio"}));
    entity.write.mode = WriteMode::kReplace;
    const LoadPlan plan = load_plan(entity, LoadMethod::kUpsert, {whole_chunk()}, folder_.path());
    load(*target, plan, {{"1", "new", "2024-03-01"}, {"2", "two", "2024-01-01"}});
    load(*target, plan, {{"1", "old", "2024-02-01"}, {"2", "three", "2024-05-01"}});
    EXPECT_EQ(rows_of(*target, "SELECT id, nombre FROM " + table),
              (std::vector<TextRow>{{"1", "new"}, {"2", "three"}}));
    const auto shape = target->describe(table);
    ASSERT_OK(shape);
    ASSERT_TRUE(shape->has_value());
    EXPECT_EQ((*shape)->schema.fields.size(), 3U);
    EXPECT_TRUE((*shape)->has_rows);
  }
}

TEST_F(OwnFunctions, FindKeysThatRowsShareWhateverAMacroCalledHashGives) {
  have(k_macros);
  const auto target = open_target(file_);
  EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  ASSERT_OK(target->create_table(entity));
  ASSERT_OK(target->sql().execute("INSERT INTO t SELECT range, 'x' FROM range(1000)"));
  ASSERT_OK(target->build_key(entity));
  ASSERT_OK(target->sql().execute("INSERT INTO t VALUES (7, 'again')"));
  const Status doubled = target->build_key(entity);
  ASSERT_FALSE(doubled.has_value());
  EXPECT_EQ(doubled.error().code, ErrorCode::kDataRefused);
}

TEST_F(OwnFunctions, ATableMayBeCalledLikeAViewOfDuckDbsOwn) {
  for (const std::string name : {"duckdb_columns", "duckdb_tables", "duckdb_views", "pg_tables"}) {
    const EntityPlan entity = latest_plan(name);
    ASSERT_OK(open_target(file_)->create_table(entity));
    const auto target = open_target(file_);
    const LoadPlan plan = load_plan(entity, LoadMethod::kUpsert, {whole_chunk()}, folder_.path());
    load(*target, plan, {{"1", "one", "2024-03-01"}});
    const auto shape = target->describe(name);
    ASSERT_OK(shape);
    ASSERT_TRUE(shape->has_value());
    EXPECT_TRUE((*shape)->has_rows);
  }
}

class OwnFunctionsOfASource : public OwnFunctions {
 protected:
  void SetUp() override {
    have(
        "CREATE TABLE t AS SELECT range AS id, TIMESTAMPTZ '2024-01-01' + INTERVAL (range) DAY "
        "AS seen, 'x' AS nombre FROM range(50); CREATE SCHEMA memory; CREATE TABLE "
        "decant_file.memory.t AS SELECT 1 AS id");
    have(k_macros);
    have(
        "CREATE MACRO decant_file.main.mine(a) AS max(a) || '!'; CREATE VIEW decant_file.main.bent "
        "AS SELECT mine(id) AS id FROM t");
    SourceRequest request;
    request.connection = "duckdb:" + file_;
    request.time_zone = "America/Caracas";
    auto opened = open_duckdb_source(request);
    ASSERT_OK(opened);
    source_ = std::move(*opened);
  }

  std::int64_t rows(const EntitySpec& entity) {
    CensusRequest request;
    request.chunk_rows = 10;
    const auto census = source_->census({}, entity, request);
    EXPECT_TRUE(census.has_value()) << census.error().to_string();
    std::int64_t count = 0;
    if (!census) return count;
    for (const CensusCell& cell : census->extents.front().cells) count += cell.rows;
    return count;
  }

  // The first value of each row.
  std::vector<std::string> read(const EntitySpec& entity) {
    const auto found = source_->open({.entity = &entity, .columns = {"id"}});
    EXPECT_TRUE(found.has_value()) << found.error().to_string();
    std::vector<std::string> out;
    std::vector<Reject> faults;
    RowBatch batch;
    while (found && (*found)->next(batch, faults).value_or(false)) {
      for (std::size_t row = 0; row < batch.rows; ++row)
        out.push_back(display_text(batch.columns[0], row));
    }
    return out;
  }

  std::unique_ptr<Source> source_;
};

TEST_F(OwnFunctionsOfASource, CountItsRowsWhateverMacrosItHas) {
  EntitySpec entity;
  entity.read.table = "t";
  EXPECT_EQ(rows(entity), 50);
  entity.read.key = "id";
  EXPECT_EQ(rows(entity), 50);
  entity.read.key.clear();
  entity.read.time = "seen";
  EXPECT_EQ(rows(entity), 50);
  entity.read.table.clear();
  entity.read.sql = "SELECT * FROM t WHERE id > 9";
  EXPECT_EQ(rows(entity), 40);
}

TEST_F(OwnFunctionsOfASource, LeaveItsOwnMacrosToItsQueriesAndViews) {
  EntitySpec entity;
  entity.read.sql = "SELECT mine(1) || max(2) AS id";
  EXPECT_EQ(read(entity), std::vector<std::string>{"macro!macro"});
  entity.read.sql.clear();
  entity.read.table = "bent";
  EXPECT_EQ(read(entity), std::vector<std::string>(50, "macro!"));
}

TEST_F(OwnFunctionsOfASource, TakeNoSchemaForACatalogOfTheSameName) {
  EntitySpec entity;
  entity.read.table = "memory.t";
  EXPECT_EQ(read(entity), std::vector<std::string>{"1"});
  EXPECT_EQ(rows(entity), 1);
}

}  // namespace
}  // namespace decant::test
