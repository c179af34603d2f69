// Tables that were there before Decant: what they must be like, and what their types can hold.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class ExistingTable : public ShopInto {
 protected:
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
  std::string rows() const { return asked("SELECT count(*) FROM sales"); }
};
INSTANTIATE_TEST_SUITE_P(Of, ExistingTable, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

constexpr const char* k_table =
    "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2))";
constexpr const char* k_row = "INSERT INTO sales VALUES ('east', 1, DATE '2024-01-01', 1.00)";

TEST_P(ExistingTable, WithRowsAndNoUniqueIndexOnTheKeyIsRefusedInPostgresBeforeAnythingIsRead) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's keys are checked by query.";
  changed(k_table);
  changed(k_row);
  for (const char* mode : {"replace", "upsert", "insert"}) {
    write_job({{"write: { table: sales, key: [store, id] }",
                std::string("write: { table: sales, key: [store, id], mode: ") + mode + " }"}});
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("CREATE UNIQUE INDEX ON \"sales\" (\"store\", \"id\")"));
    EXPECT_EQ(rows(), "1");
  }
  EXPECT_THAT(decant({"plan", "job.yaml", "--workers", "1"}), ExitsWith(1));
  changed("CREATE UNIQUE INDEX ON sales (id, store)");
  write_job();
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "13");  // the row that was there is of a store that the job does not have
}

// DuckDB has no index that would keep them apart: the table's rows are asked.
TEST_P(ExistingTable, WithRowsThatShareAKeyIsRefusedInDuckDbBeforeAnythingIsRead) {
  if (is_postgres())
    GTEST_SKIP() << "PostgreSQL takes no key without a unique index, which lets none in twice.";
  changed(k_table);
  changed(k_row);
  changed(k_row);
  for (const char* mode : {"replace", "upsert", "insert"}) {
    write_job({{"write: { table: sales, key: [store, id] }",
                std::string("write: { table: sales, key: [store, id], mode: ") + mode + " }"}});
    for (const Outcome& outcome : {decant({"plan", "job.yaml", "--workers", "1"}), run()}) {
      EXPECT_THAT(outcome, ExitsWith(1)) << mode;
      EXPECT_THAT(outcome.err, HasSubstr("The table sales has rows that share a key (store, id), "
                                         "and one key would stand for several of its rows."));
    }
    EXPECT_EQ(rows(), "2");
  }
  changed("DELETE FROM sales");
  changed(k_row);
  changed("INSERT INTO sales VALUES (NULL, 1, NULL, 2), (NULL, 1, NULL, 3)");
  EXPECT_THAT(run(), ExitsWith(0)) << "rows without a key are nobody's";
  EXPECT_EQ(rows(), "15");
}

TEST_P(ExistingTable, WhoseKeyNoIndexOfDuckDbTakesIsRefusedWhereItIsToBeEnforced) {
  if (is_postgres()) GTEST_SKIP() << "PostgreSQL's indexes take arrays.";
  write("notes.csv", "id,note\n\"[1, 2]\",a\n");
  for (const char* type : {"INTEGER[]", "INTEGER[2]"}) {
    changed(std::string("CREATE OR REPLACE TABLE notes (id ") + type + ", note VARCHAR)");
    const auto write_notes = [&](const std::string& more) {
      write("job.yaml",
            "job: notes\ntarget: ${DECANT_TARGET}\nentities:\n  notes:\n    read: { files: "
            "notes.csv }\n    write: { table: notes, key: [id]" +
                more + " }\n");
    };
    write_notes(", enforce: true");
    const Outcome outcome = decant({"plan", "job.yaml", "--workers", "1"});
    EXPECT_THAT(outcome, ExitsWith(1)) << type;
    EXPECT_THAT(outcome.err, HasSubstr(std::string("is ") + type + ", which no key of DuckDB"));
    write_notes("");
    EXPECT_THAT(decant({"plan", "job.yaml", "--workers", "1"}), ExitsWith(0)) << type;
  }
}

// One row would take the place of another that differs from it.
TEST_P(ExistingTable, ThatTakesDifferentKeysForEqualIsRefusedInDuckDb) {
  if (is_postgres()) GTEST_SKIP() << "PostgreSQL's loader knows such keys.";
  for (const char* key :
       {"id varchar COLLATE nocase", "\"id\" VARCHAR COLLATE de", "id INTERVAL"}) {
    changed("DROP TABLE IF EXISTS notes");
    changed(std::string("CREATE TABLE notes (") + key + ", note varchar COLLATE nocase)");
    write("notes.csv", "id,note\n");
    write("job.yaml",
          "job: notes\ntarget: ${DECANT_TARGET}\nentities:\n  notes:\n    read: { files: "
          "notes.csv }\n    write: { table: notes, key: [id] }\n");
    const Outcome outcome = run({"--allow-empty"});
    EXPECT_THAT(outcome, ExitsWith(1)) << key;
    EXPECT_THAT(outcome.err, HasSubstr("takes values for equal that differ")) << key;
  }
  changed("DROP TABLE notes");
  changed("CREATE TABLE notes (id varchar COLLATE \"binary\", note varchar COLLATE nocase)");
  EXPECT_THAT(run({"--allow-empty"}), ExitsWith(0));
}

// What stands elsewhere is read with the table's own types: the bits of an ENUM are no text.
TEST_P(ExistingTable, MayHaveTypesOfDuckDbInRowsThatMove) {
  if (is_postgres()) GTEST_SKIP() << "These are DuckDB's types.";
  const std::string table =
      "CREATE TABLE odd (id int PRIMARY KEY, day date, kind ENUM('a', 'b'), pair STRUCT(a "
      "INTEGER), "
      "fixed INTEGER[2], list INTEGER[], span INTERVAL, bits BIT, clock TIMETZ)";
  const std::string source = "duckdb:" + path("source.duckdb");
  changed_in(source, table);
  changed_in(source,
             "INSERT INTO odd SELECT id, day, 'a', {'a': 1}, [1, 2], [3], INTERVAL 1 MONTH, '101', "
             "'12:00:00+01' FROM (VALUES (1, DATE '2024-01-05'), (2, DATE '2024-01-07'), (3, DATE "
             "'2024-02-07')) AS days(id, day)");
  changed(table);
  write("job.yaml",
        "job: odd\ntarget: ${DECANT_TARGET}\nstores: { one: { source: \"duckdb:source.duckdb\" } "
        "}\nentities:\n  odd:\n    read: { table: odd, time: day }\n    write: { table: odd, key: "
        "[id] }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed_in(source, "UPDATE odd SET day = DATE '2024-02-05' WHERE id = 1");
  const Outcome part = run({"--from", "2024-02"});
  EXPECT_THAT(part, ExitsWith(4));
  EXPECT_THAT(part.err, HasSubstr("unique"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), max(CAST(day AS VARCHAR)) FILTER (WHERE id = 1) FROM odd"),
            "3|2024-02-05");
}

TEST_P(ExistingTable, WithAMapOfDuckDbRefusesTheRowWhoseKeysRepeat) {
  if (is_postgres()) GTEST_SKIP() << "These are DuckDB's types.";
  changed("CREATE TABLE odd (id int PRIMARY KEY, m MAP(varchar, int))");
  write("odd.csv", "id,m\n1,\"{a=1, b=2}\"\n2,\"{a=1, a=2}\"\n3,{c=3}\n");
  write("job.yaml",
        "job: odd\ntarget: ${DECANT_TARGET}\nentities:\n  odd:\n    read: { files: odd.csv }\n    "
        "write: { table: odd, key: [id] }\n    rejects: { max: 1 }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT id FROM odd ORDER BY id"), "1\n3");
  EXPECT_EQ(asked("SELECT rule, column_name FROM decant.rejects"), "type|m");
}

// The text of such an array says NULL of both, that of a list quotes the one which is a text.
TEST_P(ExistingTable, WithAnArrayOfDuckDbTellsATextFromNoValue) {
  if (is_postgres()) GTEST_SKIP() << "These are DuckDB's types.";
  const std::string table =
      "CREATE TABLE odd (id int, a varchar[2], s STRUCT(x varchar[2]), l varchar[2][])";
  const std::string source = "duckdb:" + path("source.duckdb");
  changed_in(source, table);
  changed(table);
  for (const std::string key : {", key: [id]", ""}) {
    changed("DELETE FROM odd");
    changed_in(source, "DELETE FROM odd");
    changed_in(source,
               "INSERT INTO odd VALUES (1, ['NULL', 'a'], {'x': ['NULL', 'b']}, [['NULL', 'c']])");
    write("job.yaml", "job: of" + std::to_string(key.size()) +
                          "\ntarget: ${DECANT_TARGET}\nstores: { one: { source: "
                          "\"duckdb:source.duckdb\" } }\nentities:\n  odd:\n    read: { table: odd "
                          "}\n    write: { table: odd" +
                          key + " }\n");
    for (const char* change :
         {"SELECT 1", "UPDATE odd SET a = [NULL, 'a']", "UPDATE odd SET s = {'x': [NULL, 'b']}",
          "UPDATE odd SET l = [[NULL, 'c']]", "UPDATE odd SET a = ['NULL', 'NULL']"}) {
      changed_in(source, change);
      ASSERT_THAT(run(), ExitsWith(0)) << change << key;
      const std::string differing =
          "SELECT a[1] IS NULL, s.x[1] IS NULL, l[1][1] IS NULL, a[2] FROM odd";
      EXPECT_EQ(asked(differing), ask(source, differing));
    }
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
  }
}

// DuckDB would compare it with the text that is staged: 'paid' comes after 'closed' there.
TEST_P(ExistingTable, WithAnEnumIsNotComparedForTheLatestInDuckDb) {
  if (is_postgres()) changed("CREATE TYPE state AS ENUM ('open', 'paid', 'closed')");
  const std::string type = is_postgres() ? "state" : "ENUM('open', 'paid', 'closed')";
  changed("CREATE TABLE orders (id int PRIMARY KEY, state " + type + ")");
  write("orders.csv", "id,state\n1,paid\n1,closed\n");
  write(
      "job.yaml",
      "job: orders\ntarget: ${DECANT_TARGET}\nentities:\n  orders:\n    read: { files: orders.csv "
      "}\n    write: { table: orders, mode: upsert, key: [id], latest_by: state }\n");
  const Outcome outcome = run();
  if (is_postgres()) {
    EXPECT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(asked("SELECT state FROM orders"), "closed");
    return;
  }
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("is ENUM('open', 'paid', 'closed') in the table orders and "
                                     "would be compared as its text."));
}

// A file under a view may be replaced whatever session reads the database.
TEST_P(ExistingTable, OfASourceThatNoSnapshotHoldsIsNoted) {
  const std::string source = "duckdb:" + path("source.duckdb");
  write("prices.csv", "id,price\n1,10\n");
  changed_in(source, "CREATE TABLE own AS SELECT 1 AS id");
  changed_in(source, "CREATE VIEW prices AS SELECT * FROM read_csv('" + path("prices.csv") + "')");
  write("job.yaml",
        "job: hub\ntarget: ${DECANT_TARGET}\nstores: { one: { source: \"duckdb:source.duckdb\" } "
        "}\nentities:\n  own:\n    read: { table: own }\n    write: { table: own, key: [id] }\n  "
        "prices:\n    read: { table: prices }\n    write: { table: prices, key: [id] }\n");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(
      outcome.out + outcome.err,
      HasSubstr("prices: no snapshot holds what it reads (outside of its file, by READ_CSV)"));
  EXPECT_THAT(outcome.out + outcome.err, testing::Not(HasSubstr("own: no snapshot")));
}

TEST_P(ExistingTable, AdviceOnItsKeyIsPossible) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's keys are checked by query.";
  changed(k_table);
  changed(k_row);
  write_job({{"key: [store, id]", "key: [stor, id]"}});
  const Outcome mistyped = run();
  EXPECT_THAT(mistyped, ExitsWith(2));
  EXPECT_THAT(mistyped.err, HasSubstr("Did you mean \"store\"?"));
  EXPECT_THAT(mistyped.err, testing::Not(HasSubstr("CREATE UNIQUE INDEX")));
  changed("ALTER TABLE sales RENAME TO sales_behind");
  changed("CREATE VIEW sales AS SELECT * FROM sales_behind");
  write_job();
  const Outcome view = run();
  EXPECT_THAT(view, ExitsWith(1));
  EXPECT_THAT(view.err, HasSubstr("sales is a view"));
  EXPECT_THAT(view.err, testing::Not(HasSubstr("CREATE UNIQUE INDEX")));
}

// PostgreSQL updates such a view by itself, and takes no COPY into it.
TEST_P(ExistingTable, ThatIsAViewWithoutATriggerIsRefusedBeforeAnythingIsRead) {
  if (!is_postgres()) GTEST_SKIP() << "PostgreSQL's views are meant.";
  changed("CREATE TABLE sales_behind (store text, id bigint, sold_on date, amount decimal(12,2))");
  changed("CREATE VIEW sales AS SELECT * FROM sales_behind");
  for (const char* key : {", key: [store, id]", ""}) {
    write_job({{", key: [store, id]", key}});
    for (const Words& words : {Words{"plan", "job.yaml"}, run_words()}) {
      const Outcome outcome = decant(words);
      EXPECT_THAT(outcome, ExitsWith(1)) << key;
      EXPECT_THAT(outcome.err, HasSubstr("sales is a view, and has no INSTEAD OF trigger"));
      EXPECT_THAT(outcome.err, HasSubstr("Load the table behind it"));
    }
  }
}

TEST_P(ExistingTable, ThatLostTheIndexOfItsKeyIsRefusedInPostgres) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's keys are checked by query.";
  ASSERT_THAT(run(), ExitsWith(0));
  changed("ALTER TABLE sales DROP CONSTRAINT sales_pkey");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("no unique index on the key (store, id)"));
  changed("ALTER TABLE sales ADD UNIQUE (id, store)");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_P(ExistingTable, GivesItsTypesToTheTimeAndTheControlSumsToo) {
  changed("CREATE TABLE visits (day date, amount decimal(12,2), note text)");
  write("visits.csv", "day,amount,note\n2024-08-01,1.50,a\n2024-09-01,2.75,b\n");
  write(
      "job.yaml",
      "job: visits\ntarget: ${DECANT_TARGET}\nentities:\n  visits:\n    read: { files: visits.csv, "
      "time: day }\n    write: { table: visits }\n    control_sums: [amount]\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT sum(amount) FROM visits WHERE day >= DATE '2024-09-01'"), "2.75");
}

TEST_P(ExistingTable, WithAColumnThatNothingFillsIsRefusedBeforeAnyRow) {
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
      "till int NOT NULL)");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("\"till\""));
  EXPECT_THAT(outcome.err, HasSubstr("has no default"));
  EXPECT_EQ(rows(), "0");
  changed("ALTER TABLE sales ALTER COLUMN till SET DEFAULT 7");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(ExistingTable, WithARowThatCannotBeReadIsADifference) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's decimals have no NaN.";
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO sales VALUES ('north', 77, DATE '2024-08-05', 'NaN')");
  const Outcome outcome = decant({"reconcile", "job.yaml", "--workers", "1"});
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(run(), ExitsWith(3));
}

// A first load over rows that somebody else put there is told, in the plan and in the run.
TEST_P(ExistingTable, WhoseRowsOthersPutThereIsReplacedWithANote) {
  changed(k_table);
  if (is_postgres()) changed("CREATE UNIQUE INDEX ON sales (store, id)");
  changed("INSERT INTO sales VALUES ('south', 99, DATE '2024-08-02', 1.00)");
  const std::string note = "sales holds rows that this job did not load";
  EXPECT_THAT(decant({"plan", "job.yaml"}).out, HasSubstr(note));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr(note));
  EXPECT_EQ(rows(), "12");
  EXPECT_THAT(run().err, testing::Not(HasSubstr(note)));
}

// What the table's own type cannot hold is a reject, and what it holds is read back equal.
TEST_P(ExistingTable, OfFewerDigitsRefusesTheValuesThatItWouldBend) {
  const std::string second = is_postgres() ? "timestamp(0)" : "TIMESTAMP_S";
  changed("CREATE TABLE sales (store text, id bigint, sold_on " + second + ", amount real)");
  write_job({{"sold_on: date", "sold_on: { type: \"timestamp(0)\" }"},
             {"\"decimal(12,2)\"", "float32"},
             {"    control_sums: [amount]\n", "    rejects: { max: 1 }\n"}});
  std::vector<CsvRow> south = rows_of("south");
  south[2][1] = "2024-08-31 00:00:00.7";
  write_store("south", south);
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'south'"), "3");
  EXPECT_THAT(asked("SELECT reason FROM decant.rejects"), HasSubstr("timestamp(0)"));
  ASSERT_THAT(run(), ExitsWith(0));
}

TEST_P(ExistingTable, OfAnotherTypeThanDeclaredIsRefusedBeforeAnyRow) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"timestamp", "decimal(12,2)"}, {"date", "double precision"}, {"date", "real"}};
  for (const auto& [sold_on, amount] : cases) {
    changed("CREATE TABLE sales (store text, id bigint, sold_on " + sold_on + ", amount " + amount +
            ")");
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("Declare the table's type"));
    EXPECT_EQ(rows(), "0");
    changed("DROP TABLE sales");
  }
}

TEST_P(ExistingTable, WithWiderNumbersThanDeclaredIsLoadedAndReadBack) {
  changed("CREATE TABLE sales (store text, id decimal(18,0), sold_on date, amount decimal(20,4))");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), sum(amount) FROM sales"), "12|123.2000");
  ASSERT_THAT(run(), ExitsWith(0));
}

}  // namespace
}  // namespace decant::test
