// The unique keys of a table beside the entity's own, in a load by key: values that go from row to
// row. Statements work on decant_diff (load_sql.h). Pure: text in, text out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/connector/load_sql.h"

namespace decant {

// One unique key whose columns the plan fills, and where decant_diff, under an alias, has its new
// and its old values.
struct UniqueValues {
  std::vector<std::string> names, new_values, old_values;
};
std::vector<UniqueValues> other_unique_values(const LoadSqlInput& load, std::string_view alias);

// Whether row `decant_d` of the diff, an update, changes such a value; empty: no row does.
std::string changes_unique_values(const LoadSqlInput& load);

// "c1 = NULL, c2 = NULL": a column of each such key that may hold no value, and that no row is
// found by; empty where some key has none.
std::string parked_columns(const LoadSqlInput& load);

// Deletes and inserts rows that do, in one statement: what refers to them by other columns is
// looked at when it has ended (ON DELETE NO ACTION). `same_row` finds the diff's row `decant_d` in
// the table `decant_t`.
std::string replace_rows(const LoadSqlInput& load, const std::string& same_row);

// decant_row of the diff's rows whose values the table will have already, when all of it is
// written: of equal ones an updated row stays before one that is inserted, and the first before
// later ones.
std::string select_taken(const LoadSqlInput& load);

// The same of staged rows that are inserted without a diff (kAppend, kReplaceRange); DuckDB.
std::string select_taken_of_stage(const LoadSqlInput& load);

}  // namespace decant
