// Variables of the environment where the job has them filled in: what they stand for lands, once,
// and none of it is taken for syntax.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class FilledIn : public EveryTarget {
 protected:
  Outcome run_job(const std::string& stores, const std::string& read,
                  const std::string& columns = "{ }") {
    write("job.yaml", "job: j\ntarget: ${DECANT_TARGET}\nstores:\n" + stores +
                          "entities:\n  t:\n    read: " + read +
                          "\n    write: { table: t, key: [id] }\n    columns: " + columns + "\n");
    return run();
  }
  std::string rows(const std::string& columns) const {
    return asked("SELECT " + columns + " FROM t ORDER BY id");
  }
};

INSTANTIATE_TEST_SUITE_P(Into, FilledIn, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(FilledIn, AStoresValueLandsInAConstantAndIsLoadedAgainWhereItChanges) {
  write("norte.csv", "id\n1\n");
  write("sur.csv", "id\n2\n");
  const std::string stores =
      "  defaults: { region: \"${REGION:-SUR}\", price: \"$$5\" }\n"
      "  norte: { region: \"${NORTH}\" }\n  sur: { price: \"{x}\" }\n";
  const std::string columns =
      "{ store: { constant: \"{store}\" }, region: { constant: \"{region}\" }, price: { constant: "
      "\"{price}\" }, "
      "none: { constant: \"\", type: int64 } }";
  set_environment("NORTH", "N${REGION}$$");
  ASSERT_THAT(run_job(stores, "{ files: \"{store}.csv\" }", columns), ExitsWith(0));
  EXPECT_EQ(rows("id, region, price, none IS NULL"), GetParam() == Engine::kDuckDb
                                                         ? "1|N${REGION}$$|$5|true\n2|SUR|{x}|true"
                                                         : "1|N${REGION}$$|$5|t\n2|SUR|{x}|t");
  set_environment("REGION", "SURESTE");
  const Outcome changed = run();
  ASSERT_THAT(changed, ExitsWith(0));
  EXPECT_THAT(changed.out, HasSubstr("1 loaded, 1 skipped"));
  EXPECT_EQ(rows("id, region"), "1|N${REGION}$$\n2|SURESTE");
}

TEST_P(FilledIn, AVariableThatIsNotSetEndsTheRunAndIsNamed) {
  write("norte.csv", "id\n1\n");
  write("sur.csv", "id\n2\n");
  const Outcome outcome = run_job(
      "  norte: { region: \"${NOT_SET}\" }\n  sur: { region: S }\n", "{ files: \"{store}.csv\" }",
      "{ store: { constant: \"{store}\" }, region: { constant: \"{region}\" } }");
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.text(), HasSubstr("The environment variable NOT_SET is not set."));
}

TEST_P(FilledIn, AFolderIsTheOneThatAVariableSaysAndNoPattern) {
  write("d1/a.csv", "id\n1\n");
  write("d[1]/a.csv", "id\n2\n");
  write("{month}$$/a.csv", "id\n3\n");
  set_environment("FOLDER", "d[1]");
  set_environment("BASE", path("{month}$$"));
  ASSERT_THAT(run_job("  s: { }\n", "{ files: \"${FOLDER}/*.csv\" }"), ExitsWith(0));
  EXPECT_EQ(rows("id"), "2");
  ASSERT_THAT(run_job("  s: { dir: \"${BASE}\" }\n", "{ files: \"{dir}/?.csv\" }"), ExitsWith(0));
  EXPECT_EQ(rows("id"), "3");
}

TEST_P(FilledIn, AStoresNameIsNoVariable) {
  write("a$$b/x.csv", "id\n1\n");
  write("${REGION}/x.csv", "id\n2\n");
  set_environment("REGION", "SUR");
  ASSERT_THAT(
      run_job("  \"a$$b\": { }\n  \"${REGION}\": { }\n  defaults: { source: \"{store}\" }\n",
              "{ files: x.csv }", "{ store: { constant: \"{store}\" } }"),
      ExitsWith(0));
  EXPECT_EQ(rows("id, store"), "1|a$$b\n2|${REGION}");
}

TEST_P(FilledIn, TextThatIsAllTakenForTheHeaderIsNoted) {
  write("a.csv", "id,\"name\n1,a\n2,b\"\n");
  const Outcome outcome = run_job("  s: { }\n", "{ files: a.csv }", "{ id: text }");
  EXPECT_THAT(outcome.text(), HasSubstr("all of their text may have been taken for the header"));
  write("a.csv", "id,\"name\n1,a\n2,b\"\n3,c\n");
  const Outcome one_row = run();
  ASSERT_THAT(one_row, ExitsWith(0));
  EXPECT_THAT(one_row.err,
              HasSubstr("note     t of s: the header of a.csv names a column \"name\\x0A1"));
  EXPECT_EQ(report()["notes"].size(), 1U);
  write("a.csv", "id,\"name\n1,a\n2,\"b\"\n3,c\n4,d\n");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.err, HasSubstr("text follows the closing quote of column 2 of the header"));
}

}  // namespace
}  // namespace decant::test
