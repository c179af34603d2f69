// LeaderKeeper against a real server: it renews, and it notices when it no longer leads.
#include "coordinator/control/leader_keeper.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "common/connector/adapters/adapters.h"
#include "tests/support/postgres_server.h"

namespace decant::test {
namespace {

constexpr const char* k_schema = "decant";
constexpr const char* k_table = "ventas_raw";
constexpr std::int64_t k_hour_ms = 3'600'000;
constexpr LeaseTimes k_brisk{k_hour_ms, 10, k_hour_ms};

RunRecord run_of(const std::string& id) {
  RunRecord run;
  run.run = RunId(id);
  run.job = "ventas";
  run.coordinator = "host:" + id;
  run.state = "running";
  return run;
}

class LeaderKeeperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = PostgresServer::start();
    if (!started && started.error().code == ErrorCode::kNotFound)
      GTEST_SKIP() << started.error().to_string();
    ASSERT_TRUE(started.has_value()) << started.error().to_string();
    server_ = std::move(*started);
    session_ = connect("decant tests");
    ledger_ = std::make_unique<Ledger>(session_->sql(), k_schema);
    ASSERT_TRUE(ledger_->prepare().has_value());
  }

  std::unique_ptr<Target> connect(const std::string& name) {
    auto target = open_target(server_->url(), ".", name);
    EXPECT_TRUE(target.has_value()) << target.error().to_string();
    return std::move(*target);
  }
  Epoch take(const std::string& run, std::int64_t lease_ms) {
    const auto epoch = ledger_->take_leadership({k_table}, run_of(run), lease_ms);
    EXPECT_TRUE(epoch.has_value()) << epoch.error().to_string();
    return epoch.value_or(Epoch());
  }
  std::unique_ptr<LeaderKeeper> keep(const std::string& run, Epoch epoch, LeaseTimes times) {
    const std::string url = server_->url();
    const auto open = [url] { return open_target(url, ".", "decant keeper"); };
    auto session = open();
    EXPECT_TRUE(session.has_value()) << session.error().to_string();
    return std::make_unique<LeaderKeeper>(std::move(session).value(), open, k_schema, RunId(run),
                                          epoch, times);
  }
  std::string lease() { return ask("SELECT lease_until FROM decant.leader"); }
  std::string ask(const std::string& sql) {
    const auto rows = session_->sql().query(sql);
    EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
    return rows && !rows->empty() ? rows->front().front().value_or("NULL") : "nothing";
  }
  // Waits for as long as a slow machine may take; what it waits for takes milliseconds.
  static bool eventually(const std::function<bool()>& holds) {
    for (int tries = 0; tries < 6'000; ++tries) {
      if (holds()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  std::unique_ptr<PostgresServer> server_;
  std::unique_ptr<Target> session_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LeaderKeeperTest, TheLeaseIsRenewedAgainAndAgain) {
  const auto keeper = keep("r1", take("r1", 0), k_brisk);
  for (int renewal = 0; renewal < 3; ++renewal) {
    const std::string last = lease();
    ASSERT_TRUE(eventually([&] { return lease() != last; }));
  }
  EXPECT_FALSE(keeper->lost().has_value());
}

TEST_F(LeaderKeeperTest, ATakeoverByAnotherRunIsNoticed) {
  const Epoch epoch = take("r1", 0);
  take("r2", k_hour_ms);
  const auto keeper = keep("r1", epoch, k_brisk);
  ASSERT_TRUE(eventually([&] { return keeper->lost().has_value(); }));
  EXPECT_EQ(keeper->lost()->code, ErrorCode::kFenced);
  EXPECT_NE(keeper->lost()->message.find("r1"), std::string::npos);
  EXPECT_EQ(ask("SELECT run_id FROM decant.leader"), "r2") << "it wrote into another's row";
}

TEST_F(LeaderKeeperTest, AServerThatIsGoneForAWholeLeaseCostsTheLeadership) {
  const auto keeper = keep("r1", take("r1", k_hour_ms), {40, 10, 40});
  server_->stop();
  ASSERT_TRUE(eventually([&] { return keeper->lost().has_value(); }));
  EXPECT_EQ(keeper->lost()->code, ErrorCode::kUnreachable) << keeper->lost()->to_string();
}

TEST_F(LeaderKeeperTest, AServerThatComesBackWithinTheLeaseCostsNothing) {
  const auto keeper = keep("r1", take("r1", k_hour_ms), k_brisk);
  server_->crash();
  ASSERT_TRUE(server_->start_again().has_value());
  session_ = connect("decant tests");
  const std::string last = lease();
  EXPECT_TRUE(eventually([&] { return lease() != last; }));
  EXPECT_FALSE(keeper->lost().has_value());
}

// Only the keeper's own session is lost: the target is in reach all the time.
TEST_F(LeaderKeeperTest, ASessionThatWasEndedIsOpenedAgain) {
  const auto keeper = keep("r1", take("r1", k_hour_ms), k_brisk);
  const std::string of_keeper = " FROM pg_stat_activity WHERE application_name = 'decant keeper'";
  ASSERT_TRUE(eventually([&] { return ask("SELECT count(*)" + of_keeper) == "1"; }));
  ask("SELECT pg_terminate_backend(pid, 60000)" + of_keeper);
  const std::string last = lease();
  EXPECT_TRUE(eventually([&] { return lease() != last; }));
  EXPECT_FALSE(keeper->lost().has_value());
}

TEST_F(LeaderKeeperTest, AfterStopTheReleaseIsTheLastWord) {
  const Epoch epoch = take("r1", k_hour_ms);
  const auto keeper = keep("r1", epoch, k_brisk);
  const std::string first = lease();
  ASSERT_TRUE(eventually([&] { return lease() != first; }));
  keeper->stop();
  keeper->stop();  // may be called twice
  ASSERT_TRUE(ledger_->release_leadership(RunId("r1"), epoch).has_value());
  const std::string last = lease();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(lease(), last);
  EXPECT_FALSE(keeper->lost().has_value());
}

// It is let go in the middle of a sleep of a quarter of an hour, or while it connects.
TEST_F(LeaderKeeperTest, OneThatSleepsLeavesAtOnce) {
  const Epoch epoch = take("r1", k_hour_ms);
  keep("r1", epoch, {k_hour_ms, k_hour_ms / 4}).reset();
}

}  // namespace
}  // namespace decant::test
