// A session, the clock it is given and the coordinator that it talks to.
#pragma once

#include <gtest/gtest.h>

#include "worker/agent/session.h"

namespace decant::test {

class SessionFixture : public ::testing::Test {
 protected:
  static constexpr std::int64_t k_lease_ms = 30'000;

  static SessionOptions options() {
    SessionOptions options;
    options.endpoint = "ipc:///run/decant.sock";
    options.name = WorkerName("shop-17");
    options.incarnation.value[0] = 7;
    options.slots = 2;
    return options;
  }

  void hear(Body body, std::int64_t epoch = 1) {
    Envelope envelope;
    envelope.job = "ventas";
    envelope.worker = WorkerName("shop-17");
    envelope.incarnation = options().incarnation;
    envelope.epoch = Epoch(epoch);
    envelope.body = std::move(body);
    session.received(envelope, now);
  }
  void tick() {
    for (SessionAction& action : session.tick(now)) {
      if (const auto* send = std::get_if<SendMessage>(&action)) {
        last_envelope = send->envelope;
        sent.push_back(send->envelope.body);
      } else {
        actions.push_back(std::move(action));
      }
    }
  }
  void tick_after(std::int64_t ms) {
    now.value += ms;
    tick();
  }
  // All messages of one kind that were sent since the last call of any such function.
  template <typename T>
  std::vector<T> take() {
    std::vector<T> taken;
    for (const Body& body : sent) {
      if (const T* one = std::get_if<T>(&body)) taken.push_back(*one);
    }
    sent.clear();
    return taken;
  }
  template <typename T>
  std::vector<T> take_actions() {
    std::vector<T> taken;
    for (SessionAction& action : actions) {
      if (T* one = std::get_if<T>(&action)) taken.push_back(std::move(*one));
    }
    actions.clear();
    return taken;
  }

  static Welcome welcome(const std::string& run = "run-1") {
    Welcome welcome;
    welcome.run = RunId(run);
    welcome.lease_ms = k_lease_ms;
    return welcome;
  }
  static Task task(std::uint64_t id, std::int64_t fence) {
    Task task;
    task.id = TaskId(id);
    task.fence = Fence(fence);
    return task;
  }
  static TaskResult result(std::uint64_t id, std::int64_t fence,
                           TaskOutcome outcome = TaskOutcome::kDone) {
    TaskResult result;
    result.task = TaskId(id);
    result.fence = Fence(fence);
    result.outcome = outcome;
    return result;
  }
  // As far as a worker that has begun the run and given credit.
  void begin() {
    tick();
    hear(welcome());
    tick();
    session.run_begun(now);
    tick();
    sent.clear();
    actions.clear();
  }

  MonotonicMs now{1'000'000};
  Session session{options(), now};
  Envelope last_envelope;
  std::vector<Body> sent;
  std::vector<SessionAction> actions;
};

}  // namespace decant::test
