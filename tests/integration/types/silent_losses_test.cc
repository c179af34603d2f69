// What a person with an hour to spare found that was lost or bent without a word.
#include "tests/integration/types/moved.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class SilentLosses : public MovedTable {
 protected:
  // Files into `into` of a fresh target, key [id].
  void read_files(Engine engine, const std::string& files, const std::string& columns) {
    use_target(fresh_target(engine));
    write("job.yaml", "job: files\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { files: " +
                          files + " }\n    write: { table: t, key: [id] }\n    columns: { " +
                          columns + " }\n    rejects: { max: 100 }\n");
  }
};

TEST_F(SilentLosses, ATextOfAJsonFileStaysATextInAJsonColumn) {
  write(
      "a.jsonl",
      "{\"id\":1,\"v\":\"5\"}\n{\"id\":2,\"v\":5}\n{\"id\":3,\"v\":\"\"}\n"
      "{\"id\":4,\"v\":\"hello\"}\n{\"id\":5,\"v\":\"{\\\"x\\\":1}\"}\n{\"id\":6,\"v\":\"true\"}\n"
      "{\"id\":7,\"v\":null}\n{\"id\":8,\"v\":\"null\"}\n");
  for (const Engine engine : {Engine::kDuckDb, Engine::kPostgres}) {
    read_files(engine, "a.jsonl", "id: int64, v: json");
    EXPECT_EQ(after_run("t"),
              "\"5\" ~ 5 ~ \"\" ~ \"hello\" ~ \"{\\\"x\\\":1}\" ~ \"true\" ~ \"null\"");
    expect_reconciled();
  }
}

TEST_F(SilentLosses, AKeyThatComesLateOrTwiceIsARejectOfItsRow) {
  std::string text;
  for (int i = 1; i <= 1100; ++i) text += "{\"id\":" + std::to_string(i) + ",\"v\":1}\n";
  write("a.jsonl", text +
                       "{\"id\":2000,\"v\":1,\"late\":\"important\"}\n"
                       "{\"id\":2001,\"v\":1,\"v\":2}\n");
  read_files(Engine::kDuckDb, "a.jsonl", "id: int64, v: int64");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.text(), HasSubstr("line 1101 has the key \"late\""));
  EXPECT_THAT(outcome.text(), HasSubstr("line 1102 has the key \"v\" twice"));
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "1100");
  write("job.yaml",
        "job: named\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { files: a.jsonl }\n"
        "    write: { table: n, key: [id] }\n    columns_only: true\n"
        "    columns: { id: int64 }\n    rejects: { max: 0 }\n");
  EXPECT_THAT(run(), ExitsWith(0));
}

// A folder's name says nothing of the rows in it, whatever Hive makes of it.
TEST_F(SilentLosses, AFolderNamedLikeAColumnDoesNotTakeThePlaceOfIt) {
  const std::string duck = fresh_target(Engine::kDuckDb);
  write("v=9/a.csv", "");
  changed_in(duck,
             "COPY (SELECT 1 AS id, 7 AS v) TO '" + path("v=9/a.parquet") + "' (FORMAT parquet)");
  for (const std::string& target :
       {fresh_target(Engine::kDuckDb), "duckdb:" + path("v=9/target.duckdb"), fresh_database()}) {
    use_target(target);
    write("job.yaml",
          "job: hive\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { files: "
          "\"v=9/*.parquet\" }\n    write: { table: t, key: [id] }\n");
    EXPECT_EQ(after_run("t"), "7");
  }
}

TEST_F(SilentLosses, AFileWithOtherTypesIsJudgedByItself) {
  const std::string duck = fresh_target(Engine::kDuckDb);
  for (const auto& [one, other] :
       {std::pair("TIMESTAMP '2024-07-01 12:00:00'", "TIMESTAMPTZ '2024-07-01 12:00:00Z'"),
        std::pair("CAST(0.1 AS DECIMAL(10,2))", "CAST(0.1 AS DOUBLE)")}) {
    SCOPED_TRACE(other);
    changed_in(duck, "COPY (SELECT 1 AS id, " + std::string(one) + " AS v) TO '" +
                         path("1.parquet") + "' (FORMAT parquet)");
    changed_in(duck, "COPY (SELECT 2 AS id, " + std::string(other) + " AS v) TO '" +
                         path("2.parquet") + "' (FORMAT parquet)");
    read_files(Engine::kDuckDb, "\"*.parquet\"", "id: int64");
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("2.parquet: t: the column v is "));
    EXPECT_THAT(outcome.err, HasSubstr("its values would be bent on their way"));
  }
}

// Beyond the years that a month's name can say, too.
TEST_F(SilentLosses, RowsOfAnyYearBelongToAMonthInEachRun) {
  const std::string source = fresh_database();
  changed_in(source,
             "CREATE TABLE t (id int, v date); INSERT INTO t VALUES (1, '4713-01-01 BC'), (2, "
             "'0002-01-01 BC'), (3, '0001-05-05'), (4, '2024-01-01'), (5, '12024-01-01'), (6, "
             "'999999-12-31'), (7, '5874897-12-31'), (8, 'infinity'), (9, '-infinity')");
  for (const Engine engine : {Engine::kDuckDb, Engine::kPostgres}) {
    use_target(fresh_target(engine));
    write("job.yaml",
          "job: years\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { table: t, source: '" +
              source + "', time: v }\n    write: { table: t, key: [id] }\n");
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT count(*) FROM t"), "9");
    expect_reconciled();
    EXPECT_THAT(run({"--from", "2024-01", "--to", "2024-01"}), ExitsWith(0));
  }
}

TEST_F(SilentLosses, AnEmptyTextIsNoValueOfAnotherTypeButInCsv) {
  const std::string source = fresh_database();
  changed_in(source,
             "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, ''), (2, '5'), (3, NULL)");
  const std::string made = fresh_database();
  changed_in(made, "CREATE TABLE t (id int PRIMARY KEY, v int)");
  write_job(source, "t", made, "t");
  EXPECT_EQ(after_run("t"), "5");
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "2");
  EXPECT_THAT(reasons(), HasSubstr("v: \"\" is not a"));
  write_job(source, "t", made, "t", "    columns: { v: { nulls: \"\" } }\n");
  EXPECT_EQ(after_run("t"), "5");
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "3");
  write("a.jsonl", "{\"id\":1,\"v\":\"\"}\n{\"id\":2,\"v\":\"5\"}\n");
  read_files(Engine::kDuckDb, "a.jsonl", "id: int64, v: int64");
  EXPECT_EQ(after_run("t"), "5");
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "1");
  write("a.csv", "id,v\n1,\"\"\n2,5\n");
  read_files(Engine::kDuckDb, "a.csv", "id: int64, v: int64");
  EXPECT_EQ(after_run("t"), "5");
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "2");
}

TEST_F(SilentLosses, AMemberMoreOfAJsonValueIsADifference) {
  const std::string source = fresh_database();
  const std::string made = fresh_database();
  changed_in(source, "CREATE TABLE t (id int, v json); INSERT INTO t VALUES (1, '{\"a\":1}')");
  changed_in(made, "CREATE TABLE t (id int PRIMARY KEY, v json)");
  write_job(source, "t", made, "t");
  EXPECT_EQ(after_run("t"), "{\"a\":1}");
  changed("UPDATE t SET v = '{\"a\":2,\"a\":1}'");
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(3));
}

// The digits before those that count are zeros: 0.1 has no place.
TEST_F(SilentLosses, ANumericOfFewerDigitsThanItsScaleRefusesRows) {
  write("a.csv", "id,v\n1,0.00999\n2,0.1\n3,-0.00123\n4,0.01\n5,0\n");
  read_files(Engine::kPostgres, "a.csv", "id: int64");
  changed("CREATE TABLE t (id bigint PRIMARY KEY, v numeric(3,5))");
  EXPECT_EQ(after_run("t"), "0.00999 ~ -0.00123 ~ 0.00000");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "2");
}

TEST_F(SilentLosses, JsonbIsGivenNoMemberTwice) {
  const std::string source = fresh_database();
  changed_in(source,
             "CREATE TABLE t (id int, v json); INSERT INTO t VALUES (1, '{\"a\":2,\"a\":1}'), (2, "
             "'{\"a\":1}')");
  write_job(source, "t", fresh_database(), "made");
  EXPECT_EQ(after_run("made"), "{\"a\": 1}");
  EXPECT_THAT(reasons(), HasSubstr("of two members with one name only the last"));
  write_job(source, "t", fresh_target(Engine::kDuckDb), "made");
  EXPECT_EQ(after_run("made"), "{\"a\":2,\"a\":1} ~ {\"a\":1}");
  expect_reconciled();
}

TEST_F(SilentLosses, RowsThatAPolicyHidesAreAnError) {
  const std::string source = fresh_database();
  changed_in(source,
             "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'x'), (2, 'y'); ALTER "
             "TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id = 1); DROP ROLE IF "
             "EXISTS clerk; CREATE ROLE clerk LOGIN; GRANT SELECT ON t TO clerk");
  const std::string database = source.substr(source.rfind('/') + 1);
  write_job(shared_postgres()->url_as("clerk", "", database), "t", fresh_target(Engine::kDuckDb),
            "t");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("row-level security policy for table \"t\""));
  EXPECT_THAT(outcome.err, HasSubstr("a role with BYPASSRLS"));
  changed_in(source, "DROP OWNED BY clerk; DROP ROLE clerk");
}

TEST_F(SilentLosses, RowsOfTheTargetThatAPolicyHidesAreAnError) {
  const std::string source = fresh_database();
  changed_in(source, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
  const std::string made = fresh_database();
  const std::string database = made.substr(made.rfind('/') + 1);
  changed_in(made,
             "DROP ROLE IF EXISTS owner; CREATE ROLE owner LOGIN; GRANT CREATE ON DATABASE \"" +
                 database +
                 "\" TO owner; CREATE TABLE t (id int PRIMARY KEY, v text); ALTER TABLE t OWNER TO "
                 "owner; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL "
                 "SECURITY; CREATE POLICY p ON t USING (id = 1)");
  write_job(source, "t", shared_postgres()->url_as("owner", "", database), "t");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("row-level security policy for table \"t\""));
  changed_in(made, "DROP OWNED BY owner; DROP ROLE owner");
}

}  // namespace
}  // namespace decant::test
