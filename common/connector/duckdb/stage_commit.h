// A stage file into its table, with the ledger rows, in one transaction. Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/target.h"

namespace decant::duck {

// As Target::commit_stage. The stage file is removed after the commit and kept in every other case.
Result<LoadOutcome> commit_stage(std::shared_ptr<Connection> connection, const LoadPlan& plan,
                                 const std::string& stage_file, const std::vector<int>& chunks,
                                 const TakeRefused& refused, const LedgerWrites& ledger);

// What `sql` (LoadStatements::counts) counts, into the counts of a plan's chunks.
Status read_counts(Connection& connection, const std::string& sql,
                   std::vector<ChunkCounts>& counts);

}  // namespace decant::duck
