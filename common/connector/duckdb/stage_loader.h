// The worker's side of a DuckDB target: a task's rows become one immutable Parquet file, which the
// process that holds the database inserts (Target::commit_stage).
#pragma once

#include <memory>

#include "common/connector/duckdb/options.h"
#include "common/connector/target.h"

namespace decant {

struct DuckDbStageOptions {
  DuckDbOptions duckdb{.memory_limit = "512MB", .threads = 1};
  std::size_t queue_bytes = 16 << 20;  // of rows that wait to be written
};

// Loaders write into LoadPlan::stage_folder, which is made when it is not there:
// `RUN-TASK-RANDOM.parquet.tmp`, renamed to `….parquet` when it is whole and on disk. A loader
// encodes on a thread of its own.
std::unique_ptr<LoaderFactory> make_duckdb_loader_factory(const DuckDbStageOptions& options = {});

}  // namespace decant
