// Parquet files as a source, for the files adapter: DuckDB reads them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/row_text.h"
#include "common/connector/source.h"

namespace decant {

// Names and types. Where DuckDB would give other values than the file holds, the type says what the
// file has: a decimal of more than 38 digits, a time with nanoseconds (scale 3), also where it lies
// inside of a list or struct (Field::foreign is set). Errors: kNotFound, kPermission, kProtocol for
// a file that is no Parquet.
Result<Schema> describe_parquet(const std::string& path);

struct ParquetRequest {
  std::vector<std::string> columns;
  std::vector<std::string> may_be_cut;  // nanoseconds of these may be cut off, by the job
  SourceKey key;                        // tells rows where they cannot be told by their number
  bool hide_originals = false;          // a private column: rejects do not show what was found
};

// Rows of the file with exactly these columns, in this order, in DuckDB's types; those that Decant
// has no type for (lists, structs) as text. RowPlace::line is the row's number, from 1. A row with
// a value that is none of its type (text that is not UTF-8, a decimal of more digits than declared)
// is a fault; kProtocol with the column and the row group where nobody can tell which row has it.
// kUnsupported, kMismatch for columns that would be bent.
Result<std::unique_ptr<RowSource>> open_parquet(const std::string& path, ParquetRequest request);

// From the footer.
Result<std::int64_t> count_parquet_rows(const std::string& path);

}  // namespace decant
