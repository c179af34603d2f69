// A worker's transport in memory, between the agent's thread and the test's.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "common/wire/transport.h"

namespace decant::test {

class MemoryTransport final : public WorkerTransport {
 public:
  // The agent's side. A wait is cut short, so that a test with a clock of its own does not wait for
  // the real one.
  Result<std::vector<std::string>> receive(int timeout_ms) override;
  Status send(const std::string& bytes) override;
  void wake() override;
  std::string trouble() const override { return {}; }

  // The test's side. take_sent() waits for a message, but not for ever: then it gives none.
  void deliver(std::string bytes);
  std::vector<std::string> take_sent();
  // From now on a receive() ends with a message or a wake alone, as if its timeout were endless.
  void wait_for_ever();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool waits_for_ever_ = false;
  std::deque<std::string> to_worker_, from_worker_;
};

}  // namespace decant::test
