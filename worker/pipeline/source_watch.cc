#include "worker/pipeline/source_watch.h"

#include <string>
#include <utility>

namespace decant {
namespace {

// A cancel that came between two statements has ended nothing.
constexpr std::chrono::milliseconds k_call_off_pause(500);

}  // namespace

std::optional<std::chrono::milliseconds> silence_limit(const JobSpec& job) {
  if (job.chunk_timeout_s <= 0) return std::nullopt;
  return std::chrono::seconds(job.chunk_timeout_s);
}

SourceWatch::SourceWatch(std::optional<std::chrono::milliseconds> limit,
                         std::function<void()> call_off)
    : limit_(limit), call_off_(std::move(call_off)) {
  if (limit_) thread_ = std::thread([this] { watch(); });
}

SourceWatch::~SourceWatch() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// The thread looks again by itself when its time is up; it need not be woken for every batch.
void SourceWatch::begin() {
  if (!limit_) return;
  const std::lock_guard lock(mutex_);
  until_ = std::chrono::steady_clock::now() + *limit_;
}

void SourceWatch::end() {
  if (!limit_) return;
  const std::lock_guard lock(mutex_);
  until_.reset();
}

void SourceWatch::watch() {
  std::unique_lock lock(mutex_);
  auto look_at = std::chrono::steady_clock::now() + *limit_;
  while (!changed_.wait_until(lock, look_at, [this] { return closing_; })) {
    const auto now = std::chrono::steady_clock::now();
    if (until_ && *until_ <= now) {
      called_off_ = true;
      lock.unlock();
      call_off_();
      lock.lock();
      look_at = now + k_call_off_pause;
    } else {
      look_at = until_.value_or(now + *limit_);
    }
  }
}

Error SourceWatch::judged(Error error) const {
  const std::lock_guard lock(mutex_);
  if (!called_off_) return error;
  error.code = ErrorCode::kTimeout;
  error.message = "The source gave no row for " + std::to_string(limit_->count() / 1000) +
                  " seconds, and the read was called off.";
  error.advice.clear();
  error.sqlstate.clear();
  return error;
}

}  // namespace decant
