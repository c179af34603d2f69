#include "coordinator/cli/interrupt_watch.h"

#include <chrono>

namespace decant {
namespace {

constexpr std::chrono::milliseconds k_look_every{100};

}  // namespace

InterruptWatch::InterruptWatch(const std::atomic<int>& interrupts, std::function<void()> call_off)
    : thread_([this, &interrupts, call_off = std::move(call_off)] {
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, k_look_every, [this] { return is_over_; })) {
          if (interrupts > 0) call_off();
        }
      }) {}

InterruptWatch::~InterruptWatch() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace decant
