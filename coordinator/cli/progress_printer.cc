#include "coordinator/cli/progress_printer.h"

#include <iostream>

#include "common/base/printable.h"

namespace decant {
namespace {

constexpr std::int64_t k_plain_pause_ms = 10'000;

}  // namespace

void ProgressPrinter::show(const ProgressView& view) {
  if (terminal_) {
    std::cerr << "\r\033[K" << printable(progress_line(view, columns_ - 1)) << std::flush;
    shown_ = true;
    return;
  }
  const std::int64_t now = clock_.now().value;
  if (last_plain_ms_ == 0) last_plain_ms_ = now;
  if (now - last_plain_ms_ < k_plain_pause_ms) return;
  last_plain_ms_ = now;
  std::cerr << printable(progress_line(view, columns_)) << "\n";
}

void ProgressPrinter::clear() {
  if (shown_) std::cerr << "\r\033[K" << std::flush;
  shown_ = false;
}

}  // namespace decant
