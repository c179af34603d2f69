// TaskRunner: does one task, from reading to the committed transaction (or the complete stage
// file).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#include "common/wire/messages.h"

namespace decant {

// Shared between the thread that runs a task and those of the agent.
class TaskControl {
 public:
  // Ends what blocks the task's thread (a query, a COPY) for as long as it lives. `end` is called
  // from another thread, any number of times.
  class Hook {
   public:
    Hook(TaskControl& control, std::function<void()> end) : control_(control) {
      const std::lock_guard lock(control_.mutex_);
      place_ = control_.hooks_.insert(control_.hooks_.end(), std::move(end));
    }
    ~Hook() {
      const std::lock_guard lock(control_.mutex_);
      control_.hooks_.erase(place_);
    }
    Hook(const Hook&) = delete;
    Hook& operator=(const Hook&) = delete;

   private:
    TaskControl& control_;
    std::list<std::function<void()>>::iterator place_;
  };

  // Never blocks; the task looks at it between batches.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // Calls the hooks, which may take as long as a server does to take a cancel.
  void interrupt() {
    const std::lock_guard lock(mutex_);
    for (const auto& end : hooks_) end();
  }
  void set_rows(std::int64_t rows) { rows_.store(rows, std::memory_order_relaxed); }
  std::int64_t rows() const { return rows_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
  std::atomic<std::int64_t> rows_{0};
  std::mutex mutex_;
  std::list<std::function<void()>> hooks_;
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
