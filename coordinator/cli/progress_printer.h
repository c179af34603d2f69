// The progress line: rewritten in place on a terminal, a plain line now and then elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "coordinator/report/report.h"

namespace decant {

class ProgressPrinter {
 public:
  ProgressPrinter(bool terminal, int columns, const Clock& clock)
      : terminal_(terminal), columns_(columns), clock_(clock) {}
  void show(const ProgressView& view);
  // Takes the line away, so that other text can be written.
  void clear();

 private:
  bool terminal_;
  int columns_;
  const Clock& clock_;
  bool shown_ = false;
  std::int64_t last_plain_ms_ = 0;
};

}  // namespace decant
