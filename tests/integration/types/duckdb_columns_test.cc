// Columns that DuckDB computes itself.
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

}  // namespace
}  // namespace decant::test
