// What people read when a server cannot be used, and what happens when it goes away in the middle.
#include <thread>

#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class ConnectionTest : public PostgresTest {
 protected:
  static Error refusal(const std::string& url) {
    const auto opened = open_postgres_target(url, "decant tests");
    EXPECT_FALSE(opened);
    return opened ? Error{} : opened.error();
  }
};

TEST_F(ConnectionTest, AWrongPasswordIsAPermissionAndIsNotShown) {
  exec("CREATE ROLE secret LOGIN PASSWORD 'right'");
  EXPECT_TRUE(open_postgres_target(server().url_as("secret", "right"), "decant tests"));
  const Error error = refusal(server().url_as("secret", "hunter2"));
  EXPECT_EQ(error.code, ErrorCode::kPermission);
  EXPECT_EQ(error.sqlstate, "28P01");
  EXPECT_EQ(error.to_string().find("hunter2"), std::string::npos);
  EXPECT_NE(error.message.find("password authentication failed"), std::string::npos);
  exec("DROP ROLE secret");
}

TEST_F(ConnectionTest, AnAbsentDatabaseIsNotFoundWithItsName) {
  const Error error = refusal(server().url("bodega"));
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_EQ(error.sqlstate, "3D000");
  EXPECT_NE(error.message.find("\"bodega\""), std::string::npos);
}

TEST_F(ConnectionTest, AClosedPortIsUnreachable) {
  const Error error = refusal("postgresql://decant:hunter2@127.0.0.1:1/x");
  EXPECT_EQ(error.code, ErrorCode::kUnreachable);
  EXPECT_EQ(error.to_string().find("hunter2"), std::string::npos);
  EXPECT_NE(error.message.find("127.0.0.1:1"), std::string::npos);
}

TEST_F(ConnectionTest, AConnectionStringThatCannotBeReadIsAUsageErrorWithoutThePassword) {
  const Error error = refusal("postgresql://decant:hunter2@127.0.0.1:x5432/db");
  EXPECT_EQ(error.to_string().find("hunter2"), std::string::npos);
  EXPECT_EQ(refusal("postgresql://decant:hunter2@host/db?no_such=1").code, ErrorCode::kUsage);
}

TEST_F(ConnectionTest, TheUnixSocketWorksAsWell) {
  const auto opened =
      open_postgres_target("postgresql://tester@/postgres?host=" + server().socket_folder() +
                               "&port=" + std::to_string(server().port()),
                           "decant tests");
  ASSERT_TRUE(opened) << opened.error().to_string();
  EXPECT_EQ((*opened)->identity().database, "postgres");
}

TEST_F(ConnectionTest, ALockThatIsNotFreeIsBusy) {
  exec("CREATE TABLE t (id int)");
  auto other = value_of(open_postgres_target(url(), "decant tests"));
  ASSERT_TRUE(other->sql().begin());
  ASSERT_TRUE(other->sql().execute("LOCK TABLE t"));
  exec("SET lock_timeout = '50ms'");
  const auto blocked = target().sql().execute("DELETE FROM t");
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().code, ErrorCode::kBusy);
}

TEST_F(ConnectionTest, ANameThatAnotherSessionTakesAtTheSameMomentIsBusyAndNoRefusalOfRows) {
  auto other = value_of(open_postgres_target(url(), "decant tests"));
  ASSERT_TRUE(other->sql().begin());
  ASSERT_TRUE(other->sql().execute("CREATE TABLE t (id int)"));
  Result<std::int64_t> made = 0;
  std::thread second([&] { made = target().sql().execute("CREATE TABLE t (id int)"); });
  const std::string waits =
      "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'";
  while (value_of(other->sql().query(waits))[0][0] == "0") std::this_thread::yield();
  EXPECT_TRUE(other->sql().commit());
  second.join();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::kBusy) << made.error().to_string();
  EXPECT_EQ(made.error().sqlstate, "42P07");
}

// A load waits for the claims of others and then looks at what they have committed.
TEST_F(ConnectionTest, TheSettingsOfADatabaseAreNotThoseOfASession) {
  const std::string alter = "ALTER DATABASE \"" + ask("SELECT current_database()") + "\" SET ";
  for (const char* setting :
       {"default_transaction_isolation = 'repeatable read'", "array_nulls = off",
        "transform_null_equals = on", "session_replication_role = 'replica'"})
    exec(alter + setting);
  auto session = value_of(open_postgres_target(url(), "decant tests"));
  ASSERT_TRUE(session->sql().begin());
  const auto shown = [&](const char* name) {
    return value_of(session->sql().query(std::string("SHOW ") + name))[0][0];
  };
  EXPECT_EQ(shown("transaction_isolation"), "read committed");
  EXPECT_EQ(shown("array_nulls"), "on");
  EXPECT_EQ(shown("transform_null_equals"), "off");
  EXPECT_EQ(shown("session_replication_role"), "origin");
}

TEST_F(ConnectionTest, AUserWhoseForeignKeysAndTriggersAreOffLoadsNothing) {
  exec("CREATE TABLE v (id int); CREATE TABLE there (LIKE v)");
  exec("CREATE ROLE replica LOGIN");
  exec("ALTER ROLE replica SET session_replication_role = 'replica'");
  const std::string url = server().url_as("replica", "", ask("SELECT current_database()"));
  EXPECT_TRUE(open_postgres_target(url, "decant tests")) << "it may look";
  const auto loader = make_postgres_loader_factory(url)->begin(
      load_plan(plan("v", "there"), LoadMethod::kAppend, {ChunkSpec{{"v", "all", "all"}}}));
  exec("DROP ROLE replica");
  ASSERT_FALSE(loader);
  EXPECT_EQ(loader.error().code, ErrorCode::kPermission);
  EXPECT_NE(loader.error().message.find("session_replication_role is replica"), std::string::npos);
}

TEST_F(ConnectionTest, AStatementTimeoutIsATimeoutAndNotACancel) {
  exec("SET statement_timeout = '50ms'");
  const auto slow = target().sql().execute("SELECT pg_sleep(10)");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code, ErrorCode::kTimeout);
}

TEST_F(ConnectionTest, AStatementThatSomebodyElseEndsIsATimeoutAndNotACancel) {
  const auto ended =
      target().sql().execute("SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)");
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(ended.error().sqlstate, "57014");
}

TEST_F(ConnectionTest, ACommitOfAFailedTransactionIsAnError) {
  SqlSession& sql = target().sql();
  ASSERT_TRUE(sql.begin());
  EXPECT_FALSE(sql.execute("SELECT 1 / 0"));
  EXPECT_FALSE(sql.commit());
  EXPECT_EQ(ask("SELECT 1"), "1");
}

TEST_F(ConnectionTest, TextWithNullsAndManyParametersGoesThroughASession) {
  const std::vector<SqlValue> values = {"ñandú", std::nullopt, "42"};
  const auto rows = value_of(target().sql().query(
      "SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS BIGINT) + 1", values));
  EXPECT_EQ(rows[0][0], "ñandú");
  EXPECT_EQ(rows[0][1], std::nullopt);
  EXPECT_EQ(rows[0][2], "43");
}

TEST_F(ConnectionTest, AServerThatStopsInTheMiddleOfALoadIsUnreachable) {
  exec(
      "CREATE TABLE v AS SELECT i AS id, repeat('x', 200) AS nota FROM generate_series(1, 4000) AS "
      "i");
  exec("CREATE TABLE there (LIKE v)");
  const auto reader = source();
  const EntitySpec spec = entity("v");
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id", "nota"};
  auto rows = value_of(reader->open(request));
  RowBatch batch;
  std::vector<Reject> faults;
  ASSERT_TRUE(value_of(rows->next(batch, faults)));
  auto loader = value_of(make_postgres_loader_factory(url())->begin(
      load_plan(plan("v", "there"), LoadMethod::kAppend, {ChunkSpec{{"v", "all", "all"}}})));
  const std::vector<int> chunks(batch.rows, 0);
  ASSERT_TRUE(loader->write(batch, chunks));
  server().crash();
  Status written;
  for (int i = 0; i < 1000 && written; ++i) written = loader->write(batch, chunks);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kUnreachable);
  EXPECT_NE(written.error().sqlstate, k_commit_unknown);
  rows.reset();
  loader.reset();
  ASSERT_TRUE(server().start_again());
  EXPECT_EQ(value_of(value_of(open_postgres_target(url(), "decant tests"))
                         ->sql()
                         .query("SELECT count(*) FROM there"))[0][0],
            "0");
}

TEST_F(ConnectionTest, AConnectionLostWithTheCommitSentMeansThatNobodyKnows) {
  exec(
      "CREATE TABLE v AS SELECT 1 AS id; CREATE TABLE there (id int); CREATE TABLE notes (id int)");
  // The commit itself waits here, and its backend is killed while it does.
  exec(
      "CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_sleep(60); RETURN NULL; END $$");
  exec(
      "CREATE CONSTRAINT TRIGGER stall AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION stall()");
  const LedgerWrites ledger = [](SqlSession& sql, const LoadOutcome&) -> Status {
    DECANT_TRY(sql.execute("INSERT INTO notes VALUES (1)"));
    return {};
  };
  std::thread killer([&] {
    auto other = value_of(open_postgres_target(url(), "decant killer"));
    for (;;) {
      const auto rows = other->sql().query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
          "'decant/tests/load' AND "
          "query = 'COMMIT' AND state = 'active'");
      if (!rows || !rows->empty()) return;
    }
  });
  const auto outcome = copy(
      "v", load_plan(plan("v", "there"), LoadMethod::kAppend, {ChunkSpec{{"v", "all", "all"}}}),
      ledger);
  killer.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnreachable);
  EXPECT_EQ(outcome.error().sqlstate, k_commit_unknown);
}

// A source says itself what a backslash is.
TEST_F(ConnectionTest, ReadsTheLiteralOfATextWhateverABackslashIs) {
  auto session = value_of(open_postgres_target(url(), "decant tests"));
  for (const char* setting : {"on", "off"}) {
    ASSERT_TRUE(
        session->sql().execute(std::string("SET standard_conforming_strings = ") + setting));
    for (const std::string text : {"plain", "it's", "a\\b", "\\", "\\'\\n\\\\", "E'\\", ""}) {
      const auto rows = value_of(session->sql().query("SELECT " + quote_literal(text)));
      EXPECT_EQ(rows.at(0).at(0), text) << setting;
    }
  }
}

TEST_F(ConnectionTest, CancelEndsALoadThatWaitsForALock) {
  exec("CREATE TABLE v AS SELECT 1 AS id; CREATE TABLE there (id int)");
  auto other = value_of(open_postgres_target(url(), "decant tests"));
  ASSERT_TRUE(other->sql().begin());
  ASSERT_TRUE(other->sql().execute("LOCK TABLE there"));
  auto loader = value_of(make_postgres_loader_factory(url())->begin(
      load_plan(plan("v", "v"), LoadMethod::kAppend, {ChunkSpec{{"v", "all", "all"}}})));
  std::thread canceller([&] {
    auto watcher = value_of(open_postgres_target(url(), "decant watcher"));
    for (;;) {
      const auto rows = watcher->sql().query(
          "SELECT 1 FROM pg_stat_activity WHERE application_name = 'decant/tests/load' AND "
          "wait_event_type = 'Lock'");
      if (!rows || !rows->empty()) break;
    }
    loader->cancel();
  });
  const auto outcome = finish(*loader, {0}, [](SqlSession& sql, const LoadOutcome&) -> Status {
    DECANT_TRY(sql.execute("INSERT INTO there VALUES (1)"));
    return {};
  });
  canceller.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace decant::test
