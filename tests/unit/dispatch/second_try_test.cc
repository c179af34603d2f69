// What follows when tasks were taken back: pauses, suspects, halves, parts, and what is set aside.
#include "coordinator/dispatch/second_try.h"

#include <gmock/gmock.h>

#include "tests/unit/dispatch/dispatcher_fixture.h"

namespace decant {
namespace {

using test::incarnation;
using test::Kind;
using testing::HasSubstr;

constexpr Divisibility k_whole{};
constexpr Divisibility k_several_chunks{true, 0};
constexpr Divisibility k_one_chunk{false, 3};
constexpr StoreSigns k_away{false, true};
constexpr StoreSigns k_alone{false, false};
constexpr StoreSigns k_answers{true, true};

DispatchTask failed(ErrorCode code, int attempts, const std::string& sqlstate = {}) {
  DispatchTask task;
  task.id = TaskId(7);
  task.attempts = attempts;
  task.last_error = Error{code, "It failed.", {}, sqlstate, {}};
  return task;
}

SecondTry next(const DispatchTask& task, Divisibility divisibility, StoreSigns signs = k_answers) {
  return second_try(task, DispatchLimits{}, divisibility, signs);
}

TEST(SecondTry, APauseDoublesAndIsNoLongerThanAMinuteAndAHalf) {
  std::int64_t least_ms = 1'000;
  for (int attempt = 1; attempt <= 10; ++attempt) {
    const std::int64_t pause_ms =
        pause_before_next_ms(failed(ErrorCode::kUnreachable, attempt), DispatchLimits{});
    EXPECT_GE(pause_ms, least_ms);
    EXPECT_LE(pause_ms, least_ms + least_ms / 2);
    least_ms = std::min<std::int64_t>(least_ms * 2, 60'000);
  }
}

TEST(SecondTry, TasksThatFailTogetherComeBackApartAndEachAtTheSameTimeAgain) {
  std::set<std::int64_t> pauses;
  for (std::uint64_t id = 1; id <= 50; ++id) {
    DispatchTask task = failed(ErrorCode::kUnreachable, 3);
    task.id = TaskId(id);
    const std::int64_t pause_ms = pause_before_next_ms(task, DispatchLimits{});
    EXPECT_EQ(pause_before_next_ms(task, DispatchLimits{}), pause_ms);
    pauses.insert(pause_ms);
  }
  EXPECT_GT(pauses.size(), 40U);
}

TEST(SecondTry, WhatTookTooLongIsDividedAtOnce) {
  EXPECT_EQ(next(failed(ErrorCode::kTimeout, 1, "57014"), k_several_chunks), SecondTry::kDivide);
  EXPECT_EQ(next(failed(ErrorCode::kTimeout, 1), k_several_chunks), SecondTry::kDivide);
}

TEST(SecondTry, OneChunkThatTookTooLongIsReadInHalvesAsLongAsItCanBeCut) {
  DispatchTask task = failed(ErrorCode::kTimeout, 1);
  for (task.halvings = 0; task.halvings < 3; ++task.halvings)
    EXPECT_EQ(next(task, k_one_chunk), SecondTry::kAgainInHalves);
  EXPECT_EQ(next(task, k_one_chunk), SecondTry::kSetAside);
}

TEST(SecondTry, WhatCannotBeCutIsAskedForOnceMore) {
  EXPECT_EQ(next(failed(ErrorCode::kTimeout, 1), k_whole), SecondTry::kAgain);
  EXPECT_EQ(next(failed(ErrorCode::kTimeout, 2), k_whole), SecondTry::kSetAside);
  DispatchTask part = failed(ErrorCode::kTimeout, 1);
  part.is_part = true;
  EXPECT_EQ(next(part, k_whole), SecondTry::kSetAside);
}

TEST(SecondTry, ALockOrADeadlockIsNoMatterOfSize) {
  for (const char* sqlstate : {"55P03", "40P01", "40001"}) {
    EXPECT_EQ(next(failed(ErrorCode::kTimeout, 1, sqlstate), k_several_chunks), SecondTry::kAgain);
    EXPECT_EQ(next(failed(ErrorCode::kTimeout, 4, sqlstate), k_several_chunks),
              SecondTry::kSetAside);
  }
}

TEST(SecondTry, AChunkThatEndsTheSessionsOfAStoreThatAnswersOthersIsLookedFor) {
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 3), k_several_chunks), SecondTry::kAgain);
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 4), k_several_chunks), SecondTry::kDivide);
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 4), k_whole), SecondTry::kSetAside);
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 4), k_several_chunks, k_away),
            SecondTry::kSetAside);
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 4), k_several_chunks, k_alone),
            SecondTry::kDivide);
}

TEST(SecondTry, WhereItIsNotTheSourceThatFailedTheChunksAreTriedApartInTheEnd) {
  for (const TaskEnding ending : {TaskEnding::kLost, TaskEnding::kLeaseEnded}) {
    DispatchTask task = failed(ErrorCode::kTimeout, 4);
    task.ending = ending;
    EXPECT_EQ(next(task, k_several_chunks), SecondTry::kDivide);
    EXPECT_EQ(next(task, k_one_chunk), SecondTry::kSetAside) << "no statement took too long";
  }
}

TEST(SecondTry, AServerWithoutAFreeConnectionIsAskedForLongerWhileOthersReadFromIt) {
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 15, "53300"), k_whole), SecondTry::kAgain);
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 16, "53300"), k_whole), SecondTry::kSetAside);
  EXPECT_EQ(next(failed(ErrorCode::kUnreachable, 4, "53300"), k_whole, k_away),
            SecondTry::kSetAside);
}

TEST(SecondTry, AMessageNamesTheChunkAndWhatToTurn) {
  Task task;
  task.store = "east";
  task.chunks.push_back({ChunkSpec{{"sales", "east", "2024-05"}, 2, {}, 0}, {}, false});
  DispatchTask state = failed(ErrorCode::kTimeout, 1);
  state.halvings = 3;
  const Error slow = set_aside_error(task, state);
  EXPECT_EQ(slow.message,
            "sales/east/2024-05/002 cannot be read, not even in 8 pieces: It failed.");
  EXPECT_THAT(slow.advice, HasSubstr("chunk_rows"));
  EXPECT_THAT(slow.advice, HasSubstr("max_parallel"));
  EXPECT_EQ(slow.place.chunk, "sales/east/2024-05/002");
  EXPECT_EQ(slow.place.store, "east");

  state.ending = TaskEnding::kLost;
  state.lost = {"local-1 was ended by signal 9", "w2 was not heard of for 30 seconds"};
  const Error lost = set_aside_error(task, state);
  EXPECT_EQ(lost.message,
            "sales/east/2024-05/002 costs whoever takes it: local-1 was ended by signal 9, w2 was "
            "not heard of for 30 seconds.");
  EXPECT_FALSE(lost.advice.empty());
}

class Suspects : public test::DispatcherFixture {
 protected:
  // The worker that has the task ends.
  void lose(const DispatchAction& assignment, bool is_divisible = false) {
    ASSERT_TRUE(dispatcher.worker_lost(assignment.worker, "was ended by signal 9"));
    for (const auto& bump : decide(Kind::kBumpFence))
      dispatcher.reclaimed(bump.task, false, now, {is_divisible, 0});
  }
};

TEST_F(Suspects, ATaskThatCostThreeWorkersIsSetAsideAndTheOthersGoOn) {
  add(1, "tienda_01", 100);
  add(2);
  for (int worker = 1; worker <= 3; ++worker) {
    join(worker, 1);
    const auto given = assign();
    ASSERT_EQ(given.size(), 1U) << worker;
    ASSERT_EQ(given[0].task, TaskId(1)) << worker;
    lose(given[0]);
    wait(10'000);
  }
  EXPECT_EQ(state(1), DispatchState::kFailed);
  EXPECT_EQ(task(1).lost.size(), 3U);
  join(4, 1);
  EXPECT_EQ(assign().at(0).task, TaskId(2));
}

TEST_F(Suspects, ALossOfSeveralTasksIsNobodysAndEachIsTriedAlone) {
  for (std::uint64_t id = 1; id <= 3; ++id) add(id);
  join(1, 2);
  const auto both = assign();
  ASSERT_EQ(both.size(), 2U);
  lose(both[0]);
  EXPECT_EQ(task(1).losses, 0);
  EXPECT_EQ(task(2).losses, 0);
  wait(2'000);
  join(2, 2);
  // The third is not suspected: the worker takes it with nothing of the others beside it.
  auto given = assign();
  ASSERT_EQ(given.size(), 1U);
  const TaskId first = given[0].task;
  EXPECT_TRUE(assign().empty()) << "a suspect has its worker alone";
  join(3, 2);
  EXPECT_EQ(assign().size(), 1U);
  lose(given[0]);
  EXPECT_EQ(dispatcher.tasks().at(first).losses, 1);
}

TEST_F(Suspects, WhoSaysGoodbyeOrGivesATaskBackCastsNoSuspicion) {
  add(1);
  join(1, 1);
  assign();
  dispatcher.worker_left(incarnation(1), now);
  reclaim(false);
  wait(2'000);
  join(2, 1);
  report(assign().at(0), TaskOutcome::kCancelled);
  reclaim(false);
  EXPECT_FALSE(task(1).is_suspect);
}

TEST_F(Suspects, AWorkerThatHangsForALeaseCounts) {
  add(1);
  join(1, 1);
  assign();
  wait(k_lease_ms);
  reclaim(false);
  EXPECT_EQ(task(1).losses, 1);
  EXPECT_EQ(task(1).lost.at(0), "w1 was not heard of for 30 seconds");
}

TEST_F(Suspects, APartOfWhatCostWorkersCostsOneMore) {
  add(1, "tienda_01", 100);
  for (int worker = 1; worker <= 3; ++worker) {
    join(worker, 1);
    lose(assign().at(0), true);
    wait(10'000);
  }
  ASSERT_EQ(state(1), DispatchState::kDivided);
  dispatcher.add_part(TaskId(2), TaskId(1), 50);
  dispatcher.add_part(TaskId(3), TaskId(1), 50);
  EXPECT_FALSE(dispatcher.finished());
  join(4, 1);
  lose(assign().at(0));
  EXPECT_EQ(state(2), DispatchState::kFailed);
  EXPECT_EQ(task(2).lost.size(), 4U);
  join(5, 1);
  report(assign().at(0), TaskOutcome::kDone);
  EXPECT_EQ(state(3), DispatchState::kDone);
  EXPECT_TRUE(dispatcher.finished());
}

TEST_F(Suspects, AnotherWorkerThanTheOneThatFailedIsPreferredAndWaitedForAWhile) {
  add(1);
  join(1, 1);
  report(assign().at(0), TaskOutcome::kFailed);
  reclaim(false);
  add(2);
  join(2, 1);
  ASSERT_EQ(assign().size(), 1U);
  wait(2'000);
  hear(1), hear(2);
  if (state(2) == DispatchState::kAssigned && task(2).worker == incarnation(2)) {
    EXPECT_TRUE(assign().empty()) << "the other one is busy";
    wait(10'000);
    hear(1), hear(2);
    EXPECT_EQ(assign().at(0).worker, incarnation(1));
  } else {
    EXPECT_EQ(assign().at(0).worker, incarnation(2));
  }
}

TEST_F(Suspects, AStoreThatIsAwayIsGivenUpWithItsFirstTaskAndOthersAreNot) {
  for (std::uint64_t id = 1; id <= 5; ++id) add(id, "away");
  add(6, "there");
  dispatcher.set_store_limit("away", 1);
  join(1, 2);
  for (int i = 0; i < 40 && state(5) != DispatchState::kFailed; ++i) {
    for (const auto& given : assign()) {
      const bool is_away = dispatcher.tasks().at(given.task).store() == "away";
      report(given, is_away ? TaskOutcome::kFailed : TaskOutcome::kDone);
    }
    reclaim(false);
    wait(4'000);
    hear(1);
  }
  for (std::uint64_t id = 1; id <= 5; ++id) EXPECT_EQ(state(id), DispatchState::kFailed) << id;
  EXPECT_EQ(state(6), DispatchState::kDone);
  EXPECT_TRUE(dispatcher.finished());
}

}  // namespace
}  // namespace decant
