// decant reconcile looks, and makes and alters nothing: nobody was asked whether that is the
// target.
#include <signal.h>

#include <filesystem>

#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class OnlyLooks : public ShopInto {
 protected:
  Outcome reconcile() const { return decant({"reconcile", "job.yaml"}); }
  // Tables of the ledger with their columns and types.
  std::string ledger_tables() const {
    return asked(
        "SELECT string_agg(table_name || ' ' || column_name || ' ' || data_type, ', ' ORDER BY "
        "table_name, column_name) FROM information_schema.columns WHERE table_schema = 'decant'");
  }
};

INSTANTIATE_TEST_SUITE_P(Of, OnlyLooks, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OnlyLooks, ATargetWithoutALedgerGetsNone) {
  const Outcome outcome = reconcile();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("nothing was ever loaded into it"));
  if (GetParam() == Engine::kDuckDb) {
    for (const auto& file : std::filesystem::directory_iterator(folder()))
      EXPECT_NE(file.path().extension(), ".duckdb") << file.path();
  } else {
    EXPECT_EQ(asked("SELECT count(*) FROM pg_namespace WHERE nspname = 'decant'"), "0");
  }
}

TEST_P(OnlyLooks, KeysOfATableThatWasAlteredStayAsTheyAre) {
  write_job({{"key: [store, id]", "key: [store, id], mode: upsert"}});
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(reconcile(), ExitsWith(0));
  changed("ALTER TABLE sales ALTER COLUMN id TYPE DECIMAL(20,0)");
  const std::string before = ledger_tables();
  const Outcome outcome = reconcile();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("What is kept of the keys of sales is of other types"));
  EXPECT_EQ(ledger_tables(), before);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_NE(ledger_tables(), before);
  EXPECT_THAT(reconcile(), ExitsWith(0));
}

// Whatever kept the key from being built, or from being looked at.
TEST_P(OnlyLooks, KeysThatStandTwiceAreADifferenceAndAreListedNowhere) {
  write_store("south", {{"id", "sold_on", "amount"},
                        {"1", "2024-08-01", "1.00"},
                        {"1", "2024-09-01", "2.00"},
                        {"2", "2024-09-02", "3.00"}});
  const auto expect_difference = [&](const std::string& advice) {
    const std::string listed = asked("SELECT count(*) FROM decant.duplicates");
    for (const char* level : {"digests", "ledger"}) {
      const Outcome looked = decant({"reconcile", "job.yaml", "--verify", level});
      EXPECT_THAT(looked, ExitsWith(3)) << level;
      EXPECT_THAT(looked.text(), HasSubstr("1 key of sales (store, id) is there more than once, 1 "
                                           "row too many"));
      EXPECT_THAT(looked.text(), HasSubstr(advice));
      EXPECT_THAT(looked.text(), HasSubstr("store=south, id=1: 2 rows"));
    }
    EXPECT_EQ(report()["equal"], false);
    EXPECT_EQ(asked("SELECT count(*) FROM decant.duplicates"), listed);
    EXPECT_EQ(asked("SELECT count(*) FROM sales"), "11");
  };
  ASSERT_THAT(run(), ExitsWith(3));
  expect_difference("let `on_duplicate: reject` keep one row of each");
  // More rows than `rejects:` allows.
  use_target(fresh_target(GetParam()));
  write_job({{"key: [store, id] }", "key: [store, id], on_duplicate: reject }"}});
  ASSERT_THAT(run(), ExitsWith(4));
  expect_difference("`decant run` keeps one row of each, where `rejects:` of sales allows as many");
  // The run died before it came to the key.
  use_target(fresh_target(GetParam()));
  set_environment("DECANT_FAILPOINTS", "coordinator.before_key=kill");
  (void)run();
  set_environment("DECANT_FAILPOINTS", "");
  expect_difference("`decant run` keeps one row of each");
  // A row that was taken out shows in its chunk, and its key is there once.
  write_job({{"key: [store, id] }", "key: [store, id], on_duplicate: reject }"},
             {"    control_sums", "    rejects: { max: 1 }\n    control_sums"}});
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome mended = reconcile();
  EXPECT_THAT(mended, ExitsWith(3));
  EXPECT_THAT(mended.text(), HasSubstr("the source has 2 rows, the target 1 (-1)"));
  EXPECT_THAT(mended.text(), Not(HasSubstr("more than once")));
}

TEST_P(OnlyLooks, AnEntityThatWasNeverLoadedDoesNotKeepTheOthersFromBeingCompared) {
  ASSERT_THAT(run(), ExitsWith(0));
  const std::string job = read_file(path("job.yaml"));
  write("job.yaml",
        job +
            "  fresh:\n    read: { files: \"sales/{store}.csv\" }\n    write: { table: "
            "fresh, mode: upsert, key: [store, id] }\n    columns: { store: { constant: "
            "\"{store}\" }, id: int64 }\n");
  const auto expect_difference = [&](const std::string& why) {
    const Outcome looked = reconcile();
    EXPECT_THAT(looked, ExitsWith(3));
    EXPECT_THAT(looked.text(), HasSubstr("fresh: " + why));
    ASSERT_EQ(report()["entities"].size(), 1U);
    EXPECT_EQ(report()["entities"][0]["total"]["rows_read"], 12);
    EXPECT_EQ(report()["entities"][0]["total"]["equal"], true);
  };
  expect_difference("There is no table fresh to compare with.");
  changed(
      "CREATE TABLE fresh (store text, id bigint, sold_on text, amount text, PRIMARY KEY (store, "
      "id))");
  expect_difference("Nothing was loaded by key into fresh yet.");
  changed("DROP TABLE sales");
  EXPECT_THAT(reconcile(), ExitsWith(1)) << "nothing is there to compare";
}

TEST_P(OnlyLooks, WhatAnInterruptKeptFromBeingComparedIsLoadedAllTheSame) {
  ASSERT_THAT(run(), ExitsWith(0));
  std::filesystem::create_directory(path("marks"));
  set_environment("DECANT_FAILPOINTS", "worker.before_extract=sleep:1000");
  set_environment("DECANT_FAILPOINT_MARKS", path("marks"));
  const auto looking = start_decant({"reconcile", "job.yaml", "--workers", "1"});
  looking->wait_until([&] { return std::filesystem::exists(path("marks/worker.before_extract")); });
  looking->signal(SIGINT);
  const Outcome ended = looking->wait();
  EXPECT_THAT(ended, ExitsWith(130));
  EXPECT_THAT(ended.text(), HasSubstr("loaded already and not compared by this run"));
  EXPECT_THAT(ended.text(), Not(HasSubstr("not loaded yet")));
}

}  // namespace
}  // namespace decant::test
