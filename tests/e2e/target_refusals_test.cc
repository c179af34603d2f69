// Targets that are not what they should be, or not there; and no password in anything that is said.
#include "common/connector/adapters/adapters.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class BadTarget : public ShopInto {};
INSTANTIATE_TEST_SUITE_P(Of, BadTarget, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(BadTarget, ATableThatLacksAColumnIsRefusedBeforeAnyRow) {
  changed("CREATE TABLE sales (store text, id bigint, sold_on date)");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("amount"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
  changed("DROP TABLE sales");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(BadTarget, ATableWithAColumnOfAnotherTypeIsRefusedBeforeAnyRow) {
  changed("CREATE TABLE sales (store text, id bigint, sold_on date, amount date)");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("amount"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
  changed("DROP TABLE sales");
  ASSERT_THAT(run(), ExitsWith(0));
}

TEST_P(BadTarget, RowsThatTheTableRefusesAreRejectsThatNameTheRule) {
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2) "
      "CONSTRAINT cheap CHECK (amount < 10.4))");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(4));
  EXPECT_THAT(outcome.err, HasSubstr(GetParam() == Engine::kPostgres ? "cheap" : "amount < "));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'west'"), "0");
}

TEST_P(BadTarget, ATableThatIsDroppedIsLoadedAgain) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed("DROP TABLE sales");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("dropped"));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(BadTarget, RowsThatSomebodyDeletedAreReported) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed("DELETE FROM sales WHERE store = 'north' AND id = 2");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("sales/north/2024-08"));
}

class PostgresTarget : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
  }
  static std::string database_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }
};

TEST_F(PostgresTarget, ALedgerThatTakesNoTaskEndsTheRunWithTheServersSentence) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no tasks today' "
      "USING ERRCODE = '42501'; END$$");
  changed(
      "CREATE TRIGGER refuse BEFORE INSERT ON decant.tasks FOR EACH ROW EXECUTE FUNCTION refuse()");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("no tasks today"));
  changed("DROP TRIGGER refuse ON decant.tasks");
  ASSERT_THAT(run(), ExitsWith(0));
}

// Its own sessions are cut, and the server lives: nobody takes it for dead afterwards.
TEST_F(PostgresTarget, ARunThatLosesItsSessionsStillSaysHowItEnded) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed(
      "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM "
      "pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
      "AND (application_name LIKE 'decant runs %' OR application_name LIKE 'decant leads %'); "
      "RETURN NEW; END$$");
  changed(
      "CREATE TRIGGER cut BEFORE INSERT ON decant.migration_batches FOR EACH ROW EXECUTE FUNCTION "
      "cut()");
  write("sales/north.csv", "id,sold_on,amount\n1,2024-08-05,7.00\n");
  EXPECT_THAT(run(), ExitsWith(5));
  changed("DROP TRIGGER cut ON decant.migration_batches");
  const Outcome status = decant({"status", "job.yaml"});
  EXPECT_THAT(status.out, HasSubstr("failed"));
  EXPECT_THAT(status.out, testing::Not(HasSubstr("died")));
  ASSERT_THAT(run(), ExitsWith(0));
}

TEST_F(PostgresTarget, AResetThatIsRefusedLetsGoOfTheTable) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed(
      "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'rows stay' "
      "USING ERRCODE = '42501'; END$$");
  changed("CREATE TRIGGER keep BEFORE DELETE OR TRUNCATE ON sales EXECUTE FUNCTION keep()");
  const Outcome refused = decant({"reset", "job.yaml", "--confirm", "shop"});
  EXPECT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.err, HasSubstr("rows stay"));
  changed("DROP TRIGGER keep ON sales");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_F(PostgresTarget, AUserWithoutPermissionIsToldWhatIsMissing) {
  const std::string owner = target();
  changed_in(owner, "DROP ROLE IF EXISTS visitor");
  changed_in(owner, "CREATE ROLE visitor LOGIN");
  use_target(shared_postgres()->url_as("visitor", "", database_of(owner)));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("permission denied"));
  EXPECT_THAT(outcome.err, HasSubstr("SQLSTATE 42501"));
  changed_in(owner, "GRANT CREATE ON DATABASE \"" + database_of(owner) + "\" TO visitor");
  changed_in(owner, "GRANT CREATE ON SCHEMA public TO visitor");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  changed_in(owner, "DROP OWNED BY visitor CASCADE");
  changed_in(owner, "DROP ROLE visitor");
}

// What docs/operations.md says is enough: no right to make anything but in the ledger's schema.
TEST_F(PostgresTarget, ASchemaForTheLedgerAndRightsOnTheTableAreEnough) {
  const std::string owner = target();
  const std::string database = database_of(owner);
  changed_in(owner, "DROP ROLE IF EXISTS loader");
  changed_in(owner, "CREATE ROLE loader LOGIN");
  changed_in(owner, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
  changed_in(owner,
             "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
             "PRIMARY KEY (store, id))");
  changed_in(owner, "GRANT SELECT, INSERT, UPDATE, DELETE ON sales TO loader");
  use_target(shared_postgres()->url_as("loader", "", database));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("in the schema decant there: ask the owner for CREATE"));
  changed_in(owner, "CREATE SCHEMA decant AUTHORIZATION loader");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  write("sales/north.csv", "id,sold_on,amount\n1,2024-08-05,7.00\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["failed"], 0);
  ASSERT_THAT(decant({"reset", "job.yaml", "--confirm", "shop"}), ExitsWith(0));
  changed_in(owner, "DROP OWNED BY loader CASCADE");
  changed_in(owner, "DROP ROLE loader");
}

TEST_F(PostgresTarget, ADatabaseThatIsNotThereIsNamed) {
  use_target(shared_postgres()->url("no_such_shop"));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("no_such_shop"));
}

TEST_F(PostgresTarget, APortWhereNobodyListensCannotBeReached) {
  use_target("postgresql://decant@127.0.0.1:1/shop");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.err, HasSubstr("127.0.0.1"));
}

// A server of its own, to be stopped.
class StoppedServer : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    auto server = PostgresServer::start();
    if (!server && server.error().code == ErrorCode::kNotFound)
      GTEST_SKIP() << server.error().to_string();
    ASSERT_TRUE(server) << server.error().to_string();
    server_ = std::move(*server);
    use_target(server_->url());
  }
  std::unique_ptr<PostgresServer> server_;
};

TEST_F(StoppedServer, BeforeARunCannotBeReachedAndTheSameCommandSucceedsLater) {
  server_->stop();
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.err, HasSubstr("127.0.0.1"));
  ASSERT_TRUE(server_->start_again());
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_F(StoppedServer, InMidRunEndsTheRunAndTheSameCommandGoesOn) {
  // Rows of south wait for a lock until the server is gone.
  ASSERT_THAT(run({"--stores", "north"}), ExitsWith(0));
  auto holder = open_target(target(), "/", "test");
  ASSERT_TRUE(holder && (*holder)->sql().begin() &&
              (*holder)->sql().execute("LOCK TABLE sales IN SHARE MODE"));
  const auto run = start_decant(run_words());
  ASSERT_TRUE(run->wait_until([&] {
    return asked("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0";
  })) << run->err();
  server_->stop();
  const Outcome outcome = run->wait();
  EXPECT_THAT(outcome, ExitsWith(5));
  ASSERT_TRUE(server_->start_again());
  ASSERT_THAT(this->run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

}  // namespace
}  // namespace decant::test
