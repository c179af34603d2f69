// Parquet files as a source, for the files adapter: DuckDB reads them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/row_text.h"
#include "common/connector/source.h"

namespace decant {

namespace duck {
class Engines;
}

struct ParquetRequest {
  std::vector<std::string> columns;
  std::vector<std::string> may_be_cut;  // nanoseconds of these may be cut off, by the job
  SourceKey key;                        // tells rows where they cannot be told by their number
  bool hide_originals = false;          // a private column: rejects do not show what was found
};

// A file that was opened. One thread's.
class ParquetFile {
 public:
  virtual ~ParquetFile() = default;
  // Names and types. Where DuckDB would give other values than the file holds, the type says what
  // the file has: a decimal of more than 38 digits, a time with nanoseconds (scale 3), also where
  // it lies inside of a list or struct (Field::foreign is set). Where it would give values of
  // another logical type, which cannot be read otherwise, Field::foreign is "unreadable: " with
  // why.
  virtual const Schema& columns() const = 0;
  // Rows of the file with exactly these columns, in this order, in DuckDB's types; those that
  // Decant has no type for (lists, structs) as text. RowPlace::line is the row's number, from 1. A
  // row with a value that is none of its type (text that is not UTF-8, a decimal of more digits
  // than declared) is a fault; kProtocol with the column and the row group where nobody can tell
  // which row has it. kUnsupported, kMismatch for columns that would be bent. The rows may outlive
  // the file.
  virtual Result<std::unique_ptr<RowSource>> rows(ParquetRequest request) = 0;
  // From the footer.
  virtual Result<std::int64_t> count_rows() = 0;
};

// Opens files one after the other with a DuckDB in memory, which is kept for the next one: making
// it costs as much as reading thousands of rows. Files that are open at the same time have one
// each; copies share theirs. Any thread.
class ParquetFiles {
 public:
  ParquetFiles();
  // Errors: kNotFound, kPermission, kProtocol for a file that is no Parquet. The file may outlive
  // this object.
  Result<std::unique_ptr<ParquetFile>> open(const std::string& path) const;

 private:
  std::shared_ptr<duck::Engines> engines_;
};

}  // namespace decant
