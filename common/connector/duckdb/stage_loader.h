// The worker's side of a DuckDB target: a task's rows become one immutable stage file (STAGE.md),
// which the process that holds the database inserts (Target::commit_stage).
#pragma once

#include <memory>

#include "common/connector/target.h"

namespace decant {

// Loaders write into LoadPlan::stage_folder, which is made when it is not there:
// `RUN-TASK-RANDOM.stage.tmp`, renamed to `….stage` when it is whole.
std::unique_ptr<LoaderFactory> make_duckdb_loader_factory();

}  // namespace decant
