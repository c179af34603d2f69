// InterruptWatch: calls something off when a person interrupts, for work that does not look at the
// count of interrupts itself.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace decant {

// A thread of its own calls `call_off` again and again from the first interrupt on, until this is
// destroyed: one statement after the other may be under way. `interrupts` must outlive it.
class InterruptWatch {
 public:
  InterruptWatch(const std::atomic<int>& interrupts, std::function<void()> call_off);
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace decant
