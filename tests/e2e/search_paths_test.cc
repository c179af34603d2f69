// Databases whose search_path finds something else than PostgreSQL's own where a plain name stands:
// what Decant asks of them means the system's.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class SearchPaths : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    source_ = fresh_database();
    if (!IsSkipped()) use_target(fresh_database());
  }
  static void set_path(const std::string& connection, const std::string& path) {
    changed_in(connection, "ALTER DATABASE \"" + connection.substr(connection.rfind('/') + 1) +
                               "\" SET search_path = " + path);
  }
  void write_job(const std::string& read, const std::string& write_to,
                 const std::string& more = {}) {
    write("job.yaml", "job: paths\ntarget: ${DECANT_TARGET}\nstores: { a: { source: \"" + source_ +
                          "\" } }\nentities:\n  odd:\n    read: { " + read +
                          " }\n    write: { table: " + write_to + ", key: [id] }\n" + more);
  }

  std::string source_;
};

TEST_F(SearchPaths, ATypeThatIsCalledTextCutsNoValue) {
  const std::string filled =
      "CREATE TABLE public.t (id int PRIMARY KEY, iv interval, a text[], e inet)";
  changed_in(source_, filled);
  changed_in(source_,
             "INSERT INTO t VALUES (1, '1 year 2 mons 3 days 04:05:06.789', '{alpha,beta,gamma}', "
             "'2001:db8::1234:5678')");
  changed(filled);
  const std::string all = "SELECT id, iv, a, e FROM public.t";
  const std::string expected = ask(source_, all);
  for (const std::string& connection : {source_, target()}) {
    changed_in(connection, "CREATE SCHEMA app");
    changed_in(connection, "CREATE DOMAIN app.text AS varchar(10)");
    set_path(connection, "app, public, pg_catalog");
  }
  write_job("table: public.t", "public.t");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(all), expected);
  changed_in(source_, "UPDATE public.t SET a = '{alpha,beta,delta}'");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(all), ask(source_, all));
}

TEST_F(SearchPaths, ATypeThatIsCalledDateMovesNoDay) {
  changed_in(source_, "CREATE TABLE public.t (id int PRIMARY KEY, at timestamp, d date)");
  changed_in(source_,
             "INSERT INTO t VALUES (1, '1969-12-31 23:59:59.9', '2024-02-29'), (2, '1970-01-01', "
             "NULL)");
  for (const std::string& connection : {source_, target()}) {
    changed_in(connection, "CREATE SCHEMA oracle");
    changed_in(connection, "CREATE DOMAIN oracle.date AS timestamp(0)");
    set_path(connection, "oracle, public, \"pg_catalog\"");
  }
  write_job("table: public.t, time: at", "public.t");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT id, at, d FROM public.t ORDER BY id"),
            ask(source_, "SELECT id, at, d FROM public.t ORDER BY id"));
  EXPECT_EQ(asked("SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = "
                  "'public.t'::regclass AND attname = 'd'"),
            asked("SELECT format_type(1082, -1)"));
}

// Plain names of tables are looked for, and made, where the path says.
TEST_F(SearchPaths, APlainNameOfATableIsFoundWhereThePathHasIt) {
  for (const std::string& connection : {source_, target()}) {
    changed_in(connection, "CREATE SCHEMA \"of, us\"");
    changed_in(connection, "CREATE SCHEMA app");
    set_path(connection, "\"of, us\", app, pg_catalog, public");
  }
  changed_in(source_, "CREATE TABLE app.t AS SELECT 1 AS id");
  changed_in(source_, "CREATE TABLE public.t AS SELECT 2 AS id");
  write_job("table: t", "made");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT id FROM \"of, us\".made"), "1");
  write_job("sql: SELECT id + 1 AS id FROM t", "app.made");
  changed("CREATE TABLE public.made (id int PRIMARY KEY)");
  ASSERT_THAT(run({"--entities", "odd"}), ExitsWith(2));  // another table than it was loaded into
}

// Another = than that of the type would take its values for text, or there is none.
TEST_F(SearchPaths, AKeyWhoseOperatorThePathHidesIsRefusedInThePlan) {
  for (const char* type : {"citext", "ltree"}) {
    changed(std::string("CREATE EXTENSION ") + type);
    changed(std::string("CREATE DOMAIN of_") + type + " AS " + type);
    changed_in(source_,
               std::string("CREATE TABLE ") + type + "s AS SELECT 'a'::text AS id, 1 AS n");
    changed(std::string("CREATE TABLE ") + type + "s (id of_" + type + " PRIMARY KEY, n int)");
  }
  for (const std::string type : {"citext", "ltree"}) {
    const std::string table = "public." + type + "s";
    changed("DROP SCHEMA IF EXISTS decant CASCADE");
    write_job("table: " + table, table);
    set_path(target(), "''");
    for (const Words& words : {Words{"plan", "job.yaml"}, run_words()}) {
      const Outcome outcome = decant(words);
      EXPECT_THAT(outcome, ExitsWith(1)) << type;
      EXPECT_THAT(outcome.err,
                  HasSubstr("\"id\" is public." + type +
                            ", whose = lies in the schema public, and the search_path"));
    }
    set_path(target(), "pg_temp, public");
    ASSERT_THAT(run(), ExitsWith(0)) << type;
    EXPECT_EQ(asked("SELECT id, n FROM " + table), "a|1");
  }
}

// Functions of users that fit a type better than PostgreSQL's own are none of ours.
TEST_F(SearchPaths, AFunctionThatFitsATypeBetterBendsNoValue) {
  for (const std::string& connection : {source_, target()}) {
    changed_in(connection, "CREATE TYPE mood AS ENUM ('sad', 'ok')");
    changed_in(connection,
               "CREATE FUNCTION loud(mood) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT "
               "'LOUD'::text$$");
    changed_in(connection, "CREATE CAST (mood AS text) WITH FUNCTION loud(mood) AS ASSIGNMENT");
    for (const char* name : {"format", "concat"}) {
      for (const char* arguments : {"mood", "text, mood"})
        changed_in(connection, std::string("CREATE FUNCTION ") + name + "(" + arguments +
                                   ") RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT "
                                   "'wrong'::text$$");
    }
    changed_in(connection,
               "CREATE FUNCTION num_nonnulls(mood) RETURNS int IMMUTABLE LANGUAGE sql AS $$SELECT "
               "0$$");
    changed_in(connection, "CREATE TABLE moods (id int PRIMARY KEY, v mood)");
  }
  changed_in(source_, "INSERT INTO moods VALUES (1, 'sad'), (2, 'ok')");
  write_job("table: moods", "moods");
  for (const char* change : {"SELECT 1", "UPDATE moods SET v = 'ok' WHERE id = 1"}) {
    changed_in(source_, change);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT id, v FROM moods ORDER BY id"),
              ask(source_, "SELECT id, v FROM moods ORDER BY id"));
  }
}

}  // namespace
}  // namespace decant::test
