#include "coordinator/control/standby.h"

#include <gtest/gtest.h>

#include "coordinator/report/run_summary.h"

namespace decant::test {
namespace {

using Kind = StandbyStep::Kind;

LeaderRecord leader_of(const std::string& run, bool leads, const std::string& state = "running") {
  LeaderRecord leader;
  leader.table = "ventas_raw";
  leader.run = RunId(run);
  leader.holder = "host:" + run;
  leader.leads = leads;
  leader.state = state;
  leader.work = "work";
  return leader;
}

Standby a_standby(const std::string& dead = {}) {
  return Standby("work", [dead](const std::string& holder) { return holder == dead; });
}

TEST(Standby, LeadsWhereNobodyEverDid) { EXPECT_EQ(a_standby().next({}).kind, Kind::kLead); }

TEST(Standby, LeadsAfterARunThatEndedBeforeItLooked) {
  EXPECT_EQ(a_standby().next({leader_of("r1", false, "done")}).kind, Kind::kLead);
}

TEST(Standby, WaitsForALeaderAndNamesIt) {
  const StandbyStep step = a_standby().next({leader_of("r1", false), leader_of("r2", true)});
  EXPECT_EQ(step.kind, Kind::kWait);
  EXPECT_EQ(step.leader.run.value, "r2");
}

TEST(Standby, LeadsWhenALeaseHasEndedInTheMiddleOfARun) {
  Standby standby = a_standby();
  EXPECT_EQ(standby.next({leader_of("r1", true)}).kind, Kind::kWait);
  EXPECT_EQ(standby.next({leader_of("r1", false)}).kind, Kind::kLead);
}

TEST(Standby, DoesNotWaitForTheLeaseOfAHolderKnownToBeDead) {
  EXPECT_EQ(a_standby("host:r1").next({leader_of("r1", true)}).kind, Kind::kLead);
}

TEST(Standby, IsOverWhenTheRunThatItWatchedHasEndedByItself) {
  for (const char* state : {"done", "differs", "failed", "interrupted"}) {
    Standby standby = a_standby();
    standby.next({leader_of("r1", true)});
    const StandbyStep step = standby.next({leader_of("r1", false, state)});
    EXPECT_EQ(step.kind, Kind::kOver) << state;
    EXPECT_EQ(step.leader.run.value, "r1");
  }
}

TEST(Standby, LeadsAfterARunThatWasAskedForOtherWork) {
  Standby standby = a_standby();
  LeaderRecord other = leader_of("r1", true);
  other.work = "other work";
  standby.next({other});
  other.leads = false;
  other.state = "done";
  EXPECT_EQ(standby.next({other}).kind, Kind::kLead);
}

TEST(Standby, GoesOnWithARunThatWasLeftToIt) {
  Standby standby = a_standby();
  standby.next({leader_of("r1", true)});
  LeaderRecord cut = leader_of("r1", false, "failed");
  RunSummary summary;
  summary.left_to_standby = true;
  cut.summary = summary_json(summary);
  EXPECT_EQ(standby.next({cut}).kind, Kind::kLead);
}

TEST(Standby, EndsWithTheStatusOfTheRunThatItWatched) {
  LeaderRecord ended = leader_of("r1", false, "failed");
  EXPECT_EQ(exit_status_of(ended), 1) << "of an earlier version, by its state";
  RunSummary summary;
  summary.exit_status = 4;
  ended.summary = summary_json(summary);
  EXPECT_EQ(exit_status_of(ended), 4);
  EXPECT_EQ(exit_status_of(leader_of("r1", false, "differs")), 3);
  EXPECT_EQ(exit_status_of(leader_of("r1", false, "interrupted")), 130);
  EXPECT_EQ(exit_status_of(leader_of("r1", false, "done")), 0);
}

}  // namespace
}  // namespace decant::test
