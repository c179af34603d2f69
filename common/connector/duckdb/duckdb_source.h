// DuckDB as a source: tables and queries of a database file, and Parquet files for the files
// adapter.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/duckdb/options.h"
#include "common/connector/row_text.h"
#include "common/connector/source.h"

namespace decant {

// Opens `duckdb:PATH` (relative to request.directory) for reading only. kBusy while a process
// writes it, kNotFound, kPermission, kProtocol as the target says them; kUsage without a path.
Result<std::unique_ptr<Source>> open_duckdb_source(const SourceRequest& request);

// Parquet. Errors: kNotFound, kPermission, kProtocol for a file that is no Parquet.
Result<Schema> describe_parquet(const std::string& path);
// Rows of the file with exactly these columns, in this order, in the file's types; those that
// Decant has no type for (lists, structs) as text. Rows that cannot become ours are told by `key`.
Result<std::unique_ptr<RowSource>> open_parquet(const std::string& path,
                                                const std::vector<std::string>& columns,
                                                SourceKey key = {});
// From the footer.
Result<std::int64_t> count_parquet_rows(const std::string& path);

}  // namespace decant
