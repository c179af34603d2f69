// ReadAhead: reads a RowSource on a thread of its own while the task's thread converts, digests and
// loads.
//
// The RowSource is used by the reading thread alone between construction and the end. Memory is
// bounded by the number of batches in circulation (k_batches), which are used again and again.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "common/connector/source.h"

namespace decant {

class ReadAhead {
 public:
  static constexpr int k_batches = 4;

  struct Item {
    RowBatch batch;
    std::vector<Reject> faults;
    std::int64_t read_us = 0;  // time that the source took for it
  };

  explicit ReadAhead(RowSource& source);
  ~ReadAhead();  // stops reading and waits for the thread
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The next batch, or null at the end. The previous item goes back into circulation: its views are
  // no longer valid.
  Result<Item*> next();

 private:
  void read();

  RowSource& source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Item>> free_;
  std::deque<std::unique_ptr<Item>> full_;
  std::unique_ptr<Item> current_;
  std::optional<Error> error_;
  bool ended_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace decant
