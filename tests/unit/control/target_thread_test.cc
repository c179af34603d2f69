// TargetThread over a DuckDB file: order, threads, completions, and its end.
#include "coordinator/control/target_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <numeric>
#include <thread>

#include "common/connector/adapters/adapters.h"
#include "tests/support/temp_folder.h"

namespace decant::test {
namespace {

class TargetThreadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = TargetThread::start(
        [this] { return open_target("duckdb:" + path_, ".", "decant tests"); }, "decant");
    ASSERT_TRUE(started.has_value()) << started.error().to_string();
    target_ = std::move(*started);
  }
  // Until nothing is pending; completions run here.
  void settle() {
    while (target_->pending() > 0) {
      target_->run_completions();
      std::this_thread::yield();
    }
  }

  TempFolder folder_;
  const std::string path_ = folder_ / "ventas.duckdb";
  std::unique_ptr<TargetThread> target_;
};

TEST_F(TargetThreadTest, WorkIsDoneInOrderOnOneOtherThread) {
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  for (int i = 0; i < 100; ++i) {
    target_->post([&, i](TargetAccess&) -> TargetThread::Completion {
      order.push_back(i);
      threads.push_back(std::this_thread::get_id());
      return {};
    });
  }
  settle();
  std::vector<int> wanted(100);
  std::iota(wanted.begin(), wanted.end(), 0);
  EXPECT_EQ(order, wanted);
  EXPECT_NE(threads.front(), std::this_thread::get_id());
  EXPECT_EQ(std::count(threads.begin(), threads.end(), threads.front()), 100);
}

TEST_F(TargetThreadTest, CompletionsRunOnTheCallersThreadAndOnlyWhenItSaysSo) {
  std::vector<std::thread::id> threads;
  std::promise<void> worked;
  target_->post([&](TargetAccess&) -> TargetThread::Completion {
    worked.set_value();
    return [&] { threads.push_back(std::this_thread::get_id()); };
  });
  worked.get_future().wait();
  while (target_->pending() != 1) std::this_thread::yield();  // the completion
  EXPECT_TRUE(threads.empty());
  settle();
  EXPECT_EQ(threads, std::vector{std::this_thread::get_id()});
}

TEST_F(TargetThreadTest, ACompletionMayPostMoreWork) {
  int steps = 0;
  std::function<TargetThread::Completion(TargetAccess&)> work =
      [&](TargetAccess&) -> TargetThread::Completion {
    return [&] {
      if (++steps < 5) target_->post(work);
    };
  };
  target_->post(work);
  settle();
  EXPECT_EQ(steps, 5);
}

TEST_F(TargetThreadTest, TheLoopIsWokenAfterEachPieceOfWorkUntilItSaysNoMore) {
  std::atomic<int> woken{0};
  target_->set_wake([&] { ++woken; });
  const auto nothing = [](TargetAccess&) -> TargetThread::Completion { return {}; };
  for (int i = 0; i < 3; ++i) target_->post(nothing);
  settle();
  EXPECT_EQ(woken, 3);
  target_->set_wake({});
  target_->post(nothing);
  settle();
  EXPECT_EQ(woken, 3);
}

TEST_F(TargetThreadTest, ACallGivesItsValueOrItsErrorToWhoeverAsks) {
  const auto ask = [this](const std::string& sql) {
    return target_->call<std::string>([sql](TargetAccess& access) -> Result<std::string> {
      DECANT_TRY_ASSIGN(const auto rows, access.target.sql().query(sql));
      return rows.at(0).at(0).value_or("NULL");
    });
  };
  std::vector<std::thread> askers;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    askers.emplace_back([&, i] {
      for (int n = 0; n < 50; ++n) {
        if (ask("SELECT " + std::to_string(i * 100 + n)).value_or("") ==
            std::to_string(i * 100 + n))
          ++right;
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(right, 200);
  EXPECT_FALSE(ask("SELECT nonsense").has_value());
}

TEST_F(TargetThreadTest, TheLedgerIsThatOfTheTarget) {
  const auto presence =
      target_->call<LedgerPresence>([](TargetAccess& access) -> Result<LedgerPresence> {
        DECANT_TRY(access.ledger.prepare());
        return access.ledger.presence();
      });
  EXPECT_EQ(presence.value_or(LedgerPresence::kAbsent), LedgerPresence::kCurrent);
}

TEST_F(TargetThreadTest, WhatWasPostedIsDoneBeforeItEndsAndTheFileIsThenFree) {
  int done = 0;
  for (int i = 0; i < 20; ++i) {
    target_->post([&](TargetAccess& access) -> TargetThread::Completion {
      if (access.target.sql().execute("CREATE TABLE IF NOT EXISTS t (x INTEGER)")) ++done;
      return [] { ADD_FAILURE() << "nobody is left to run completions for"; };
    });
  }
  target_.reset();
  EXPECT_EQ(done, 20);
  EXPECT_TRUE(open_target("duckdb:" + path_, ".", "decant tests").has_value());
}

TEST(TargetThread, WhereTheTargetCannotBeOpenedItSaysWhy) {
  const auto started = TargetThread::start(
      []() -> Result<std::unique_ptr<Target>> {
        return fail(ErrorCode::kUnreachable, "The server is away.");
      },
      "decant");
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::kUnreachable);
}

}  // namespace
}  // namespace decant::test
