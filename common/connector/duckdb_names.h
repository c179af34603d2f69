// How Decant's SQL names what it means in DuckDB, where a file may have tables and macros of any
// name.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant {

// The file's catalog in SQL. Opened directly, a file's catalog is called like the file, and a
// schema of the same name (ventas.duckdb with a table ventas.lines, or decant.duckdb with our
// ledger) would be ambiguous.
inline constexpr std::string_view k_file_catalog = "decant_file";

// DuckDB's catalogues are asked for a table, a column or a view by what DuckDB itself takes for its
// name: SQL for `expression`, a text, with A to Z in lower case. DuckDB does not look at their case
// in a name, but at that of every other letter: "AÑO" and "año" are two tables. Its lower() makes
// one of them.
std::string folded_name(const std::string& expression);

// The engine's own function `name`, in statements that a DuckDB source is asked: there a macro of
// the file has precedence over the function that it is called like. PostgreSQL looks its own up
// first.
std::string own_function(Dialect dialect, std::string_view name);

// The place of a table in the file, "main" where `dotted` names no schema; quoted. A source's
// tables are read so, for a schema may be called like one of DuckDB's catalogs (memory, temp).
std::string table_in_file(std::string_view dotted);

// Refuses a schema that is called like one of DuckDB's catalogs, for which DuckDB takes its name in
// "memory.lines". `what` is the sentence's beginning: "The table memory.lines".
Status check_schema_name(std::string_view schema, const std::string& what);

// Where a table is made. In a target's session DuckDB looks the schema "main" up among its own
// first, in which nothing can be made.
std::string new_table(Dialect dialect, std::string_view dotted);

// The same of a schema; quoted.
std::string schema_to_make_in(Dialect dialect, std::string_view schema);

}  // namespace decant
