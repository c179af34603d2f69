// The one place besides main.cc that names concrete adapters: which connection is served by which.
//
//   postgresql://… postgres://… host=… dbname=…   PostgreSQL
//   duckdb:PATH?memory_limit=4GB&threads=4         the same with what it may use (targets)
//   duckdb:PATH                                    DuckDB; duckdb::memory: is one that is gone when
//   it is closed a folder, or nothing                           files, for entities that read files
#pragma once

#include <memory>
#include <string>

#include "common/connector/source.h"
#include "common/connector/target.h"

namespace decant {

// Opens sources of every kind. Stateless; may be shared between threads.
std::unique_ptr<SourceFactory> make_source_factory();

// `directory` is the job file's: a relative path of a DuckDB file starts there. kUsage for an
// unknown scheme.
Result<std::unique_ptr<Target>> open_target(const std::string& connection,
                                            const std::string& directory,
                                            const std::string& application_name);
Result<std::unique_ptr<LoaderFactory>> make_loader_factory(const std::string& connection);

// The absolute path of a duckdb: connection, without symbolic links, or empty for another scheme.
std::string duckdb_path(const std::string& connection, const std::string& directory);

}  // namespace decant
