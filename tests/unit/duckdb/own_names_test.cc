// Every relation in the SQL of a load has a name that no column of a table can have: DuckDB takes
// `s.id` for a field of the column `s` that is nearest.
#include <gtest/gtest-spi.h>

#include <regex>

#include "common/connector/elsewhere_sql.h"
#include "common/connector/fixed_columns.h"
#include "common/connector/held_rows.h"
#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/load_sql.h"
#include "common/connector/moved_rows.h"
#include "common/connector/rival_sql.h"
#include "common/connector/surplus_sql.h"
#include "common/connector/unique_sql.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

// Without what stands in quotes, and without the texts.
std::string bare(const std::string& sql) {
  return std::regex_replace(sql, std::regex(R"('([^']|'')*'|"([^"]|"")*")"), "?");
}

// Of temporary tables, and of the engines' own functions.
bool is_place(const std::string& name) {
  return name == "pg_temp" || name == "temp" || name == "main" || name == "pg_catalog" ||
         name == "system";
}

// Users may have tables of any name, which a bare one would be looked for among.
void expect_places(const std::string& text) {
  const std::regex table(R"((?:FROM|JOIN|INTO|UPDATE|USING|TABLE|EXISTS) (decant_\w+)\b(?!\.))");
  for (std::sregex_iterator at(text.begin(), text.end(), table), end; at != end; ++at) {
    const std::string name = (*at)[1];
    const bool is_of_the_statement = name == "decant_k" || name == "decant_gone";
    EXPECT_TRUE(is_of_the_statement) << name << " has no place in " << text;
  }
}

void expect_own_names(const std::string& sql) {
  const std::string text = bare(sql);
  expect_places(text);
  const std::regex before_a_dot(R"(\b([A-Za-z_]\w*)\.)");
  // Types, and the numbered columns of decant_diff, are no relations.
  const std::regex after_as(R"(\bAS (?!TEXT\b|BIGINT\b|[on]\d*\b)([A-Za-z_]\w*))");
  for (const std::regex& pattern : {before_a_dot, after_as}) {
    for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at) {
      const std::string name = (*at)[1];
      const bool is_word = name == "SELECT" || name == "WITH" || name == "UUID";
      if (is_place(name)) continue;
      EXPECT_TRUE(is_word || name.starts_with("decant_")) << name << " in " << sql;
    }
  }
}

void expect_own_names(const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) expect_own_names(sql);
}

class OwnNames : public testing::TestWithParam<std::tuple<Dialect, LoadMethod, bool>> {
 protected:
  OwnNames() {
    plan_.entity = plan_of(
        "pos.ventas",
        {{"tienda", "text", false}, {"fecha", "date"}, {"id", "int64", false}, {"nota", "json"}},
        {"tienda", "id"});
    const auto& [dialect, method, latest] = GetParam();
    if (latest) plan_.entity.write.latest_by = "fecha";
    if (method == LoadMethod::kUpsert) plan_.entity.write.mode = WriteMode::kUpsert;
    if (method == LoadMethod::kInsert) plan_.entity.write.mode = WriteMode::kInsert;
    plan_.method = method;
    plan_.chunks = {month_chunk("a", 2024, 8), month_chunk("b", 2024, 9), undated_chunk("a")};
    plan_.tried_again = {1};
    plan_.remapped = {0};
    plan_.rejects_moved_keys = true;
    plan_.job = "job";
    plan_.ledger_schema = "decant";
    load_.dialect = dialect;
    load_.plan = &plan_;
    load_.stage = "\"stage\"";
    load_.chunks = {0, 1, 2};
    load_.table_columns = {"tienda", "fecha", "id", "nota", "more"};
    load_.undo_table = "decant.undo_1";
    if (method == LoadMethod::kUpsert || method == LoadMethod::kInsert)
      load_.key_table = "decant.keys_1";
    load_.indexed_columns = {"tienda", "id", "fecha"};
    load_.fixed_columns = {"fecha"};
    load_.unique_keys = {{"tienda", "id"}, {"fecha", "nota"}};
    load_.nullable_columns = {"fecha", "id"};
    load_.refused_keys = "\"keys\"";
    load_.unique_moves = latest ? UniqueMoves::kParked : UniqueMoves::kReplaced;
    load_.stage_is_difference = latest;
  }

  LoadPlan plan_;
  LoadSqlInput load_;
};
INSTANTIATE_TEST_SUITE_P(Of, OwnNames,
                         testing::Combine(testing::Values(Dialect::kDuckDb, Dialect::kPostgres),
                                          testing::Values(LoadMethod::kAppend,
                                                          LoadMethod::kReplaceByKey,
                                                          LoadMethod::kReplaceRange,
                                                          LoadMethod::kUpsert, LoadMethod::kInsert),
                                          testing::Bool()));

TEST_P(OwnNames, AreThoseOfTheStatementsOfALoad) {
  const LoadStatements statements = load_statements(load_);
  for (const auto& list :
       {statements.prepare, statements.apply, statements.keys, statements.clean}) {
    expect_own_names(list);
  }
  expect_own_names({statements.refused, statements.elsewhere, statements.rivals, statements.counts,
                    select_held(load_), count_renewed(load_)});
  expect_own_names(join_moved_rows(load_));
  expect_own_names(renew_rows(load_));
  expect_own_names({select_taken(load_), select_taken_of_stage(load_), parked_columns(load_)});
  expect_own_names(select_elsewhere(load_));
  expect_own_names(select_rows_of_chunks(load_.dialect, plan_, load_.chunks, "decant_t.\"id\""));
  Reference child{.table = "\"child\"", .columns = {"of"}, .referenced = {"id"}};
  child.refuses_delete = child.refuses_update = child.is_own = child.can_read = true;
  for (const Refused& refused : refused_by(load_, child))
    expect_own_names({refused.rows, refused.when});
}

TEST_P(OwnNames, AreThoseOfTheTablesOfKeys) {
  const EntityPlan& plan = plan_.entity;
  KeyTableTypes found;
  found.table["id"] = {"BIGINT", {}};
  found.keys["id"] = {"INTEGER", {}};
  expect_own_names(fit_key_tables(load_.dialect, "decant", plan, found, Casts::kAll));
  expect_own_names(write_keys(plan_, load_.chunks, "decant.keys_1", "SELECT 1"));
  expect_own_names({select_owners_to_judge(plan, "decant"), count_claimed_rows(plan, "decant"),
                    select_owners_of_one_key(plan, "decant"),
                    forget_claims_of_one_key(plan, "decant"),
                    select_owned_rows(plan, "job", "decant", plan_.chunks),
                    select_claimed_rows(plan, "job", "decant", plan_.chunks[0])});
  expect_own_names(split_keys(load_.dialect, plan, "job", "decant", plan_.chunks[0], plan_.chunks));
}

TEST_P(OwnNames, AreThoseByWhichSurplusRowsAreTakenOut) {
  const SurplusStatements surplus =
      surplus_statements(load_.dialect, plan_.entity, load_.table_columns, 2);
  expect_own_names(surplus.prepare);
  expect_own_names(surplus.remove);
  expect_own_names(
      {surplus.count, select_surplus(load_.dialect, plan_.entity, 1, 2),
       select_duplicate_keys(plan_.entity, {0, 1}),
       keep_surplus({load_.dialect, "decant.undo_1", "run", load_.table_columns, {{1, "c"}}})});
}

TEST(OwnName, IsWhatTheseTestsTellFromOthers) {
  EXPECT_NONFATAL_FAILURE(expect_own_names("SELECT s.\"id\" FROM \"x\""), "s in");
  EXPECT_NONFATAL_FAILURE(expect_own_names("SELECT 1 FROM \"x\" AS t0 WHERE TRUE"), "t0 in");
  EXPECT_NONFATAL_FAILURE(expect_own_names("DROP TABLE IF EXISTS decant_diff"), "has no place");
}

}  // namespace
}  // namespace decant::test
