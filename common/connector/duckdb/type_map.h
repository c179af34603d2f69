// DuckDB's types and ours, both ways. Private to this folder.
#pragma once

#include <duckdb.h>

#include <string>

#include "common/base/result.h"
#include "common/connector/duckdb/handles.h"
#include "common/value/type.h"

namespace decant::duck {

// The type in a CREATE TABLE or a CAST: "DECIMAL(18,4)". kUnsupported for decimals that DuckDB
// cannot hold exactly.
Result<std::string> sql_type(const Type& type, const std::string& column);

// The type of a vector that holds `type` (a decimal that is held as text is VARCHAR, json is
// VARCHAR).
LogicalType logical_type(const Type& type);

// Ours for one of DuckDB's. `is_direct` is false where a value is read by CAST(… AS VARCHAR) and is
// text to us: intervals, lists, structs, enumerations, nanoseconds and the like.
struct MappedType {
  Type type;
  bool is_direct = true;
};
MappedType mapped_type(duckdb_logical_type type);

}  // namespace decant::duck
