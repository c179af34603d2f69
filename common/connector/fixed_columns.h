// Columns that a table of PostgreSQL fills itself unless an INSERT overrides it, and that no UPDATE
// may name (GENERATED ALWAYS AS IDENTITY; LoadSqlInput::fixed_columns). The statements work on
// decant_diff (load_sql.h), after LoadStatements::prepare. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/connector/load_sql.h"

namespace decant {

// Whether such a column changes in row `decant_d` of the diff; empty: there is none.
std::string is_renewed(const LoadSqlInput& load);

// A row in which one changes is deleted and inserted anew. Of kReplaceByKey, once rows that others
// refer to have left the diff (held_rows.h): these would go with it.
std::vector<std::string> renew_rows(const LoadSqlInput& load);

// How many rows there are in which one changes: kUpsert deletes none.
std::string count_renewed(const LoadSqlInput& load);

}  // namespace decant
