#include "coordinator/dispatch/slowest.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

class Slowest : public ::testing::Test {
 protected:
  DispatchTask& add(const std::string& store, std::int64_t rows, DispatchState state) {
    DispatchTask task;
    task.id = TaskId(tasks.size() + 1);
    task.stores = {store};
    task.weight = rows;
    task.state = state;
    return tasks.emplace(task.id, task).first->second;
  }
  std::string told() const {
    const auto slow = slowest_store(tasks, now);
    return slow ? slow->store + ": " + slow->reason : std::string();
  }

  std::map<TaskId, DispatchTask> tasks;
  MonotonicMs now{1'000'000};
};

TEST_F(Slowest, IsTheStoreWithMostRowsLeft) {
  add("tienda_01", 100, DispatchState::kPending);
  add("tienda_02", 900, DispatchState::kPending);
  add("tienda_02", 500, DispatchState::kPending);
  add("tienda_03", 9'000, DispatchState::kDone);
  EXPECT_EQ(told(), "tienda_02: 1,400 rows left in 2 tasks");
}

TEST_F(Slowest, WhatIsReadIsNotLeft) {
  add("tienda_01", 1'000, DispatchState::kAssigned).rows = 950;
  add("tienda_02", 100, DispatchState::kPending);
  EXPECT_EQ(told(), "tienda_02: 100 rows left in 1 task");
}

TEST_F(Slowest, AStoreThatIsTriedAgainComesFirst) {
  add("tienda_01", 100'000, DispatchState::kPending);
  DispatchTask& failing = add("tienda_02", 1, DispatchState::kPending);
  failing.attempts = 2;
  failing.last_error =
      Error{ErrorCode::kUnreachable, "The shop does not answer.\nmore", {}, {}, {}};
  EXPECT_EQ(told(), "tienda_02: after 2 attempts: The shop does not answer.");
}

TEST_F(Slowest, ATaskThatTakesLongIsNamed) {
  add("tienda_01", 100, DispatchState::kDone);
  add("tienda_02", 100, DispatchState::kAssigned).assigned_at.value = now.value - 125'000;
  EXPECT_EQ(told(), "tienda_02: a task for 125 s");
}

TEST_F(Slowest, OneStoreAloneOrNothingLeftIsNoNews) {
  EXPECT_EQ(told(), "");
  add("tienda_01", 100, DispatchState::kPending);
  EXPECT_EQ(told(), "");
  add("tienda_02", 100, DispatchState::kDone);
  tasks.at(TaskId(1)).state = DispatchState::kFailed;
  EXPECT_EQ(told(), "");
}

TEST_F(Slowest, WhatBelongsToNoPhaseDoesNotCount) {
  add("tienda_01", 100, DispatchState::kPending);
  add("tienda_02", 900, DispatchState::kAssigned).parked = true;
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace decant
