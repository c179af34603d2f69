// DuckDB as a source: tables and queries of a database file. Parquet is in parquet_source.h.
#pragma once

#include <memory>

#include "common/connector/duckdb/options.h"
#include "common/connector/source.h"

namespace decant {

// Opens `duckdb:PATH` (relative to request.directory) for reading only. kBusy while a process
// writes it, kNotFound, kPermission, kProtocol as the target says them; kUsage without a path;
// what duckdb_file_name says.
Result<std::unique_ptr<Source>> open_duckdb_source(const SourceRequest& request);

}  // namespace decant
