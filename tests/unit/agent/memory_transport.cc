#include "tests/unit/agent/memory_transport.h"

#include <algorithm>
#include <chrono>

namespace decant::test {
namespace {

template <typename Queue>
std::vector<std::string> empty_out(Queue& queue) {
  std::vector<std::string> all(queue.begin(), queue.end());
  queue.clear();
  return all;
}

}  // namespace

Result<std::vector<std::string>> MemoryTransport::receive(int timeout_ms) {
  std::unique_lock lock(mutex_);
  const auto wait = std::chrono::milliseconds(std::min(timeout_ms, 2));
  const auto has_news = [this] { return woken_ || !to_worker_.empty(); };
  if (waits_for_ever_) {
    changed_.wait(lock, has_news);
  } else {
    changed_.wait_for(lock, wait, has_news);
  }
  woken_ = false;
  return empty_out(to_worker_);
}

Status MemoryTransport::send(const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  from_worker_.push_back(bytes);
  changed_.notify_all();
  return {};
}

void MemoryTransport::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void MemoryTransport::deliver(std::string bytes) {
  const std::lock_guard lock(mutex_);
  to_worker_.push_back(std::move(bytes));
  changed_.notify_all();
}

void MemoryTransport::wait_for_ever() {
  const std::lock_guard lock(mutex_);
  waits_for_ever_ = true;
}

std::vector<std::string> MemoryTransport::take_sent() {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::milliseconds(20), [this] { return !from_worker_.empty(); });
  return empty_out(from_worker_);
}

}  // namespace decant::test
