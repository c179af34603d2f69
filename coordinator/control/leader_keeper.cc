#include "coordinator/control/leader_keeper.h"

#include <algorithm>
#include <chrono>

namespace decant {
namespace {

constexpr std::int64_t k_tell_every_ms = 1'000;

}  // namespace

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

void LeaderKeeper::tell(std::string progress) {
  const std::lock_guard lock(mutex_);
  progress_ = std::move(progress);
}

// For people: what cannot be told now is told the next time. False: the session may be broken.
bool LeaderKeeper::pass_on(const std::string& progress) {
  if (!target_ || progress == told_) return true;
  if (!Ledger(target_->sql(), ledger_schema_).put_progress(run_, epoch_, progress)) return false;
  told_ = progress;
  return true;
}

void LeaderKeeper::keep() {
  using std::chrono::milliseconds;
  using std::chrono::steady_clock;
  auto renewed = steady_clock::now();
  auto due = renewed + milliseconds(times_.renew_every_ms);
  std::unique_lock lock(mutex_);
  while (!stopping_ && !lost_) {
    const std::int64_t pause_ms = std::min(times_.renew_every_ms, k_tell_every_ms);
    changed_.wait_for(lock, milliseconds(pause_ms), [this] { return stopping_; });
    if (stopping_) return;
    const std::string progress = progress_;
    lock.unlock();
    const auto asked = steady_clock::now();
    if (asked < due) {
      if (!pass_on(progress)) due = asked;
      lock.lock();
      continue;
    }
    Status status = renew();
    // Tasks wait for a leader whose session is broken.
    due = asked + milliseconds(status ? times_.renew_every_ms : pause_ms);
    const bool is_late = steady_clock::now() - renewed > milliseconds(times_.give_up_after_ms);
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
