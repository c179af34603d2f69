// Keys moved between two stores, and the chunks of both are loaded together.
#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant {
namespace {

using test::incarnation;

using TaskOfSeveralStores = test::DispatcherFixture;

TEST_F(TaskOfSeveralStores, GoesToAWorkerThatReachesAllOfThem) {
  add_joined(1, {"tienda_01", "tienda_02"});
  join(1, 1, {"tienda_01"});
  EXPECT_TRUE(assign().empty());
  using Waiting = std::map<std::vector<std::string>, std::size_t>;
  EXPECT_EQ(dispatcher.waiting().tasks_of_stores, (Waiting{{{"tienda_02"}, 1}}));
  join(2, 1, {"tienda_02"});
  EXPECT_TRUE(assign().empty());
  EXPECT_EQ(dispatcher.waiting().tasks_of_stores, (Waiting{{{"tienda_01", "tienda_02"}, 1}}));
  join(3, 1, {"tienda_01", "tienda_02", "tienda_03"});
  EXPECT_TRUE(dispatcher.waiting().tasks_of_stores.empty());
  const auto given = assign();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].worker, incarnation(3));
}

TEST_F(TaskOfSeveralStores, CountsForEachAsOneThatReadsIt) {
  dispatcher.set_store_limit("tienda_02", 1);
  join(1, 4);
  add(1, "tienda_02", 100);
  add_joined(2, {"tienda_01", "tienda_02"}, 10);
  auto given = assign();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].task, TaskId(1));
  report(given[0], TaskOutcome::kDone);
  given = assign();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].task, TaskId(2));
  add(3, "tienda_02");
  add(4, "tienda_01");
  const auto beside = assign();
  ASSERT_EQ(beside.size(), 1U);
  EXPECT_EQ(beside[0].task, TaskId(4));
  report(given[0], TaskOutcome::kDone);
  EXPECT_EQ(assign().size(), 1U);
}

TEST_F(TaskOfSeveralStores, GoesWithTheOneThatIsGivenUp) {
  add_joined(1, {"tienda_01", "tienda_02"});
  add(2, "tienda_01");
  add(3, "tienda_02");
  const Error error{ErrorCode::kUnreachable, "Nobody reaches it.", {}, {}, {}};
  dispatcher.give_up({"tienda_01", "tienda_02"}, error);
  EXPECT_EQ(state(1), DispatchState::kFailed);
  EXPECT_EQ(state(2), DispatchState::kPending);
  add_joined(4, {"tienda_01", "tienda_02"});
  dispatcher.give_up({"tienda_02"}, error);
  EXPECT_EQ(state(2), DispatchState::kPending);
  EXPECT_EQ(state(3), DispatchState::kFailed);
  EXPECT_EQ(state(4), DispatchState::kFailed);
}

// The other one's tasks go on.
TEST_F(TaskOfSeveralStores, TheOneThatItCannotReachIsGivenUpAndNotItsFirst) {
  add_joined(1, {"tienda_01", "tienda_02"});
  join(1, 1);
  for (int attempt = 1; attempt <= 4; ++attempt) {
    const auto given = assign();
    ASSERT_EQ(given.size(), 1U);
    TaskResult result;
    result.task = given[0].task;
    result.fence = given[0].fence;
    result.outcome = TaskOutcome::kFailed;
    result.error = Error{ErrorCode::kUnreachable, "No route.", {}, {}, {{}, {}, "tienda_02", {}}};
    dispatcher.result(given[0].worker, result, now);
    if (attempt == 4) add(2, "tienda_01"), add(3, "tienda_02");
    reclaim(false);
    wait(20'000);
    hear(1);
  }
  EXPECT_EQ(state(1), DispatchState::kFailed);
  EXPECT_NE(state(2), DispatchState::kFailed);
  EXPECT_EQ(state(3), DispatchState::kFailed);
}

}  // namespace
}  // namespace decant
