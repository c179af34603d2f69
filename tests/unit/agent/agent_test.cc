// The loop and its threads, over a transport in memory, with a coordinator that the test plays.
#include "worker/agent/agent.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "common/wire/codec.h"
#include "coordinator/dispatch/session_table.h"
#include "tests/unit/agent/memory_transport.h"

namespace decant {
namespace {

// Goes on a little with every look at it, so that pauses pass without waiting.
class FastClock final : public Clock {
 public:
  MonotonicMs now() const override { return MonotonicMs{now_ += 5}; }
  std::int64_t wall_us() const override { return 0; }

 private:
  mutable std::atomic<std::int64_t> now_{1};
};

// Runs until it may go on or is cancelled.
class HeldRunner final : public TaskRunner {
 public:
  Status begin_run(const Welcome& welcome, const WorkerName&) override {
    if (welcome.job_text == "refuse me") return fail(ErrorCode::kUsage, "POS_USER is not set.");
    ++begun;
    return {};
  }
  TaskResult run(const Task&, TaskControl& control) override {
    ++running;
    TaskResult result;
    while (!may_finish && !control.cancelled()) std::this_thread::yield();
    result.outcome = control.cancelled() ? TaskOutcome::kCancelled : TaskOutcome::kDone;
    result.rows_read = 42;
    --running;
    return result;
  }
  void end_run() override { ++ended; }

  std::atomic<bool> may_finish{false};
  std::atomic<int> running{0}, begun{0}, ended{0};
};

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    options_.endpoints = {"memory"};
    options_.name = WorkerName("shop-17");
    options_.slots = 2;
    welcome_.run = RunId("run-1");
  }
  ~AgentTest() override {
    stop_ = true;
    serve_until([&] { return has_left_ || !thread_.joinable(); });
    if (thread_.joinable()) thread_.join();
  }

  void start() {
    sessions_.emplace("ventas", welcome_, Epoch(1), 30'000);
    thread_ = std::thread([this] {
      exit_status_ = run_agent(options_, transport_, runner_, clock_, logger_, stop_);
      has_left_ = true;
    });
  }
  // Plays the coordinator until `holds`; false when that takes far too long.
  bool serve_until(const std::function<bool()>& holds) {
    for (int i = 0; i < 2'000; ++i) {
      if (holds()) return true;
      for (const std::string& bytes : transport_.take_sent()) {
        const auto envelope = decode(bytes);
        EXPECT_TRUE(envelope);
        worker_ = envelope->incarnation;
        const auto received = sessions_->receive("peer", *envelope, MonotonicMs{1});
        if (received.reply) transport_.deliver(encode(received.reply->envelope).value());
        if (const auto* progress = std::get_if<Progress>(&envelope->body)) {
          send(ProgressAck{progress->task, progress->fence, true, progress->renewal});
        }
        if (std::holds_alternative<Credit>(envelope->body)) has_credit_ = true;
        if (const auto* result = std::get_if<TaskResult>(&envelope->body)) {
          results_.push_back(*result);
          if (acknowledges_) send(ResultAck{result->task, result->fence});
        }
        if (std::holds_alternative<Goodbye>(envelope->body)) said_goodbye_ = true;
      }
    }
    return false;
  }
  void send(Body body) {
    const auto message = sessions_->address(worker_, std::move(body));
    ASSERT_TRUE(message);
    transport_.deliver(encode(message->envelope).value());
  }
  void give_task(std::uint64_t id) {
    Task task;
    task.id = TaskId(id);
    task.fence = Fence(1);
    send(task);
  }

  AgentOptions options_;
  Welcome welcome_;
  test::MemoryTransport transport_;
  HeldRunner runner_;
  FastClock clock_;
  Logger logger_{"test", LogLevel::kError, nullptr};
  std::atomic<bool> stop_{false}, has_left_{false};
  std::atomic<int> exit_status_{-1};
  std::optional<SessionTable> sessions_;
  Incarnation worker_;
  bool has_credit_ = false, acknowledges_ = true, said_goodbye_ = false;
  std::vector<TaskResult> results_;
  std::thread thread_;
};

TEST_F(AgentTest, TasksRunAtTheSameTimeAndAreReportedUnderTheirOwnNumbers) {
  start();
  ASSERT_TRUE(serve_until([&] { return has_credit_; }));
  give_task(1);
  give_task(2);
  ASSERT_TRUE(serve_until([&] { return runner_.running == 2; }));
  runner_.may_finish = true;
  ASSERT_TRUE(serve_until([&] { return results_.size() >= 2; }));
  EXPECT_NE(results_[0].task, results_[1].task);
  EXPECT_EQ(results_[0].rows_read, 42);
  send(Drain{"the run is over"});
  ASSERT_TRUE(serve_until([&] { return has_left_.load(); }));
  EXPECT_EQ(exit_status_, 0);
  EXPECT_EQ(runner_.begun, 1);
  EXPECT_EQ(runner_.ended, 1);
}

TEST_F(AgentTest, ItAsksForWorkAsSoonAsItMayWork) {
  transport_.wait_for_ever();
  transport_.wake();
  start();
  EXPECT_TRUE(serve_until([&] { return has_credit_; })) << "and not after the next pause";
  send(Drain{"the run is over"});
  EXPECT_TRUE(serve_until([&] { return has_left_.load(); }));
}

TEST_F(AgentTest, AResultIsSentAgainUntilItIsAcknowledged) {
  acknowledges_ = false;
  runner_.may_finish = true;
  start();
  ASSERT_TRUE(serve_until([&] { return has_credit_; }));
  give_task(1);
  ASSERT_TRUE(serve_until([&] { return results_.size() >= 3; }));
  acknowledges_ = true;
  send(Drain{"the run is over"});
  EXPECT_TRUE(serve_until([&] { return has_left_.load(); }));
}

TEST_F(AgentTest, ACancelReachesTheTaskThatRuns) {
  start();
  ASSERT_TRUE(serve_until([&] { return has_credit_; }));
  give_task(1);
  ASSERT_TRUE(serve_until([&] { return runner_.running == 1; }));
  send(Cancel{TaskId(1), Fence(1), "called off"});
  ASSERT_TRUE(serve_until([&] { return !results_.empty(); }));
  EXPECT_EQ(results_[0].outcome, TaskOutcome::kCancelled);
}

TEST_F(AgentTest, AWorkerThatIsAskedToStopGivesItsTaskBackAndSaysGoodbye) {
  start();
  ASSERT_TRUE(serve_until([&] { return has_credit_; }));
  give_task(1);
  ASSERT_TRUE(serve_until([&] { return runner_.running == 1; }));
  stop_ = true;
  ASSERT_TRUE(serve_until([&] { return has_left_ && said_goodbye_; }));
  EXPECT_EQ(exit_status_, 0);
  ASSERT_FALSE(results_.empty());
  EXPECT_EQ(results_[0].outcome, TaskOutcome::kCancelled);
}

TEST_F(AgentTest, ARunThatCannotBeDoneHereEndsTheWorker) {
  welcome_.job_text = "refuse me";
  start();
  ASSERT_TRUE(serve_until([&] { return has_left_.load(); }));
  EXPECT_EQ(exit_status_, 2);
}

TEST_F(AgentTest, WithoutACoordinatorItLeavesInTheEnd) {
  options_.give_up_after_ms = 2'000;
  start();
  for (int i = 0; i < 30'000 && !has_left_; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(has_left_);
  EXPECT_EQ(exit_status_, 5);
}

TEST_F(AgentTest, GarbageDoesItNoHarm) {
  start();
  transport_.deliver("garbage");
  ASSERT_TRUE(serve_until([&] { return has_credit_; }));
  transport_.deliver(std::string(1'000, '\xff'));
  give_task(1);
  EXPECT_TRUE(serve_until([&] { return runner_.running == 1; }));
}

}  // namespace
}  // namespace decant
