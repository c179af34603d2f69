#include "worker/agent/slot_pool.h"

#include <algorithm>
#include <chrono>

#include "worker/agent/fit_result.h"

namespace decant {
namespace {

constexpr std::chrono::milliseconds k_interrupt_pause(500);

}  // namespace

SlotPool::SlotPool(int slots, TaskRunner& runner, std::function<void()> on_finished)
    : runner_(runner), on_finished_(std::move(on_finished)) {
  for (int i = 0; i < slots; ++i) threads_.emplace_back([this] { serve(); });
  interrupter_ = std::thread([this] { interrupt_cancelled(); });
}

SlotPool::~SlotPool() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
    for (const Task& task : waiting_) controls_.erase(Key(task.id, task.fence));
    waiting_.clear();
    for (auto& [key, control] : controls_) control->cancel();
  }
  changed_.notify_all();
  called_off_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  interrupter_.join();
}

void SlotPool::start(Task task) {
  {
    const std::lock_guard lock(mutex_);
    controls_[Key(task.id, task.fence)] = std::make_shared<TaskControl>();
    waiting_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void SlotPool::cancel(const TaskInFlight& task) {
  {
    const std::lock_guard lock(mutex_);
    const auto control = controls_.find(Key(task.task, task.fence));
    if (control != controls_.end()) control->second->cancel();
  }
  called_off_.notify_all();
}

void SlotPool::interrupt_cancelled() {
  std::unique_lock lock(mutex_);
  const auto is_cancelled = [](const auto& entry) { return entry.second->cancelled(); };
  for (;;) {
    called_off_.wait(lock, [&] {
      return closing_ || std::any_of(controls_.begin(), controls_.end(), is_cancelled);
    });
    if (closing_ && controls_.empty()) return;
    std::vector<std::shared_ptr<TaskControl>> cancelled;
    for (const auto& [key, control] : controls_) {
      if (control->cancelled()) cancelled.push_back(control);
    }
    lock.unlock();
    for (const auto& control : cancelled) control->interrupt();
    lock.lock();
    called_off_.wait_for(lock, k_interrupt_pause, [this] { return closing_ && controls_.empty(); });
  }
}

std::vector<TaskResult> SlotPool::take_finished() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

std::vector<std::pair<TaskInFlight, std::int64_t>> SlotPool::rows() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<TaskInFlight, std::int64_t>> rows;
  for (const auto& [key, control] : controls_)
    rows.push_back({{key.first, key.second}, control->rows()});
  return rows;
}

void SlotPool::serve() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (closing_) return;
    const Task task = std::move(waiting_.front());
    waiting_.pop_front();
    const Key key(task.id, task.fence);
    const std::shared_ptr<TaskControl> control = controls_.at(key);
    lock.unlock();
    TaskResult result = runner_.run(task, *control);
    // Whatever the runner wrote there, this is the task that was given out.
    result.task = task.id;
    result.fence = task.fence;
    fit_result(result, task.kind);
    lock.lock();
    controls_.erase(key);
    called_off_.notify_all();
    finished_.push_back(std::move(result));
    lock.unlock();
    on_finished_();
    lock.lock();
  }
}

}  // namespace decant
