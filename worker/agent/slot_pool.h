// SlotPool: one thread per slot, each of which runs one task at a time through the TaskRunner, and
// one that interrupts cancelled tasks where they block, again and again until they have ended: a
// cancel may come just before the statement that it is meant for.
// All calls come from one thread, the agent's; `on_finished` is called from the slots' threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/wire/messages.h"
#include "worker/pipeline/task_runner.h"

namespace decant {

class SlotPool {
 public:
  // `runner` outlives the pool. With more than one slot its run() is called from several threads at
  // once.
  SlotPool(int slots, TaskRunner& runner, std::function<void()> on_finished);
  // Cancels what runs and waits for it.
  ~SlotPool();
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  void start(Task task);
  // Does not block.
  void cancel(const TaskInFlight& task);
  std::vector<TaskResult> take_finished();
  std::vector<std::pair<TaskInFlight, std::int64_t>> rows()
      const;  // of each task that runs or waits

 private:
  using Key = std::pair<TaskId, Fence>;
  void serve();
  void interrupt_cancelled();

  TaskRunner& runner_;
  std::function<void()> on_finished_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;     // for the slots
  std::condition_variable called_off_;  // for the thread that interrupts
  bool closing_ = false;
  std::deque<Task> waiting_;
  std::map<Key, std::shared_ptr<TaskControl>> controls_;
  std::vector<TaskResult> finished_;
  std::vector<std::thread> threads_;
  std::thread interrupter_;
};

}  // namespace decant
