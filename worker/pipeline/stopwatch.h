// Adds up the microseconds that a stage of a task takes.
#pragma once

#include <chrono>
#include <cstdint>

namespace decant {

class Stopwatch {
 public:
  explicit Stopwatch(std::int64_t& total_us) : total_us_(total_us) {}
  ~Stopwatch() {
    total_us_ += std::chrono::duration_cast<std::chrono::microseconds>(
                     std::chrono::steady_clock::now() - begin_)
                     .count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::int64_t& total_us_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace decant
