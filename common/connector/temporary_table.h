// What the temporary tables of a load are called in SQL. A bare name is looked for in the tables of
// the target, too, and those of its users may have any name: with its place a temporary one is no
// other.
#pragma once

#include <string>
#include <string_view>

#include "common/connector/sql_session.h"

namespace decant {

// pg_temp.decant_diff, temp.main.decant_diff (a DuckDB file may have a schema that is called
// `temp`).
inline std::string temporary(Dialect dialect, std::string_view name) {
  return (dialect == Dialect::kPostgres ? "pg_temp." : "temp.main.") + std::string(name);
}

}  // namespace decant
