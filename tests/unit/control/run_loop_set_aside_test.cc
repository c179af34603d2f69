// RunLoop with a chunk that is too much for whoever takes it: it is found, and the others load.
#include <gmock/gmock.h>

#include <set>

#include "coordinator/control/run_loop.h"
#include "tests/unit/control/run_loop_fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class RunLoopSetsAside : public RunLoopTest {
 protected:
  static bool has(const Task& task, int month) {
    return std::any_of(task.chunks.begin(), task.chunks.end(), [&](const TaskChunk& chunk) {
      return chunk.spec.slice.period == format_month(2024, month);
    });
  }
  // As it is read from a database: a range over all of its months.
  Task range_task(int first, int last) const {
    std::vector<int> months;
    for (int month = first; month <= last; ++month) months.push_back(month);
    Task task = copy_task(months);
    Extent extent;
    extent.kind = ExtentKind::kRange;
    extent.range = {task.chunks.front().spec.range.begin, task.chunks.back().spec.range.end};
    task.extents = {extent};
    return task;
  }
  std::string rows() { return ask("SELECT count(*) FROM ventas_raw"); }
};

TEST_F(RunLoopSetsAside, AChunkThatTakesTooLongIsNamedAndTheOthersOfItsTaskLoad) {
  std::multiset<std::size_t> pieces_of_bad;
  std::set<TaskId> numbers;
  std::set<Fence> fences;
  network_.add_worker("w1", [&](const Task& task) {
    numbers.insert(task.id);
    EXPECT_TRUE(fences.insert(task.fence).second) << "a fence is nobody else's";
    if (!has(task, 3)) return std::optional(staged(task));
    if (task.chunks.size() == 1) pieces_of_bad.insert(task.extents.size());
    return std::optional(failed(ErrorCode::kTimeout, "Too long."));
  });
  const auto outcome = run({range_task(1, 8)});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  ASSERT_EQ(outcome->failed.size(), 1U);
  const FailedTask& bad = outcome->failed[0];
  ASSERT_EQ(bad.task.chunks.size(), 1U);
  EXPECT_EQ(bad.task.chunks[0].spec.slice.period, "2024-03");
  EXPECT_EQ(bad.error.place.chunk, bad.task.chunks[0].spec.name().value);
  EXPECT_THAT(bad.error.advice, HasSubstr("max_parallel"));
  EXPECT_EQ(pieces_of_bad, (std::multiset<std::size_t>{1, 2, 4, 8}));
  EXPECT_EQ(numbers.size(), 7U) << "the task, and two for each of three divisions";
  EXPECT_EQ(done_.size(), 3U);
  EXPECT_EQ(rows(), "14");
  EXPECT_EQ(ask("SELECT count(DISTINCT chunk) FROM decant.migration_batches"), "7");
}

TEST_F(RunLoopSetsAside, AChunkThatIsReadInPiecesWhereItIsTooLongInOneIsLoaded) {
  network_.add_worker("w1", [&](const Task& task) {
    if (task.extents.size() < 4) return std::optional(failed(ErrorCode::kTimeout, "Too long."));
    return std::optional(staged(task));
  });
  const auto outcome = run({range_task(5, 5)});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  EXPECT_TRUE(outcome->failed.empty());
  EXPECT_EQ(rows(), "2");
}

TEST_F(RunLoopSetsAside, AChunkThatStallsItsWorkersIsNamedAndTheOthersOfItsTaskLoad) {
  std::vector<PlayedWorker*> workers;
  bool is_stuck = false;
  const PlayedWorker::Work work = [&](const Task& task) {
    is_stuck = has(task, 3);
    return is_stuck ? std::nullopt : std::optional(staged(task));
  };
  network_.on_turn([&] {
    if (!workers.empty() && !is_stuck) return;
    if (!workers.empty()) workers.back()->be_silent(true);
    is_stuck = false;
    workers.push_back(&network_.add_worker("w" + std::to_string(workers.size() + 1), work));
  });
  const auto outcome = run({range_task(1, 4)});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  ASSERT_EQ(outcome->failed.size(), 1U);
  ASSERT_EQ(outcome->failed[0].task.chunks.size(), 1U);
  EXPECT_EQ(outcome->failed[0].task.chunks[0].spec.slice.period, "2024-03");
  EXPECT_THAT(outcome->failed[0].error.message, HasSubstr("was not heard of for 30 seconds"));
  EXPECT_EQ(rows(), "6");
  // Three for the four chunks, one for the half, one for the chunk; and one that lives.
  EXPECT_LE(workers.size(), 6U);
}

TEST_F(RunLoopSetsAside, WhatItsWorkersDoLateOfADividedTaskIsFencedOff) {
  std::optional<Task> held;
  std::optional<Task> last;  // its result waits, so that the run goes on until the late one came
  bool is_late = false;
  int pieces = 0;
  PlayedWorker& worker = network_.add_worker(
      "w1",
      [&](const Task& task) {
        if (!held) {
          held = task;
          return std::optional(failed(ErrorCode::kTimeout, "Too long."));
        }
        if (++pieces < 2) return std::optional(staged(task));
        last = task;
        return std::optional<TaskResult>();
      },
      1);
  const auto say_done = [&](const Task& task) {
    TaskResult result = staged(task);
    result.task = task.id;
    result.fence = task.fence;
    network_.inject("peer of w1", worker.says(result));
  };
  network_.on_turn([&] {
    if (!last || done_.empty() || is_late) return;
    is_late = true;
    say_done(*held);
    say_done(*last);
  });
  const auto outcome = run({range_task(1, 2)});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  EXPECT_TRUE(is_late);
  EXPECT_EQ(done_.size(), 2U);
  EXPECT_EQ(rows(), "4");
}

}  // namespace
}  // namespace decant::test
