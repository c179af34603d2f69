#include "coordinator/control/leader_keeper.h"

#include <chrono>

namespace decant {

LeaderKeeper::LeaderKeeper(std::unique_ptr<Target> target, Opener open, std::string ledger_schema,
                           RunId run, Epoch epoch, LeaseTimes times)
    : target_(std::move(target)),
      open_(std::move(open)),
      ledger_schema_(std::move(ledger_schema)),
      run_(std::move(run)),
      epoch_(epoch),
      times_(times),
      thread_([this] { keep(); }) {}

LeaderKeeper::~LeaderKeeper() { stop(); }

void LeaderKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<Error> LeaderKeeper::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

Status LeaderKeeper::renew() {
  if (!target_) {
    DECANT_TRY_ASSIGN(target_, open_());
  }
  return Ledger(target_->sql(), ledger_schema_).renew_leadership(run_, epoch_, times_.lease_ms);
}

void LeaderKeeper::keep() {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  auto renewed = steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_ && !lost_) {
    changed_.wait_for(lock, milliseconds(times_.renew_every_ms), [this] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    const auto asked = steady_clock::now();
    Status status = renew();
    const bool is_late = steady_clock::now() - renewed > milliseconds(times_.lease_ms);
    if (!status) target_.reset();  // whatever it was, the next try has a session of its own
    lock.lock();
    if (status) {
      renewed = asked;
    } else if (status.error().code == ErrorCode::kFenced ||
               status.error().code == ErrorCode::kBusy || is_late) {
      lost_ = std::move(status).error();
    }
  }
}

}  // namespace decant
