// RowRate: rows per second over the last moments, so that a phase that stops shows it.
#pragma once

#include <cstdint>
#include <deque>

#include "common/base/clock.h"

namespace decant {

class RowRate {
 public:
  // The number of rows so far; the rate over the window, 0 while there is nothing to compare.
  double add(MonotonicMs now, std::int64_t rows) {
    samples_.push_back({now, rows});
    while (samples_.size() > 2 && now.value - samples_[1].at.value >= k_window_ms)
      samples_.pop_front();
    const std::int64_t ms = now.value - samples_.front().at.value;
    const std::int64_t more = rows - samples_.front().rows;
    return ms > 0 && more > 0 ? static_cast<double>(more) * 1000.0 / static_cast<double>(ms) : 0;
  }

 private:
  static constexpr std::int64_t k_window_ms = 15'000;
  struct Sample {
    MonotonicMs at;
    std::int64_t rows = 0;
  };
  std::deque<Sample> samples_;
};

}  // namespace decant
