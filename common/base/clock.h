// Time, passed in so that a test or a simulation can stand in for it.
#pragma once

#include <cstdint>
#include <string>

namespace decant {

// Milliseconds on a clock that never goes back; its zero means nothing.
struct MonotonicMs {
  std::int64_t value = 0;
  auto operator<=>(const MonotonicMs&) const = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicMs now() const = 0;
  // Microseconds since 1970-01-01T00:00:00Z, for logs and reports only, never for a decision.
  virtual std::int64_t wall_us() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicMs now() const override;
  std::int64_t wall_us() const override;
};

// 2024-08-31T21:05:00.123Z
std::string format_utc(std::int64_t wall_us);

}  // namespace decant
