// Keys that entities and stores hold which the job names no more: whoever gives them now decides.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReleasedKeys : public EveryTarget {
 protected:
  // One file for all; `mode` as `write:` has it.
  void write_entity(const std::string& entity, const std::string& mode,
                    const std::string& job = "shop") {
    write("job.yaml",
          "job: " + job + "\ntarget: ${DECANT_TARGET}\nentities:\n  " + entity +
              ": { read: { files: s.csv }, write: { table: m, key: [id], mode: " + mode +
              " }, columns: { id: int64, ver: int64, v: int64 }, rejects: { max: 0 } }\n");
  }
  // A file for each store, and the store in a column of the table where `with_column`.
  void write_stores(const std::string& stores, const std::string& mode, bool with_column) {
    write(
        "job.yaml",
        "job: shop\ntarget: ${DECANT_TARGET}\nstores: {" + stores +
            "}\nentities:\n  s: { read: { files: \"{store}.csv\", time: day }, write: { table: m, "
            "key: [id], mode: " +
            mode + " }, columns: { id: int64, ver: int64, v: int64, day: date" +
            (with_column ? ", store: { constant: \"{store}\" }" : "") + " } }\n");
  }
  void write_rows(const std::string& rows) { write("s.csv", "id,ver,v\n" + rows); }
  void write_days(const std::string& store, const std::string& rows) {
    write(store + ".csv", "id,ver,v,day\n" + rows);
  }
  std::string rows() const {
    return asked("SELECT string_agg(id || '|' || ver || '|' || v, ' ' ORDER BY id) FROM m");
  }
  std::string stores() const {
    return asked("SELECT string_agg(id || ' ' || store, ', ' ORDER BY id) FROM m");
  }
  std::string batches() const {
    return asked(
        "SELECT string_agg(chunk || ' ' || status, ', ' ORDER BY batch_id) FROM "
        "decant.migration_batches");
  }
  Outcome reconcile(const Words& more = {}) const {
    Words words = {"reconcile", "job.yaml", "--workers", "2"};
    words.insert(words.end(), more.begin(), more.end());
    return decant(words);
  }
  std::int64_t total(const char* figure) const {
    return report()["entities"][0]["total"][figure].get<std::int64_t>();
  }
};
INSTANTIATE_TEST_SUITE_P(Of, ReleasedKeys, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ReleasedKeys, OfARenamedEntityAreDecidedByTheSourceAsItIsNow) {
  write_entity("s", "upsert, latest_by: ver");
  write_rows("1,1,5\n2,1,5\n3,9,5\n4,1,5\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_entity("ventas", "upsert, latest_by: ver");
  write_rows("1,1,7\n2,1,5\n3,2,6\n");
  const std::string before = batches();
  EXPECT_THAT(reconcile(), ExitsWith(3)) << "nothing of it is loaded yet";
  EXPECT_EQ(batches(), before) << "to reconcile releases nothing";
  const Outcome renamed = run();
  EXPECT_THAT(renamed, ExitsWith(0));
  EXPECT_EQ(rows(), "1|1|7 2|1|5 3|2|6 4|1|5");
  EXPECT_EQ(total("rows_superseded"), 0);
  EXPECT_THAT(renamed.out, HasSubstr("the target holds 1 row in the range of the run that the "
                                     "source does not have"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0) << "once is enough";
  EXPECT_THAT(reconcile(), ExitsWith(0));
  EXPECT_THAT(reconcile({"--repair", "--yes"}), ExitsWith(0));
  EXPECT_EQ(rows(), "1|1|7 2|1|5 3|2|6 4|1|5");
}

TEST_P(ReleasedKeys, OfARenamedEntityAreNoRejectsOfUnchangedRows) {
  for (const char* mode : {"upsert", "insert"}) {
    SCOPED_TRACE(mode);
    use_target(fresh_target(GetParam()));
    write_entity("s", mode);
    write_rows("1,1,5\n2,1,5\n3,9,5\n");
    ASSERT_THAT(run(), ExitsWith(0));
    write_entity("ventas", mode);
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(total("rows_loaded"), 3);
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
    EXPECT_THAT(reconcile(), ExitsWith(0));
  }
}

// It changes no row that is there, whoever holds it.
TEST_P(ReleasedKeys, AnInsertTakesNoChangedRowOver) {
  write_entity("s", "insert");
  write_rows("1,1,5\n2,1,5\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_entity("ventas", "insert");
  write_rows("1,1,5\n2,1,6\n");
  EXPECT_THAT(run({}), ExitsWith(4));
  EXPECT_EQ(rows(), "1|1|5 2|1|5");
}

TEST_P(ReleasedKeys, OfAnEntityThatComesBackAreItsOwnAgain) {
  write_rows("1,1,5\n2,1,5\n");
  for (const char* entity : {"s", "ventas", "s", "ventas"}) {
    SCOPED_TRACE(entity);
    write_entity(entity, "upsert, latest_by: ver");
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(total("rows_loaded"), 2);
    EXPECT_THAT(reconcile(), ExitsWith(0));
  }
  EXPECT_EQ(rows(), "1|1|5 2|1|5");
  EXPECT_EQ(asked("SELECT count(*) FROM decant.migration_batches WHERE status = 'loaded'"), "1");
}

// What nobody gives stays, and is told.
TEST_P(ReleasedKeys, OfARenamedStoreAreDecidedByTheNewOne) {
  write_days("a", "1,9,5,2024-08-01\n2,9,5,2024-09-01\n3,1,5,2024-09-02\n");
  write_days("b", "8,1,5,2024-08-01\n");
  write_stores("a: {}, b: {}", "upsert, latest_by: ver", true);
  ASSERT_THAT(run(), ExitsWith(0));
  write_days("c", "1,2,6,2024-08-01\n2,9,5,2024-10-01\n");
  write_stores("b: {}, c: {}", "upsert, latest_by: ver", true);
  const Outcome renamed = run();
  EXPECT_EQ(rows(), "1|2|6 2|9|5 3|1|5 8|1|5");
  EXPECT_EQ(total("rows_superseded"), 0);
  for (const Outcome& told : {renamed, run(), reconcile()}) {
    EXPECT_THAT(told, ExitsWith(0));
    EXPECT_THAT(told.out, HasSubstr("m also holds 1 row of a, which this job loaded and lists no "
                                    "more"));
  }
  EXPECT_EQ(stores(), "1 c, 2 c, 3 a, 8 b");
  EXPECT_THAT(decant({"status", "job.yaml"}).out, HasSubstr("s: 3 of 3 chunks loaded"));
}

TEST_P(ReleasedKeys, OfARenamedStoreThatNoColumnSaysAreDecidedByTheNewOne) {
  write_days("a", "1,9,5,2024-08-01\n2,9,5,2024-09-01\n3,1,5,2024-09-02\n");
  write_stores("a: {}", "upsert, latest_by: ver", false);
  ASSERT_THAT(run(), ExitsWith(0));
  write_days("c", "1,2,6,2024-08-01\n2,9,5,2024-10-01\n");
  write_stores("c: {}", "upsert, latest_by: ver", false);
  const Outcome renamed = run();
  EXPECT_EQ(rows(), "1|2|6 2|9|5 3|1|5");
  for (const Outcome& told : {renamed, run(), reconcile()}) {
    EXPECT_THAT(told, ExitsWith(0));
    EXPECT_THAT(told.out, HasSubstr("the target holds 1 row in the range of the run that the "
                                    "source does not have"));
  }
}

TEST_P(ReleasedKeys, OfAStoreThatIsGoneGoToTheRowsThatWaitBehindIt) {
  write_days("a", "1,9,5,2024-08-01\n2,1,5,2024-08-01\n");
  write_days("b", "1,2,6,2024-08-01\n3,1,5,2024-08-01\n");
  write_stores("a: {}, b: {}", "upsert, latest_by: ver", true);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1|9|5 2|1|5 3|1|5");
  write_stores("b: {}", "upsert, latest_by: ver", true);
  const Outcome looked = reconcile();
  EXPECT_THAT(looked, ExitsWith(3));
  EXPECT_THAT(looked.text(), HasSubstr("1 row waits behind rows of an entity or a store that the "
                                       "job names no more"));
  EXPECT_EQ(rows(), "1|9|5 2|1|5 3|1|5");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1|2|6 2|1|5 3|1|5");
  EXPECT_EQ(stores(), "1 b, 2 a, 3 b");
  EXPECT_THAT(reconcile(), ExitsWith(0));
  // And the store comes back.
  write_stores("a: {}, b: {}", "upsert, latest_by: ver", true);
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(stores(), "1 a, 2 a, 3 b");
  EXPECT_THAT(reconcile(), ExitsWith(0));
}

// What was let go of is void in the same transaction, so that nothing is between the two.
TEST_P(ReleasedKeys, AreLetGoOfOnceThoughTheRunDies) {
  for (const char* point : {"planned", "before_fence", "before_commit", "after_commit"}) {
    SCOPED_TRACE(point);
    use_target(fresh_target(GetParam()));
    write_entity("s", "upsert, latest_by: ver");
    write_rows("1,1,5\n2,1,5\n3,9,5\n");
    ASSERT_THAT(run(), ExitsWith(0));
    write_entity("ventas", "upsert, latest_by: ver");
    write_rows("1,1,7\n3,2,6\n");
    set_environment("DECANT_FAILPOINTS", std::string(point) + "=kill");
    (void)run();
    set_environment("DECANT_FAILPOINTS", "");
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(rows(), "1|1|7 2|1|5 3|2|6");
    EXPECT_THAT(reconcile(), ExitsWith(0));
  }
}

// That job may be alive.
TEST_P(ReleasedKeys, OfAnotherJobStayItsOwnAndTheRunSaysHowManyRowsWait) {
  write_entity("s", "upsert, latest_by: ver");
  write_rows("1,1,5\n2,1,5\n3,9,5\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write_entity("s", "upsert, latest_by: ver", "other");
  write_rows("1,2,7\n3,2,6\n");
  for (const Outcome& told : {run(), run(), reconcile()}) {
    EXPECT_THAT(told, ExitsWith(0));
    EXPECT_THAT(told.out, HasSubstr("s: 1 row waits behind rows of m that another job loaded"));
    EXPECT_THAT(told.out, Not(HasSubstr("that the source does not have")));
  }
  EXPECT_EQ(rows(), "1|2|7 2|1|5 3|9|5");
}

TEST_P(ReleasedKeys, OfAnEntityThatIsNotSelectedStayItsOwn) {
  const auto two = [&](const std::string& entities) {
    std::string job = "job: shop\ntarget: ${DECANT_TARGET}\nentities:\n";
    for (const char entity : entities) {
      job += std::string("  ") + entity + ": { read: { files: " + entity +
             ".csv }, write: { table: m, key: [id], mode: upsert, latest_by: ver }, columns: { id: "
             "int64, ver: int64, v: int64 } }\n";
    }
    write("job.yaml", job);
  };
  write("a.csv", "id,ver,v\n1,9,5\n2,1,5\n");
  write("b.csv", "id,ver,v\n1,2,6\n3,1,5\n");
  two("ab");
  const Outcome both = run();
  ASSERT_THAT(both, ExitsWith(0));
  EXPECT_THAT(both.out, Not(HasSubstr("that the source does not have"))) << "the other's rows";
  ASSERT_THAT(run({"--entities", "b"}), ExitsWith(0));
  EXPECT_EQ(rows(), "1|9|5 2|1|5 3|1|5");
  two("b");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "1|2|6 2|1|5 3|1|5");
}

}  // namespace
}  // namespace decant::test
