// HardStop: the end of a process that does not obey an interrupt, because something that it waits
// for does not answer: a server that stands still, whose sessions nobody can cancel.
//
// A thread of its own looks at the count of interrupts. A first one that is not obeyed in
// `patience_with_first` is taken for two. Some time after the second one it says so on standard
// error and ends the process with status 130; local workers go with it, and what is loaded is in
// the ledger. Destroyed before that, it does nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace decant {

class HardStop {
 public:
  // `interrupts` must outlive it.
  HardStop(std::atomic<int>& interrupts, std::chrono::milliseconds patience_with_first,
           std::chrono::milliseconds patience);
  ~HardStop();
  HardStop(const HardStop&) = delete;
  HardStop& operator=(const HardStop&) = delete;

 private:
  void watch(std::chrono::milliseconds patience_with_first, std::chrono::milliseconds patience);

  std::atomic<int>& interrupts_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace decant
