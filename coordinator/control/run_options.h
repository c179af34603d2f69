// What a person asked for, from the command line and the environment.
#pragma once

#include <string>
#include <vector>

#include "coordinator/reconcile/reconcile.h"

namespace decant {

struct RunOptions {
  std::string job_path;
  std::string from, to;
  std::vector<std::string> stores, entities;
  int workers = -1;                 // local workers; -1: one per core
  std::vector<std::string> listen;  // endpoints for workers elsewhere
  bool yes = false;
  bool plan_only = false;         // plan, run --dry-run
  bool source_only = false;       // plan without a target
  bool read_source_only = false;  // reconcile: compare, load nothing
  bool standby = false;           // run: waits for the leader's death
  bool repair = false;            // reconcile --repair: chunks that differ in the target are loaded
  bool allow_empty = false;
  VerifyLevel verify = VerifyLevel::kDigests;
  std::string log_dir = "logs", report_dir = "reports";
  std::string env_file, work_dir, worker_program;
  std::string log_level = "info";
  bool json = false;
  int columns = 100;  // of the terminal, for grids
  bool colour = false;
  std::string command;  // as typed, masked, for the ledger
};

}  // namespace decant
