// TaskRunner: does one task, from reading to the committed transaction (or the complete stage
// file).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "common/wire/messages.h"

namespace decant {

// Shared between the thread that runs a task and the agent's thread.
class TaskControl {
 public:
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  void set_rows(std::int64_t rows) { rows_.store(rows, std::memory_order_relaxed); }
  std::int64_t rows() const { return rows_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<std::int64_t> rows_{0};
};

class TaskRunner {
 public:
  virtual ~TaskRunner() = default;
  // Called once after Welcome, before any task; a refused job (missing variable …) is an error that
  // ends the worker.
  virtual Status begin_run(const Welcome& welcome, const WorkerName& worker) = 0;
  // Runs on the calling thread until done, failed or cancelled. Never throws; everything is in the
  // result.
  virtual TaskResult run(const Task& task, TaskControl& control) = 0;
  // Ends sessions with sources and target that are kept between tasks.
  virtual void end_run() = 0;
};

}  // namespace decant
