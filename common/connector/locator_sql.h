// What tells one row of a table from all others while nobody moves it: columns that a statement may
// keep beside a row's values, and find the row by. In PostgreSQL a ctid alone names no row: the
// partitions of a table number their rows each for itself. Pure: text in, text out.
#pragma once

#include <string>
#include <string_view>

#include "common/connector/sql_session.h"

namespace decant {

// For a SELECT list, of the table that stands in FROM as `alias`: decant_locator, which is never
// NULL, and in PostgreSQL decant_part.
std::string select_locator(Dialect dialect, std::string_view alias);

// Whether the columns above of relation `kept` are those of the table's row under `alias`.
std::string is_located(Dialect dialect, std::string_view kept, std::string_view alias);

// The columns above, of a relation that has them.
std::string locator_columns(Dialect dialect, std::string_view relation);

// Whether two relations that have them speak of one row.
std::string same_locator(Dialect dialect, std::string_view left, std::string_view right);

}  // namespace decant
