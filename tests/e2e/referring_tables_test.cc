// What the tables that refer to a loaded one allow, and what they say of it: chains of them,
// cascades, columns of another collation, and tables that the loader may not read.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// Three tables, each referring to the one before.
constexpr const char* k_job = R"yaml(job: chain
target: ${DECANT_TARGET}
entities:
  a:
    read: { files: "a.csv" }
    write: { table: a, key: [id] }
    rejects: { max: 5 }
    columns: { id: int64, v: text }
  b:
    read: { files: "b.csv" }
    write: { table: b, key: [id] }
    rejects: { max: 5 }
    columns: { id: int64, v: text, up: int64 }
  c:
    read: { files: "c.csv" }
    write: { table: c, key: [id] }
    columns: { id: int64, up: int64 }
)yaml";

class ReferringTables : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    write("job.yaml", k_job);
  }
  void make(const std::string& a, const std::string& b, const std::string& c) {
    changed("CREATE TABLE a (" + a + ")");
    changed("CREATE TABLE b (" + b + ")");
    changed("CREATE TABLE c (" + c + ")");
  }
  void make_chain(const std::string& on_delete = {}) {
    make("id bigint PRIMARY KEY, v text",
         "id bigint PRIMARY KEY, v text, up bigint REFERENCES a (id)" + on_delete,
         "id bigint PRIMARY KEY, up bigint REFERENCES b (id)");
  }
  void write_rows(const std::string& a, const std::string& b, const std::string& c) {
    write("a.csv", "id,v\n" + a);
    write("b.csv", "id,v,up\n" + b);
    write("c.csv", "id,up\n" + c);
  }
  std::string rows(const std::string& table) const {
    std::string text = asked("SELECT * FROM " + table + " ORDER BY 1");
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
  }
  void expect_settled() {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  }
};
INSTANTIATE_TEST_SUITE_P(Into, ReferringTables, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ReferringTables, ARowInTheMiddleOfThreeChanges) {
  make_chain();
  write_rows("1,x\n", "1,x,1\n2,y,1\n", "1,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_rows("1,x\n", "1,changed,1\n2,y,1\n", "1,1\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("b"), "1|changed|1 2|y|1");
  EXPECT_EQ(rows("c"), "1|1 2|2");
  expect_settled();
}

TEST_P(ReferringTables, ARowThatIsReferredToChangesBesideAnotherUniqueColumn) {
  make("id bigint PRIMARY KEY, v text, code text UNIQUE",
       "id bigint PRIMARY KEY, v text, up bigint REFERENCES a (id)", "id bigint, up bigint");
  std::string job = k_job;
  job.replace(job.find("id: int64, v: text }"), 20, "id: int64, v: text, code: text }");
  write("job.yaml", job);
  write_rows("", "1,x,1\n", "1,1\n");
  write("a.csv", "id,v,code\n1,one,I\n2,two,II\n3,three,III\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("a.csv", "id,v,code\n1,eins,I\n2,zwei,ZWEI\n3,three,III\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("a"), "1|eins|I 2|zwei|ZWEI 3|three|III");
  expect_settled();
}

class ReferringInDuckDb : public ReferringTables {};
INSTANTIATE_TEST_SUITE_P(Into, ReferringInDuckDb, testing::Values(Engine::kDuckDb), engine_name);

// DuckDB deletes and inserts a row of which an indexed column changes.
TEST_P(ReferringInDuckDb, ARowThatItCannotUpdateStaysAndTheRestIsLoaded) {
  make_chain();
  write_rows("1,x\n2,y\n", "1,x,1\n2,y,1\n", "1,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_rows("1,x\n2,y\n", "1,x,2\n2,changed,2\n3,z,2\n", "1,1\n2,2\n");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.text(),
              HasSubstr("b: 1 row that changed there stays as it was, since rows of "));
  EXPECT_EQ(rows("b"), "1|x|1 2|changed|2 3|z|2");
  EXPECT_EQ(rows("c"), "1|1 2|2");
  write("c.csv", "id,up\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("b"), "1|x|2 2|changed|2 3|z|2");
  expect_settled();
}

class ReferringInPostgres : public ReferringTables {
 protected:
  void TearDown() override {
    if (!owner_.empty()) changed_in(owner_, "DROP OWNED BY chain_loader CASCADE");
    if (!owner_.empty()) changed_in(owner_, "DROP ROLE chain_loader");
    EveryTarget::TearDown();
  }
  // From here on Decant runs as a user who may read and write a, b and c alone.
  void become_loader() {
    owner_ = target();
    const std::string database = asked("SELECT current_database()");
    changed("CREATE ROLE chain_loader LOGIN");
    changed("GRANT CREATE ON DATABASE \"" + database + "\" TO chain_loader");
    changed("GRANT SELECT, INSERT, UPDATE, DELETE ON a, b, c TO chain_loader");
    use_target(shared_postgres()->url_as("chain_loader", "", database));
  }

  std::string owner_;
};
INSTANTIATE_TEST_SUITE_P(Into, ReferringInPostgres, testing::Values(Engine::kPostgres),
                         engine_name);

// Rows of `secret` refer to those of b, and the loader may not read it.
TEST_P(ReferringInPostgres, ATableThatMayNotBeReadIsAskedOnlyByTheForeignKey) {
  make_chain();
  changed("CREATE TABLE secret (id bigint PRIMARY KEY, up bigint REFERENCES b (id))");
  become_loader();
  write_rows("1,x\n", "1,x,1\n2,y,1\n", "1,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed_in(owner_, "INSERT INTO secret VALUES (1, 1)");
  // 2 goes, 3 refers to nothing: a reject, as it is without `secret`.
  write_rows("1,x\n", "1,changed,1\n3,orphan,99\n4,new,1\n", "1,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("b"), "1|changed|1 4|new|1");
  EXPECT_EQ(report()["entities"][1]["total"]["rows_rejected"], 1);
  EXPECT_EQ(asked("SELECT rule FROM decant.rejects"), "reference");
  // What it keeps is said by the foreign key.
  write_rows("1,x\n", "4,new,1\n", "");
  const Outcome outcome = run({"--allow-empty"});
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.text(), HasSubstr("secret"));
  EXPECT_THAT(outcome.text(), Not(HasSubstr("permission denied")));
}

TEST_P(ReferringInPostgres, AColumnOfAnotherCollationRefersLikeAnyOther) {
  make("id text COLLATE \"C\" PRIMARY KEY, v text",
       "id bigint PRIMARY KEY, v text, up text COLLATE \"POSIX\" REFERENCES a (id)",
       "id bigint, up bigint");
  std::string job = k_job;
  job.replace(job.find("id: int64, v: text }"), 9, "id: text");
  job.replace(job.find("up: int64"), 9, "up: text");
  write("job.yaml", job);
  write_rows("x,a\ny,b\n", "1,v,x\n2,v,y\n", "1,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_rows("y,B\n", "2,v,y\n", "1,1\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("a"), "y|B");
  EXPECT_EQ(rows("b"), "2|v|y");
}

// The row of b would go with that of a, but for the row of c.
TEST_P(ReferringInPostgres, ARowIsKeptByWhatRefersToRowsThatWouldGoWithIt) {
  make_chain(" ON DELETE CASCADE");
  write_rows("1,x\n2,y\n", "1,x,1\n2,y,2\n", "1,1\n2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_rows("2,Y\n", "2,y,2\n", "2,2\n");
  const Outcome kept = run({"--entities", "a"});
  EXPECT_THAT(kept, ExitsWith(1));
  EXPECT_THAT(kept.text(),
              HasSubstr("a: 1 row that is gone at the source stays in the table, since "
                        "rows of c refer to them"));
  EXPECT_EQ(rows("a"), "1|x 2|Y");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows("a"), "2|Y");
  EXPECT_EQ(rows("b"), "2|y|2");
  EXPECT_EQ(rows("c"), "2|2");
  expect_settled();
}

// Rows of b that go with one of a go behind Decant's back.
TEST_P(ReferringInPostgres, ACascadeIsNotedBeforeItTakesRows) {
  make_chain(" ON DELETE CASCADE");
  write_rows("1,x\n2,y\n", "1,x,1\n2,y,2\n", "2,2\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_rows("2,Y\n", "1,x,1\n2,y,2\n", "2,2\n");
  const std::string note =
      "a: a row that is deleted takes along or changes those of b that refer to it (ON DELETE)";
  EXPECT_THAT(decant({"plan", "job.yaml"}).text(), HasSubstr(note));
  const Outcome outcome = run();
  EXPECT_THAT(outcome.text(), HasSubstr(note));
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_EQ(rows("b"), "2|y|2");
  changed("ALTER TABLE b DROP CONSTRAINT b_up_fkey");
  EXPECT_THAT(run().text(), Not(HasSubstr(note)));
}

}  // namespace
}  // namespace decant::test
