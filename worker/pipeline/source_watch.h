// SourceWatch: calls a read off when the source is silent for too long, so that a store that hangs
// does not hold a worker for ever. Only the time in which the task waits for the source counts.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "common/base/result.h"
#include "common/job/job_spec.h"

namespace decant {

// As the job has it; none: for ever.
std::optional<std::chrono::milliseconds> silence_limit(const JobSpec& job);

class SourceWatch {
 public:
  // `call_off` is called from a thread of the watch, again and again until the wait is over. No
  // limit: nothing is watched.
  SourceWatch(std::optional<std::chrono::milliseconds> limit, std::function<void()> call_off);
  ~SourceWatch();
  SourceWatch(const SourceWatch&) = delete;
  SourceWatch& operator=(const SourceWatch&) = delete;

  // While it lives the task waits for the source. One at a time.
  class Wait {
   public:
    explicit Wait(SourceWatch& watch) : watch_(watch) { watch_.begin(); }
    ~Wait() { watch_.end(); }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

   private:
    SourceWatch& watch_;
  };

  // What an error of the read is where it was called off here: kTimeout.
  Error judged(Error error) const;

 private:
  void begin();
  void end();
  void watch();

  const std::optional<std::chrono::milliseconds> limit_;
  const std::function<void()> call_off_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::chrono::steady_clock::time_point> until_;  // while somebody waits
  bool called_off_ = false;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace decant
