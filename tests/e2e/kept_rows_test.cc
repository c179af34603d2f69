// Rows that a foreign key of the target keeps, or would keep: beside rejects, where they move to
// another month, and where the first load did not reach its end.
#include <csignal>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class KeptRows : public EveryTarget {
 protected:
  std::string listed(const std::string& sql) const {
    return asked("SELECT string_agg(CAST(x AS varchar), ' ' ORDER BY x) FROM (" + sql +
                 ") AS t(x)");
  }
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
};
INSTANTIATE_TEST_SUITE_P(Into, KeptRows, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

// ---- beside rejects

constexpr const char* k_codes_job = R"yaml(job: codes
target: ${DECANT_TARGET}
entities:
  parent:
    read: { files: "p.csv" }
    write: { table: parent, key: [id] }
    rejects: { max: 10 }
    columns: { id: int64, code: text, v: text }
)yaml";

// As many rows are loaded as the source has, and yet they are not the source's.
TEST_P(KeptRows, AChangeThatIsKeptBackIsToldBesideRejects) {
  write("job.yaml", k_codes_job);
  changed("CREATE TABLE parent (id bigint PRIMARY KEY, code text UNIQUE, v text)");
  changed("CREATE TABLE child (cid bigint PRIMARY KEY, code text REFERENCES parent (code))");
  changed("CREATE TABLE idle (cid bigint PRIMARY KEY, code text REFERENCES parent (code))");
  write("p.csv", "id,code,v\n1,one,a\n2,two,b\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO child VALUES (1, 'one')");
  write("p.csv", "id,code,v\n1,eins,CHANGED\n2,two,b\n2,zwei,c\n");
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.text(), HasSubstr("parent: 1 row that changed there stays as it was"));
    EXPECT_THAT(outcome.text(), HasSubstr("child refer to them"));
    EXPECT_THAT(outcome.text(), Not(HasSubstr("idle"))) << "no row of it refers to any";
    EXPECT_EQ(listed("SELECT id || code || v FROM parent"), "1onea 2twob");
  }
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(3));
}

// ---- beside rows that take their other unique values

constexpr const char* k_numbers_job = R"yaml(job: numbers
target: ${DECANT_TARGET}
entities:
  parent:
    read: { files: "p*.csv", time: day }
    write: { table: parent, key: [id] }
    columns: { id: int64, day: date, code: text }
  child:
    read: { files: "c.csv" }
    write: { table: child, key: [cid] }
    columns: { cid: int64, pid: int64 }
)yaml";

class TakenNumbers : public KeptRows {
 protected:
  void SetUp() override {
    KeptRows::SetUp();
    write("job.yaml", k_numbers_job);
    changed("CREATE TABLE parent (id bigint PRIMARY KEY, day date, code text UNIQUE)");
    changed("CREATE TABLE child (cid bigint PRIMARY KEY, pid bigint REFERENCES parent (id))");
  }
  std::string parents() const { return listed("SELECT id || code FROM parent"); }
};
INSTANTIATE_TEST_SUITE_P(Into, TakenNumbers, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

// A document is entered again under a new key with its old number; its lines go in the same step.
TEST_P(TakenNumbers, AnotherRowTakesTheNumberOfOneThatGoesWithItsChild) {
  write("p.csv", "id,day,code\n1,2024-01-01,a\n2,2024-01-02,b\n5,2024-01-03,e\n");
  write("c.csv", "cid,pid\n1,1\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("p.csv", "id,day,code\n2,2024-01-02,b\n3,2024-01-05,a\n5,2024-01-03,z\n");
  write("c.csv", "cid,pid\n2,2\n8,3\n9,5\n");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.text(), Not(HasSubstr("rejects ")));
  EXPECT_EQ(parents(), "2b 3a 5z");
  EXPECT_EQ(listed("SELECT cid FROM child"), "2 8 9") << "lines of the new row too";
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// Its chunk is another task's.
TEST_P(TakenNumbers, AnotherRowTakesItInAnotherMonth) {
  write("p1.csv", "id,day,code\n1,2024-01-01,a\n2,2024-01-02,b\n");
  write("p2.csv", "id,day,code\n5,2024-02-03,e\n");
  write("c.csv", "cid,pid\n1,1\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("p1.csv", "id,day,code\n2,2024-01-02,b\n");
  write("p2.csv", "id,day,code\n3,2024-02-01,a\n5,2024-02-03,e\n");
  write("c.csv", "cid,pid\n1,3\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "2b 3a 5e");
  EXPECT_EQ(listed("SELECT cid || '>' || pid FROM child"), "1>3 2>2") << "a line moves with it";
}

// The child stays at the source: everything else is loaded, and the message says what to do.
TEST_P(TakenNumbers, ANumberThatIsNotFreedIsToldUntilItIs) {
  write("p.csv", "id,day,code\n1,2024-01-01,a\n2,2024-01-02,b\n");
  write("c.csv", "cid,pid\n1,1\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("p.csv", "id,day,code\n2,2024-01-02,b\n3,2024-01-05,a\n4,2024-01-06,d\n");
  write("c.csv", "cid,pid\n1,1\n2,2\n3,2\n");
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.text(), HasSubstr("child refer to them"));
    EXPECT_EQ(listed("SELECT cid FROM child"), "1 2 3") << "later entities are loaded";
    EXPECT_THAT(parents(), HasSubstr("4d"));
  }
  write("c.csv", "cid,pid\n2,2\n3,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "2b 3a 4d");
}

// A line of nobody is a reject still, once all others have been tried.
TEST_P(TakenNumbers, ALineWithoutADocumentIsARejectInTheEnd) {
  write("p.csv", "id,day,code\n1,2024-01-01,a\n2,2024-01-02,b\n");
  write("c.csv", "cid,pid\n1,1\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("p.csv", "id,day,code\n2,2024-01-02,b\n3,2024-01-05,a\n");
  write("c.csv", "cid,pid\n2,2\n8,3\n9,77\n");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_EQ(parents(), "2b 3a") << "what kept the document has gone before";
  write("c.csv", "cid,pid\n2,2\n8,3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(listed("SELECT cid FROM child"), "2 8");
}

// ---- rows that move

constexpr const char* k_orders_job = R"yaml(job: orders
target: ${DECANT_TARGET}
stores: { a: { source: a }, b: { source: b } }
entities:
  parent:
    read: { files: "p.csv", time: day }
    write: { table: parent, key: [id] }
    columns: { id: int64, shop: { constant: "{store}" }, day: date, v: text }
  child:
    read: { files: "c.csv" }
    write: { table: child, key: [cid] }
    columns: { cid: int64, shop: { constant: "{store}" }, pid: int64 }
)yaml";

class MovedRows : public KeptRows {
 protected:
  void SetUp() override {
    KeptRows::SetUp();
    write("job.yaml", k_orders_job);
    make_tables("REFERENCES parent (id)");
    write("a/p.csv", "id,day,v\n1,2024-01-31,a\n2,2024-02-05,b\n3,2024-03-05,c\n");
    write("a/c.csv", "cid,pid\n1,1\n2,2\n");
    write("b/p.csv", "id,day,v\n7,2024-01-05,g\n");
    write("b/c.csv", "cid,pid\n7,7\n");
  }
  void make_tables(const std::string& reference) const {
    changed("DROP TABLE IF EXISTS child");
    changed("DROP TABLE IF EXISTS parent");
    changed("CREATE TABLE parent (id bigint PRIMARY KEY, shop text, day date, v text)");
    changed("CREATE TABLE child (cid bigint PRIMARY KEY, shop text, pid bigint " + reference + ")");
  }
  std::string parents() const { return listed("SELECT id || shop || day || v FROM parent"); }
  std::string children() const { return listed("SELECT cid FROM child"); }
};
INSTANTIATE_TEST_SUITE_P(Into, MovedRows, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(MovedRows, TheDateOfAnOrderThatHasLinesIsCorrected) {
  ASSERT_THAT(run(), ExitsWith(0));
  write("a/p.csv", "id,day,v\n1,2024-02-01,a\n2,2024-02-05,b\n3,2024-03-05,c\n");
  write("a/c.csv", "cid,pid\n1,1\n2,2\n3,3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-02-01a 2a2024-02-05b 3a2024-03-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 3 7");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  // Its line goes, and it moves on with another value.
  write("a/p.csv", "id,day,v\n1,2024-03-01,z\n2,2024-02-05,b\n3,2024-03-05,c\n");
  write("a/c.csv", "cid,pid\n2,2\n3,3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-03-01z 2a2024-02-05b 3a2024-03-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "2 3 7");
}

// Its chunks are read by two tasks, which are joined.
TEST_P(MovedRows, AnOrderThatHasLinesMovesToAnotherStore) {
  ASSERT_THAT(run(), ExitsWith(0));
  write("a/p.csv", "id,day,v\n2,2024-02-05,b\n3,2024-03-05,c\n");
  write("a/c.csv", "cid,pid\n2,2\n");
  write("b/p.csv", "id,day,v\n1,2024-01-31,moved\n7,2024-01-05,g\n");
  write("b/c.csv", "cid,pid\n1,1\n7,7\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1b2024-01-31moved 2a2024-02-05b 3a2024-03-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 7");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// DuckDB deletes and inserts a row of which an indexed column changes: it stays where it is, and
// the rest is loaded.
TEST_P(MovedRows, AnOrderThatCannotMoveIsToldAndMovesOnceItsLinesHaveGone) {
  if (is_postgres()) GTEST_SKIP() << "PostgreSQL moves it.";
  changed("DROP TABLE child");
  changed("DROP TABLE parent");
  changed(
      "CREATE TABLE parent (id bigint PRIMARY KEY, shop text, day date, v text, UNIQUE (id, day))");
  changed(
      "CREATE TABLE child (cid bigint PRIMARY KEY, shop text, pid bigint REFERENCES parent (id))");
  ASSERT_THAT(run(), ExitsWith(0));
  write("a/p.csv", "id,day,v\n1,2024-02-01,a\n2,2024-02-05,b\n3,2024-03-05,z\n");
  write("a/c.csv", "cid,pid\n1,1\n2,2\n3,3\n");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.text(), HasSubstr("parent: 1 row that changed there stays as it was"));
  EXPECT_EQ(parents(), "1a2024-01-31a 2a2024-02-05b 3a2024-03-05z 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 3 7");
  write("a/c.csv", "cid,pid\n2,2\n3,3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-02-01a 2a2024-02-05b 3a2024-03-05z 7b2024-01-05g");
}

// A DELETE of the order would take its lines, and the chunk of these has not changed. Both months
// are read by one task, since one file has rows of them.
TEST_P(MovedRows, LinesStayWhereTheyWouldGoWithTheirOrder) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's foreign keys do not cascade.";
  make_tables("REFERENCES parent (id) ON DELETE CASCADE");
  write("a/p.csv", "id,day,v\n1,2024-01-31,a\n2,2024-02-05,b\n3,2024-01-05,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("a/p.csv", "id,day,v\n1,2024-02-01,a\n2,2024-02-05,b\n3,2024-01-05,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-02-01a 2a2024-02-05b 3a2024-01-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 7");
}

// ---- a first load that did not reach its end

class FirstLoads : public MovedRows {};
INSTANTIATE_TEST_SUITE_P(Into, FirstLoads, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(FirstLoads, GoOnWhereAParentHasChangedMeanwhile) {
  write("b/c.csv", "cid,pid\n7,7\nbad,7\n");
  ASSERT_THAT(run(), ExitsWith(4));
  ASSERT_EQ(children(), "1 2") << "some rows refer to parents";
  write("b/c.csv", "cid,pid\n7,7\n8,7\n");
  write("a/p.csv", "id,day,v\n1,2024-01-31,CHANGED\n2,2024-02-05,b\n3,2024-03-05,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-01-31CHANGED 2a2024-02-05b 3a2024-03-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 7 8");
}

TEST_P(FirstLoads, GoOnWhereAParentHasMovedToAMonthWithoutRows) {
  write("b/c.csv", "cid,pid\n7,7\nbad,7\n");
  ASSERT_THAT(run(), ExitsWith(4));
  write("b/c.csv", "cid,pid\n7,7\n8,7\n");
  write("a/p.csv", "id,day,v\n1,2024-05-01,a\n2,2024-02-05,b\n3,2024-03-05,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-05-01a 2a2024-02-05b 3a2024-03-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 7 8");
}

TEST_P(FirstLoads, GoOnAfterTheyWereKilled) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB has no triggers that wait.";
  changed(
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF NEW.shop = ''b'' THEN PERFORM pg_sleep(5); END IF; RETURN NEW; END'");
  changed("CREATE TRIGGER waits BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION wait()");
  const auto killed = start_decant(run_words());
  ASSERT_TRUE(killed->wait_until([&] { return asked("SELECT count(*) FROM child") == "2"; }));
  killed->signal(SIGKILL);
  (void)killed->wait();
  changed("DROP TRIGGER waits ON child");
  write("a/p.csv", "id,day,v\n1,2024-01-31,CHANGED\n2,2024-02-05,b\n3,2024-03-05,c\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(parents(), "1a2024-01-31CHANGED 2a2024-02-05b 3a2024-03-05c 7b2024-01-05g");
  EXPECT_EQ(children(), "1 2 7");
}

}  // namespace
}  // namespace decant::test
