// What a Parquet file says of its columns. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/duckdb/vector_read.h"
#include "common/value/type.h"

namespace decant::duck {

struct ParquetColumns {
  Schema schema;                  // as ParquetFile::columns says
  std::vector<VectorForm> forms;  // of columns that DuckDB gives as they lie; of others INVALID
};
Result<ParquetColumns> describe_parquet_columns(Connection& connection, const std::string& path);

// Refuses what would be bent: decimals that DuckDB makes floating point of, logical types that it
// does not know, and nanoseconds that it cuts, but for those of `may_be_cut`.
Status check_parquet_columns(const Schema& schema, const std::string& path,
                             const std::vector<std::string>& columns,
                             const std::vector<std::string>& may_be_cut);

struct RowGroup {
  std::string words;            // "row group 2 (rows 1,001 to 2,000)"
  bool has_dictionary = false;  // for the values of the column, which is read as a whole
};
// That of `column` around a row, which is counted from 0.
Result<RowGroup> row_group_around(Connection& connection, const std::string& path,
                                  const std::string& column, std::int64_t row);

}  // namespace decant::duck
