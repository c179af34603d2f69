// What a source had and has no longer, or never had: a run says so, and takes nothing out of the
// target that nobody asked it to.
#include <filesystem>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;

class MissingSource : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    if (IsSkipped()) return;
    write("data/A_2024-01.csv", "day,note\n2024-01-05,a\n2024-01-06,b\n");
    write("data/A_2024-02.csv", "day,note\n2024-02-05,c\n");
    write("data/B_2024-01.csv", "day,note\n2024-01-07,d\n");
    use_job();
  }
  void use_job(const std::string& columns = {}) {
    write("job.yaml",
          "job: missing\ntarget: ${DECANT_TARGET}\nstores: { A: {}, B: {} }\nentities:\n  visits:\n"
          "    read: { files: \"${DATA:-data}/{store}_{month}.csv\", time: day }\n"
          "    columns: { day: date, store: { constant: \"{store}\" }" +
              columns + " }\n    write: { table: visits }\n");
  }
  std::string rows() const { return asked("SELECT count(*) FROM visits"); }
};

INSTANTIATE_TEST_SUITE_P(Into, MissingSource, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(MissingSource, AMonthsFileThatIsGoneTakesItsRowsOutOnlyWhenAllowed) {
  ASSERT_THAT(run(), ExitsWith(0));
  std::filesystem::remove(path("data/A_2024-02.csv"));
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(3));
  for (const char* part : {"visits", "A 2024-02 (1 row)", "--allow-empty"})
    EXPECT_THAT(refused.err, HasSubstr(part));
  EXPECT_THAT(decant({"plan", "job.yaml"}), ExitsWith(3));
  EXPECT_EQ(rows(), "4");
  ASSERT_THAT(run({"--from", "2024-01", "--to", "2024-01"}), ExitsWith(0));
  EXPECT_EQ(rows(), "4");
  ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(report()["rows"]["deleted"], 1);
  EXPECT_EQ(rows(), "3");
  ASSERT_THAT(run(), ExitsWith(0));
}

TEST_P(MissingSource, AMonthsFileWithoutARowTakesItsRowsOutOnlyWhenAllowed) {
  ASSERT_THAT(run(), ExitsWith(0));
  for (const char* text : {"day,note\n", "day,note\n\n\n", ""}) {
    write("data/A_2024-02.csv", text);
    for (const Words& words : {run_words(), Words{"plan", "job.yaml"}}) {
      const Outcome refused = decant(words);
      if (*text == '\0') {
        EXPECT_THAT(refused, ExitsWith(1)) << "a file without a header is damaged";
        continue;
      }
      EXPECT_THAT(refused, ExitsWith(3));
      for (const char* part :
           {"visits", "A 2024-02 (1 row in the target, none in ", "A_2024-02.csv", "--allow-empty"})
        EXPECT_THAT(refused.err, HasSubstr(part));
    }
    EXPECT_EQ(rows(), "4");
  }
  write("data/A_2024-02.csv", "day,note\n");
  const Outcome plan = decant({"plan", "job.yaml", "--allow-empty"});
  EXPECT_THAT(plan, ExitsWith(0));
  EXPECT_THAT(plan.out, HasSubstr("1 changed chunk: 0 rows would replace 1\n"));
  ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(rows(), "3");
  ASSERT_THAT(run(), ExitsWith(0));
}

// Months that were empty from the beginning are nobody's loss.
TEST_P(MissingSource, AMonthsFileThatNeverHadARowIsNoMatter) {
  write("data/B_2024-02.csv", "day,note\n");
  for (int i = 0; i < 2; ++i) ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "4");
}

TEST_P(MissingSource, AStoreWithoutOneFileIsLeftOutAndNamed) {
  std::filesystem::remove(path("data/B_2024-01.csv"));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(5));
  for (const char* part : {"{store}_{month}.csv", "store B", " on ", "mounted", "active: false"})
    EXPECT_THAT(outcome.text(), HasSubstr(part));
  EXPECT_EQ(rows(), "3");
  EXPECT_THAT(outcome.out, HasSubstr("not read   B: 2024-01, 2024-02"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("missing    B")));
  EXPECT_THAT(decant({"status", "job.yaml"}).out, HasSubstr("not read B"));
  write("data/B_2024-01.csv", "day,note\n2024-01-07,d\n");
  ASSERT_THAT(run({"--from", "2024-02"}), ExitsWith(0));  // files of B, but none in the range
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "4");
}

TEST_P(MissingSource, AFolderThatNoWorkerSeesIsNoEmptySource) {
  std::filesystem::rename(path("data"), path("elsewhere"));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.err, HasSubstr("mounted"));
  set_environment("DATA", "elsewhere");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows(), "4");
}

TEST_P(MissingSource, AColumnThatTheSourceHasNoLongerIsNoted) {
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["notes"], Json::array());
  write("data/A_2024-01.csv", "day\n2024-01-05\n2024-01-06\n");
  write("data/A_2024-02.csv", "day\n2024-02-05\n");
  write("data/B_2024-01.csv", "day\n2024-01-07\n");
  EXPECT_THAT(decant({"plan", "job.yaml"}).out, HasSubstr("does not fill: note."));
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err,
              HasSubstr("table visits has a column that the source does not fill: note."));
  ASSERT_EQ(report()["notes"].size(), 1U);
  EXPECT_EQ(rows(), "4");
  EXPECT_THAT(run().err, HasSubstr("does not fill: note."));
  use_job(", note: text");
  const Outcome named = run();
  EXPECT_THAT(named, ExitsWith(2));
  EXPECT_THAT(named.err, HasSubstr("\"note\""));
}

// Somebody else may fill it.
TEST_P(MissingSource, AColumnThatTheSourceHasNoLongerIsKeptWhereARowIsUpdated) {
  write(
      "job.yaml",
      "job: kept\ntarget: ${DECANT_TARGET}\nentities:\n  visits:\n    read: { files: v.csv, time: "
      "day }\n    write: { table: visits, key: [id] }\n    columns: { id: int64, day: date, v: "
      "int64 }\n");
  write("v.csv",
        "id,day,v,note\n1,2024-01-05,1,a\n2,2024-01-05,1,b\n3,2024-01-05,1,c\n4,2024-02-05,1,d\n");
  ASSERT_THAT(run(), ExitsWith(0));
  // 1 is as it was, 2 is updated, 3 moves to another month, 5 is new.
  write(
      "v.csv",
      "id,day,v\n1,2024-01-05,1\n2,2024-01-05,2\n3,2024-02-05,1\n4,2024-02-05,1\n5,2024-01-05,1\n");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("rows that are updated keep what they have there, and those "
                                     "that are inserted, also since they moved to another chunk, "
                                     "have no value"));
  EXPECT_EQ(asked("SELECT string_agg(id || coalesce(note, '-'), ' ' ORDER BY id) FROM visits"),
            "1a 2b 3- 4d 5-");
}

// The months of its files' names are not those of its rows, which have none.
TEST_P(MissingSource, AnEntityWithoutTimeRunsWholeWhateverMonthsItsFilesAreCalledBy) {
  write("p_2024-01.csv", "id,name\n1,a\n");
  write("p_2024-02.csv", "id,name\n2,b\n");
  write("p_2024-03.csv", "id,name\n3,c\n");
  const Words of_one_month = {"--from", "2024-02", "--to", "2024-02"};
  const Words forms = {
      "read: { files: \"p_{month}.csv\" }\n    write: { table: p",
      "read: { files: \"p_{month}.csv\" }\n    write: { key: [id], mode: upsert, table: q",
      "read: { files: \"p_{month}.csv\" }\n    write: { key: [id], mode: insert, table: r",
      "read: { files: \"p_{month}.csv\", key: id }\n    write: { key: [id], table: s"};
  for (const std::string& form : forms) {
    const std::string table(1, form.back());
    write("job.yaml", "job: " + table + "\ntarget: ${DECANT_TARGET}\nentities:\n  " + table +
                          ":\n    " + form + " }\n    columns: { id: int64 }\n");
    const auto names = [&] {
      return asked("SELECT string_agg(name, ' ' ORDER BY id) FROM " + table);
    };
    const Outcome first = run(of_one_month);
    ASSERT_THAT(first, ExitsWith(0)) << form;
    EXPECT_THAT(first.out, HasSubstr(table + " has no time and runs whole."));
    EXPECT_EQ(names(), "a b c") << form;
    ASSERT_THAT(run(of_one_month), ExitsWith(0));
    EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}})) << form;
    Words repair = {"reconcile", "job.yaml", "--repair", "--yes", "--workers", "1"};
    repair.insert(repair.end(), of_one_month.begin(), of_one_month.end());
    ASSERT_THAT(decant(repair), ExitsWith(0)) << form;
    EXPECT_EQ(names(), "a b c") << form;
  }
}

TEST_P(MissingSource, AnEnvironmentFileThatWasNamedHasToBeThere) {
  for (const char* command : {"run", "plan", "status", "reset"}) {
    const Outcome outcome = decant({command, "job.yaml", "--env-file", "nope.env"});
    EXPECT_THAT(outcome, ExitsWith(2));
    EXPECT_THAT(outcome.err, HasSubstr("nope.env"));
  }
  const Outcome folder = decant({"run", "job.yaml", "--yes", "--env-file", "data"});
  EXPECT_THAT(folder, ExitsWith(2));
  EXPECT_THAT(folder.err, HasSubstr("irectory"));
  const Command worker =
      command("decant-worker", {"--connect", "tcp://127.0.0.1:1", "--env-file", "nope.env"});
  EXPECT_THAT(run_process(worker), ExitsWith(2));
  write("good.env", "DATA=data\n");
  ASSERT_THAT(run({"--env-file", "good.env"}), ExitsWith(0));
}

TEST_P(MissingSource, AnEntityThatTheJobDoesNotHaveHasNoCoverage) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome outcome = decant({"coverage", "job.yaml", "--entity", "visit"});
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("Did you mean visits?"));
  EXPECT_THAT(decant({"coverage", "job.yaml", "--entity", "visits"}), ExitsWith(0));
}

}  // namespace
}  // namespace decant::test
