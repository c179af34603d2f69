#include "coordinator/control/leader_keeper.h"

#include <chrono>

namespace decant {

LeaderKeeper::LeaderKeeper(std::unique_ptr<Target> target, std::string ledger_schema, RunId run,
                           Epoch epoch, std::int64_t lease_ms)
    : target_(std::move(target)),
      ledger_schema_(std::move(ledger_schema)),
      run_(std::move(run)),
      epoch_(epoch),
      lease_ms_(lease_ms),
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

void LeaderKeeper::keep() {
  Ledger ledger(target_->sql(), ledger_schema_);
  auto renewed = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_ && !lost_) {
    changed_.wait_for(lock, std::chrono::milliseconds(lease_ms_ / 4), [this] { return stopping_; });
    if (stopping_) return;
    lock.unlock();
    const auto asked = std::chrono::steady_clock::now();
    Status status = ledger.renew_leadership(run_, epoch_, lease_ms_);
    lock.lock();
    if (status) {
      renewed = asked;
    } else if (status.error().code == ErrorCode::kFenced ||
               std::chrono::steady_clock::now() - renewed > std::chrono::milliseconds(lease_ms_)) {
      lost_ = std::move(status).error();
    }
  }
}

}  // namespace decant
