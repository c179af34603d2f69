#include "worker/agent/slot_pool.h"

#include <gtest/gtest.h>

#include <future>

namespace decant {
namespace {

// A task that blocks, as in a query, until its hook is called; it never looks at cancelled().
class StuckRunner final : public TaskRunner {
 public:
  Status begin_run(const Welcome&, const WorkerName&) override { return {}; }
  TaskResult run(const Task&, TaskControl& control) override {
    std::promise<void> ended;
    std::atomic<bool> is_told{false};
    {
      // The hook may be called again and again.
      const TaskControl::Hook hook(control, [&] {
        if (!is_told.exchange(true)) ended.set_value();
      });
      started.set_value();
      ended.get_future().wait();
    }
    TaskResult result;
    result.outcome = TaskOutcome::kCancelled;
    return result;
  }
  void end_run() override {}

  std::promise<void> started;
};

Task a_task() {
  Task task;
  task.id = TaskId(3);
  task.fence = Fence(9);
  return task;
}

TEST(SlotPool, ACancelReachesATaskThatBlocks) {
  StuckRunner runner;
  std::promise<void> finished;
  SlotPool pool(1, runner, [&] { finished.set_value(); });
  pool.start(a_task());
  runner.started.get_future().wait();
  pool.cancel({TaskId(3), Fence(9)});
  finished.get_future().wait();
  const auto results = pool.take_finished();
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].task, TaskId(3));
  EXPECT_EQ(results[0].outcome, TaskOutcome::kCancelled);
}

TEST(SlotPool, TheEndOfThePoolReachesATaskThatBlocks) {
  StuckRunner runner;
  SlotPool pool(1, runner, [] {});
  pool.start(a_task());
  runner.started.get_future().wait();
}

}  // namespace
}  // namespace decant
