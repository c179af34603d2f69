// Types of PostgreSQL whose text is not what it seems: casts of somebody's own, names that mean
// something only where they stand, blanks, and keys that are equal in several spellings.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class OddTypes : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    source_ = fresh_database();
    if (!IsSkipped()) use_target(source_);
  }
  void write_job(const std::string& read, const std::string& write_to = "copied",
                 const std::string& stores = "{ a: {} }", const std::string& key = "id",
                 const std::string& mode = "replace") {
    write("job.yaml", "job: odd\ntarget: ${DECANT_TARGET}\nstores: " + stores +
                          "\nentities:\n  odd:\n    read: { " + read + ", source: \"" + source_ +
                          "\" }\n    write: { table: " + write_to + ", key: [" + key +
                          "], mode: " + mode + " }\n");
  }
  void make_mood() const {
    changed_in(source_, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad')");
    changed_in(
        source_,
        "CREATE FUNCTION loud(mood) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'LOUD'$$");
    changed_in(source_, "CREATE CAST (mood AS text) WITH FUNCTION loud(mood) AS ASSIGNMENT");
  }

  std::string source_;
};

TEST_F(OddTypes, ACastThatSomebodyMadeBendsNoValue) {
  make_mood();
  changed("CREATE TYPE spot AS (x int, y text)");
  changed("CREATE FUNCTION flat(spot) RETURNS text IMMUTABLE LANGUAGE sql AS $$SELECT 'FLAT'$$");
  changed("CREATE CAST (spot AS text) WITH FUNCTION flat(spot)");
  changed("CREATE DOMAIN feeling AS mood");
  changed("CREATE TABLE moods (id int PRIMARY KEY, v mood, f feeling, s spot, l mood[])");
  changed(
      "INSERT INTO moods VALUES (1, 'sad', 'ok', ROW(1, 'a b'), '{sad}'), "
      "(2, 'ok', NULL, ROW(NULL, NULL), NULL), (3, NULL, 'sad', NULL, '{}')");
  const std::string written = "1|sad|ok|(1,\"a b\")|{sad}\n2|ok|NULL|(,)|NULL\n3|NULL|sad|NULL|{}";
  const std::string all = "SELECT id, v, f, s, l FROM ";
  EXPECT_EQ(asked(all + "moods ORDER BY id"), written);
  for (const char* read : {"table: moods", "sql: SELECT * FROM moods"}) {
    use_target(fresh_target(Engine::kDuckDb));
    write_job(read);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked(all + "copied ORDER BY id"), written);
  }
  use_target(source_);
  changed("CREATE TABLE copied (LIKE moods INCLUDING ALL)");
  write_job("table: moods");
  for (const char* change : {"SELECT 1", "UPDATE moods SET v = 'glad' WHERE id = 1",
                             "UPDATE moods SET s = ROW(2, 'c') WHERE id = 1",
                             "UPDATE moods SET f = NULL WHERE id = 3"}) {
    changed(change);
    ASSERT_THAT(run(), ExitsWith(0)) << change;
    EXPECT_EQ(asked(all + "copied ORDER BY id"), asked(all + "moods ORDER BY id"));
  }
}

TEST_F(OddTypes, ACastThatSomebodyMadeNamesNoOtherStore) {
  make_mood();
  changed("CREATE TABLE moods (id int, v mood)");
  changed("INSERT INTO moods VALUES (1, 'sad'), (2, 'ok')");
  use_target(fresh_target(Engine::kDuckDb));
  write_job("table: moods", "copied", "{ from_column: v }", "v, id");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT id, v FROM copied ORDER BY id"), "1|sad\n2|ok");
}

TEST_F(OddTypes, ANameThatMeansAnotherObjectElsewhereIsRefused) {
  changed("CREATE TYPE place AS (t regclass, n int)");
  changed("CREATE DOMAIN relation AS regclass");
  changed("CREATE TYPE relations AS RANGE (subtype = regclass)");
  for (const char* type :
       {"relations", "relations_multirange", "regclass", "regtype", "regproc", "regprocedure",
        "regoper", "regoperator", "regconfig", "regdictionary", "regcollation", "regclass[]",
        "relation", "relation[]", "place", "place[]"}) {
    changed("DROP TABLE IF EXISTS named");
    changed(std::string("CREATE TABLE named (id int PRIMARY KEY, v ") + type + ")");
    use_target(fresh_target(Engine::kDuckDb));
    for (const char* read : {"table: named", "sql: SELECT * FROM named"}) {
      write_job(read);
      const Outcome outcome = decant({"plan", "job.yaml"});
      EXPECT_THAT(outcome, ExitsWith(1)) << type;
      EXPECT_THAT(outcome.err, HasSubstr("Column \"v\" of the source is "));
      EXPECT_THAT(outcome.err, HasSubstr("as its search_path has it"));
    }
    use_target(source_);
  }
  changed("DROP TABLE named");
  changed("CREATE TABLE named (id int PRIMARY KEY, v regrole, n regnamespace)");
  changed("INSERT INTO named VALUES (1, 'pg_monitor', 'pg_catalog')");
  use_target(fresh_target(Engine::kDuckDb));
  write_job("table: named");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT id, v, n FROM copied"), "1|pg_monitor|pg_catalog");
  write_job(
      "sql: \"SELECT 1 AS id, n.nspname || '.' || c.relname AS v, n.nspname AS n FROM pg_class AS "
      "c "
      "JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = 'pg_type'::regclass\"");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT v FROM copied"), "pg_catalog.pg_type");
}

// RFC 8259 has none of these, and PostgreSQL would end the COPY of the rows around them.
TEST_F(OddTypes, WhatOnlyDuckDbCallsJsonIsARejectAndTheRowsAroundItLand) {
  const std::string file = "duckdb:" + path("source.duckdb");
  changed_in(file, "CREATE TABLE odd (id INT, v JSON)");
  changed_in(
      file,
      "INSERT INTO odd VALUES (1, '[NaN]'), (2, '{\"a\":1}'), (3, '[1,]'), (4, '-Infinity'), "
      "(5, '[null,\"NaN,]\"]')");
  for (const char* type : {"json", "jsonb"}) {
    SCOPED_TRACE(type);
    const std::string table = std::string("as_") + type;
    changed("CREATE TABLE " + table + " (id int PRIMARY KEY, v " + type + ")");
    write("job.yaml", "job: odd\ntarget: ${DECANT_TARGET}\nentities:\n  " + table +
                          ":\n    read: { table: odd, source: \"" + file +
                          "\" }\n    write: { table: " + table +
                          ", key: [id] }\n    rejects: { max: 3 }\n");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT id FROM " + table + " ORDER BY id"), "2\n5");
    EXPECT_EQ(asked("SELECT DISTINCT rule, reason LIKE '%PostgreSQL''s JSON has no NaN%' FROM "
                    "decant.rejects WHERE entity = '" +
                    table + "'"),
              "type|t");
  }
}

TEST_F(OddTypes, ABpcharWithoutALengthKeepsTheBlanksAtItsEnd) {
  changed("CREATE DOMAIN padded AS bpchar");
  changed("CREATE TABLE blanks (id int PRIMARY KEY, v bpchar, p padded, c char(4))");
  changed(
      "INSERT INTO blanks VALUES (1, 'a  ', 'b ', 'c'), (2, '  ', '', ''), (3, NULL, NULL, NULL)");
  const std::string all =
      "SELECT id, octet_length(CAST(v AS VARCHAR)::BLOB), octet_length(CAST(p AS VARCHAR)::BLOB), "
      "octet_length(CAST(c AS VARCHAR)::BLOB) FROM copied ORDER BY id";
  write_job("table: blanks");
  use_target(fresh_target(Engine::kDuckDb));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked(all), "1|3|2|1\n2|2|0|0\n3|NULL|NULL|NULL");
  use_target(source_);
  changed("CREATE TABLE copied (LIKE blanks INCLUDING ALL)");
  const auto lengths = [](const std::string& table) {
    return "SELECT id, octet_length(v), octet_length(p), octet_length(c) FROM " + table +
           " ORDER BY id";
  };
  for (const char* change : {"SELECT 1", "UPDATE blanks SET v = 'a ' WHERE id = 1",
                             "UPDATE blanks SET p = '   ' WHERE id = 2"}) {
    changed(change);
    ASSERT_THAT(run(), ExitsWith(0)) << change;
    EXPECT_EQ(asked(lengths("copied")), asked(lengths("blanks")));
  }
}

// Of a key that changes its spelling alone the row is found, and has the new one.
TEST_F(OddTypes, AKeyThatIsEqualInTwoSpellingsTakesTheSourcesOne) {
  changed("CREATE EXTENSION citext");
  changed("CREATE DOMAIN loose AS citext");
  changed("CREATE DOMAIN looser AS loose");
  struct Spellings {
    const char *type, *first, *second;
  };
  for (const auto& [type, first, second] :
       {Spellings{"loose", "Ab", "aB"}, Spellings{"looser", "Ab", "aB"},
        Spellings{"interval", "1 mon", "30 days"}, Spellings{"numeric[]", "{1.0}", "{1.00}"},
        Spellings{"numrange", "[1,2)", "[1.0,2)"}, Spellings{"bpchar", "a", "a "}}) {
    SCOPED_TRACE(type);
    for (const std::string mode : {"replace", "upsert"}) {
      changed("DROP SCHEMA IF EXISTS decant CASCADE");
      changed("DROP TABLE IF EXISTS spelt");
      changed("DROP TABLE IF EXISTS copied");
      changed(std::string("CREATE TABLE spelt (id ") + type + " PRIMARY KEY, v int)");
      changed("CREATE TABLE copied (LIKE spelt INCLUDING ALL)");
      changed(std::string("INSERT INTO spelt VALUES ('") + first + "', 1)");
      write_job("table: spelt", "copied", "{ a: {} }", "id", mode);
      ASSERT_THAT(run(), ExitsWith(0));
      changed(std::string("UPDATE spelt SET id = '") + second + "'");
      ASSERT_THAT(run(), ExitsWith(0));
      EXPECT_EQ(asked("SELECT format('%s', id) FROM copied"),
                asked("SELECT format('%s', id) FROM spelt"));
      ASSERT_THAT(run(), ExitsWith(0));
      EXPECT_EQ(report()["chunks"]["loaded"], 0);
    }
  }
}

// Of a bpchar the blanks at the end are a part of the store's name, whatever it is cast to.
TEST_F(OddTypes, AStoreThatDiffersInBlanksAloneKeepsItsRows) {
  changed("CREATE TABLE blanks (b bpchar, id int, tm date, p text)");
  changed(
      "INSERT INTO blanks SELECT (array['a', 'a '])[1 + g % 2], g, date '2024-01-01' + g % 20, 'p' "
      "FROM generate_series(1, 40) AS g");
  for (const char* limit : {"", "    columns: { b: varchar(9) }\n"}) {
    SCOPED_TRACE(limit);
    changed("DROP SCHEMA IF EXISTS decant CASCADE");
    changed("DROP TABLE IF EXISTS copied");
    changed("CREATE TABLE copied (LIKE blanks)");
    write("job.yaml",
          "job: odd\ntarget: ${DECANT_TARGET}\nstores: { from_column: b }\nentities:\n  odd:\n"
          "    read: { table: blanks, time: tm, source: \"" +
              source_ + "\" }\n    write: { table: copied }\n" + limit);
    ASSERT_THAT(run(), ExitsWith(0));
    changed("UPDATE blanks SET p = p || 'z' WHERE id = 6");
    ASSERT_THAT(run({"--stores", "a"}), ExitsWith(0));
    const std::string all = "SELECT octet_length(b), id, tm, p FROM ";
    EXPECT_EQ(asked(all + "copied ORDER BY id"), asked(all + "blanks ORDER BY id"));
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
  }
}

// The padding of a char(n) is no part of the name.
TEST_F(OddTypes, AStoreInAPaddedColumnFindsItsRows) {
  changed("CREATE TABLE visits (shop text, id int, tm date, p text)");
  changed(
      "INSERT INTO visits SELECT (array['a', 'ab'])[1 + g % 2], g, date '2024-01-01' + g % 20, 'p' "
      "FROM generate_series(1, 40) AS g");
  changed("CREATE TABLE copied (shop char(5), id int, tm date, p text)");
  write("job.yaml",
        "job: odd\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop }\nentities:\n  odd:\n"
        "    read: { table: visits, time: tm, source: \"" +
            source_ + "\" }\n    write: { table: copied }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE visits SET p = 'z' WHERE id = 6");
  ASSERT_THAT(run({"--stores", "a"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT rtrim(shop), id, tm, p FROM copied ORDER BY id"),
            asked("SELECT shop, id, tm, p FROM visits ORDER BY id"));
}

// What is counted of a store are its rows, and not those of one that its column calls equal.
TEST_F(OddTypes, AStoreThatIsEqualToAnotherHasNoneOfItsRows) {
  changed("CREATE EXTENSION citext");
  changed("CREATE TABLE copied (store citext, id int, PRIMARY KEY (store, id))");
  write("rows.csv", "id\n1\n2\n");
  const auto load = [&](const std::string& stores) {
    write("job.yaml", "job: odd\ntarget: ${DECANT_TARGET}\nstores: " + stores +
                          "\nentities:\n  odd:\n    read: { files: rows.csv }\n    write: { table: "
                          "copied, key: [store, id], mode: upsert }\n    columns: { store: { "
                          "constant: \"{store}\" }, id: int32 }\n");
    return run();
  };
  ASSERT_THAT(load("{ a: {} }"), ExitsWith(0));
  const Outcome outcome = load("{ A: {} }");
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(store::text, ' ') FROM copied"), "A A");
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("also holds")));
}

// Said before the first load, since no later one could find the store's rows.
TEST_F(OddTypes, AStoreColumnThatIsNoTextIsRefusedInThePlan) {
  changed("CREATE TYPE mood AS ENUM ('sad', 'ok')");
  changed("CREATE DOMAIN feeling AS mood");
  changed("CREATE TABLE moods (store mood, id int, tm timestamptz, p text)");
  changed("INSERT INTO moods VALUES ('sad', 1, now(), 'p'), ('ok', 2, now(), 'p')");
  for (const char* type : {"mood", "feeling", "mood[]", "inet"}) {
    changed("DROP TABLE IF EXISTS copied");
    changed(std::string("CREATE TABLE copied (store ") + type +
            ", id int PRIMARY KEY, tm timestamptz, p text)");
    write("job.yaml",
          "job: odd\ntarget: ${DECANT_TARGET}\nstores: { from_column: store }\nentities:\n  odd:\n"
          "    read: { table: moods, time: tm, source: \"" +
              source_ + "\" }\n    write: { table: copied, key: [id] }\n");
    for (const Words& words : {Words{"plan", "job.yaml"}, run_words()}) {
      const Outcome outcome = decant(words);
      EXPECT_THAT(outcome, ExitsWith(1)) << type;
      EXPECT_THAT(outcome.err, HasSubstr("The store column \"store\" of the table copied is "));
      EXPECT_THAT(outcome.err, HasSubstr("Make it text, an integer or a UUID"));
    }
    EXPECT_EQ(asked("SELECT count(*) FROM copied"), "0");
  }
}

TEST_F(OddTypes, AKeyThatItsTableCannotCompareIsRefusedInThePlan) {
  changed("CREATE TYPE mood AS ENUM ('sad', 'ok')");
  changed("CREATE DOMAIN feeling AS mood");
  changed("CREATE TABLE moods (id feeling PRIMARY KEY, p text)");
  changed("INSERT INTO moods VALUES ('sad', 'p'), ('ok', 'p')");
  changed("CREATE TABLE copied (LIKE moods INCLUDING ALL)");
  write_job("table: moods");
  for (const Words& words : {Words{"plan", "job.yaml"}, run_words()}) {
    const Outcome outcome = decant(words);
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("The key (id) of the table copied"));
    EXPECT_THAT(outcome.err, HasSubstr("feeling = feeling"));
  }
  EXPECT_EQ(asked("SELECT count(*) FROM copied"), "0");
  use_target(fresh_target(Engine::kDuckDb));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM copied"), "2");
}

// An identity that is a part of the key is the same in both rows that have the key.
TEST_F(OddTypes, AKeyOfALooseColumnAndAnIdentityFollowsItsRows) {
  changed("CREATE EXTENSION citext");
  changed(
      "CREATE TABLE rows (b citext, d int GENERATED ALWAYS AS IDENTITY, p text, PRIMARY KEY (b, "
      "d))");
  changed("CREATE TABLE copied (LIKE rows INCLUDING ALL)");
  changed("INSERT INTO rows (b, p) VALUES ('A', 'x'), ('B', 'y')");
  for (const std::string mode : {"replace", "upsert"}) {
    changed("DROP SCHEMA IF EXISTS decant CASCADE");
    changed("DELETE FROM copied");
    write_job("table: rows", "copied", "{ a: {} }", "b, d", mode);
    for (const char* change :
         {"SELECT 1", "UPDATE rows SET p = p || 'z' WHERE d = 1",
          "UPDATE rows SET b = 'b', p = 'w' WHERE d = 2", "UPDATE rows SET b = 'B' WHERE d = 2"}) {
      changed(change);
      ASSERT_THAT(run(), ExitsWith(0)) << mode << ": " << change;
      EXPECT_EQ(asked("SELECT b, d, p FROM copied ORDER BY d"),
                asked("SELECT b, d, p FROM rows ORDER BY d"));
    }
  }
}

}  // namespace
}  // namespace decant::test
