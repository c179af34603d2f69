// PostgreSQL's own types: into a table that has them, into a new table, and into DuckDB.
#include "tests/integration/types/moved.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

struct Case {
  const char* type;
  const char* values;                 // of VALUES: (1, …), (2, …)
  const char* texts;                  // what stands in a table of the same type, as its text
  const char* changed;                // a value that the first row gets later
  const char* then;                   // the first row's text after that
  const char* made;                   // the type of a new column in PostgreSQL
  const char* elsewhere = "VARCHAR";  // and in DuckDB
};

constexpr Case k_cases[] = {
    {"mood", "(1, 'sad'), (2, 'happy'), (3, NULL)", "sad ~ happy", "'ok'", "ok", "text"},
    {"int[]", "(1, '{1,NULL}'), (2, '[0:1]={1,2}')", "{1,NULL} ~ [0:1]={1,2}", "'{}'", "{}",
     "text"},
    {"text[]", "(1, '{\"a,b\",NULL,\"q\\\"x\"}'), (2, '{{a,b},{c,d}}')",
     "{\"a,b\",NULL,\"q\\\"x\"} ~ {{a,b},{c,d}}", "'{x}'", "{x}", "text"},
    {"spot", "(1, '(1,\"x,y\")'), (2, '(,)')", "(1,\"x,y\") ~ (,)", "'(2,z)'", "(2,z)", "text"},
    {"int4range", "(1, '[1,5)'), (2, 'empty')", "[1,5) ~ empty", "'(,3)'", "(,3)", "text"},
    {"int4multirange", "(1, '{[1,3),[5,7)}')", "{[1,3),[5,7)}", "'{}'", "{}", "text"},
    {"interval", "(1, '1 month'), (2, '-1 day -02:03:04.5')", "1 mon ~ -1 days -02:03:04.5",
     "'30 days'", "30 days", "text"},
    {"inet", "(1, '10.0.0.1/8'), (2, '::1')", "10.0.0.1/8 ~ ::1/128", "'10.0.0.2'", "10.0.0.2/32",
     "text"},
    {"cidr", "(1, '10.0.0.0/8')", "10.0.0.0/8", "'10.1.0.0/16'", "10.1.0.0/16", "text"},
    {"macaddr", "(1, '08:00:2b:01:02:03')", "08:00:2b:01:02:03", "'08:00:2b:01:02:04'",
     "08:00:2b:01:02:04", "text"},
    {"bit(4)", "(1, B'1010')", "1010", "B'1111'", "1111", "text"},
    {"xml", "(1, '<a>1</a>')", "<a>1</a>", "'<b/>'", "<b/>", "text"},
    {"point", "(1, '(1.5,2)')", "(1.5,2)", "'(3,4)'", "(3,4)", "text"},
    {"box", "(1, '(1,1),(0,0)')", "(1,1),(0,0)", "'(2,0.5),(0,0)'", "(2,0.5),(0,0)", "text"},
    {"tsvector", "(1, 'a fat cat')", "'a' 'cat' 'fat'", "'dog'", "'dog'", "text"},
    {"jsonpath", "(1, '$.a')", "$.\"a\"", "'$.b'", "$.\"b\"", "text"},
    {"hstore", "(1, 'a=>1,b=>NULL')", "\"a\"=>\"1\", \"b\"=>NULL", "'a=>2'", "\"a\"=>\"2\"",
     "text"},
    {"citext", "(1, 'abc'), (2, 'Abc')", "abc ~ Abc", "'ABC'", "ABC", "text"},
    {"citext[]", "(1, '{a}')", "{a}", "'{A}'", "{A}", "text"},
    {"timetz", "(1, '12:00+02')", "12:00:00+02", "'10:00+00'", "10:00:00+00", "text"},
    {"oid", "(1, 4294967295)", "4294967295", "1", "1", "text"},
    {"\"char\"", "(1, 'x')", "x", "'y'", "y", "text"},
    {"name", "(1, 'n')", "n", "'m'", "m", "text"},
    {"pg_lsn", "(1, '16/B374D848')", "16/B374D848", "'0/1'", "0/1", "text"},
    {"money", "(1, '12.34'), (2, '-92233720368547758.08'), (3, '0.10')",
     "$12.34 ~ -$92,233,720,368,547,758.08 ~ $0.10", "'1234567.89'", "$1,234,567.89",
     "numeric(21,2)", "DECIMAL(21,2)"},
    {"numeric(5,-2)", "(1, 12300), (2, -9999900)", "12300 ~ -9999900", "100", "100", "numeric(7,0)",
     "DECIMAL(7,0)"},
    {"numeric(3,5)", "(1, 0.00123)", "0.00123", "-0.00999", "-0.00999", "numeric(5,5)",
     "DECIMAL(5,5)"},
    {"char(5)", "(1, 'ab'), (2, '')", "ab ~ ", "'cd'", "cd", "character varying(5)"},
    {"bytea", "(1, '\\x00ff'), (2, '')", "\\x00ff ~ \\x", "'\\x01'", "\\x01", "bytea", "BLOB"},
    {"json", "(1, '{\"b\":1,\"a\":1.0,\"A\":2}'), (2, 'null')",
     "{\"b\":1,\"a\":1.0,\"A\":2} ~ null", "'[1]'", "[1]", "jsonb", "JSON"},
    {"timestamp(3)", "(1, '2024-08-31 21:05:07.123'), (2, 'infinity')",
     "2024-08-31 21:05:07.123 ~ infinity", "'-infinity'", "-infinity",
     "timestamp without time zone", "TIMESTAMP"},
    {"even", "(1, 4)", "4", "6", "6", "integer", "INTEGER"},
    {"small_even", "(1, 4)", "4", "6", "6", "integer", "INTEGER"},
    {"tags", "(1, '{a}')", "{a}", "'{a,b}'", "{a,b}", "text"},
};

constexpr const char* k_own_types =
    "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('sad', 'ok', "
    "'happy'); CREATE TYPE spot AS (a int, b text); CREATE DOMAIN even AS int CHECK (value % 2 = "
    "0); CREATE DOMAIN small_even AS even CHECK (value < 100); CREATE DOMAIN tags AS text[] CHECK "
    "(array_length(value, 1) < 3)";

class PostgresTypes : public MovedTable {
 protected:
  void SetUp() override {
    MovedTable::SetUp();
    source_ = fresh_database();
    if (source_.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
    changed_in(source_, k_own_types);
  }
  void fill(const std::string& table, const Case& of) {
    changed_in(source_, "CREATE TABLE " + table + " (id int PRIMARY KEY, v " + of.type +
                            "); INSERT INTO " + table + " VALUES " + of.values);
  }
  std::string type_of(const std::string& table) const {
    return asked("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = '" +
                 table + "'::regclass AND attname = 'v'");
  }
  std::string source_;
};

// All kinds of one table type at a time would be a start of the programs each: one job has them
// all.
class AllTypes : public PostgresTypes {
 protected:
  std::string job(const std::string& target) {
    use_target(target);
    std::string text = "job: all\ntarget: ${DECANT_TARGET}\nentities:\n";
    for (std::size_t i = 0; i < std::size(k_cases); ++i) {
      const std::string table = "t" + std::to_string(i);
      text += "  " + table + ":\n    read: { table: " + table + ", source: \"" + source_ +
              "\" }\n    write: { table: " + table + ", key: [id] }\n";
    }
    write("job.yaml", text);
    return text;
  }
  void fill_all() {
    for (std::size_t i = 0; i < std::size(k_cases); ++i) fill("t" + std::to_string(i), k_cases[i]);
  }
  void change_all() {
    for (std::size_t i = 0; i < std::size(k_cases); ++i) {
      changed_in(source_, "UPDATE t" + std::to_string(i) + " SET v = " + k_cases[i].changed +
                              " WHERE id = 1");
    }
  }
  std::string values(std::size_t i, const std::string& where = {}) const {
    return asked("SELECT string_agg(v::text, ' ~ ' ORDER BY id) FROM t" + std::to_string(i) +
                 where);
  }
};

TEST_F(AllTypes, IntoATableOfTheSameTypePostgresTypesArriveAndFollowTheirSource) {
  fill_all();
  const std::string target = fresh_database();
  changed_in(target, k_own_types);
  job(target);
  for (std::size_t i = 0; i < std::size(k_cases); ++i) {
    changed("CREATE TABLE t" + std::to_string(i) + " (id int PRIMARY KEY, v " + k_cases[i].type +
            ")");
  }
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i)
    EXPECT_EQ(values(i), k_cases[i].texts) << k_cases[i].type;
  change_all();
  EXPECT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i)
    EXPECT_EQ(values(i, " WHERE id = 1"), k_cases[i].then) << k_cases[i].type;
  expect_reconciled();
}

TEST_F(AllTypes, IntoANewTablePostgresTypesBecomeWhatThePageSays) {
  fill_all();
  job(fresh_database());
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i)
    EXPECT_EQ(type_of("t" + std::to_string(i)), k_cases[i].made) << k_cases[i].type;
  change_all();
  EXPECT_THAT(run(), ExitsWith(0));
  expect_reconciled();
}

TEST_F(AllTypes, IntoDuckDbPostgresTypesBecomeWhatThePageSays) {
  fill_all();
  job(fresh_target(Engine::kDuckDb));
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < std::size(k_cases); ++i) {
    EXPECT_EQ(asked("SELECT data_type FROM duckdb_columns() WHERE table_name = 't" +
                    std::to_string(i) + "' AND column_name = 'v'"),
              k_cases[i].elsewhere)
        << k_cases[i].type;
  }
  change_all();
  EXPECT_THAT(run(), ExitsWith(0));
  expect_reconciled();
}

TEST_F(AllTypes, AndThePlanSaysWhichTravelAsText) {
  fill_all();
  job(fresh_database());
  const Outcome plan = decant({"plan", "job.yaml", "--workers", "1"});
  ASSERT_THAT(plan, ExitsWith(0));
  for (const char* line : {"  v text <- v interval (exact; interval travels as its text)",
                           "  v text <- v integer[] (exact; integer[] travels as its text)",
                           "  v text <- v mood (exact; mood travels as its text)",
                           "  v text <- v bit(4) (exact; bit(4) travels as its text)",
                           "  v decimal(21,2) <- v decimal(21,2) (exact)"}) {
    EXPECT_THAT(plan.out, HasSubstr(line));
  }
}

TEST_F(PostgresTypes, WhatATypeOfTheTargetRefusesIsARejectOfItsOwn) {
  struct Refused {
    const char* type;
    const char* from;
    const char* values;
    const char* kept;
    const char* reason;
  };
  const std::vector<Refused> cases = {
      {"small_even", "int", "(1, 4), (2, 5), (3, 400)", "4", "small_even"},
      {"tags", "text[]", "(1, '{a}'), (2, '{a,b,c}')", "{a}", "tags"},
      {"mood", "text", "(1, 'sad'), (2, 'SAD')", "sad", "mood"},
      {"numeric(5,-2)", "int", "(1, 12300), (2, 12345), (3, 99999999)", "12300", "below 10^2"},
      {"char(5)", "text", "(1, 'ab'), (2, 'ab '), (3, 'toolong')", "ab", "ends with a blank"},
      {"varchar(5)", "text", "(1, 'ab'), (2, 'ab        ')", "ab", "longer than 5"},
      {"timestamp(3)", "timestamp", "(1, '2024-01-01 00:00:00.1235')", "NULL", "timestamp(3)"},
      {"numeric(10,2)", "numeric", "(1, 1), (2, 'NaN'), (3, 'Infinity'), (4, 1.005)", "1.00",
       "digits after the decimal point"},
      {"jsonb", "json",
       R"((1, '"\ud800"'), (2, '"\u0000"'), (3, '1e140000'), (4, '"\ud83d\ude00"'),
          (5, '"\\u0000"'), (6, '"\ude00\ud83d"'), (7, '1e-16384'), (8, '1e-16383'))",
       "", "half of a surrogate pair"},
  };
  const std::string target = fresh_database();
  changed_in(target, k_own_types);
  int tables = 0;
  for (const Refused& of : cases) {
    const std::string table = "r" + std::to_string(++tables);
    changed_in(source_, "CREATE TABLE " + table + " (id int, v " + of.from + "); INSERT INTO " +
                            table + " VALUES " + of.values);
    changed_in(target, "CREATE TABLE " + table + " (id int PRIMARY KEY, v " + of.type + ")");
    write_job(source_, table, target, table);
    const std::string kept = after_run(table);
    EXPECT_THAT(reasons(), HasSubstr(of.reason)) << of.type;
    if (of.kept[0] != '\0') {
      EXPECT_EQ(kept, of.kept) << of.type;
    } else {
      EXPECT_EQ(asked("SELECT string_agg(id::text, ' ' ORDER BY id) FROM " + table), "4 5 8");
    }
    expect_reconciled();
  }
}

// The server's locale says how it writes money: a number has no locale.
TEST_F(PostgresTypes, MoneyIsANumberWhateverTheLocale) {
  changed_in(source_, "CREATE TABLE t (id int, v money); INSERT INTO t VALUES (1, 1234.5)");
  const std::string target = fresh_database();
  changed_in(target, "CREATE TABLE t (id int PRIMARY KEY, v money)");
  write("prices.csv", "id,v\n1,1234.50\n2,0.10\n3,0.105\n");
  write_job(source_, "t", target, "t");
  EXPECT_EQ(after_run("t"), "$1,234.50");
  write("job.yaml",
        "job: prices\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { files: prices.csv }\n"
        "    write: { table: t, key: [id] }\n    rejects: { max: 1 }\n"
        "    control_sums: [v]\n");
  EXPECT_EQ(after_run("t"), "$1,234.50 ~ $0.10");
  EXPECT_THAT(reasons(), HasSubstr("more than 2 digits"));
  expect_reconciled();
}

TEST_F(PostgresTypes, NumericWithoutAScaleKeepsAllThatItCanBe) {
  changed_in(source_,
             "CREATE TABLE t (id int, v numeric); INSERT INTO t VALUES (1, 1.10), (2, 'NaN'), (3, "
             "'Infinity'), (4, '-Infinity'), (5, 1e-20), (6, 0.00), (7, '1e1000'), (8, "
             "9007199254740993)");
  write_job(source_, "t", fresh_database(), "t");
  // Zeros at the end are no part of the number, but stay where the rows are loaded as they were
  // sent.
  EXPECT_EQ(after_run("t"),
            "1.10 ~ NaN ~ Infinity ~ -Infinity ~ 0.00000000000000000001 ~ 0.00 ~ 1" +
                std::string(1000, '0') + " ~ 9007199254740993");
  expect_reconciled();
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("its decimals have 38 digits at most"));
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t",
            "    columns: { v: \"decimal(38,10)\" }\n");
  EXPECT_EQ(after_run("t"), "1.1000000000 ~ 0.0000000000 ~ 9007199254740993.0000000000");
  expect_reconciled();
}

TEST_F(PostgresTypes, TimesThatDuckDbCannotHoldAreRejectsAndTheOthersAreLoaded) {
  changed_in(source_,
             "CREATE TABLE t (id int, v timestamp); INSERT INTO t VALUES (1, '294276-12-31 "
             "23:59:59.999999'), (2, '294247-01-10 04:00:54.775806'), (3, '294247-01-10 "
             "04:00:54.775807'), (4, 'infinity'), (5, '4713-01-01 BC'), (6, NULL)");
  write_job(source_, "t", fresh_target(Engine::kDuckDb), "t");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(id::text, ' ' ORDER BY id) FROM t"), "2 4 5 6");
  EXPECT_THAT(reasons(), HasSubstr("lies outside the years that DuckDB can hold"));
  expect_reconciled();
}

}  // namespace
}  // namespace decant::test
