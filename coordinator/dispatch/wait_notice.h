// WaitNotice: what a run says now and then while it waits for workers, so that nobody waits in
// silence, and which stores it waits for no longer. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"

namespace decant {

// What a run waits for.
struct WaitState {
  bool has_workers = false;
  std::size_t tasks = 0;  // that nobody does
  // That no worker who joined reaches; several: nobody reaches all of them.
  std::map<std::vector<std::string>, std::size_t> tasks_of_stores;
};

class WaitNotice {
 public:
  static constexpr std::int64_t k_first_ms = 10'000;
  static constexpr std::int64_t k_again_ms = 60'000;
  static constexpr std::int64_t k_give_up_ms = 10 * 60'000;

  // `how_to_start` is the command that starts a worker.
  explicit WaitNotice(std::string how_to_start) : how_to_start_(std::move(how_to_start)) {}

  // The line that is due. A state in which nothing waits starts the count anew.
  std::optional<std::string> due(const WaitState& state, MonotonicMs now);
  // Stores that workers who joined have not reached for k_give_up_ms: they are left to another run.
  // While nobody is there at all a run waits without end.
  std::vector<std::vector<std::string>> given_up(const WaitState& state, MonotonicMs now);

 private:
  std::string how_to_start_;
  std::optional<MonotonicMs> since_;
  std::optional<MonotonicMs> last_;
  std::map<std::vector<std::string>, MonotonicMs> unreached_since_;
};

}  // namespace decant
