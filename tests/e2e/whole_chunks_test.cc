// Runs over some days where a chunk that they cover in part is taken whole: it is read from all
// files that hold rows of it, whatever their days. No run takes out a row that is at the source
// before and after it.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;

class WholeChunks : public EveryTarget {
 protected:
  void use_job(const std::string& stores, const std::string& files, const std::string& more = {}) {
    write("job.yaml",
          "job: whole\ntarget: ${DECANT_TARGET}\nstores: " + stores +
              "\nentities:\n  v:\n    read: { files: \"" + files +
              "\", time: d }\n    write: { table: v, key: [shop, id]" + more +
              " }\n    columns: { shop: " +
              (stores.find("from_column") != std::string::npos ? "text"
                                                               : "{ constant: \"{store}\" }") +
              ", id: int64, d: date, n: int64 }\n    rejects: { max: 9 }\n");
  }
  std::string ids() const {
    return asked("SELECT string_agg(CAST(id AS TEXT), ' ' ORDER BY id) FROM v");
  }
  // Nothing changes at the source between the runs.
  void expect_same_after(const Words& options, const std::string& all) {
    ASSERT_THAT(run(), ExitsWith(0));
    ASSERT_EQ(ids(), all);
    const Outcome outcome = run(options);
    ASSERT_THAT(outcome, ExitsWith(0));
    EXPECT_EQ(ids(), all) << outcome.text();
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  }
};

INSTANTIATE_TEST_SUITE_P(Into, WholeChunks, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(WholeChunks, AFileWithoutARowInTheDaysStillFeedsItsChunk) {
  write("a/part-1.csv", "id,d,n\n1,2024-01-02,1\n2,2024-01-03,2\nx,2024-01-04,3\n");
  write("a/part-2.csv", "id,d,n\n3,2024-01-20,3\n4,2024-02-20,4\n");
  use_job("{ a: }", "{store}/part-*.csv");
  expect_same_after({"--from", "2024-01-10"}, "1 2 3 4");
}

TEST_P(WholeChunks, AStoreThatHadNoRowInTheDaysKeepsItsOthers) {
  write("all.csv",
        "shop,id,d,n\na,1,2024-01-02,1\na,x,2024-01-03,2\na,3,2024-02-20,3\nb,4,2024-01-20,4\n");
  use_job("{ from_column: shop }", "all.csv");
  expect_same_after({"--from", "2024-01-10", "--to", "2024-01-31"}, "1 3 4");
}

TEST_P(WholeChunks, AStoreThatWasClosedInTheDaysIsNotTakenForEmpty) {
  write("a/all.csv", "id,d,n\n1,2024-03-02,1\n2,2024-03-30,2\n");
  write("b/all.csv", "id,d,n\n3,2024-03-02,3\nx,2024-03-04,4\n");
  use_job("{ a: , b: }", "{store}/all.csv");
  expect_same_after({"--from", "2024-03-29"}, "1 2 3");
  ASSERT_THAT(run({"--from", "2024-03-29", "--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(ids(), "1 2 3");
}

TEST_P(WholeChunks, FilesOfOtherDaysFeedAChunkOfTheMonth) {
  write("2024-01-02.csv", "shop,id,d,n\na,1,2024-01-02,1\na,x,2024-01-02,2\n");
  write("2024-01-20.csv", "shop,id,d,n\na,3,2024-01-20,3\n");
  use_job("{ from_column: shop }", "{day}.csv");
  expect_same_after({"--from", "2024-01-10"}, "1 3");
}

TEST_P(WholeChunks, ARowThatSomebodyTouchedInTheTargetIsNoReasonToTakeOthersOut) {
  write("a/1.csv", "id,d,n\n1,2024-01-02,1\n2,2024-01-03,2\n");
  write("a/2.csv", "id,d,n\n3,2024-01-20,3\n");
  use_job("{ a: }", "{store}/*.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("UPDATE v SET n = 7 WHERE id = 3");
  ASSERT_THAT(run({"--from", "2024-01-10"}), ExitsWith(3));
  EXPECT_EQ(ids(), "1 2 3");
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--repair", "--yes", "--from", "2024-01-10"}),
              ExitsWith(0));
  EXPECT_EQ(asked("SELECT sum(n) FROM v"), "6");
  EXPECT_EQ(ids(), "1 2 3");
}

TEST_P(WholeChunks, PlanAndReconcileSeeThemAsTheyAre) {
  write("a/1.csv", "id,d,n\n1,2024-01-02,1\n2,2024-01-03,2\n");
  write("a/2.csv", "id,d,n\n3,2024-01-20,3\n");
  use_job("{ a: }", "{store}/*.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome plan = decant({"plan", "job.yaml", "--from", "2024-01-10"});
  EXPECT_THAT(plan.out, HasSubstr("0 changed chunks"));
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--from", "2024-01-10"}), ExitsWith(0));
}

TEST_P(WholeChunks, AnUpsertedChunkKeepsTheClaimsOfItsRows) {
  write("a/1.csv", "id,d,n\n1,2024-01-03,2\nx,2024-01-04,3\n");
  write("a/2.csv", "id,d,n\n2,2024-01-20,1\n");
  write("a/0.csv", "id,d,n\n1,2023-12-05,1\n");
  use_job("{ a: }", "{store}/*.csv", ", mode: upsert, latest_by: d");
  for (const Words& days : {Words{}, {"--from", "2024-01-10"}, {"--to", "2023-12-31"}}) {
    ASSERT_THAT(run(days), ExitsWith(0));
    EXPECT_EQ(asked("SELECT n FROM v WHERE id = 1"), "2") << "the latest";
  }
}

TEST_P(WholeChunks, ARowOfAnotherDayThanItsFileSaysIsARejectWhateverTravelsWithIt) {
  write("a-2024-01.csv", "id,d,n\n1,2024-01-05,1\n2,2024-02-07,2\n");
  write("a-2024-02.csv", "id,d,n\n3,2024-02-05,3\n");
  use_job("{ a: }", "{store}-{month}.csv");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("a-2024-01.csv:3: d: the date lies outside of 2024-01, the "
                                     "month that the file's name says."));
  EXPECT_EQ(ids(), "1 3");
  ASSERT_THAT(run({"--from", "2024-02"}), ExitsWith(0));
  EXPECT_EQ(ids(), "1 3");
}

TEST_P(WholeChunks, NamesOfDaysAndYearsBindTheirRowsToo) {
  write("a/2024-01-05.csv", "id,d,n\n1,2024-01-05,1\n2,2024-01-06,2\n");
  use_job("{ a: }", "{store}/{day}.csv");
  const Outcome days = run();
  EXPECT_THAT(days.out, HasSubstr("outside of 2024-01-05, the day that"));
  write("b/2024.csv", "id,d,n\n3,2024-01-05,1\n4,2025-01-06,2\n");
  write("job.yaml",
        "job: years\ntarget: ${DECANT_TARGET}\nstores: { b: }\nentities:\n  w:\n    read: { files: "
        "\"{store}/{year}.csv\", time: d }\n    write: { table: w }\n    columns: { d: date }\n"
        "    rejects: { max: 1 }\n");
  const Outcome years = run();
  ASSERT_THAT(years, ExitsWith(0));
  EXPECT_THAT(years.out, HasSubstr("outside of 2024, the year that"));
  EXPECT_EQ(asked("SELECT count(*) FROM w"), "1");
}

TEST_P(WholeChunks, FilesThatNameTheirMonthMayHoldRowsOfStoresThatTheRunLeavesOut) {
  write("2024-01.csv", "shop,id,d,n\na,1,2024-01-01,1\nb,2,2024-01-02,2\n");
  use_job("{ from_column: shop }", "{month}.csv");
  const Outcome first = run({"--stores", "a"});
  ASSERT_THAT(first, ExitsWith(0));
  EXPECT_THAT(first.out, ::testing::Not(HasSubstr("outside")));
  EXPECT_EQ(ids(), "1");
  expect_same_after({"--stores", "b"}, "1 2");
}

TEST_P(WholeChunks, AMonthThatOneStoreAloneHasNoMoreIsRefused) {
  write("a/2024-01.csv", "shop,id,d,n\na,1,2024-01-01,1\n");
  write("b/2024-01.csv", "shop,id,d,n\nb,2,2024-01-02,2\n");
  write("b/2024-02.csv", "shop,id,d,n\nb,3,2024-02-02,3\n");
  use_job("{ from_column: shop }", "*/{month}.csv");
  ASSERT_THAT(run(), ExitsWith(0));
  write("b/2024-01.csv", "shop,id,d,n\n");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.err, HasSubstr("b 2024-01 (1 row in the target, none in the 2 files of the "
                                     "month), which the target holds"));
  EXPECT_EQ(ids(), "1 2 3");
  ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(ids(), "1 3");
}

}  // namespace
}  // namespace decant::test
