// What DuckDB's catalogue says of tables. Private to this folder.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/load_plan.h"
#include "common/connector/target.h"

namespace decant::duck {

// "schema.table" in its parts; the schema of a plain name is main.
struct TableName {
  std::string schema;
  std::string table;
};
TableName table_name(const std::string& dotted);

// "main.sales": names are compared without regard to case, so that the one name is in lower case.
std::string resolve_name(const std::string& table);

// The condition by which a catalogue of DuckDB (duckdb_columns() and others) has the rows of the
// table whose schema is the statement's first parameter and whose name is the second.
std::string is_table_named();

Result<std::optional<TableShape>> describe_table(Connection& connection, const std::string& table);

// Columns that can be written, in order; kNotFound when there is no such table.
Result<std::vector<std::string>> column_names(Connection& connection, const std::string& table);

// The columns of each unique constraint, the primary key's first.
Result<std::vector<std::vector<std::string>>> unique_keys_of(Connection& connection,
                                                             const std::string& table);

// Columns that a key, a foreign key or an index of the table is over.
Result<std::vector<std::string>> indexed_columns(Connection& connection, const std::string& table);

Status create_schema_of(Connection& connection, const std::string& table);
Status create_table(Connection& connection, const EntityPlan& plan);
// NULLs and duplicates are looked for by query; with `enforce` a PRIMARY KEY is made where there is
// none.
Status build_key(Connection& connection, const EntityPlan& plan);

// The undo table that fits the columns `table` has now, made when there is none.
Result<std::string> ensure_undo_table(Connection& connection, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns);

// The key table of an upserted or inserted entity (key_sql.h), made when there is none; empty for
// others.
Result<std::string> ensure_key_table(Connection& connection, const std::string& ledger_schema,
                                     const EntityPlan& plan);
// What the tables of such an entity's keys are like; makes and alters nothing.
Result<KeptKeys> kept_keys(Connection& connection, const std::string& ledger_schema,
                           const EntityPlan& plan);

}  // namespace decant::duck
