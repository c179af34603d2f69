#include "common/connector/duckdb/stage_queue.h"

namespace decant::duck {

bool StageQueue::push(DataChunk chunk, std::size_t bytes) {
  std::unique_lock lock(mutex_);
  // A chunk larger than the limit passes when it is alone.
  room_.wait(lock, [&] { return is_aborted_ || items_.empty() || bytes_ + bytes <= limit_bytes_; });
  if (is_aborted_) return false;
  bytes_ += bytes;
  items_.push_back({std::move(chunk), bytes});
  filled_.notify_one();
  return true;
}

bool StageQueue::pop(DataChunk& chunk) {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [&] { return is_aborted_ || is_closed_ || !items_.empty(); });
  if (is_aborted_ || items_.empty()) return false;
  chunk = std::move(items_.front().chunk);
  bytes_ -= items_.front().bytes;
  items_.pop_front();
  room_.notify_one();
  return true;
}

void StageQueue::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  filled_.notify_all();
}

void StageQueue::abort() {
  const std::lock_guard lock(mutex_);
  is_aborted_ = true;
  filled_.notify_all();
  room_.notify_all();
}

bool StageQueue::was_aborted() const {
  const std::lock_guard lock(mutex_);
  return is_aborted_;
}

}  // namespace decant::duck
