// DECANT_SIM_SEED=n runs that seed alone; DECANT_SIM_SEEDS=n runs n seeds instead of 1,000.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
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
  total.refusals += one.refusals;
  total.cancels += one.cancels;
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
  EXPECT_GT(total.refusals, 0);
  EXPECT_GT(total.cancels, 0);
}

class BrokenProtocol : public ::testing::Test {
 protected:
  // The first violation within some hundred seeds, or an empty text.
  static std::string first_violation(Mutation mutation) {
    for (std::uint64_t seed = 1; seed <= 3'000; ++seed) {
      const Report report = simulate(seed, mutation);
      if (report.violation.empty()) continue;
      std::cout << "seed " << seed << ": " << report.violation << "\n";
      return report.violation;
    }
    return {};
  }
};

TEST_F(BrokenProtocol, WithoutTheFencePredicateAZombieIsCaughtLoadingTwice) {
  EXPECT_NE(first_violation(Mutation::kNoFencePredicate), "");
}

TEST_F(BrokenProtocol, ReadingTheLedgerBeforeTheBumpIsCaught) {
  EXPECT_NE(first_violation(Mutation::kReadBeforeBump), "");
}

TEST_F(BrokenProtocol, AcknowledgingBeforeTheCommitIsCaught) {
  EXPECT_NE(first_violation(Mutation::kAcknowledgeBeforeCommit), "");
}

TEST_F(BrokenProtocol, AWorkerThatGoesOnAfterItsLeaseIsCaught) {
  EXPECT_NE(first_violation(Mutation::kNoLeaseCheck), "");
}

TEST_F(BrokenProtocol, ACoordinatorThatNeverTakesATaskBackIsCaught) {
  EXPECT_NE(first_violation(Mutation::kNoReclaim), "");
}

TEST_F(BrokenProtocol, FencesThatStartAnewWithEachRunAreCaught) {
  EXPECT_NE(first_violation(Mutation::kFencesStartAnew), "");
}

}  // namespace
}  // namespace decant::sim
