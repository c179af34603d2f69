// What an element of a Parquet schema means beside what DuckDB makes of it: DuckDB goes by
// converted types, which files need not have any more, but for times, UUIDs and half floats. By the
// Parquet specification the logical type counts. Pure; private to this folder.
#pragma once

#include <cstdint>
#include <string>

#include "common/connector/duckdb/vector_read.h"
#include "common/value/type.h"

namespace decant::duck {

// As parquet_schema() tells it; what the file has not is empty or 0.
struct ParquetElement {
  std::string name;
  std::string type;  // as it lies in the file: INT64; empty for a group
  std::int64_t length = 0;
  bool is_repeated = false;
  std::int64_t members = 0;
  std::string converted;
  std::string logical;  // "DecimalType(scale=2, precision=18)"
  std::int64_t digits = 0;
  std::int64_t scale = 0;
  std::string given;  // DuckDB's type for it
};

// "precision" of "DecimalType(scale=2, precision=18)"; 0: none.
std::int64_t number_in_logical(const std::string& logical, std::string_view name);

struct ParquetMeaning {
  enum Reading : std::uint8_t {
    kAsGiven,
    kAsItLies,  // DuckDB gives the value as it lies in the file: it is `type`, and read by `form`
    kNone,
  };
  Reading reading = kAsGiven;
  Type type = {};
  VectorForm form = {};
  std::string why = {};  // of kNone, behind "the column": "is DATE by its logical type and …"
};
// `is_inside`: of a list, a struct or a map, which travel as the text that DuckDB makes of them.
ParquetMeaning meaning_of(const ParquetElement& element, bool is_inside);

}  // namespace decant::duck
