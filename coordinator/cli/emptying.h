// A reset's work: the job's tables lose their rows, and the ledger what it says of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/job/selection.h"
#include "common/ledger/ledger.h"
#include "coordinator/cli/command.h"
#include "coordinator/cli/emptied_tables.h"

namespace decant {

inline constexpr std::int64_t k_reset_lease_ms = 20'000;

// A table as it stands before anybody is asked.
struct Holding {
  std::string table;
  std::vector<std::string> names;     // the job's spelling, and the target's
  std::vector<TableContent> content;  // by the ledger
  std::int64_t rows = 0;              // that are there
};
using Holdings = std::map<std::string, Holding>;  // by the job's spelling

struct Emptied {
  std::string entity, table;
  std::int64_t rows = 0;
};

// What a reset empties, and by what right.
struct EmptyingWork {
  const JobSpec& job;
  RunId run;
  Epoch epoch;
  const Selection& selection;
  const Holdings& holdings;
  const EmptiedTables& tables;
  Target& target;
  Ledger& ledger;
  const std::atomic<int>& interrupts;  // looked at before each commit
};

// A transaction for each table, and several for one whose rows refer to each other: within one,
// DuckDB does not see that the rows which refer to others are gone.
Result<std::vector<Emptied>> empty_file(const EmptyingWork& work);
// All tables in one transaction. Deleting may take longer than a lease.
Result<std::vector<Emptied>> empty_database(const EmptyingWork& work, const std::string& connection,
                                            CommandContext& context);

}  // namespace decant
