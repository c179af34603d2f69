// LeaderKeeper: renews a run's leadership from a thread and a session of its own, so that a key
// that takes minutes to build does not cost it. Only for targets that other processes can reach; a
// DuckDB file's lock needs no lease.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/connector/target.h"
#include "common/ledger/ledger.h"

namespace decant {

class LeaderKeeper {
 public:
  // `target` is a session of its own and goes to the new thread.
  LeaderKeeper(std::unique_ptr<Target> target, std::string ledger_schema, RunId run, Epoch epoch,
               std::int64_t lease_ms);
  ~LeaderKeeper();
  LeaderKeeper(const LeaderKeeper&) = delete;
  LeaderKeeper& operator=(const LeaderKeeper&) = delete;

  // Ends the renewals, so that a release of the leadership is the last word. May be called twice.
  void stop();
  // Why this process no longer leads: another has taken over, or the target was out of reach for a
  // whole lease.
  std::optional<Error> lost() const;

 private:
  void keep();

  std::unique_ptr<Target> target_;
  std::string ledger_schema_;
  RunId run_;
  Epoch epoch_;
  std::int64_t lease_ms_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> lost_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace decant
