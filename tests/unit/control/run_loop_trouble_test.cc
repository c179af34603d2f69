// RunLoop when workers vanish, lie or come late, when somebody interrupts, and when another run
// takes over.
#include <signal.h>

#include <filesystem>

#include "coordinator/control/run_loop.h"
#include "tests/unit/control/run_loop_fixture.h"

namespace decant::test {
namespace {

class RunLoopInTrouble : public RunLoopTest {
 protected:
  // Fails the task of one month; stages the others.
  PlayedWorker::Work fails_in(int month, ErrorCode code) {
    return [this, month, code](const Task& task) {
      const bool is_it = task.chunks[0].spec.slice.period == format_month(2024, month);
      return std::optional(is_it ? failed(code, "The shop does not answer.") : staged(task));
    };
  }
  std::string rows() { return ask("SELECT count(*) FROM ventas_raw"); }
};

TEST_F(RunLoopInTrouble, ATaskOfAWorkerThatIsSilentForALeaseIsDoneByAnother) {
  PlayedWorker& silent = network_.add_worker("w1", never_ends());
  network_.on_turn([&] {
    if (silent.running() == 0) return;
    silent.be_silent(true);
    network_.on_turn({});
    network_.add_worker("w2", stages());
  });
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  EXPECT_EQ(done_.size(), 1U);
  EXPECT_EQ(rows(), "2");
  EXPECT_EQ(ask("SELECT worker FROM decant.tasks"), "w2");
}

TEST_F(RunLoopInTrouble, TheLateResultOfOneThatWasGivenUpChangesNothing) {
  std::optional<Task> held;
  PlayedWorker& silent = network_.add_worker("w1", [&](const Task& task) {
    held = task;
    return std::optional<TaskResult>();
  });
  PlayedWorker* other = nullptr;
  bool late = false;
  network_.on_turn([&] {
    if (held && other == nullptr) {
      silent.be_silent(true);
      other = &network_.add_worker("w2", stages(), 1);
    }
    // Before its turn, in which it asks for the first task's acknowledgement or another task.
    if (other != nullptr && other->started() == 1 && !late) {
      late = true;
      TaskResult result = staged(*held);
      result.task = held->id;
      result.fence = held->fence;
      network_.inject("peer of w1", silent.says(result));
    }
  });
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  EXPECT_TRUE(late);
  EXPECT_EQ(done_.size(), 1U);
  EXPECT_EQ(rows(), "2");
}

// As a worker into PostgreSQL that dies between its commit and its result.
TEST_F(RunLoopInTrouble, ATaskThatHadCommittedIsRecoveredFromTheLedger) {
  std::optional<Task> held;
  PlayedWorker& silent = network_.add_worker("w1", [&](const Task& task) {
    held = task;
    return std::optional<TaskResult>();
  });
  network_.on_turn([&] {
    if (!held) return;
    network_.on_turn({});
    silent.be_silent(true);
    TaskResult result = staged(*held);
    const auto commit = make_task_commit(*held, {RunId("r1"), "ventas", WorkerName("w1"), 5},
                                         result.batches, {}, {});
    const auto committed = target_->call<bool>([&](TargetAccess& access) -> Result<bool> {
      DECANT_TRY(access.ledger.put_chunks({RunId("r1"), epoch_, "ventas_raw"}, "ventas",
                                          {held->chunks[0].spec}));
      DECANT_TRY(Ledger::commit_task(access.target.sql(), "decant", commit));
      return true;
    });
    ASSERT_TRUE(committed.has_value()) << committed.error().to_string();
  });
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  EXPECT_TRUE(done_.empty());
  ASSERT_EQ(recovered_.size(), 1U);
  ASSERT_EQ(recovered_[0].size(), 1U);
  EXPECT_EQ(recovered_[0][0].rows_read, 2);
}

TEST_F(RunLoopInTrouble, ATaskThatFailsForGoodIsToldAndTheOthersAreDone) {
  network_.add_worker("w1", fails_in(8, ErrorCode::kMismatch));
  const auto outcome = run({copy_task({7}), copy_task({8}), copy_task({9})});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  ASSERT_EQ(outcome->failed.size(), 1U);
  EXPECT_EQ(outcome->failed[0].task.chunks[0].spec.slice.period, "2024-08");
  EXPECT_EQ(outcome->failed[0].error.code, ErrorCode::kMismatch);
  EXPECT_EQ(rows(), "4");
}

TEST_F(RunLoopInTrouble, ASourceThatIsAwayIsTriedAgainAndThenGivenUp) {
  PlayedWorker& worker = network_.add_worker("w1", fails_in(8, ErrorCode::kUnreachable));
  const auto outcome = run({copy_task({8})});
  ASSERT_TRUE(outcome.has_value());
  ASSERT_EQ(outcome->failed.size(), 1U);
  EXPECT_EQ(worker.started(), limits_.max_attempts);
}

TEST_F(RunLoopInTrouble, TooManyRejectsEndThePhaseAndCallTheOthersOff) {
  network_.add_worker("w1", fails_in(8, ErrorCode::kTooManyRejects));
  PlayedWorker& other = network_.add_worker("w2", never_ends());
  Task first = copy_task({7});
  first.chunks[0].spec.estimated_rows = 1'000;  // goes out first, to the one or the other
  const auto outcome = run({first, copy_task({8}), copy_task({8})});
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  ASSERT_FALSE(outcome->failed.empty());
  for (const FailedTask& task : outcome->failed)
    EXPECT_EQ(task.error.code, ErrorCode::kTooManyRejects) << task.error.to_string();
  EXPECT_EQ(other.running(), 0U);
  EXPECT_EQ(other.cancelled(), other.started());
}

TEST_F(RunLoopInTrouble, AFullDiskEndsThePhaseOnceATaskWasTriedOftenEnough) {
  PlayedWorker& worker = network_.add_worker("w1", fails_in(8, ErrorCode::kNoSpace));
  std::vector<Task> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(copy_task({8}));
  const auto outcome = run(tasks);
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  ASSERT_FALSE(outcome->failed.empty());
  for (const FailedTask& task : outcome->failed)
    EXPECT_EQ(task.error.code, ErrorCode::kNoSpace) << task.error.to_string();
  EXPECT_LT(worker.started(), 20 * limits_.max_attempts);
  EXPECT_LT(outcome->failed.size(), 20U);
}

// Results that wait are committed together, and one that cannot be is no trouble for the others.
TEST_F(RunLoopInTrouble, AStageFileThatIsGoneCostsItsOwnTaskAlone) {
  network_.add_worker(
      "w1",
      [this](const Task& task) {
        TaskResult result = staged(task);
        if (task.chunks.front().spec.slice.period == "2024-05") result.stage_file += ".gone";
        return std::optional(result);
      },
      4);
  std::vector<Task> tasks;
  for (int month = 1; month <= 12; ++month) tasks.push_back(copy_task({month}));
  const auto outcome = run(std::move(tasks));
  ASSERT_TRUE(outcome.has_value()) << outcome.error().to_string();
  ASSERT_EQ(outcome->failed.size(), 1U);
  EXPECT_EQ(outcome->failed[0].task.chunks.front().spec.slice.period, "2024-05");
  EXPECT_EQ(done_.size(), 11U);
  EXPECT_EQ(rows(), "22");
}

TEST_F(RunLoopInTrouble, ARepeatedResultCountsOnce) {
  PlayedWorker* worker = nullptr;
  std::optional<TaskResult> first;
  worker = &network_.add_worker("w1", [&](const Task& task) {
    if (first) network_.inject("peer of w1", worker->says(*first));
    TaskResult result = staged(task);
    result.task = task.id;
    result.fence = task.fence;
    if (!first) first = result;
    return std::optional(result);
  });
  ASSERT_TRUE(run({copy_task({7}), copy_task({8})}).has_value());
  EXPECT_TRUE(first);
  EXPECT_EQ(done_.size(), 2U);
  EXPECT_EQ(rows(), "4");
}

TEST_F(RunLoopInTrouble, GarbageIsRefusedAndTheRunGoesOn) {
  network_.inject("stranger", "garbage");
  network_.inject("stranger", std::string(100'000, '\xff'));
  network_.inject("stranger", "");
  network_.add_worker("w1", stages());
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  EXPECT_EQ(network_.sent_to("stranger").size(), 3U);
  EXPECT_EQ(rows(), "2");
}

// A worker of another version, or one that is broken: what it says of a chunk that the task does
// not have is not believed. (A number that no task can have, the codec refuses.)
TEST_F(RunLoopInTrouble, AResultThatSpeaksOfChunksTheTaskDoesNotHaveIsRefused) {
  for (const TaskOutcome outcome : {TaskOutcome::kStaged, TaskOutcome::kDone}) {
    const std::string name = "w" + std::to_string(static_cast<int>(outcome));
    PlayedWorker& worker = network_.add_worker(name, [&](const Task& task) {
      TaskResult result = staged(task);
      result.outcome = outcome;
      result.batches[0].chunk = 1;
      return std::optional(result);
    });
    const auto phase = run({copy_task({8})});
    ASSERT_TRUE(phase.has_value()) << phase.error().to_string();
    ASSERT_EQ(phase->failed.size(), 1U);
    EXPECT_EQ(phase->failed[0].error.code, ErrorCode::kProtocol)
        << phase->failed[0].error.to_string();
    EXPECT_TRUE(done_.empty());
    EXPECT_EQ(rows(), "0");
    worker.be_silent(true);
  }
}

TEST_F(RunLoopInTrouble, AnInterruptFinishesWhatIsInFlightAndHandsOutNothingNew) {
  PlayedWorker& worker = network_.add_worker("w1", [this](const Task& task) {
    return interrupts_ > 0 ? std::optional(staged(task)) : std::nullopt;
  });
  network_.on_turn([&] {
    if (worker.running() == 1) interrupts_ = 1;
  });
  const auto outcome = run({copy_task({7}), copy_task({8})});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_EQ(done_.size(), 1U);
  EXPECT_EQ(worker.started(), 1);
  EXPECT_EQ(rows(), "2");
}

TEST_F(RunLoopInTrouble, ASecondInterruptCallsOffWhatIsInFlight) {
  PlayedWorker& worker = network_.add_worker("w1", never_ends());
  network_.on_turn([&] {
    if (worker.running() == 1) interrupts_ = 2;
  });
  const auto outcome = run({copy_task({8})});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_EQ(worker.running(), 0U);
  EXPECT_EQ(worker.cancelled(), 1);
  EXPECT_EQ(rows(), "0");
}

TEST_F(RunLoopInTrouble, AMinuteAfterAnInterruptWhatIsInFlightIsCalledOff) {
  PlayedWorker& worker = network_.add_worker("w1", never_ends());
  network_.on_turn([&] {
    if (worker.running() == 1) interrupts_ = 1;
  });
  const std::int64_t before = clock_.now().value;
  const auto outcome = run({copy_task({8})});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_GE(clock_.now().value - before, 60'000);
  EXPECT_EQ(worker.cancelled(), 1);
  EXPECT_EQ(rows(), "0");
}

// The run has ended in the ledger by then, and the loop is about to go.
TEST_F(RunLoopInTrouble, AStageThatComesAfterThePhaseIsNeitherCommittedNorAcknowledged) {
  bool may_end = false;
  PlayedWorker& worker = network_.add_worker(
      "w1", [&](const Task& task) { return may_end ? std::optional(staged(task)) : std::nullopt; });
  network_.on_turn([&] {
    if (worker.running() == 0) return;
    interrupts_ = 2;
    worker.be_silent(true);  // and so not called off within the time that a second interrupt gives
  });
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  network_.on_turn({});
  worker.be_silent(false);
  may_end = true;
  loop().drain();
  loop_.reset();
  settle();
  EXPECT_EQ(worker.acknowledged(), 0);
  EXPECT_TRUE(done_.empty());
  EXPECT_EQ(rows(), "0");
}

TEST_F(RunLoopInTrouble, AResultThatComesAfterThePhaseIsAcknowledgedAndGoesNowhere) {
  bool may_end = false;
  PlayedWorker& worker = network_.add_worker(
      "w1", [&](const Task&) { return may_end ? std::optional(TaskResult()) : std::nullopt; });
  network_.on_turn([&] {
    if (worker.running() == 1) interrupts_ = 2;
  });
  Task task = copy_task({8});
  task.kind = TaskKind::kReadBack;
  ASSERT_TRUE(run({task}).has_value());
  may_end = true;
  loop().drain();
  EXPECT_TRUE(worker.has_left());
  EXPECT_EQ(worker.acknowledged(), 1);
  EXPECT_TRUE(done_.empty());
}

TEST_F(RunLoopInTrouble, ARunThatWasDeposedHandsOutNothingMore) {
  PlayedWorker& worker = network_.add_worker("w1", stages());
  network_.on_turn([&] {
    if (done_.empty()) return;
    network_.on_turn({});
    depose();
  });
  std::vector<Task> tasks;
  for (int month = 1; month <= 12; ++month) tasks.push_back(copy_task({month}));
  const auto outcome = run(std::move(tasks));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFenced) << outcome.error().to_string();
  EXPECT_LT(worker.started(), 12);
}

TEST_F(RunLoopInTrouble, ARunThatWasDeposedTakesNothingBack) {
  PlayedWorker& worker = network_.add_worker("w1", never_ends());
  network_.on_turn([&] {
    if (worker.running() == 0) return;
    network_.on_turn({});
    worker.be_silent(true);
    depose();
  });
  const auto outcome = run({copy_task({8})});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kFenced) << outcome.error().to_string();
}

class RunLoopWithChildren : public RunLoopInTrouble {
 protected:
  // Children that are processes; what they would say is played.
  std::unique_ptr<LocalWorkers> children(const std::string& script) {
    const std::string path = folder_ / "worker.sh";
    write_file(path, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    LocalWorkerOptions options;
    options.program = path;
    auto made = std::make_unique<LocalWorkers>(options);
    local_workers_ = made.get();
    return made;
  }
};

TEST_F(RunLoopWithChildren, OneThatDiesIsReplacedAndItsTaskIsTakenBackAtOnce) {
  limits_.lease_ms = 3'600'000;  // nobody waits for that
  const auto workers = children("[ $4 = local-1 ] && while [ ! -e '" + folder_ / "die" +
                                "' ]; do sleep 0.01; done" + " && kill -9 $$\nexec sleep 600");
  ASSERT_TRUE(workers->start(1).has_value());
  PlayedWorker& first = network_.add_worker("local-1", never_ends());
  PlayedWorker* second = nullptr;
  network_.on_turn([&] {
    if (first.running() == 0 || second != nullptr) return;
    first.be_silent(true);
    write_file(folder_ / "die", "");
    second = &network_.add_worker("local-2", stages());
  });
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  EXPECT_EQ(rows(), "2");
  EXPECT_EQ(ask("SELECT worker FROM decant.tasks"), "local-2");
  EXPECT_EQ(workers->running(), 1U);
}

TEST_F(RunLoopWithChildren, OneThatGivesNoSignForALeaseIsEndedAndReplaced) {
  const auto workers = children("exec sleep 600");
  ASSERT_TRUE(workers->start(1).has_value());
  PlayedWorker& first = network_.add_worker("local-1", never_ends());
  PlayedWorker* second = nullptr;
  network_.on_turn([&] {
    first.be_silent(first.running() > 0);
    if (second == nullptr && workers->has("local-2"))
      second = &network_.add_worker("local-2", stages());
  });
  ASSERT_TRUE(run({copy_task({8})}).has_value());
  EXPECT_EQ(rows(), "2");
  EXPECT_FALSE(workers->has("local-1"));
  EXPECT_EQ(workers->running(), 1U);
}

TEST_F(RunLoopWithChildren, ChildrenThatKeepEndingEndTheRun) {
  const auto workers = children("exit 3");
  ASSERT_TRUE(workers->start(1).has_value());
  const auto outcome = run({copy_task({8})});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_NE(outcome.error().message.find("status 3"), std::string::npos);
  EXPECT_FALSE(outcome.error().advice.empty());
}

TEST_F(RunLoopWithChildren, ChildrenThatNeverConnectAreWaitedForAMinuteOnly) {
  const auto workers = children("exec sleep 600");
  ASSERT_TRUE(workers->start(1).has_value());
  const auto outcome = run({copy_task({8})});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::kUnreachable);
}

}  // namespace
}  // namespace decant::test
