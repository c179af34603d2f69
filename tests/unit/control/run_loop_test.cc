// RunLoop when all goes well: tasks out, results in, the target and the ledger told.
#include "coordinator/control/run_loop.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/control/run_loop_fixture.h"

namespace decant::test {
namespace {

using Json = nlohmann::json;

TEST_F(RunLoopTest, AStagedTaskIsCommittedWithItsBatchesBeforeItIsAcknowledged) {
  PlayedWorker& worker = network_.add_worker("w1", stages());
  const auto outcome = run({copy_task({8, 9})});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  EXPECT_TRUE(outcome->failed.empty());
  EXPECT_FALSE(outcome->interrupted);
  ASSERT_EQ(done_.size(), 1U);
  EXPECT_EQ(done_[0].rows_read, 4);
  EXPECT_EQ(ask("SELECT count(*) FROM ventas_raw"), "4");
  EXPECT_EQ(ask("SELECT count(*) FROM decant.migration_batches WHERE status = 'loaded'"), "2");
  EXPECT_EQ(ask("SELECT worker FROM decant.tasks WHERE state = 'committed'"), "w1");
  loop().drain();  // until the worker, which has its acknowledgement, has said goodbye
  EXPECT_TRUE(worker.has_left());
  EXPECT_EQ(worker.acknowledged(), 1);
}

TEST_F(RunLoopTest, ManyTasksAreSharedAndEachIsDoneOnce) {
  PlayedWorker& first = network_.add_worker("w1", stages(), 2);
  PlayedWorker& second = network_.add_worker("w2", stages());
  std::vector<Task> tasks;
  for (int month = 1; month <= 12; ++month) tasks.push_back(copy_task({month}));
  ASSERT_TRUE(run(std::move(tasks)).has_value());
  EXPECT_EQ(done_.size(), 12U);
  EXPECT_EQ(first.started() + second.started(), 12);
  EXPECT_GT(first.started(), 0);
  EXPECT_GT(second.started(), 0);
  EXPECT_EQ(ask("SELECT count(*) FROM ventas_raw"), "24");
  EXPECT_EQ(ask("SELECT count(DISTINCT task_id) FROM decant.migration_batches"), "12");
}

TEST_F(RunLoopTest, PhasesFollowOneAnotherWithTaskNumbersOfTheirOwn) {
  network_.add_worker("w1", stages());
  ASSERT_TRUE(run({copy_task({1})}).has_value());
  ASSERT_TRUE(run({copy_task({2})}).has_value());
  EXPECT_EQ(done_.size(), 2U);
  EXPECT_NE(done_[0].task, done_[1].task);
}

TEST_F(RunLoopTest, AWorkerThatJoinsInTheMiddleTakesPart) {
  PlayedWorker& slow = network_.add_worker("w1", never_ends());
  PlayedWorker* late = nullptr;
  network_.on_turn([&] {
    if (slow.running() == 1 && late == nullptr) late = &network_.add_worker("w2", stages());
    if (late != nullptr && late->acknowledged() == 1) slow.be_silent(true);
  });
  ASSERT_TRUE(run({copy_task({1}), copy_task({2})}).has_value());
  ASSERT_NE(late, nullptr);
  EXPECT_EQ(ask("SELECT count(*) FROM decant.tasks WHERE worker = 'w2'"), "2")
      << "the silent one's task came back";
  EXPECT_EQ(ask("SELECT count(*) FROM ventas_raw"), "4");
}

TEST_F(RunLoopTest, WhatOnlyReadsIsNotToldToTheLedger) {
  network_.add_worker("w1", [](const Task&) {
    TaskResult result;
    result.rows_read = 7;
    return std::optional(result);
  });
  Task task = copy_task({1});
  task.kind = TaskKind::kReadBack;
  ASSERT_TRUE(run({task}).has_value());
  EXPECT_EQ(done_.at(0).rows_read, 7);
  EXPECT_EQ(ask("SELECT count(*) FROM decant.tasks"), "0");
}

TEST_F(RunLoopTest, APlanTellsTheLedgerNothing) {
  writes_ledger_ = false;
  network_.add_worker("w1", [](const Task&) { return std::optional(TaskResult()); });
  ASSERT_TRUE(run({copy_task({1})}).has_value());
  EXPECT_EQ(ask("SELECT count(*) FROM decant.tasks"), "0");
}

TEST_F(RunLoopTest, EveryChangeOfAChunkIsInTheCompletionLog) {
  const auto log = CompletionLog::open(folder_ / "logs", RunId("r1"), clock_).value();
  log_ = log.get();
  network_.add_worker("w1", stages());
  ASSERT_TRUE(run({copy_task({8, 9})}).has_value());
  std::istringstream text(read_file(log->path()));
  std::vector<std::string> changes;
  for (std::string line; std::getline(text, line);) {
    const Json change = Json::parse(line);
    changes.push_back(change["state"].get<std::string>() + " " +
                      change["month"].get<std::string>() + " " +
                      change["worker"].get<std::string>());
  }
  EXPECT_EQ(changes, (std::vector<std::string>{"planned 2024-08 ", "planned 2024-09 ",
                                               "assigned 2024-08 w1", "assigned 2024-09 w1",
                                               "loaded 2024-08 w1", "loaded 2024-09 w1"}));
}

TEST_F(RunLoopTest, TheProgressThatIsShownEndsWithAllTasksDone) {
  std::vector<ProgressView> views;
  show_ = [&](const ProgressView& view) { views.push_back(view); };
  network_.add_worker("w1", stages());
  ASSERT_TRUE(run({copy_task({1}), copy_task({2})}).has_value());
  ASSERT_FALSE(views.empty());
  EXPECT_EQ(views.front().phase, "copy ventas");
  EXPECT_EQ(views.front().tasks, 2);
  EXPECT_EQ(loop().view().tasks_done, 2);
  EXPECT_EQ(loop().worker_peaks().count("w1"), 1U);
}

// A key may take minutes to build; nobody loses its lease meanwhile.
TEST_F(RunLoopTest, WorkersAreServedWhileTheTargetIsBusy) {
  PlayedWorker& worker = network_.add_worker("w1", stages());
  std::promise<void> welcomed;
  std::atomic<bool> told{false};
  int turns = 0;
  network_.on_turn([&] {
    if (++turns > 20 && !told.exchange(true)) welcomed.set_value();
  });
  const auto answer = loop().on_target<int>([&](TargetAccess&) -> Result<int> {
    welcomed.get_future().wait();
    return 42;
  });
  EXPECT_EQ(answer.value_or(0), 42);
  EXPECT_EQ(loop().worker_peaks().count("w1"), 1U) << "it was not let in";
  EXPECT_FALSE(worker.has_left());
}

TEST_F(RunLoopTest, AnErrorOfTheTargetComesBackToWhoAsked) {
  const auto answer = loop().on_target<int>([](TargetAccess& access) -> Result<int> {
    DECANT_TRY(access.target.sql().execute("DROP TABLE no_such_table"));
    return 1;
  });
  EXPECT_FALSE(answer.has_value());
}

}  // namespace
}  // namespace decant::test
