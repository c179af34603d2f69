#include "common/base/clock.h"

#include <chrono>
#include <cstdio>
#include <ctime>

namespace decant {

MonotonicMs SystemClock::now() const {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::int64_t SystemClock::wall_us() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

std::string format_utc(std::int64_t wall_us) {
  std::int64_t ms = wall_us / 1000 - (wall_us % 1000 < 0 ? 1 : 0);
  std::int64_t seconds = ms / 1000;
  ms %= 1000;
  if (ms < 0) {
    ms += 1000;
    --seconds;
  }
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  char date[40];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char tail[24];
  std::snprintf(tail, sizeof tail, ".%03dZ", static_cast<int>(ms));
  return std::string(date) + tail;
}

}  // namespace decant
