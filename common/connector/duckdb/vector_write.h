// Our columns as DuckDB's vectors, without text in between. Private to this folder.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <span>
#include <string>

#include "common/base/result.h"
#include "common/value/batch.h"
#include "common/value/limits.h"

namespace decant::duck {

// The years of DuckDB's dates and timestamps.
const ValueLimits& value_limits();

// Writes the values at `rows` of `column` to the start of `vector`, whose type is
// logical_type(column.type). Text is copied. At most duckdb_vector_size() rows. kDataRefused for a
// date or time that DuckDB's range does not hold.
// Whether DuckDB holds the value: years end earlier there than in PostgreSQL. Only dates and
// timestamps have such values.
bool holds_value(const Column& column, std::size_t row);

Status fill_vector(const Column& column, std::span<const std::uint32_t> rows,
                   const std::string& name, duckdb_vector vector);

}  // namespace decant::duck
