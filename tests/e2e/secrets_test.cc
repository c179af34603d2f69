// A password is in nothing that a run says, whatever characters it is made of.
#include <filesystem>
#include <sstream>

#include "tests/e2e/shop.h"
#include "tests/support/tcp_relay.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* k_password = "p@ss:wörd/#?'\"\\ %41&x=1";
constexpr const char* k_encoded = "p%40ss%3Aw%C3%B6rd%2F%23%3F%27%22%5C%20%2541%26x%3D1";

// Everywhere a run speaks: both streams, the logs, the report, the ledger, the wire.
class Secrets : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
  }
  static std::string database_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }

  static void expect_no_secret_in(const std::string& all) {
    EXPECT_THAT(all, Not(HasSubstr(k_password)));
    EXPECT_THAT(all, Not(HasSubstr(k_encoded)));
    EXPECT_THAT(all, Not(HasSubstr("p@ss")));
    EXPECT_THAT(all, Not(HasSubstr("p%40ss")));
    // Nor any piece of it that a parser may have cut off at a special character.
    for (const char* piece : {"wörd", "w%C3%B6rd", "41&x", "2541"})
      EXPECT_THAT(all, Not(HasSubstr(piece)));
  }

  // All rows of all tables of the ledger.
  static std::string ledger_of(const std::string& connection) {
    std::string all;
    std::istringstream tables(
        ask(connection,
            "SELECT string_agg(table_name, ' ') FROM information_schema.tables WHERE "
            "table_schema = 'decant'"));
    for (std::string table; tables >> table;) {
      all += ask(connection,
                 "SELECT string_agg(CAST(t AS VARCHAR), ' ') FROM decant.\"" + table + "\" AS t");
    }
    return all;
  }

  void expect_no_secret(const Outcome& outcome) const {
    std::string all = outcome.out + outcome.err;
    for (const char* place : {"logs", "reports"}) {
      std::error_code ignored;
      for (const auto& entry :
           std::filesystem::recursive_directory_iterator(path(place), ignored)) {
        if (entry.is_regular_file()) all += read_file(entry.path().string());
      }
    }
    expect_no_secret_in(all);
  }

  // A target whose user has the password.
  std::string secret_target() {
    const std::string owner = target();
    // Roles belong to the server, which all tests share.
    const std::string role =
        "secret_" + std::to_string(testing::UnitTest::GetInstance()->current_test_info()->line());
    changed_in(owner, "CREATE ROLE " + role + " SUPERUSER LOGIN PASSWORD '" +
                          "p@ss:wörd/#?''\"\\ %41&x=1" + "'");
    use_target(shared_postgres()->url_as(role, k_encoded, database_of(owner)));
    return owner;
  }
};

TEST_F(Secrets, AWrongPasswordIsRefusedAndNeverShown) {
  use_target(shared_postgres()->url_as("secret", k_encoded, database_of(target())));
  changed_in(shared_postgres()->url(), "DROP ROLE IF EXISTS secret");
  changed_in(shared_postgres()->url(), "CREATE ROLE secret LOGIN PASSWORD 'another'");
  const Outcome outcome = run({"--log-level", "debug"});
  EXPECT_THAT(outcome, ExitsWith(1));
  expect_no_secret(outcome);
  EXPECT_THAT(outcome.err, HasSubstr("password"));
}

TEST_F(Secrets, ARightPasswordIsNeverShownEither) {
  const std::string owner = secret_target();
  const Outcome outcome = run({"--log-level", "debug"});
  ASSERT_THAT(outcome, ExitsWith(0));
  expect_no_secret(outcome);
  // A failure in mid-run quotes the connection; the source fails with the target's words.
  write("sales/south.csv", "");
  expect_no_secret(run({"--log-level", "debug"}));
  expect_no_secret(decant({"status", "job.yaml"}));
  const std::string ledger = ledger_of(owner);
  EXPECT_THAT(ledger, HasSubstr("sales/south"));
  expect_no_secret_in(ledger);
}

TEST_F(Secrets, NoneTravelsToAWorker) {
  secret_target();
  const auto run = start_decant(run_words({"--workers", "0", "--listen", "tcp://127.0.0.1:0"}));
  const std::string before = "listening on tcp://127.0.0.1:";
  ASSERT_TRUE(run->wait_until([&] { return run->err().find(before) != std::string::npos; }))
      << run->err();
  const auto relay =
      TcpRelay::start(std::stoi(run->err().substr(run->err().find(before) + before.size())));
  ASSERT_TRUE(relay);
  const auto worker = start_worker("tcp://127.0.0.1:" + std::to_string(relay->port()));
  ASSERT_THAT(run->wait(), ExitsWith(0));
  ASSERT_THAT(worker->wait(), ExitsWith(0));
  const std::string wire = relay->stop();
  EXPECT_THAT(wire, HasSubstr("${DECANT_TARGET}"));
  EXPECT_THAT(wire, HasSubstr("south.csv"));
  expect_no_secret_in(wire);
}

// Where libpq stops at a special character it quotes what it does not understand.
TEST_F(Secrets, PiecesOfOneThatIsNotEncodedAreNotShownEither) {
  const std::string raw = k_password;
  for (const std::string& connection :
       {"postgresql://secret:" + raw + "@127.0.0.1:1/shop",
        "postgresql://127.0.0.1:1/shop?user=secret&password=" + raw,
        "host=127.0.0.1 port=1 dbname=shop user=secret password=" + raw,
        "host=127.0.0.1 port=1 user=secret password='" + raw,
        "postgresql://secret:p%40ss%zz" + raw + "@127.0.0.1:1/shop",
        "postgresql://secret:" + raw + "@[127.0.0.1:1/shop",
        "postgresql://secret:" + raw + "@127.0.0.1:x/shop", "duckdb:x?password=" + raw}) {
    SCOPED_TRACE(connection);
    use_target(connection);
    const Outcome outcome = run({"--log-level", "debug"});
    EXPECT_NE(outcome.status, 0);
    EXPECT_NE(outcome.err, "");
    expect_no_secret(outcome);
    expect_no_secret(decant({"coverage", "job.yaml", "--json"}));
  }
}

TEST_F(Secrets, InEveryFormAConnectionMayHaveItWorksAndIsNotShown) {
  const std::string owner = secret_target();
  const std::string url = target();
  const std::string keywords = "host=127.0.0.1 port=" + std::to_string(shared_postgres()->port()) +
                               " dbname=" + database_of(owner) +
                               " user=" + url.substr(13, url.find(':', 13) - 13) +
                               " password='p@ss:wörd/#?\\'\"\\\\ %41&x=1'";
  std::string in_file;
  for (const char c : keywords)
    in_file += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  use_target(keywords);
  expect_no_secret(run({"--log-level", "debug"}));
  EXPECT_EQ(report()["state"], "done");
  write_job({{"${DECANT_TARGET}", "${SHOP_TARGET}"}});
  for (const std::string& value : {url, "\"" + in_file + "\"", "\"" + url + "\""}) {
    write(".env", "SHOP_TARGET=" + value + "\n");
    const Outcome outcome = run({"--log-level", "debug"});
    EXPECT_THAT(outcome, ExitsWith(0));
    expect_no_secret(outcome);
  }
  expect_no_secret_in(ledger_of(owner));
}

TEST_F(Secrets, OfASourceIsInNoFailureAndInNoListOfProcesses) {
  const std::string owner = secret_target();
  changed_in(owner, "CREATE TABLE lines (id bigint, sold_on date, amount numeric(9,2))");
  changed_in(owner, "INSERT INTO lines VALUES (1, '2024-08-01', 1.5)");
  set_environment("SHOP_SOURCE", target());
  use_target(fresh_target(Engine::kDuckDb));
  int number = 0;
  for (const char* read : {"table: no_lines, time: sold_on",
                           "sql: SELECT FROM WHERE, time: sold_on", "table: lines, time: sold_no",
                           "sql: \"SELECT 1/0 AS id, sold_on FROM lines\", time: sold_on",
                           "table: lines, time: sold_on"}) {
    SCOPED_TRACE(read);
    write("job.yaml",
          "job: lines\ntarget: ${DECANT_TARGET}\nstores: { a: { source: "
          "\"${SHOP_SOURCE}\" } }\nentities:\n  lines:\n    read: { " +
              std::string(read) + " }\n    write: { table: lines_" + std::to_string(++number) +
              ", key: [id] }\n");
    const auto run = start_decant(run_words({"--log-level", "debug"}));
    std::string processes;
    run->wait_until([&] {
      processes = read_file("/proc/" + std::to_string(run->pid()) + "/cmdline");
      const auto workers = children_of(run->pid());
      for (const pid_t worker : workers)
        processes += read_file("/proc/" + std::to_string(worker) + "/cmdline");
      return workers.size() == 2;
    });
    const Outcome outcome = run->wait();
    EXPECT_EQ(outcome.status == 0, read == std::string("table: lines, time: sold_on"));
    expect_no_secret(outcome);
    expect_no_secret_in(processes);
    expect_no_secret(decant({"status", "job.yaml"}));
    expect_no_secret_in(ledger_of(target()));
  }
}

// It is refused before anything is written, and the refusal does not show it.
TEST_F(Secrets, OneThatStandsInTheJobFileIsRefusedAndNotShown) {
  for (const char* place :
       {"postgresql://shop:p%40ss@db/shop", "postgresql://db/shop?password=p@ss",
        "${DECANT_TARGET:-postgresql://shop:p%40ss@db/shop}"}) {
    write_job({{"${DECANT_TARGET}", place}});
    const Outcome outcome = run({"--log-level", "debug"});
    EXPECT_THAT(outcome, ExitsWith(2));
    EXPECT_THAT(outcome.err, HasSubstr("job.yaml:2:9"));
    expect_no_secret(outcome);
    EXPECT_FALSE(std::filesystem::exists(path("reports")));
  }
}

}  // namespace
}  // namespace decant::test
