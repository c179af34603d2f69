// The DuckDB target: the one process that holds the file creates tables, commits staged tasks and
// reads back.
#pragma once

#include <memory>
#include <string>

#include "common/connector/duckdb/options.h"
#include "common/connector/target.h"

namespace decant {

// Opens or creates the database at `path`, whose folder must be there. One thread. kBusy, naming
// the process, while another one holds the file; kNotFound, kPermission, kNoSpace; kProtocol for a
// file that is no DuckDB database; what duckdb_file_name says. Opening one file twice in one process is not noticed by DuckDB
// and must not be done.
Result<std::unique_ptr<Target>> open_duckdb_target(const std::string& path,
                                                   const DuckDbOptions& options = {});

}  // namespace decant
