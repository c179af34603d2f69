// The run loop's transport in memory, with workers that the test plays: every receive() gives each
// of them a turn on the loop's own thread and moves the clock on. Only the target's thread is a
// thread of its own, so that what happens next is the test's to say.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/wire/transport.h"
#include "worker/agent/session.h"

namespace decant::test {

class PlayedClock final : public Clock {
 public:
  MonotonicMs now() const override { return MonotonicMs{now_}; }
  std::int64_t wall_us() const override { return now_ * 1'000; }
  void move_on(std::int64_t ms) { now_ += ms; }

 private:
  std::atomic<std::int64_t> now_{1'000'000};
};

// A worker with a real session; what it makes of a task is given by the test.
class PlayedWorker {
 public:
  // Nothing: the task goes on, and is asked about again in the next turn.
  using Work = std::function<std::optional<TaskResult>(const Task&)>;

  PlayedWorker(const std::string& name, int slots, Work work, MonotonicMs now);

  // Hears what has come and gives what it sends.
  std::vector<std::string> turn(std::deque<std::string>& inbox, MonotonicMs now);

  // A message of its session, for the test to send in its place.
  std::string says(Body body) const;

  void be_silent(bool silent) { silent_ = silent; }  // neither hears nor says anything
  bool has_left() const { return left_; }
  std::size_t running() const { return running_.size(); }
  int started() const { return started_; }
  int cancelled() const { return cancelled_; }
  int acknowledged() const { return acknowledged_; }  // results

 private:
  SessionOptions options_;
  Session session_;
  Epoch epoch_;
  Work work_;
  std::vector<Task> running_;
  bool silent_ = false, left_ = false;
  int started_ = 0, cancelled_ = 0, acknowledged_ = 0;
};

class PlayedNetwork final : public CoordinatorTransport {
 public:
  explicit PlayedNetwork(PlayedClock& clock) : clock_(clock) {}

  PlayedWorker& add_worker(const std::string& name, PlayedWorker::Work work, int slots = 1);
  // A message from a peer that is no worker.
  void inject(const PeerId& peer, const std::string& bytes) { injected_.push_back({peer, bytes}); }
  // Called before each turn of the workers.
  void on_turn(std::function<void()> call) { on_turn_ = std::move(call); }
  int turns() const { return turns_; }
  // Bytes that were sent to a peer that is no worker.
  const std::vector<std::string>& sent_to(const PeerId& peer) { return strangers_[peer]; }

  Result<std::vector<IncomingMessage>> receive(int timeout_ms) override;
  Status send(const PeerId& peer, const std::string& bytes) override;
  void wake() override;

 private:
  struct Seat {
    PlayedWorker worker;
    std::deque<std::string> inbox;
  };
  PlayedClock& clock_;
  std::map<PeerId, Seat> seats_;
  std::vector<IncomingMessage> injected_;
  std::map<PeerId, std::vector<std::string>> strangers_;
  std::function<void()> on_turn_;
  int turns_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
};

}  // namespace decant::test
