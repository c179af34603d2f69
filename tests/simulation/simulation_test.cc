// DECANT_SIM_SEED=n runs that seed alone; DECANT_SIM_SEEDS=n runs n seeds instead of 1,000.
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

#include "tests/simulation/cluster.h"

namespace decant::sim {
namespace {

std::optional<std::uint64_t> number_from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

void add(Report& total, const Report& one) {
  for (const auto& [step, count] : one.deaths) total.deaths[step] += count;
  total.crashes += one.crashes;
  total.stalls += one.stalls;
  total.cuts += one.cuts;
  total.coordinator_crashes += one.coordinator_crashes;
  total.lost += one.lost;
  total.repeated += one.repeated;
  total.garbage += one.garbage;
  total.fenced_off += one.fenced_off;
  total.waited_for_lock += one.waited_for_lock;
  total.found_committed += one.found_committed;
  total.duplicates += one.duplicates;
  total.stale += one.stale;
  total.staged += one.staged;
  total.refusals += one.refusals;
  total.cancels += one.cancels;
  total.adopted += one.adopted;
  total.unclaimed += one.unclaimed;
  total.withdrawn += one.withdrawn;
  total.zombies += one.zombies;
  total.led_no_more += one.led_no_more;
  total.chunks += one.chunks;
  total.reads += one.reads;
}

TEST(Simulation, AnySeedLoadsEachRowOnceAndKeepsEveryInvariant) {
  const auto only = number_from_environment("DECANT_SIM_SEED");
  const std::uint64_t count =
      only ? 1 : number_from_environment("DECANT_SIM_SEEDS").value_or(1'000);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t seed = only.value_or(i + 1);
    const Report report = simulate(seed, Mutation::kNone);
    ASSERT_EQ(report.violation, "") << "Once more: DECANT_SIM_SEED=" << seed
                                    << " bin/simulation_test --gtest_filter=Simulation.AnySeed*";
  }
}

TEST(Simulation, OneSeedIsAlwaysTheSameRun) {
  EXPECT_EQ(simulate(5, Mutation::kNone).fingerprint, simulate(5, Mutation::kNone).fingerprint);
  EXPECT_NE(simulate(5, Mutation::kNone).fingerprint, simulate(6, Mutation::kNone).fingerprint);
}

// A simulation in which nothing goes wrong proves nothing.
TEST(Simulation, EveryKindOfFaultReallyHappens) {
  Report total;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) add(total, simulate(seed, Mutation::kNone));
  for (const Step step :
       {Step::kExtract, Step::kLoad, Step::kFence, Step::kHoldLock, Step::kCommitSent}) {
    EXPECT_GT(total.deaths[step], 0)
        << "no worker died at the end of step " << static_cast<int>(step);
  }
  EXPECT_GT(total.crashes, 0);
  EXPECT_GT(total.stalls, 0);
  EXPECT_GT(total.cuts, 0);
  EXPECT_GT(total.coordinator_crashes, 0);
  EXPECT_GT(total.lost, 0);
  EXPECT_GT(total.repeated, 0);
  EXPECT_GT(total.garbage, 0);
  EXPECT_GT(total.fenced_off, 0) << "no zombie was fenced off";
  EXPECT_GT(total.waited_for_lock, 0) << "no bump waited behind a commit";
  EXPECT_GT(total.found_committed, 0) << "no bump found a batch whose result was lost";
  EXPECT_GT(total.duplicates, 0);
  EXPECT_GT(total.stale, 0);
  EXPECT_GT(total.staged, 0);
  EXPECT_GT(total.refusals, 0);
  EXPECT_GT(total.cancels, 0);
  EXPECT_GT(total.adopted, 0);
  EXPECT_GT(total.unclaimed, 0) << "every worker came back to the next coordinator";
  EXPECT_GT(total.withdrawn, 0);
  EXPECT_GT(total.zombies, 0);
  EXPECT_GT(total.led_no_more, 0) << "no coordinator woke up to find that another one leads";
}

// A coordinator that dies and comes back costs no worker its work.
TEST(Restart, WhatWorkersHoldIsAdoptedAndNoChunkIsReadTwice) {
  Report total;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Report report = simulate_restart(seed, true);
    ASSERT_EQ(report.violation, "") << "seed " << seed;
    EXPECT_EQ(report.reads, report.chunks) << "seed " << seed;
    add(total, report);
  }
  EXPECT_GT(total.coordinator_crashes, 90);
  EXPECT_GT(total.adopted, 100) << "hardly anything was in flight";
}

TEST(Restart, WithoutAdoptionWhatWasInFlightIsReadAgain) {
  Report total;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Report report = simulate_restart(seed, false);
    ASSERT_EQ(report.violation, "") << "seed " << seed;
    add(total, report);
  }
  EXPECT_EQ(total.adopted, 0);
  EXPECT_GT(total.reads, total.chunks + 100);
}

// Each way to break the protocol is noticed, within so many seeds, as what it is.
bool is_caught(Mutation mutation, const std::string& violation) {
  for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
    if (simulate(seed, mutation).violation.find(violation) != std::string::npos) return true;
  }
  return false;
}

TEST(BrokenProtocol, WithoutTheFencePredicateAZombieIsCaughtLoadingTwice) {
  EXPECT_TRUE(is_caught(Mutation::kNoFencePredicate, "was loaded twice"));
}

TEST(BrokenProtocol, ReadingTheLedgerBeforeTheBumpIsCaughtLoadingTwice) {
  EXPECT_TRUE(is_caught(Mutation::kReadBeforeBump, "was loaded twice"));
}

TEST(BrokenProtocol, ReportingBeforeTheCommitIsCaughtByTheAcknowledgement) {
  EXPECT_TRUE(is_caught(Mutation::kAcknowledgeBeforeCommit, "that is not in the ledger"));
}

TEST(BrokenProtocol, AWorkerThatGoesOnAfterItsLeaseIsCaught) {
  EXPECT_TRUE(is_caught(Mutation::kNoLeaseCheck, "whose lease had run out"));
}

TEST(BrokenProtocol, ACoordinatorThatNeverTakesATaskBackIsCaughtNotEnding) {
  EXPECT_TRUE(is_caught(Mutation::kNoReclaim, "the run did not complete"));
}

TEST(BrokenProtocol, FencesThatStartAnewWithEachRunAreCaughtByALateResult) {
  EXPECT_TRUE(is_caught(Mutation::kFencesStartAnew, "after its cancel was acknowledged") ||
              is_caught(Mutation::kFencesStartAnew, "not in the ledger"));
}

TEST(BrokenProtocol, AdoptingWithoutLookingAtTheFenceIsCaught) {
  EXPECT_TRUE(is_caught(Mutation::kAdoptWithoutFenceCheck, "a fence did not grow") ||
              is_caught(Mutation::kAdoptWithoutFenceCheck, "was loaded twice"));
}

TEST(BrokenProtocol, PlanningTheChunksOfAdoptedTasksAgainIsCaughtLoadingTwice) {
  EXPECT_TRUE(is_caught(Mutation::kPlanAdoptedAgain, "was loaded twice"));
}

TEST(BrokenProtocol, PlanningBeforeOpenTasksAreSettledIsCaughtLoadingTwice) {
  EXPECT_TRUE(is_caught(Mutation::kPlanBeforeSettled, "was loaded twice"));
}

TEST(BrokenProtocol, ACoordinatorThatGoesOnUnderAnOldEpochIsCaughtLoadingTwice) {
  EXPECT_TRUE(is_caught(Mutation::kNoEpochCheck, "was loaded twice"));
}

TEST(BrokenProtocol, AdoptingTasksOfOtherWorkIsCaught) {
  EXPECT_TRUE(is_caught(Mutation::kAdoptOtherWork, "a task of other work was counted"));
}

TEST(BrokenProtocol, KeepingAdoptedTasksThatDoNotFitThePlanIsCaught) {
  EXPECT_TRUE(is_caught(Mutation::kAdoptMisfits, "that does not fit the plan"));
}

}  // namespace
}  // namespace decant::sim
