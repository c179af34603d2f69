// Data chunks on their way from a loader to the thread that encodes them. Private to this folder.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "common/connector/duckdb/handles.h"

namespace decant::duck {

// Bounded by bytes. One thread pushes, one pops; close() and abort() may come from any.
class StageQueue {
 public:
  explicit StageQueue(std::size_t limit_bytes) : limit_bytes_(limit_bytes) {}

  // Waits for room. False when the reader has given up or abort() was called: the chunk is dropped.
  bool push(DataChunk chunk, std::size_t bytes);
  // Waits for a chunk. False at the end (close) or after abort(); was_aborted() tells them apart.
  bool pop(DataChunk& chunk);
  void close();
  void abort();
  bool was_aborted() const;

 private:
  struct Item {
    DataChunk chunk;
    std::size_t bytes;
  };
  const std::size_t limit_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::condition_variable filled_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;
  bool is_closed_ = false;
  bool is_aborted_ = false;
};

}  // namespace decant::duck
