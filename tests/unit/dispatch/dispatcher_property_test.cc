// Any order of events, however absurd, keeps the dispatcher's promises.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant {
namespace {

using test::incarnation;
using test::Kind;

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed) {
    for (std::uint64_t id = 1; id <= 20; ++id) {
      const int store = below(3);
      std::vector<std::string> stores = {"store" + std::to_string(store)};
      if (below(4) == 0) stores.push_back("store" + std::to_string((store + 1) % 3));
      dispatcher_.add_task(TaskId(id), std::move(stores), below(100));
    }
    dispatcher_.set_store_limit("store0", 2);
  }

  void step() {
    now_.value += below(4'000);
    switch (below(12)) {
      case 0:
        join();
        break;
      case 1:
        lose();
        break;
      case 2:
        dispatcher_.worker_draining(any_worker());
        break;
      case 3:
        give_credit();
        break;
      case 4:
      case 5:
        report();
        break;
      case 6:
        renew();
        break;
      case 7:
        dispatcher_.worker_heard(any_worker(), now_);
        break;
      case 8:
        answer_bump();
        break;
      case 9:
        answer_assignment();
        break;
      case 10:
        settle_commit();
        break;
      default:
        decide();
        break;
    }
    check();
  }

  // No more faults: one worker that does everything, and a ledger that answers.
  bool completes() {
    for (int i = 0; i < 2'000 && !dispatcher_.finished(); ++i) {
      now_.value += 1'000;
      Hello hello;
      dispatcher_.worker_joined(hello, WorkerName("last"), incarnation(99), now_);
      dispatcher_.credit(incarnation(99), 4);
      decide();
      while (!bumps_.empty()) answer_bump();
      while (!assigning_.empty()) answer_assignment();
      settle_commit();
      for (const auto& [key, action] : std::map(sent_)) {
        if (action.worker == incarnation(99)) take(action, TaskOutcome::kDone);
      }
      check();
    }
    return dispatcher_.finished();
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }
  Incarnation any_worker() { return incarnation(1 + below(4)); }

  void join() {
    Hello hello;
    if (below(2) == 0) hello.stores = {"store1"};
    if (below(3) == 0) hello.in_flight = {{TaskId(1 + random_() % 20), Fence(below(30))}};
    dispatcher_.worker_joined(hello, WorkerName("w"), any_worker(), now_);
  }

  void lose() {
    if (below(2) == 0) return dispatcher_.worker_left(any_worker(), now_);
    dispatcher_.worker_lost(any_worker(), "was ended by signal 9");
  }

  void give_credit() {
    const Incarnation worker = any_worker();
    if (!dispatcher_.knows(worker)) return;
    dispatcher_.credit(worker, below(4));
  }

  void decide() {
    for (const DispatchAction& action : dispatcher_.decide(now_)) {
      if (action.kind == Kind::kAssign) {
        EXPECT_GT(action.fence, last_fence_) << "fences grow";
        last_fence_ = action.fence;
        const DispatchWorker& worker = dispatcher_.workers().at(action.worker);
        EXPECT_LE(worker.in_flight, worker.credits);
        EXPECT_TRUE(worker.suspects == 0 || worker.in_flight == 1) << "a suspect goes alone";
        assigning_.push_back(action);
      }
      if (action.kind == Kind::kBumpFence) {
        EXPECT_GT(action.fence, fence_of_[action.task]);
        fence_of_[action.task] = std::max(fence_of_[action.task], action.fence);
        last_fence_ = std::max(last_fence_, action.fence);
        bumps_.push_back(action);
      }
      if (action.kind == Kind::kForgetWorker) {
        EXPECT_FALSE(dispatcher_.knows(action.worker));
      }
    }
  }

  void answer_assignment() {
    if (assigning_.empty()) return;
    const DispatchAction action = assigning_.back();
    assigning_.pop_back();
    if (below(4) == 0) return dispatcher_.assign_failed(action.task, action.fence, now_);
    dispatcher_.assigned(action.task, action.fence, now_);
    EXPECT_TRUE(sent_.emplace(std::pair(action.task, action.fence), action).second)
        << "one owner per fence";
    fence_of_[action.task] = action.fence;
  }

  void answer_bump() {
    if (bumps_.empty()) return;
    const DispatchAction action = bumps_.back();
    bumps_.pop_back();
    if (below(4) == 0) {
      fence_of_[action.task].value -= 1;  // it is asked for again under the same fence
      return dispatcher_.reclaim_failed(action.task, now_);
    }
    const bool was_committed = below(4) == 0;
    dispatcher_.reclaimed(action.task, was_committed, now_);
    if (was_committed) done_by_[action.task] += 1;
  }

  void settle_commit() {
    for (const auto& [id, task] : dispatcher_.tasks()) {
      if (task.state != DispatchState::kCommitting || below(2) == 0) continue;
      if (below(3) == 0)
        return dispatcher_.commit_failed(id, Error{ErrorCode::kUnreachable, "gone", {}, {}, {}},
                                         now_);
      done_by_[id] += 1;
      return dispatcher_.committed(id);
    }
  }

  void report() {
    if (sent_.empty()) return;
    auto any = sent_.begin();
    std::advance(any, below(static_cast<int>(sent_.size())));
    take(any->second, static_cast<TaskOutcome>(1 + below(6)));
  }

  void take(const DispatchAction& action, TaskOutcome outcome) {
    TaskResult result;
    result.task = action.task;
    result.fence = action.fence;
    result.outcome = outcome;
    if (outcome == TaskOutcome::kFailed) {
      result.error =
          Error{below(9) == 0 ? ErrorCode::kPermission : ErrorCode::kUnreachable, "x", {}, {}, {}};
    }
    const Verdict verdict = dispatcher_.result(action.worker, result, now_);
    if (verdict == Verdict::kTake && outcome == TaskOutcome::kDone) done_by_[action.task] += 1;
    EXPECT_NE(dispatcher_.result(action.worker, result, now_), Verdict::kTake)
        << "a result counts once";
  }

  void renew() {
    if (sent_.empty()) return;
    auto any = sent_.begin();
    std::advance(any, below(static_cast<int>(sent_.size())));
    const DispatchAction& action = any->second;
    const bool held = dispatcher_.progress(action.worker,
                                           Progress{action.task, action.fence, 1, "load", 1}, now_);
    if (held) {
      EXPECT_EQ(dispatcher_.tasks().at(action.task).fence, action.fence);
    }
  }

  void check() {
    std::map<Incarnation, int> in_flight, suspects;
    std::map<std::string, int> reading;
    std::size_t active = 0;
    for (const auto& [id, task] : dispatcher_.tasks()) {
      const bool with_worker =
          task.state == DispatchState::kAssigning || task.state == DispatchState::kAssigned;
      if (with_worker) ++in_flight[task.worker];
      if (with_worker && task.is_suspect) ++suspects[task.worker];
      if (with_worker || task.state == DispatchState::kReclaiming) {
        for (const std::string& store : task.stores) ++reading[store];
      }
      if (with_worker || task.state == DispatchState::kReclaiming ||
          task.state == DispatchState::kCommitting)
        ++active;
      EXPECT_LE(done_by_[id], 1) << "task " << id.value << " was done twice";
      EXPECT_EQ(task.state == DispatchState::kDone, done_by_[id] == 1);
    }
    for (const auto& [id, worker] : dispatcher_.workers()) {
      EXPECT_EQ(in_flight[id], worker.in_flight);
      EXPECT_EQ(suspects[id], worker.suspects);
    }
    EXPECT_LE(reading["store0"], 2);
    EXPECT_EQ(dispatcher_.in_flight(), active);
  }

  std::mt19937_64 random_;
  MonotonicMs now_{1};
  Dispatcher dispatcher_{DispatchLimits{30'000, 6, 1'000, false, 4}};
  std::vector<DispatchAction> assigning_, bumps_;
  std::map<std::pair<TaskId, Fence>, DispatchAction> sent_;
  std::map<TaskId, Fence> fence_of_;
  std::map<TaskId, int> done_by_;
  Fence last_fence_;
};

TEST(DispatcherProperty, AnyOrderOfEventsKeepsThePromisesAndTheRunCompletes) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun run(seed);
    for (int i = 0; i < 400; ++i) {
      run.step();
      if (::testing::Test::HasFailure()) return;
    }
    EXPECT_TRUE(run.completes());
  }
}

}  // namespace
}  // namespace decant
