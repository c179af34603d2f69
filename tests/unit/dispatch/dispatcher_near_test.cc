// Who has a session with a store's source goes on with that store.
#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant {
namespace {

using test::incarnation;

class NearStores : public test::DispatcherFixture {
 protected:
  // Two workers, each of which has read one of two stores.
  void SetUp() override {
    join(1, 1);
    join(2, 1);
    add(1, "tienda_01");
    add(2, "tienda_02");
    for (const DispatchAction& census : assign()) {
      reader_[task(census.task.value).store()] = census.worker;
      report(census, TaskOutcome::kDone);
    }
    ASSERT_EQ(reader_.size(), 2U);
    ASSERT_NE(reader_["tienda_01"], reader_["tienda_02"]);
  }
  std::map<std::string, Incarnation> given() {
    std::map<std::string, Incarnation> workers;
    for (const DispatchAction& action : assign())
      workers[task(action.task.value).store()] = action.worker;
    return workers;
  }

  std::map<std::string, Incarnation> reader_;
};

TEST_F(NearStores, ATaskGoesToWhoHasReadItsStoreBefore) {
  for (std::uint64_t id = 3; id < 5; ++id) add(id, "tienda_02", 10);
  for (std::uint64_t id = 5; id < 7; ++id) add(id, "tienda_01", 10);
  EXPECT_EQ(given(), reader_);
}

TEST_F(NearStores, ATaskOfOthersIsTakenRatherThanNone) {
  add(3, "tienda_02", 10);
  add(4, "tienda_02", 10);
  EXPECT_EQ(assign().size(), 2U);
}

TEST_F(NearStores, ATaskThatIsMoreThanTwiceAsLargeComesFirst) {
  dispatcher.worker_draining(reader_["tienda_02"]);
  add(3, "tienda_01", 10);
  add(4, "tienda_02", 21);
  const auto actions = assign();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].task, TaskId(4));
}

TEST_F(NearStores, ATaskThatIsNoMoreThanTwiceAsLargeWaits) {
  dispatcher.worker_draining(reader_["tienda_02"]);
  add(3, "tienda_01", 10);
  add(4, "tienda_02", 20);
  const auto actions = assign();
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].task, TaskId(3));
}

TEST_F(NearStores, WhoFailedAtATaskOfItsStoreIsNotGivenItAgainBeforeOthers) {
  add(3, "tienda_01", 10);
  const auto first = assign();
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(first[0].worker, reader_["tienda_01"]);
  report(first[0], TaskOutcome::kFailed);
  ASSERT_EQ(reclaim(false).size(), 1U);
  wait(2'000);
  const auto second = assign();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].worker, reader_["tienda_02"]);
}

TEST_F(NearStores, AStoreWhoseReaderHasLeftIsNearToTheNextWhoReadsIt) {
  dispatcher.worker_left(reader_["tienda_01"], now);
  join(3, 1);
  reader_["tienda_01"] = incarnation(3);
  add(3, "tienda_01", 10);
  add(4, "tienda_02", 10);
  ASSERT_EQ(given(), reader_) << "the other one has its own";
  for (std::uint64_t id = 3; id < 5; ++id) {
    const DispatchTask& held = task(id);
    DispatchAction assignment;
    assignment.task = held.id;
    assignment.fence = held.fence;
    assignment.worker = held.worker;
    report(assignment, TaskOutcome::kDone);
  }
  add(5, "tienda_02", 10);
  add(6, "tienda_01", 10);
  EXPECT_EQ(given(), reader_);
}

}  // namespace
}  // namespace decant
