// Days inside of a month: a chunk that --from and --to cover in part is divided there (decision 2).
#include <signal.h>

#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Days : public ShopInto {
 protected:
  void SetUp() override {
    ShopInto::SetUp();
    if (IsSkipped()) return;
    ASSERT_THAT(run(), ExitsWith(0));
  }
  // Another amount in two rows of August, early and late.
  void change_both_days() {
    std::vector<CsvRow> rows = rows_of("south");
    rows[1][2] = "1.00";
    rows[2][2] = "2.00";
    write_store("south", rows);
  }
  std::string amounts() const {
    return asked(
        "SELECT string_agg(CAST(amount AS VARCHAR), ' ' ORDER BY id) FROM sales WHERE store = "
        "'south'");
  }
  std::string chunks() const {
    return asked(
        "SELECT string_agg(chunk, ' ' ORDER BY chunk) FROM decant.chunks WHERE store = 'south' AND "
        "period = '2024-08'");
  }
};

INSTANTIATE_TEST_SUITE_P(Into, Days, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Days, OnlyRowsOfThoseDaysAreTouched) {
  change_both_days();
  const Outcome outcome = run({"--from", "2024-08-15", "--to", "2024-08-31", "--stores", "south"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, Not(HasSubstr("taken whole")));
  EXPECT_EQ(amounts(), "10.20 2.00 10.20 10.20");
  EXPECT_EQ(chunks(), "sales/south/2024-08/001 sales/south/2024-08/002");
  EXPECT_EQ(report()["rows"]["updated"], 1);
  EXPECT_EQ(report()["entities"][0]["total"]["rows_read"], 1);
  // The whole again: the earlier days follow, the later ones are skipped.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(amounts(), "1.00 2.00 10.20 10.20");
  EXPECT_EQ(report()["rows"]["updated"], 1);
  EXPECT_EQ(report()["chunks"]["loaded"], 1);
  EXPECT_EQ(report()["equal"], true);
}

TEST_P(Days, WhatIsTheSameIsDividedAndSkipped) {
  ASSERT_THAT(run({"--from", "2024-08-02", "--to", "2024-08-30"}), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(report()["rows"]["inserted"], 0);
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(asked("SELECT count(*) FROM decant.migration_batches WHERE status = 'voided'"), "3");
  EXPECT_THAT(decant({"explain", "job.yaml", "sales/south/2024-08/001"}).out, HasSubstr("voided"));
}

TEST_P(Days, AChunkWhoseRowsSomebodyChangedIsTakenWholeAndSaid) {
  changed("UPDATE sales SET amount = 7 WHERE store = 'south' AND id = 1");
  change_both_days();
  const Outcome outcome = run({"--from", "2024-08-15", "--to", "2024-08-31", "--stores", "south"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("sales/south/2024-08/001 reaches beyond --from/--to and is "
                                     "taken whole: its rows in the table are not "
                                     "those that were loaded."));
  EXPECT_EQ(chunks(), "sales/south/2024-08/001");
  EXPECT_EQ(amounts(), "1.00 2.00 10.20 10.20");
}

TEST_P(Days, APlanDividesNothing) {
  change_both_days();
  const Outcome outcome = decant({"plan", "job.yaml", "--from", "2024-08-15", "--stores", "south"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("a run divides them at those days"));
  EXPECT_EQ(chunks(), "sales/south/2024-08/001");
}

TEST_P(Days, ReconcilingDividesNothing) {
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--from", "2024-08-15", "--workers", "1"}),
              ExitsWith(0));
  EXPECT_EQ(chunks(), "sales/south/2024-08/001");
}

// PostgreSQL alone lets a test stop in the middle of a coordinator's transaction.
class DaysOfAKilledRun : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
    if (IsSkipped()) return;
    ASSERT_THAT(run(), ExitsWith(0));
  }
  // Killed when the chunks of north and south are divided, and that of west is about to be.
  void kill_while_it_divides() {
    changed(
        "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
        "pg_sleep(600); RETURN NEW; END'");
    changed(
        "CREATE TRIGGER stop_here AFTER UPDATE OF range_end ON decant.chunks FOR EACH ROW WHEN "
        "(NEW.store = 'west') EXECUTE FUNCTION stop_here()");
    const auto run = start_decant(run_words({"--from", "2024-08-15", "--to", "2024-08-31"}));
    ASSERT_TRUE(run->wait_until([&] { return asked(k_sleepers) == "1"; })) << run->err();
    run->signal(SIGKILL);
    run->wait();
    // A server finds out only later that nobody is there any more.
    asked(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND "
        "datname = current_database()");
    ASSERT_TRUE(eventually([&] { return asked(k_sleepers) == "0"; }));
    changed("DROP TRIGGER stop_here ON decant.chunks");
  }
  std::string parts() const {
    return asked(
        "SELECT string_agg(store || ' ' || number, ', ' ORDER BY store, number) FROM decant.chunks "
        "WHERE period = '2024-08'");
  }
  static constexpr const char* k_sleepers =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = "
      "current_database()";
};

TEST_F(DaysOfAKilledRun, WhatIsDividedStaysSoAndTheRestIsWhole) {
  kill_while_it_divides();
  EXPECT_EQ(parts(), "north 1, north 2, south 1, south 2, west 1");
  EXPECT_EQ(asked("SELECT string_agg(chunk || ' ' || rows_loaded, ', ' ORDER BY chunk) FROM "
                  "decant.migration_batches WHERE status = 'loaded' AND chunk LIKE '%2024-08%'"),
            "sales/north/2024-08/001 1, sales/north/2024-08/002 1, sales/south/2024-08/001 1, "
            "sales/south/2024-08/002 1, sales/west/2024-08/001 2");
  ASSERT_THAT(run({"--from", "2024-08-15", "--to", "2024-08-31"}), ExitsWith(0));
  EXPECT_EQ(parts(), "north 1, north 2, south 1, south 2, west 1, west 2");
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
  EXPECT_EQ(sales(), k_all_sales);
}

}  // namespace
}  // namespace decant::test
