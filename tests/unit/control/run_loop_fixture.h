// A run loop over a DuckDB file with its ledger, a transport in memory and played workers that
// really stage their rows. The table is ventas_raw, the chunks are months of one store, and each
// month has two rows.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/control/run_loop.h"
#include "tests/unit/control/played_network.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {

inline constexpr std::int64_t k_lease_ms = 30'000;

class RunLoopTest : public ::testing::Test {
 protected:
  void SetUp() override;

  // A task that copies these months of 2024, and what a worker makes of it.
  Task copy_task(const std::vector<int>& months) const;
  // Stages the rows of all chunks.
  TaskResult staged(const Task& task) const;
  PlayedWorker::Work stages() {
    return [this](const Task& task) { return std::optional(staged(task)); };
  }
  static PlayedWorker::Work never_ends() {
    return [](const Task&) { return std::optional<TaskResult>(); };
  }
  static TaskResult failed(ErrorCode code, const std::string& text);

  // The parts may be changed before the first call.
  RunLoop& loop();
  // Runs a phase and notes what it says of tasks.
  Result<PhaseOutcome> run(std::vector<Task> tasks);

  // The first value of a query, as text.
  std::string ask(const std::string& sql);
  // Another run takes the table over.
  void depose();
  // Waits until the target's thread has nothing more to do.
  void settle();

  TempFolder folder_;
  PlayedClock clock_;
  PlayedNetwork network_{clock_};
  Logger logger_{"test", LogLevel::kError, nullptr};
  std::atomic<int> interrupts_{0};
  std::unique_ptr<TargetThread> target_;
  Epoch epoch_;
  EntityPlan plan_;

  // What the loop is made with.
  DispatchLimits limits_{k_lease_ms, 4, 1'000, false, 3};
  CompletionLog* log_ = nullptr;
  LocalWorkers* local_workers_ = nullptr;
  bool writes_ledger_ = true;
  std::function<void(const ProgressView&)> show_;
  std::unique_ptr<RunLoop> loop_;

  std::vector<TaskResult> done_;
  std::vector<std::vector<BatchRecord>> recovered_;
};

}  // namespace decant::test
