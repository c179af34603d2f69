#include "coordinator/cli/hard_stop.h"

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace decant {
namespace {

constexpr std::chrono::milliseconds k_look_every{100};

}  // namespace

HardStop::HardStop(std::atomic<int>& interrupts, std::chrono::milliseconds patience_with_first,
                   std::chrono::milliseconds patience)
    : interrupts_(interrupts),
      thread_([this, patience_with_first, patience] { watch(patience_with_first, patience); }) {}

HardStop::~HardStop() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void HardStop::watch(std::chrono::milliseconds patience_with_first,
                     std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto is_over = [this] { return is_over_; };
  while (interrupts_ < 1) {
    if (changed_.wait_for(lock, k_look_every, is_over)) return;
  }
  const auto until = std::chrono::steady_clock::now() + patience_with_first;
  while (interrupts_ < 2) {
    if (changed_.wait_for(lock, k_look_every, is_over)) return;
    int one = 1;
    if (std::chrono::steady_clock::now() >= until) interrupts_.compare_exchange_strong(one, 2);
  }
  const std::string seconds = std::to_string(patience.count() / 1000) + " seconds";
  const auto tell = [](const std::string& sentence) {
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&out, 1, 0) <= 0) return;  // nobody reads it
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, sentence.data(), sentence.size());
  };
  tell("\ndecant: Stopping at once; what does not end is waited for " + seconds + ".\n");
  if (changed_.wait_for(lock, patience, is_over)) return;
  // Nothing that another thread may hold: it is the one that waits.
  tell("\ndecant: Something still has not ended after " + seconds +
       ", and a server may not answer: this process ends without it and without a report. What is "
       "loaded is recorded, and the same command goes on from there. "
       "Sessions named decant end when the server finds out; a folder named decant-… with sockets "
       "may be left behind.\n");
  std::_Exit(130);
}

}  // namespace decant
