// Tables whose rows refer to each other: what goes at the source goes in the target, in whatever
// order the target's foreign keys allow it.
#include <csignal>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_job = R"yaml(job: family
target: ${DECANT_TARGET}
chunk_rows: 1000
stores: { a: { source: a }, b: { source: b } }
entities:
  parent:
    read: { files: "p.csv" }
    write: { table: parent, key: [id] }
    columns: { id: int64, shop: { constant: "{store}" }, v: text }
  child:
    read: { files: "c-{month}.csv", time: day }
    write: { table: child, key: [cid] }
    columns: { cid: int64, shop: { constant: "{store}" }, pid: int64, day: date }
)yaml";

class References : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    write("job.yaml", k_job);
    changed("CREATE TABLE parent (id bigint PRIMARY KEY, shop text, v text)");
    changed(
        "CREATE TABLE child (cid bigint PRIMARY KEY, shop text, pid bigint REFERENCES parent (id), "
        "day date)");
    write("b/p.csv", "id,v\n5,other\n");
    write("b/c-2024-01.csv", "cid,pid,day\n5,5,2024-01-01\n");
    write_a("1,one\n2,two\n", "1,1,2024-01-01\n2,2,2024-01-02\n");
  }
  void write_a(const std::string& parents, const std::string& children) {
    write("a/p.csv", "id,v\n" + parents);
    write("a/c-2024-01.csv", "cid,pid,day\n" + children);
  }
  // Parent 1 and its child go; parent 2 changes; parent 9 comes with a child.
  void write_next() { write_a("2,zwei\n9,nine\n", "2,2,2024-01-02\n9,9,2024-01-03\n"); }
  std::string parents() const { return listed("SELECT id || v FROM parent ORDER BY id"); }
  std::string children() const { return listed("SELECT cid FROM child ORDER BY cid"); }
  std::string listed(const std::string& sql) const {
    return asked("SELECT string_agg(CAST(x AS varchar), ' ' ORDER BY x) FROM (" + sql +
                 ") AS t(x)");
  }
  void expect_next() const {
    EXPECT_EQ(parents(), "2zwei 5other 9nine");
    EXPECT_EQ(children(), "2 5 9");
  }
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
};
INSTANTIATE_TEST_SUITE_P(Into, References, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(References, AParentGoesWithItsChildInOneRun) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_next();
  ASSERT_THAT(run(), ExitsWith(0));
  expect_next();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(References, AParentWhoseChildStaysIsToldAndTheRestIsLoaded) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_a("2,zwei\n9,nine\n", "1,1,2024-01-01\n2,2,2024-01-02\n9,9,2024-01-03\n");
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.text(),
                HasSubstr("parent: 1 row that is gone at the source stays in the table, since rows "
                          "of "));
    EXPECT_THAT(outcome.text(), HasSubstr("child refer to them"));
    EXPECT_EQ(parents(), "1one 2zwei 5other 9nine");
    EXPECT_EQ(children(), "1 2 5 9");
  }
  write_next();
  ASSERT_THAT(run(), ExitsWith(0));
  expect_next();
}

// The ledger knows of the row that stays, so that a run over all entities lets it go.
TEST_P(References, ARunOfTheParentAloneIsMendedByTheNextOne) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_next();
  EXPECT_THAT(run({"--entities", "parent"}), ExitsWith(1));
  EXPECT_EQ(parents(), "1one 2zwei 5other 9nine");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_next();
}

TEST_P(References, AKilledRunGoesOnWithTheSameCommand) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB has no triggers that wait.";
  ASSERT_THAT(run(), ExitsWith(0));
  write_next();
  changed(
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(2); RETURN OLD; END'");
  changed("CREATE TRIGGER waits BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION wait()");
  const auto killed = start_decant(run_words());
  ASSERT_TRUE(
      killed->wait_until([&] { return asked("SELECT count(*) FROM parent WHERE id = 9") == "1"; }));
  killed->signal(SIGKILL);
  (void)killed->wait();
  ASSERT_THAT(run(), ExitsWith(0));
  expect_next();
}

TEST_P(References, RowsOfOneTableThatReferToEachOtherGoTogether) {
  changed("DROP TABLE child");
  changed("DROP TABLE parent");
  changed(
      "CREATE TABLE parent (id bigint PRIMARY KEY, shop text, v text, above bigint REFERENCES "
      "parent (id))");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE parent SET above = 1 WHERE id = 2");
  write_a("9,nine\n", "9,9,2024-01-03\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "5other 9nine");
}

TEST_P(References, ARowWaitsForOneOfItsOwnTableThatAnotherTaskLoads) {
  changed("DROP TABLE child");
  changed("DROP TABLE parent");
  changed(
      "CREATE TABLE parent (id bigint PRIMARY KEY, shop text, above bigint REFERENCES parent "
      "(id))");
  write("job.yaml",
        "job: family\ntarget: ${DECANT_TARGET}\nstores: { a: { source: a }, b: { source: b } }\n"
        "entities:\n  parent:\n    read: { files: p.csv }\n    write: { table: parent, key: [id] "
        "}\n    columns: { id: int64, shop: { constant: \"{store}\" }, above: int64 }\n");
  // Whichever store comes first, rows of it refer to the other's.
  write("a/p.csv", "id,above\n1,4\n2,5\n3,\n");
  write("b/p.csv", "id,above\n4,2\n5,6\n6,3\n");
  const Outcome whole = run();
  ASSERT_THAT(whole, ExitsWith(0));
  EXPECT_THAT(whole.err, HasSubstr("parent: rows waited for others that they refer to"));
  const std::string rows = "SELECT id || '<' || coalesce(above, 0) FROM parent ORDER BY id";
  EXPECT_EQ(listed(rows), "1<4 2<5 3<0 4<2 5<6 6<3");
  ASSERT_THAT(run(), ExitsWith(0));
  write("b/p.csv", "id,above\n4,2\n5,6\n6,3\n7,99\n");
  EXPECT_THAT(run(), ExitsWith(4)) << "nobody has 99";
  write("b/p.csv", "id,above\n4,2\n5,6\n6,3\n7,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(listed(rows), "1<4 2<5 3<0 4<2 5<6 6<3 7<1");
}

TEST_P(References, AReferencedColumnChangesOnceNobodyRefersToItsFormerValue) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB updates no column that an index is over.";
  changed("DROP TABLE child");
  changed("ALTER TABLE parent ADD UNIQUE (v)");
  changed(
      "CREATE TABLE child (cid bigint PRIMARY KEY, shop text, pid text REFERENCES parent (v), day "
      "date)");
  std::string job = k_job;
  job.replace(job.find("pid: int64"), 10, "pid: text");
  write("job.yaml", job);
  write("b/c-2024-01.csv", "cid,pid,day\n5,other,2024-01-01\n");
  write_a("1,one\n2,two\n", "1,one,2024-01-01\n2,two,2024-01-02\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_a("1,eins\n2,two\n", "1,one,2024-01-01\n2,two,2024-01-02\n");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.text(), HasSubstr("1 row that changed there stays as it was"));
  EXPECT_EQ(parents(), "1one 2two 5other");
  write_a("1,eins\n2,two\n", "1,two,2024-01-01\n2,two,2024-01-02\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1eins 2two 5other");
}

// The same place in two parts of a table is two rows.
TEST_P(References, AKeptRowOfOnePartTakesNoRowOfAnotherOutOfTheLoad) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB has no partitions.";
  changed("DROP TABLE child");
  changed("DROP TABLE parent");
  changed("CREATE TABLE parent (id bigint PRIMARY KEY, shop text, v text) PARTITION BY RANGE (id)");
  changed("CREATE TABLE parent_0 PARTITION OF parent FOR VALUES FROM (0) TO (100)");
  changed("CREATE TABLE parent_1 PARTITION OF parent FOR VALUES FROM (100) TO (200)");
  changed(
      "CREATE TABLE child (cid bigint PRIMARY KEY, shop text, pid bigint REFERENCES parent (id), "
      "day date)");
  write("b/p.csv", "id,v\n");
  write("b/c-2024-01.csv", "cid,pid,day\n");
  write_a("1,one\n2,two\n101,c\n102,d\n", "1,1,2024-01-01\n2,2,2024-01-02\n");
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_EQ(asked("SELECT count(*) FROM parent WHERE ctid IN ('(0,1)', '(0,2)')"), "4");
  // 1 and 2 are referred to and go at the source: 101 changes and 102 goes as if they were alone.
  write_a("101,C\n", "1,1,2024-01-01\n2,2,2024-01-02\n");
  EXPECT_THAT(run({"--entities", "parent"}), ExitsWith(1));
  EXPECT_EQ(parents(), "101C 1one 2two");
}

}  // namespace
}  // namespace decant::test
