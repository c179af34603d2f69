// Columns that DuckDB computes itself, and those whose values have parts.
#include "tests/integration/types/moved.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class DuckDbColumns : public MovedTable {
 protected:
  void SetUp() override {
    MovedTable::SetUp();
    source_ = fresh_target(Engine::kDuckDb);
    target_ = fresh_target(Engine::kDuckDb);
  }
  std::string source_, target_;
};

TEST_F(DuckDbColumns, GeneratedOnesOfATargetAreLeftOutAndSaid) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v INTEGER, twice INTEGER); "
             "INSERT INTO t VALUES (1, 2, 99), (2, 3, NULL)");
  changed_in(target_,
             "CREATE TABLE t (id INTEGER PRIMARY KEY, twice INTEGER GENERATED ALWAYS AS (v * 2) "
             "VIRTUAL, v INTEGER, made VARCHAR DEFAULT 'x')");
  write_job(source_, "t", target_, "t");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.text(), HasSubstr("t computes twice itself (generated)"));
  EXPECT_EQ(asked("SELECT twice, made FROM t ORDER BY id"), "4|x\n6|x");
  changed_in(source_, "UPDATE t SET v = 10 WHERE id = 1; DELETE FROM t WHERE id = 2");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT id, twice FROM t ORDER BY id"), "1|20");
  expect_reconciled();
  write_job(source_, "t", target_, "t", "    columns: { twice: int32 }\n");
  const Outcome named = run();
  EXPECT_THAT(named, ExitsWith(1));
  EXPECT_THAT(named.err, HasSubstr("\"twice\" of the table t is generated"));
}

TEST_F(DuckDbColumns, GeneratedOnesOfASourceAreReadLikeOthers) {
  changed_in(source_,
             "CREATE TABLE t (id INTEGER, v INTEGER, twice INTEGER GENERATED ALWAYS AS (v * 2) "
             "VIRTUAL); INSERT INTO t VALUES (1, 5), (2, 6)");
  write_job(source_, "t", target_, "t");
  EXPECT_EQ(after_run("t"), "5 ~ 6");
  EXPECT_EQ(asked("SELECT string_agg(twice::text, ' ' ORDER BY id) FROM t"), "10 12");
  expect_reconciled();
}

// Rows come with the text of the value, and not each text that DuckDB writes can it read again.
TEST_F(DuckDbColumns, AValueWithPartsThatAColumnCannotTakeIsARejectOfItsRow) {
  const struct {
    const char *type, *good, *bad;
  } cases[] = {
      {"STRUCT(a VARCHAR, b INTEGER[])[]", "[{'a': 'x', 'b': [1, NULL]}]", "[{'a': '}', 'b': []}]"},
      {"STRUCT(a VARCHAR, b INTEGER[])", "{'a': 'x', 'b': [1]}", "{'a': '}', 'b': []}"},
      {"MAP(VARCHAR, INTEGER)[]", "[MAP {'k': 1}]", "[MAP {'}': 1}]"},
  };
  for (const auto& [type, good, bad] : cases) {
    changed_in(source_, "CREATE TABLE t (id INTEGER, v " + std::string(type) +
                            "); INSERT INTO t VALUES (1, " + good + "), (3, NULL)");
    changed_in(target_, "CREATE TABLE t (id INTEGER PRIMARY KEY, v " + std::string(type) + ")");
    write_job(source_, "t", target_, "t");
    ASSERT_THAT(run(), ExitsWith(0)) << type;
    changed_in(source_, "INSERT INTO t VALUES (2, " + std::string(bad) + ")");
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(0)) << type;
    const bool is_read = asked("SELECT count(*) FROM t WHERE id = 2") == "1";
    EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], is_read ? 0 : 1) << type;
    EXPECT_EQ(asked("SELECT count(*) FROM t WHERE id <> 2"), "2") << type;
    EXPECT_FALSE(is_read && type == cases[0].type);
    expect_reconciled();
    for (const std::string& db : {source_, target_}) changed_in(db, "DROP TABLE t");
  }
}

}  // namespace
}  // namespace decant::test
