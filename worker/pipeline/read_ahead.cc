#include "worker/pipeline/read_ahead.h"

#include <chrono>

namespace decant {

ReadAhead::ReadAhead(RowSource& source) : source_(source) {
  for (int i = 0; i < k_batches; ++i) free_.push_back(std::make_unique<Item>());
  thread_ = std::thread([this] { read(); });
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::read() {
  for (;;) {
    std::unique_ptr<Item> item;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !free_.empty(); });
      if (stopping_) return;
      item = std::move(free_.front());
      free_.pop_front();
    }
    item->faults.clear();
    const auto begin = std::chrono::steady_clock::now();
    Result<bool> more = source_.next(item->batch, item->faults);
    item->read_us = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::steady_clock::now() - begin)
                        .count();
    const std::lock_guard lock(mutex_);
    if (!more) {
      error_ = std::move(more).error();
      ended_ = true;
    } else {
      // The last batch may be empty and still carry rows that could not be read as rows.
      if (*more || !item->faults.empty()) full_.push_back(std::move(item));
      ended_ = !*more;
    }
    changed_.notify_all();
    if (ended_) return;
  }
}

Result<ReadAhead::Item*> ReadAhead::next() {
  std::unique_lock lock(mutex_);
  if (current_) {
    free_.push_back(std::move(current_));
    changed_.notify_all();
  }
  changed_.wait(lock, [this] { return !full_.empty() || ended_; });
  if (full_.empty()) {
    if (error_) return fail(*error_);
    return nullptr;
  }
  current_ = std::move(full_.front());
  full_.pop_front();
  return current_.get();
}

}  // namespace decant
