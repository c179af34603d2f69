// The rows in which the stage and the table differ, for loads by key: the SELECT behind decant_diff
// (load_sql.h).
#pragma once

#include <string>

#include "common/connector/load_sql.h"

namespace decant {

// Whether an update writes the column.
bool is_written_on_update(const LoadSqlInput& load, const ColumnPlan& column);

// Whether the table's row `decant_b` is another than the staged `decant_s` of its key, in what an
// update would write.
std::string row_differs(const LoadSqlInput& load);

// DuckDB's keys are checked by query after a load: a table that failed the check holds keys more
// than once, and is mended by the next load. PostgreSQL's unique index lets none in.
bool keys_may_repeat(const LoadSqlInput& load);

// The chunks' rows in the table against the staged ones that `staged` selects. A repeated row
// (decant_repeats, elsewhere_sql.h) meets no staged one.
std::string select_chunk_diff(const LoadSqlInput& load, const std::string& staged);

// The staged rows against the table, by key alone.
std::string select_key_diff(const LoadSqlInput& load, const std::string& staged);

}  // namespace decant
