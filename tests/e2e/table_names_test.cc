// One table under several names: a run that spells it otherwise, or keeps another ledger, is a
// second run on the same table.
#include <csignal>

#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class TableNames : public SlowSource {
 protected:
  // The job of half_way() under another name, with its text changed.
  void write_other(const std::string& from, const std::string& to) {
    std::string text = read_file(path("job.yaml"));
    text.replace(text.find("job: slow"), 9, "job: other");
    const std::size_t place = text.find(from);
    ASSERT_NE(place, std::string::npos);
    text.replace(place, from.size(), to);
    write("other.yaml", text);
  }
  Outcome run_other() { return decant({"run", "other.yaml", "--yes", "--workers", "1"}); }
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
};
INSTANTIATE_TEST_SUITE_P(Into, TableNames, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(TableNames, ATableWithItsSchemaIsTheSameTable) {
  const auto first = half_way();
  write_other("table: sales }", is_postgres() ? "table: public.sales }" : "table: main.Sales }");
  const Outcome second = run_other();
  EXPECT_THAT(second, ExitsWith(1));
  if (is_postgres()) {
    EXPECT_THAT(second.err, HasSubstr("of job slow"));
  }
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TableNames, AnotherLedgerDoesNotGetAroundTheRunThatHoldsTheTable) {
  const auto first = half_way();
  write_other("chunk_rows: 30", "chunk_rows: 30\nledger_schema: elsewhere");
  first->signal(SIGSTOP);  // so that it does not end before the other one looks
  const Outcome second = run_other();
  first->signal(SIGCONT);
  EXPECT_THAT(second, ExitsWith(1));
  if (is_postgres()) {
    EXPECT_THAT(second.err, HasSubstr("Table public.sales is in the hands of run"));
  }
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TableNames, ALaterRunUnderAnotherSpellingKnowsWhatIsLoaded) {
  ASSERT_THAT(run(), ExitsWith(0));
  std::string text = read_file(path("job.yaml"));
  text.replace(text.find("table: sales }"), 14,
               is_postgres() ? "table: public.sales }" : "table: MAIN.Sales }");
  write("job.yaml", text);
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TableNames, ALedgerThatGoesByTheJobsSpellingIsTakenUp) {
  ASSERT_THAT(run(), ExitsWith(0));
  const std::string name = is_postgres() ? "public.sales" : "main.sales";
  EXPECT_EQ(asked("SELECT count(*) FROM decant.tables WHERE table_name = '" + name + "'"), "1");
  changed("UPDATE decant.tables SET table_name = 'sales'");
  changed("DELETE FROM decant.leader WHERE table_name <> 'sales'");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all_arrived();
  EXPECT_EQ(asked("SELECT count(*) FROM decant.tables"), "1");
}

TEST_P(TableNames, ATableAmongTheLedgersIsRefused) {
  std::string text = read_file(path("job.yaml"));
  text.replace(text.find("table: sales }"), 14, "table: decant.sales }");
  write("job.yaml", text);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("lies in the schema of the ledger"));
}

// The user's own schema comes first in PostgreSQL's search_path, and from the first run on there
// is one: the ledger's.
TEST_P(TableNames, AUserWhoIsCalledLikeTheLedgersSchemaIsToldToNameAnother) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB has no users.";
  changed("DO $$ BEGIN CREATE ROLE decant LOGIN SUPERUSER; EXCEPTION WHEN OTHERS THEN END $$");
  std::string user = target();
  user.replace(user.find("tester@"), 7, "decant@");
  use_target(user);
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(2));
    EXPECT_THAT(outcome.err, HasSubstr("public.sales"));
  }
  std::string text = read_file(path("job.yaml"));
  text.replace(text.find("table: sales }"), 14, "table: public.sales }");
  write("job.yaml", text);
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TableNames, TwoEntitiesThatReplaceOneTableAreRefusedHoweverTheySpellIt) {
  std::string text = read_file(path("job.yaml"));
  text += "  again:\n    read: { table: slow_sales, time: sold_at, source: \"${SLOW_SOURCE}\" }\n";
  text +=
      is_postgres() ? "    write: { table: public.sales }\n" : "    write: { table: main.SALES }\n";
  write("job.yaml", text);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("both write the table"));
}

}  // namespace
}  // namespace decant::test
