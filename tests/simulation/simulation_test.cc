// Any seed keeps the promises, and what has to go wrong in a simulation does.
#include <gtest/gtest.h>

#include "tests/simulation/cluster.h"
#include "tests/simulation/seeds.h"

namespace decant::sim {
namespace {

void expect_no_violation(Mode mode, std::uint64_t in_suite, const std::string& test) {
  const Seeds seeds = seeds_from_environment(in_suite);
  for (std::uint64_t i = 0; i < seeds.count; ++i) {
    const std::uint64_t seed = seeds.first + i;
    ASSERT_EQ(simulate(seed, mode).violation, "") << once_more(seed, test);
  }
}

TEST(Simulation, WhateverFailsAnySeedLoadsNothingTwiceAndKeepsEveryInvariant) {
  expect_no_violation(Mode::kSafety, 3'000, "Simulation.Whatever*");
}

TEST(Simulation, WhenTheFaultsStopAnySeedCompletesEveryRun) {
  expect_no_violation(Mode::kLiveness, 3'000, "Simulation.WhenTheFaultsStop*");
}

TEST(Simulation, OneSeedIsAlwaysTheSameRun) {
  for (const Mode mode : {Mode::kSafety, Mode::kLiveness}) {
    EXPECT_EQ(simulate(5, mode).fingerprint, simulate(5, mode).fingerprint);
    EXPECT_NE(simulate(5, mode).fingerprint, simulate(6, mode).fingerprint);
  }
}

// A simulation in which nothing goes wrong proves nothing.
TEST(Simulation, EveryKindOfFaultReallyHappens) {
  Events events;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    events.add(simulate(seed, Mode::kSafety).events);
    events.add(simulate(seed, Mode::kLiveness).events);
  }
  for (int event = 0; event < static_cast<int>(Event::kCount); ++event)
    EXPECT_GT(events[static_cast<Event>(event)], 0) << "no event " << event << " of events.h";
}

// A coordinator that dies and comes back costs no worker its work. What was loaded before is looked
// at once more, and left as it is.
TEST(Restart, WhatWorkersHoldIsAdoptedAndNoChunkIsReadTwice) {
  Events events;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Report report = simulate_restart(seed, true);
    ASSERT_EQ(report.violation, "") << "seed " << seed;
    EXPECT_EQ(report.reads, report.chunks + report.events[Event::kSkipped]) << "seed " << seed;
    events.add(report.events);
  }
  EXPECT_GT(events[Event::kAdopted], 100) << "hardly anything was in flight";
}

TEST(Restart, WithoutAdoptionWhatWasInFlightIsReadAgain) {
  std::int64_t reads = 0, chunks = 0;
  Events events;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Report report = simulate_restart(seed, false);
    ASSERT_EQ(report.violation, "") << "seed " << seed;
    reads += report.reads;
    chunks += report.chunks;
    events.add(report.events);
  }
  EXPECT_EQ(events[Event::kAdopted], 0);
  EXPECT_GT(reads, chunks + events[Event::kSkipped] + 100);
}

}  // namespace
}  // namespace decant::sim
