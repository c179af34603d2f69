// Runs over a part of the job: what they do not find at the source they neither take for gone
// without a word, nor call gone where it lies elsewhere.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// Files whose dates somebody writes otherwise after they were loaded.
class UnreadableDates : public EveryTarget {
 protected:
  void use_job(const std::string& stores, const std::string& files, const std::string& columns,
               const std::string& more = {}) {
    write("job.yaml", "job: dates\ntarget: ${DECANT_TARGET}\nstores: " + stores +
                          "\nentities:\n  t:\n    read: { files: \"" + files +
                          "\", time: d }\n    write: { table: t, key: [id] }\n    columns: { " +
                          columns + " }\n" + more);
  }
  // A store with a file of its own, which is loaded.
  void load_own_file(const std::string& more = {}) {
    use_job("{ a: }", "{store}.csv", "s: { constant: \"{store}\" }, id: int64, d: date", more);
    write("a.csv", "id,d\n1,2024-01-05\n2,2024-02-06\n3,2024-03-07\n");
    ASSERT_THAT(run(), ExitsWith(0));
  }
  std::string ids() const {
    return asked("SELECT string_agg(CAST(id AS TEXT), ' ' ORDER BY id) FROM t");
  }
};

INSTANTIATE_TEST_SUITE_P(Into, UnreadableDates, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(UnreadableDates, OfAWholeStoreDoNotEmptyItsMonths) {
  load_own_file();
  write("a.csv", "id,d\n1,05/01/2024\n2,06/02/2024\n3,07/03/2024\n");
  const Outcome outcome = run({"--from", "2024-02"});
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.err, HasSubstr("gives no rows for a but 3 whose date cannot be read, "
                                     "where the target has 2."));
  EXPECT_EQ(ids(), "1 2 3");
  // A person says that they are gone, and nobody can know it of rows that cannot be read.
  const Outcome allowed = run({"--from", "2024-02", "--allow-empty"});
  ASSERT_THAT(allowed, ExitsWith(4));
  EXPECT_THAT(allowed.out, HasSubstr("t of a: 3 rows"));
  EXPECT_EQ(ids(), "1 2 3");
}

TEST_P(UnreadableDates, AreRejectsOfAMonthThatHasNoOtherRow) {
  load_own_file();
  write("a.csv", "id,d\n1,2024-01-05\n2,2024-02-6\n3,2024-03-07\n");
  const Outcome outcome = run({"--from", "2024-02"});
  ASSERT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.text(), HasSubstr("a.csv:3"));
  EXPECT_THAT(outcome.text(), Not(HasSubstr("belong")));
  EXPECT_EQ(ids(), "1 2 3");
}

TEST_P(UnreadableDates, OfOneStoreAmongOthersAreItsRejects) {
  use_job("{ from_column: s }", "all.csv", "s: text, id: int64, d: date");
  write("all.csv",
        "s,id,d\na,1,2024-01-05\na,2,2024-02-06\nb,3,2024-02-07\na,4,2024-03-08\nb,5,2024-03-09\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("all.csv",
        "s,id,d\na,1,2024-01-05\na,2,2024-02-6\nb,3,2024-02-07\na,4,2024-03-08\nb,5,2024-03-09\n");
  ASSERT_THAT(run({"--from", "2024-02", "--stores", "a"}), ExitsWith(4));
  EXPECT_EQ(ids(), "1 2 3 4 5");
  ASSERT_THAT(run({"--from", "2024-02", "--to", "2024-02", "--stores", "a"}), ExitsWith(3));
  EXPECT_EQ(ids(), "1 2 3 4 5");
}

TEST_P(UnreadableDates, OfAFileWithoutAnyRowOfTheseDaysAreRejects) {
  use_job("{ a: }", "{store}.csv", "s: { constant: \"{store}\" }, id: int64, d: date");
  write("a.csv", "id,d\n1,05/01/2024\n");
  ASSERT_THAT(run({"--from", "2024-02-10"}), ExitsWith(4));
  use_job("{ a: }", "{store}.csv", "s: { constant: \"{store}\" }, id: int64, d: date",
          "    rejects: { max: 9 }\n");
  ASSERT_THAT(run({"--from", "2024-02-10"}), ExitsWith(0));
  EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 1);
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--from", "2024-02-10", "--workers", "1"}),
              ExitsWith(0));
  write("a.csv", "id,d\n1,2024-01-05\n2,2024-02-06\n3,2024-03-07\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(ids(), "1 2 3");
}

TEST_P(UnreadableDates, AndRowsThatAreNoneCountAlike) {
  load_own_file();
  write("a.csv", "id;d\n1;2024-01-05\n2;2024-02-06\n3;2024-03-07\n");
  ASSERT_THAT(run({"--from", "2024-02"}), Not(ExitsWith(0)));
  write("a.csv", "id,d\n1,2024-01-05\n2,2024-02-06,\n3,2024-03-07\n");
  ASSERT_THAT(run({"--from", "2024-02"}), ExitsWith(4));
  EXPECT_EQ(ids(), "1 2 3");
}

TEST_P(UnreadableDates, AreNotThoseThatAreMissing) {
  load_own_file();
  write("a.csv", "id,d\n1,\n2,2024-02-06\n3,2024-03-07\n");
  const Outcome outcome = run({"--from", "2024-02"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("t: 1 row without a date belongs to no month; a run without "
                                     "--from and --to takes it."));
  write("a.csv", "id,d\n1,2024-01-05\n2,\n3,\n");
  ASSERT_THAT(run({"--from", "2024-02"}), ExitsWith(3));
  EXPECT_EQ(ids(), "1 2 3");
}

// A database whose rows all lie on the first days of a month.
class QuietDays : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    source_ =
        GetParam() == Engine::kPostgres ? fresh_database() : "duckdb:" + path("source.duckdb");
    if (IsSkipped()) return;
    changed_in(source_, "CREATE TABLE v (id BIGINT PRIMARY KEY, s TEXT, d DATE)");
    changed_in(source_,
               "INSERT INTO v SELECT i, 'a', DATE '2024-01-01' + CAST(i % 10 AS INTEGER) FROM "
               "generate_series(1, 20) AS g(i)");
  }
  void load(const std::string& stores) {
    write("job.yaml", "job: quiet\ntarget: ${DECANT_TARGET}\n" + stores +
                          "entities:\n  t:\n    read: { table: v, time: d, source: \"" + source_ +
                          "\" }\n    write: { table: t, key: [id] }\n");
    ASSERT_THAT(run(), ExitsWith(0));
  }
  // Of the second half of the month.
  Outcome asked_for_later_days(const std::string& command) {
    return decant({command, "job.yaml", "--from", "2024-01-16", "--workers", "1"});
  }
  std::string source_;
};

INSTANTIATE_TEST_SUITE_P(FromAndInto, QuietDays,
                         testing::Values(Engine::kDuckDb, Engine::kPostgres), engine_name);

TEST_P(QuietDays, DoNotMakeAStoreEmpty) {
  load("");
  ASSERT_THAT(asked_for_later_days("plan"), ExitsWith(0));
  ASSERT_THAT(asked_for_later_days("reconcile"), ExitsWith(0));
  // A chunk that somebody changed is taken whole.
  changed("UPDATE t SET s = 'b' WHERE id = 3");
  const Outcome outcome = run({"--from", "2024-01-16"});
  EXPECT_THAT(outcome.err, Not(HasSubstr("gives no rows")));
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "20");
}

TEST_P(QuietDays, DoNotMakeAStoreOfAColumnEmpty) {
  load("stores: { from_column: s }\n");
  ASSERT_THAT(asked_for_later_days("plan"), ExitsWith(0));
  ASSERT_THAT(asked_for_later_days("reconcile"), ExitsWith(0));
}

TEST_P(QuietDays, DoNotHideAStoreThatIsEmpty) {
  load("");
  changed_in(source_, "DELETE FROM v");
  const Outcome outcome = asked_for_later_days("reconcile");
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.err, HasSubstr("gives no rows for all, where the target has 20."));
}

// Stores that only rows and the ledger know, beside an entity of no store.
class UnlistedStores : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    if (IsSkipped()) return;
    write("job.yaml",
          "job: unlisted\ntarget: ${DECANT_TARGET}\nstores: { from_column: s }\nentities:\n  t:\n"
          "    read: { files: t.csv, time: d }\n    write: { table: t, key: [id] }\n    columns: { "
          "s: text, id: int64, d: date }\n  dim:\n    read: { files: dim.csv }\n    write: { "
          "table: dim, key: [id] }\n    columns: { id: int64 }\n");
    write("t.csv", "s,id,d\na,1,2024-01-05\nb,2,2024-02-06\nb,3,2024-01-06\n");
    write("dim.csv", "id\n1\n2\n");
  }
};

INSTANTIATE_TEST_SUITE_P(Into, UnlistedStores, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(UnlistedStores, AreKnownToTheLedger) {
  const Outcome unknown = run({"--stores", "a", "--from", "2024-02"});
  ASSERT_THAT(unknown, ExitsWith(2));
  EXPECT_THAT(unknown.err, HasSubstr("No row of these days has the store \"a\" in s."));
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(run({"--stores", "a", "--from", "2024-02"}), ExitsWith(0));
  write("t.csv", "s,id,d\nb,2,2024-02-06\nb,3,2024-01-06\n");
  const Outcome gone = run({"--stores", "a"});
  ASSERT_THAT(gone, ExitsWith(3));
  EXPECT_THAT(gone.err, HasSubstr("gives no rows for a, where the target has 1."));
  ASSERT_THAT(run({"--stores", "a", "--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(CAST(id AS TEXT), ' ' ORDER BY id) FROM t"), "2 3");
  ASSERT_THAT(run({"--stores", "c"}), ExitsWith(2));
}

TEST_P(UnlistedStores, AreNotMissedInAnEntityOfNoStore) {
  ASSERT_THAT(run({"--stores", "a", "--entities", "dim"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM dim"), "2");
}

TEST_P(UnlistedStores, RowsOfAnEntityThatRunsWholeHaveNotMoved) {
  ASSERT_THAT(run(), ExitsWith(0));
  for (const Words& part : {Words{"--from", "2024-01"}, Words{"--stores", "a"}}) {
    write("dim.csv", part.front() == "--from" ? "id\n1\n" : "id\n2\n");
    const Outcome outcome = run(part);
    ASSERT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(report()["rows"]["deleted"], 1);
    EXPECT_THAT(outcome.out, Not(HasSubstr("no longer in what this run reads")));
  }
  write("t.csv", "s,id,d\na,1,2024-01-05\nb,2,2024-02-06\nb,3,2024-02-06\nb,4,2024-01-06\n");
  const Outcome outcome = run({"--to", "2024-01"});
  EXPECT_THAT(outcome.out, HasSubstr("t: 1 row is no longer in what this run reads"));
}

// An upserted table where the latest row of a key counts.
class MovedVersions : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    if (IsSkipped()) return;
    write(
        "job.yaml",
        "job: moved\ntarget: ${DECANT_TARGET}\nentities:\n  t:\n    read: { files: a.csv, time: d "
        "}\n    write: { table: t, key: [id], mode: upsert, latest_by: ver }\n    columns: { id: "
        "int64, d: date, ver: int64, w: text }\n");
  }
};

INSTANTIATE_TEST_SUITE_P(Into, MovedVersions, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(MovedVersions, OfWhichTheRunDoesNotReadTheFormerAreNoted) {
  write("a.csv", "id,d,ver,w\n1,2024-01-05,1,old\n2,2024-02-05,1,x\n3,2024-01-06,2,y\n");
  ASSERT_THAT(run(), ExitsWith(0));
  // The first row moves as it is; of the third an earlier version is there, too.
  write("a.csv",
        "id,d,ver,w\n1,2024-02-10,1,corrected\n2,2024-02-05,1,x\n3,2024-01-06,2,y\n"
        "3,2024-02-06,1,z\n");
  const Outcome part = run({"--from", "2024-02"});
  ASSERT_THAT(part, ExitsWith(0));
  EXPECT_THAT(part.out, HasSubstr("t: 1 row is superseded by rows of the same key and the same ver "
                                  "in t, of dates or stores that this run does not read."));
  const Outcome whole = run();
  ASSERT_THAT(whole, ExitsWith(0));
  EXPECT_THAT(whole.out, Not(HasSubstr("superseded by")));
  EXPECT_EQ(asked("SELECT string_agg(w, ' ' ORDER BY id) FROM t"), "corrected x y");
}

}  // namespace
}  // namespace decant::test
