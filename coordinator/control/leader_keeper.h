// LeaderKeeper: renews a run's leadership from a thread and a session of its own, so that a key
// that takes minutes to build does not cost it. A session that breaks is opened again; where
// another holds the tables by then (kBusy), they are lost. Only for
// targets that other processes can reach; a DuckDB file's lock needs no lease.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/connector/target.h"
#include "common/ledger/ledger.h"

namespace decant {

struct LeaseTimes {
  std::int64_t lease_ms = 0;        // how long a renewal holds
  std::int64_t renew_every_ms = 0;  // several times a lease, since one may fail
  // Without a renewal, and nobody else in the lead either. At least a lease.
  std::int64_t give_up_after_ms = 0;
};

class LeaderKeeper {
 public:
  using Opener = std::function<Result<std::unique_ptr<Target>>()>;
  // `target` is a session of its own and goes to the new thread; `open` makes another when it
  // breaks, and is called on that thread alone. The lease has just been taken.
  LeaderKeeper(std::unique_ptr<Target> target, Opener open, std::string ledger_schema, RunId run,
               Epoch epoch, LeaseTimes times);
  ~LeaderKeeper();
  LeaderKeeper(const LeaderKeeper&) = delete;
  LeaderKeeper& operator=(const LeaderKeeper&) = delete;

  // Ends the renewals, so that a release of the leadership is the last word. May be called twice.
  void stop();
  // What the ledger is to say of the run, within about a second. From any thread.
  void tell(std::string progress);
  // Why this process no longer leads: another has taken over, or the target was out of reach for
  // give_up_after_ms.
  std::optional<Error> lost() const;

 private:
  void keep();
  Status renew();
  bool pass_on(const std::string& progress);

  std::unique_ptr<Target> target_;  // the thread's own; null once it broke
  Opener open_;
  std::string ledger_schema_;
  RunId run_;
  Epoch epoch_;
  LeaseTimes times_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Error> lost_;
  std::string progress_;
  std::string told_;  // the thread's own
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace decant
