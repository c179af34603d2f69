// Each way to break the protocol is noticed within the seeds of the suite, as what it is.
#include <gtest/gtest.h>

#include "tests/simulation/cluster.h"

namespace decant::sim {
namespace {

constexpr std::uint64_t k_seeds = 3'000;

// The first violation that a seed meets, if it is one of these.
void expect_caught(Mutation mutation, const std::vector<std::string>& violations) {
  std::map<std::string, int> others;
  for (std::uint64_t seed = 1; seed <= k_seeds; ++seed) {
    const std::string found = simulate(seed, Mode::kLiveness, mutation).violation;
    for (const std::string& violation : violations) {
      if (found.find(violation) == std::string::npos) continue;
      ::testing::Test::RecordProperty("seed", static_cast<int>(seed));
      return;
    }
    if (!found.empty()) ++others[found];
  }
  ADD_FAILURE() << "Nobody noticed in " << k_seeds << " seeds; " << others.size()
                << " other violations" << (others.empty() ? "" : ", " + others.begin()->first);
}

const std::string k_twice = "was loaded twice";
const std::string k_other_rows = "than the ledger says";
const std::string k_differs = "differs from the source";

TEST(BrokenProtocol, WithoutTheFencePredicateAZombieIsCaughtLoadingTwice) {
  expect_caught(Mutation::kNoFencePredicate, {k_twice});
}

TEST(BrokenProtocol, ReadingTheLedgerBeforeTheBumpIsCaughtLoadingTwice) {
  expect_caught(Mutation::kReadBeforeBump, {k_twice});
}

TEST(BrokenProtocol, LeavingTheFencesOfEarlierRunsIsCaughtAsATableOfTwoSources) {
  expect_caught(Mutation::kNoBumpAcrossRuns, {k_twice, k_other_rows, k_differs});
}

TEST(BrokenProtocol, ReportingBeforeTheCommitIsCaughtByTheAcknowledgement) {
  expect_caught(Mutation::kAcknowledgeBeforeCommit, {"that is not in the ledger"});
}

TEST(BrokenProtocol, ACoordinatorThatAcknowledgesNoResultIsCaughtBeingToldForEver) {
  expect_caught(Mutation::kNoResultAcknowledgement, {"never acknowledged"});
}

TEST(BrokenProtocol, AWorkerThatGoesOnAfterItsLeaseIsCaught) {
  expect_caught(Mutation::kNoLeaseCheck, {"whose lease had run out"});
}

TEST(BrokenProtocol, ACoordinatorThatNeverTakesATaskBackIsCaughtNotEnding) {
  expect_caught(Mutation::kNoReclaim, {"the run did not complete"});
}

TEST(BrokenProtocol, FencesThatStartAnewWithEachRunAreCaughtByALateResult) {
  expect_caught(Mutation::kFencesStartAnew,
                {"after its cancel was acknowledged", "not in the ledger"});
}

TEST(BrokenProtocol, ChunkLimitsThatAreCutAnewAreCaughtAsRowsThatNoChunkHas) {
  expect_caught(Mutation::kLimitsRecomputed, {k_other_rows, k_differs});
}

TEST(BrokenProtocol, AdoptingWithoutLookingAtTheFenceIsCaught) {
  expect_caught(Mutation::kAdoptWithoutFenceCheck, {"a fence did not grow", k_twice});
}

TEST(BrokenProtocol, PlanningTheChunksOfAdoptedTasksAgainIsCaught) {
  expect_caught(Mutation::kPlanAdoptedAgain, {k_twice, k_other_rows, k_differs});
}

TEST(BrokenProtocol, PlanningBeforeOpenTasksAreSettledIsCaught) {
  expect_caught(Mutation::kPlanBeforeSettled, {k_twice, k_other_rows, k_differs});
}

TEST(BrokenProtocol, KeepingAdoptedTasksThatDoNotFitThePlanIsCaught) {
  expect_caught(Mutation::kAdoptMisfits, {k_other_rows, k_differs});
}

TEST(BrokenProtocol, ACoordinatorThatGoesOnUnderAnOldEpochIsCaught) {
  expect_caught(Mutation::kNoEpochCheck, {k_twice, k_other_rows, k_differs});
}

TEST(BrokenProtocol, ACoordinatorThatDoesNotWaitForTheLeadersLeaseIsCaughtNotEnding) {
  expect_caught(Mutation::kLeadWhileAnotherLives, {"the run did not complete"});
}

}  // namespace
}  // namespace decant::sim
