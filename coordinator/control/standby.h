// Standby: what a coordinator that waits behind another does next, from what the ledger says of the
// leaders of its tables. Pure; who waits and asks is RunController::stand_by.
//
// It leads as soon as nobody else does, unless the run that led last while it watched was asked for
// the same work and has ended by itself: then nothing is left to take over. A run that ended since
// it lost its target is gone on with, as one whose process died.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/ledger/ledger.h"

namespace decant {

struct StandbyStep {
  enum class Kind {
    kWait,  // `leader` leads a table
    kLead,  // nobody does
    kOver,  // the run of `leader` has done the work, or was ended by a person
  };
  Kind kind = Kind::kWait;
  LeaderRecord leader;
};

class Standby {
 public:
  // `work` as in RunRecord. `is_dead` may know that a holder has died before its lease ends.
  Standby(std::string work, Ledger::IsDead is_dead);
  StandbyStep next(const std::vector<LeaderRecord>& leaders);

 private:
  std::string work_;
  Ledger::IsDead is_dead_;
  std::set<std::string> watched_;  // runs that led while this one waited
};

// How the process of a run has ended that is no longer `running`.
int exit_status_of(const LeaderRecord& ended);
// For a program that reads standard output: the run that was waited for.
std::string ended_run_json(const LeaderRecord& ended, int exit_status);

}  // namespace decant
