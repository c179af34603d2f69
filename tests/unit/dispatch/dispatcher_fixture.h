// A dispatcher with a hand on its clock, its workers and its ledger.
#pragma once

#include <gtest/gtest.h>

#include "coordinator/dispatch/dispatcher.h"

namespace decant::test {

using Kind = DispatchAction::Kind;

inline Incarnation incarnation(int n) {
  Incarnation id;
  id.value[0] = static_cast<std::uint8_t>(n);
  id.value[1] = 1;
  return id;
}

class DispatcherFixture : public ::testing::Test {
 protected:
  static constexpr std::int64_t k_lease_ms = 30'000;

  void join(int worker, int credits, std::vector<std::string> stores = {}) {
    Hello hello;
    hello.stores = std::move(stores);
    dispatcher.worker_joined(hello, WorkerName("w" + std::to_string(worker)), incarnation(worker),
                             now);
    dispatcher.credit(incarnation(worker), credits);
  }
  void add(std::uint64_t id, const std::string& store = "tienda_01", std::int64_t weight = 1) {
    dispatcher.add_task(TaskId(id), {store}, weight);
  }
  void add_joined(std::uint64_t id, std::vector<std::string> stores, std::int64_t weight = 1) {
    dispatcher.add_task(TaskId(id), std::move(stores), weight);
  }
  std::vector<DispatchAction> decide(Kind kind) {
    std::vector<DispatchAction> chosen;
    for (const auto& action : dispatcher.decide(now)) {
      if (action.kind == kind) chosen.push_back(action);
    }
    return chosen;
  }
  // Decides, and lets the ledger agree to every assignment.
  std::vector<DispatchAction> assign() {
    auto actions = decide(Kind::kAssign);
    for (const auto& action : actions) dispatcher.assigned(action.task, action.fence, now);
    return actions;
  }
  // Decides, and lets the ledger bump every fence that it is asked to.
  std::vector<DispatchAction> reclaim(bool was_committed) {
    auto actions = decide(Kind::kBumpFence);
    for (const auto& action : actions) dispatcher.reclaimed(action.task, was_committed, now);
    return actions;
  }
  Verdict report(const DispatchAction& assignment, TaskOutcome outcome,
                 ErrorCode code = ErrorCode::kUnreachable) {
    TaskResult result;
    result.task = assignment.task;
    result.fence = assignment.fence;
    result.outcome = outcome;
    if (outcome == TaskOutcome::kFailed) result.error = Error{code, "It failed.", {}, {}, {}};
    return dispatcher.result(assignment.worker, result, now);
  }
  Verdict report(const DispatchAction& assignment, TaskOutcome outcome, std::int64_t rows) {
    TaskResult result;
    result.task = assignment.task;
    result.fence = assignment.fence;
    result.outcome = outcome;
    result.rows_read = rows;
    return dispatcher.result(assignment.worker, result, now);
  }
  bool renew(const DispatchAction& assignment) {
    return dispatcher.progress(assignment.worker,
                               Progress{assignment.task, assignment.fence, 10, "load", 1}, now);
  }
  void wait(std::int64_t ms) { now.value += ms; }
  void hear(int worker) { dispatcher.worker_heard(incarnation(worker), now); }
  DispatchState state(std::uint64_t id) const { return dispatcher.tasks().at(TaskId(id)).state; }
  const DispatchTask& task(std::uint64_t id) const { return dispatcher.tasks().at(TaskId(id)); }

  MonotonicMs now{1'000'000};
  Dispatcher dispatcher{DispatchLimits{k_lease_ms, 4, 1'000, false, 3}};
};

}  // namespace decant::test
