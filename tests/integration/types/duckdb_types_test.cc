// DuckDB's own types as a source, and as the types of a table that is there.
#include "tests/integration/types/moved.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

struct Case {
  const char* type;
  const char* values;
  const char* texts;  // of the values in a table of the same type
  const char* changed;
  const char* made;       // the type of a new column in PostgreSQL
  const char* elsewhere;  // and in DuckDB
};

constexpr Case k_cases[] = {
    {"TINYINT", "(1, -128), (2, 127)", "-128 ~ 127", "5", "smallint", "SMALLINT"},
    {"UTINYINT", "(1, 255)", "255", "5", "smallint", "SMALLINT"},
    {"USMALLINT", "(1, 65535)", "65535", "5", "integer", "INTEGER"},
    {"UINTEGER", "(1, 4294967295)", "4294967295", "5", "bigint", "BIGINT"},
    {"UBIGINT", "(1, 18446744073709551615)", "18446744073709551615", "5", "numeric(20,0)",
     "DECIMAL(20,0)"},
    {"HUGEINT", "(1, 99999999999999999999999999999999999999)",
     "99999999999999999999999999999999999999", "-5", "numeric(38,0)", "DECIMAL(38,0)"},
    {"UHUGEINT", "(1, 99999999999999999999999999999999999999)",
     "99999999999999999999999999999999999999", "5", "numeric(38,0)", "DECIMAL(38,0)"},
    {"INTEGER[]", "(1, [1, NULL]), (2, [])", "[1, NULL] ~ []", "[2]", "text", "VARCHAR"},
    {"VARCHAR[]", "(1, ['a, b', 'it''s', NULL])", nullptr, "['x']", "text", "VARCHAR"},
    {"STRUCT(a INTEGER, b VARCHAR)", "(1, {'a': 1, 'b': 'x'})", "{'a': 1, 'b': x}",
     "{'a': 2, 'b': 'y'}", "text", "VARCHAR"},
    {"MAP(VARCHAR, INTEGER)", "(1, MAP {'k': 1})", "{k=1}", "MAP {'k': 2}", "text", "VARCHAR"},
    {"ENUM('sad', 'happy')", "(1, 'sad')", "sad", "'happy'", "text", "VARCHAR"},
    {"INTERVAL", "(1, INTERVAL '1 month'), (2, INTERVAL '1 day 02:03:04.5')",
     "1 month ~ 1 day 02:03:04.5", "INTERVAL '30 days'", "text", "VARCHAR"},
    {"BIT", "(1, '10101')", "10101", "'1'", "text", "VARCHAR"},
    {"TIMESTAMP_S", "(1, '2024-08-31 21:05:07')", "2024-08-31 21:05:07", "'1969-12-31 23:59:59'",
     "timestamp without time zone", "TIMESTAMP"},
    {"TIMESTAMP_MS", "(1, '2024-08-31 21:05:07.123')", "2024-08-31 21:05:07.123",
     "'1969-12-31 23:59:59.999'", "timestamp without time zone", "TIMESTAMP"},
    {"TIMESTAMP_NS", "(1, '2024-08-31 21:05:07.123456789')", "2024-08-31 21:05:07.123456789",
     "'2024-08-31 21:05:07.5'", "text", "VARCHAR"},
    {"TIME WITH TIME ZONE", "(1, '21:05:07+02')", "21:05:07+02", "'21:05:08+02'", "text",
     "VARCHAR"},
    {"VARINT", "(1, '123456789012345678901234567890123456789012345')",
     "123456789012345678901234567890123456789012345", "'-5'", "text", "VARCHAR"},
    {"FLOAT", "(1, 0.1), (2, 'nan')", "0.1 ~ nan", "0.5", "double precision", "DOUBLE"},
};

class DuckDbTypes : public MovedTable {
 protected:
  void SetUp() override {
    MovedTable::SetUp();
    source_ = fresh_target(Engine::kDuckDb);
  }
  static std::string table(std::size_t i) { return "t" + std::to_string(i); }
  void fill_all() {
    std::string sql;
    for (std::size_t i = 0; i < std::size(k_cases); ++i) {
      sql += "CREATE TABLE " + table(i) + " (id INTEGER, v " + k_cases[i].type + "); INSERT INTO " +
             table(i) + " VALUES " + k_cases[i].values + ";";
    }
    changed_in(source_, sql);
  }
  void change_all() {
    std::string sql;
    for (std::size_t i = 0; i < std::size(k_cases); ++i)
      sql += "UPDATE " + table(i) + " SET v = " + k_cases[i].changed + " WHERE id = 1;";
    changed_in(source_, sql);
  }
  void write_all(const std::string& target, bool but_texts_of_others = false) {
    use_target(target);
    std::string text = "job: all\ntarget: ${DECANT_TARGET}\nentities:\n";
    for (std::size_t i = 0; i < std::size(k_cases); ++i) {
      if (but_texts_of_others && k_cases[i].texts == nullptr) continue;
      text += "  " + table(i) + ":\n    read: { table: " + table(i) + ", source: \"" + source_ +
              "\" }\n    write: { table: " + table(i) + ", key: [id] }\n";
    }
    write("job.yaml", text);
  }
  std::string made(std::size_t i) const {
    return asked(
        "SELECT data_type FROM information_schema.columns WHERE column_name = 'v' AND "
        "table_name = '" +
        table(i) + "'");
  }
  std::string source_;
};

TEST_F(DuckDbTypes, AsASourceBecomeWhatThePageSaysInDuckDb) {
  fill_all();
  write_all(fresh_target(Engine::kDuckDb));
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i)
    EXPECT_EQ(made(i), k_cases[i].elsewhere) << k_cases[i].type;
  change_all();
  EXPECT_THAT(run(), ExitsWith(0));
  expect_reconciled();
}

TEST_F(DuckDbTypes, AsASourceBecomeWhatThePageSaysInPostgres) {
  const std::string target = fresh_database();
  if (target.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  fill_all();
  write_all(target);
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i) {
    EXPECT_EQ(asked("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '" +
                    table(i) + "'::regclass AND attname = 'v'"),
              k_cases[i].made)
        << k_cases[i].type;
  }
  change_all();
  EXPECT_THAT(run(), ExitsWith(0));
  expect_reconciled();
}

TEST_F(DuckDbTypes, IntoATableOfTheSameTypeTheyArriveAndFollowTheirSource) {
  fill_all();
  const std::string target = fresh_target(Engine::kDuckDb);
  std::string sql;
  for (std::size_t i = 0; i < std::size(k_cases); ++i)
    sql += "CREATE TABLE " + table(i) + " (id INTEGER, v " + k_cases[i].type + ");";
  changed_in(target, sql);
  write_all(target, true);
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i) {
    if (k_cases[i].texts == nullptr) continue;
    EXPECT_EQ(asked("SELECT string_agg(CAST(v AS VARCHAR), ' ~ ' ORDER BY id) FROM " + table(i)),
              k_cases[i].texts)
        << k_cases[i].type;
  }
  change_all();
  EXPECT_THAT(run(), ExitsWith(0));
  expect_reconciled();
}

TEST_F(DuckDbTypes, ThatHoldMoreThanOursGiveRejectsAndNotAFailedTask) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v HUGEINT, w UHUGEINT, s TIMESTAMP_S); INSERT INTO t "
             "VALUES (1, 1, 1, NULL), (2, 170141183460469231731687303715884105727, 1, NULL), (3, "
             "1, 340282366920938463463374607431768211455, NULL), (4, 4, 4, '2024-01-01')");
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
  EXPECT_EQ(after_run("t"), "1 ~ 4");
  EXPECT_THAT(reasons(), HasSubstr("v: its value lies beyond what decimal(38,0) holds"));
  EXPECT_THAT(reasons(), HasSubstr("w: its value lies beyond what decimal(38,0) holds"));
  expect_reconciled();
}

TEST_F(DuckDbTypes, ThatTravelAsTextAreNamedInThePlan) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v INTEGER[], s STRUCT(a INTEGER)); INSERT INTO t VALUES "
             "(1, [1], {'a': 1})");
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
  const Outcome plan = decant({"plan", "job.yaml", "--workers", "1"});
  EXPECT_THAT(plan.out,
              HasSubstr("  v text <- v INTEGER[] (exact; INTEGER[] travels as its text)"));
  EXPECT_THAT(plan.out, HasSubstr("<- s STRUCT(a INTEGER) (exact; "));
}

// Its members 1 and '1' have one text, and NULL and 'NULL', too: nobody could tell them apart.
TEST_F(DuckDbTypes, AUnionIsRefusedInThePlanWhereverItStands) {
  constexpr const char* k_union = "UNION(n INTEGER, s VARCHAR)";
  for (const char* type : {"{}", "STRUCT(a INTEGER, u {})", "{}[]", "MAP(VARCHAR, STRUCT(u {}))"}) {
    std::string of_union = type;
    of_union.replace(of_union.find("{}"), 2, k_union);
    changed_in(source_, "CREATE OR REPLACE TABLE t (id INTEGER, v " + of_union +
                            "); CREATE OR REPLACE TABLE texts (id INTEGER, v VARCHAR)");
    write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
    const Outcome read = decant({"plan", "job.yaml", "--workers", "1"});
    EXPECT_THAT(read, ExitsWith(1));
    EXPECT_THAT(read.err, HasSubstr("is " + of_union + " in the table t, whose text does not say"));
    EXPECT_THAT(read.err, HasSubstr("union_tag"));
    const std::string target = fresh_target(Engine::kDuckDb);
    changed_in(target, "CREATE TABLE t (id INTEGER, v " + of_union + ")");
    write_job(source_, "texts", target, "t");
    const Outcome written = decant({"plan", "job.yaml", "--workers", "1"});
    EXPECT_THAT(written, ExitsWith(1));
    EXPECT_THAT(written.err, HasSubstr("no value says which member it is"));
  }
}

// Its 1 and '1' have one text, ['a'] and '[a]', too. No table holds one, but views and queries do.
TEST_F(DuckDbTypes, AVariantIsRefusedInThePlanWhereverItStands) {
  for (const auto& [value, type] : {std::pair{"1::VARIANT", "VARIANT"},
                                    {"[1::VARIANT]", "VARIANT[]"},
                                    {"{'a': '1'::VARIANT}", "STRUCT(a VARIANT)"},
                                    {"MAP {'k': 1::VARIANT}", "MAP(VARCHAR, VARIANT)"}}) {
    changed_in(source_,
               std::string("CREATE OR REPLACE VIEW t AS SELECT 1 AS id, ") + value + " AS v");
    write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
    const Outcome read = decant({"plan", "job.yaml", "--workers", "1"});
    EXPECT_THAT(read, ExitsWith(1));
    EXPECT_THAT(read.err, HasSubstr(std::string("is ") + type + " in the table t, whose text"));
    EXPECT_THAT(read.err, HasSubstr("variant_typeof"));
  }
}

TEST_F(DuckDbTypes, AFieldCalledVariantIsNone) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v STRUCT(variant INTEGER)); "
             "INSERT INTO t VALUES (1, {'variant': 1})");
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
  EXPECT_EQ(after_run("t"), "{'variant': 1}");
}

TEST_F(DuckDbTypes, ANameThatLooksLikeAUnionIsNone) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v STRUCT(\"UNION(\" INTEGER), e ENUM('UNION(', '\"')); "
             "INSERT INTO t VALUES (1, {'UNION(': 1}, 'UNION(')");
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
  EXPECT_EQ(after_run("t"), "{'UNION(': 1}");
}

TEST_F(DuckDbTypes, TextWithNulIsARejectOrWhatTheColumnSays) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v VARCHAR); INSERT INTO t VALUES (1, 'a' || "
             "chr(0) || 'b'), (2, 'c')");
  for (const Engine engine : {Engine::kDuckDb, Engine::kPostgres}) {
    const std::string target = fresh_target(engine);
    if (target.empty()) continue;
    write_job(source_, "t", target, "t");
    EXPECT_EQ(after_run("t"), "c");
    EXPECT_THAT(reasons(), HasSubstr("has a NUL character"));
    write_job(source_, "t", target, "u",
              "    columns: { v: { type: text, replace_nul: \"␀\" } }\n");
    EXPECT_EQ(after_run("u"), "a␀b ~ c");
    expect_reconciled();
  }
}

// A column json holds the escape as it is.
TEST_F(DuckDbTypes, JsonWithNulIsARejectOfJsonbOrWhatTheColumnSays) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v JSON); INSERT INTO t VALUES "
             "(1, '{\"k\\u0000\": \"a\\u0000b\"}'), (2, '{}')");
  const std::string target = fresh_database();
  if (target.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  write_job(source_, "t", target, "made");
  EXPECT_EQ(after_run("made"), "{}");
  EXPECT_THAT(reasons(), HasSubstr("jsonb takes no \\u0000"));
  changed_in(target, "CREATE TABLE plain (id int, v json)");
  write_job(source_, "t", target, "plain");
  EXPECT_EQ(after_run("plain"), "{\"k\\u0000\": \"a\\u0000b\"} ~ {}");
  expect_reconciled();
  const std::string replaced = "    columns: { v: { type: json, replace_nul: \"␀\" } }\n";
  write_job(source_, "t", target, "replaced", replaced);
  EXPECT_EQ(after_run("replaced"), "{\"k␀\": \"a␀b\"} ~ {}");
  expect_reconciled();
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "replaced", replaced);
  EXPECT_EQ(after_run("replaced"), "{\"k␀\": \"a␀b\"} ~ {}");
  expect_reconciled();
}

}  // namespace
}  // namespace decant::test
