#include "common/connector/duckdb/catalog.h"

#include <algorithm>
#include <map>

#include "common/base/text.h"
#include "common/connector/duckdb/key_check.h"
#include "common/connector/duckdb/rows.h"
#include "common/connector/duckdb/type_map.h"
#include "common/connector/duckdb_names.h"
#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/load_sql.h"
#include "common/job/foreign_type.h"

namespace decant::duck {
namespace {

// A row of a DuckDB table is found again by the number that DuckDB calls rowid, unless a column is
// called so; and names that differ in their case are one.
Status check_names(const std::vector<std::string>& names, const std::string& table) {
  std::map<std::string, std::string> seen;
  for (const std::string& name : names) {
    std::string folded = name;
    std::transform(name.begin(), name.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (folded == "rowid") {
      return fail(ErrorCode::kUsage,
                  "The column \"" + name + "\" of " + table +
                      " has the name by which DuckDB tells rows apart.",
                  "Give it another name under `columns:`, with `from: " + name + "`.");
    }
    const auto [first, fresh] = seen.emplace(folded, name);
    if (fresh) continue;
    return fail(ErrorCode::kUsage,
                "The columns \"" + first->second + "\" and \"" + name + "\" of " + table +
                    " are one to DuckDB, which does not look at the case of letters.",
                "Give one of them another name under `columns:`.");
  }
  return {};
}

// Names and types of a table's columns in order; empty when there is no such table.
Result<std::vector<SqlRow>> all_columns_of(Connection& connection, const std::string& table) {
  const TableName name = table_name(table);
  const std::vector<SqlValue> parameters = {name.schema, name.table};
  return Session(connection)
      .query(
          "SELECT column_name, data_type, is_nullable, column_default IS NULL FROM "
          "duckdb_columns() WHERE " +
              is_table_named() + " ORDER BY column_index",
          parameters);
}

// No catalog of DuckDB tells a generated column from one with a default, but no INSERT that names
// one can be prepared.
bool is_generated(Connection& connection, const std::string& table, const SqlRow& column) {
  if (column[3] == "true") return false;  // it has not even a default
  const auto prepared =
      connection.prepare("INSERT INTO " + quote_table(table) + " (" +
                             quote_identifier(column[0].value_or("")) + ") SELECT NULL",
                         {});
  return !prepared && prepared.error().message.find("generated column") != std::string::npos;
}

// Intervals of one length are equal however they are written, and a collation takes A for a. Of a
// column's collation only the table's definition tells.
Result<std::vector<std::string>> loose_columns_of(Connection& connection, const std::string& table,
                                                  const std::vector<SqlRow>& columns) {
  const TableName name = table_name(table);
  const std::vector<SqlValue> parameters = {name.schema, name.table};
  DECANT_TRY_ASSIGN(
      const auto definition,
      Session(connection)
          .query("SELECT sql FROM duckdb_tables() WHERE " + is_table_named(), parameters));
  const std::string sql = definition.empty() ? "" : definition[0][0].value_or("");
  std::vector<std::string> loose;
  for (const SqlRow& column : columns) {
    const std::string of_column = column[0].value_or("");
    const auto is_collated = [&](const std::string& written) {
      constexpr std::string_view k_collate = " VARCHAR COLLATE ";
      const std::size_t at = sql.find(written + std::string(k_collate));
      if (at == std::string::npos) return false;
      const std::size_t begin = at + written.size() + k_collate.size();
      std::string collation = sql.substr(begin, sql.find_first_of(" ,)", begin) - begin);
      std::erase(collation, '"');
      return collation != "binary" && collation != "C" && collation != "POSIX";
    };
    const bool is_loose = is_collated("(" + of_column) || is_collated(", " + of_column) ||
                          is_collated("(" + quote_identifier(of_column)) ||
                          is_collated(", " + quote_identifier(of_column));
    if (is_loose || has_interval(column[1].value_or(""))) loose.push_back(of_column);
  }
  return loose;
}

// Those that can be written.
Result<std::vector<SqlRow>> columns_of(Connection& connection, const std::string& table) {
  DECANT_TRY_ASSIGN(auto columns, all_columns_of(connection, table));
  std::erase_if(columns,
                [&](const SqlRow& column) { return is_generated(connection, table, column); });
  return columns;
}

Result<ColumnTypes> types_of(Connection& connection, const std::string& table) {
  DECANT_TRY_ASSIGN(const auto columns, all_columns_of(connection, table));
  ColumnTypes types;
  for (const SqlRow& column : columns) types[*column[0]] = {*column[1], {}};
  return types;
}

}  // namespace

TableName table_name(const std::string& dotted) {
  const std::size_t dot = dotted.rfind('.');
  if (dot == std::string::npos) return {"main", dotted};
  return {dotted.substr(0, dot), dotted.substr(dot + 1)};
}

std::string resolve_name(const std::string& table) {
  const TableName name = table_name(table);
  std::string resolved = name.schema + "." + name.table;
  for (char& c : resolved) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return resolved;
}

std::string is_table_named() {
  return "database_name = current_database() AND " + folded_name("schema_name") + " = " +
         folded_name("$1") + " AND " + folded_name("table_name") + " = " + folded_name("$2");
}

Result<std::optional<TableShape>> describe_table(Connection& connection, const std::string& table) {
  DECANT_TRY(check_schema_name(table_name(table).schema, "The table " + table));
  DECANT_TRY_ASSIGN(const auto columns, all_columns_of(connection, table));
  if (columns.empty()) return std::nullopt;
  const std::string quoted = quote_table(table);
  TableShape shape;
  shape.compares_as_text = true;
  DECANT_TRY_ASSIGN(shape.schema, describe_query(connection, "SELECT * FROM " + quoted, table));
  std::vector<std::string> names;
  for (const Field& field : shape.schema.fields) names.push_back(field.name);
  DECANT_TRY(check_names(names, table));
  std::vector<Field> written;
  for (std::size_t i = 0; i < columns.size() && i < shape.schema.fields.size(); ++i) {
    Field& field = shape.schema.fields[i];
    if (is_generated(connection, table, columns[i])) {
      shape.generated.push_back(field.name);
      continue;
    }
    field.nullable = columns[i][2].value_or("true") == "true";
    if (!field.nullable && columns[i][3].value_or("true") == "true")
      shape.required.push_back(field.name);
    written.push_back(std::move(field));
  }
  shape.schema.fields = std::move(written);
  DECANT_TRY_ASSIGN(shape.unique_keys, unique_keys_of(connection, table));
  if (!shape.unique_keys.empty()) shape.key = shape.unique_keys.front();
  DECANT_TRY_ASSIGN(shape.loose_columns, loose_columns_of(connection, table, columns));
  // Counting is free in DuckDB: it reads the row groups' headers.
  DECANT_TRY_ASSIGN(shape.estimated_rows,
                    connection.number("SELECT count(*) FROM " + quoted, table));
  shape.has_rows = shape.estimated_rows > 0;
  return shape;
}

Result<std::vector<std::string>> column_names(Connection& connection, const std::string& table) {
  DECANT_TRY_ASSIGN(const auto columns, columns_of(connection, table));
  if (columns.empty()) return fail(ErrorCode::kNotFound, "The target has no table " + table + ".");
  std::vector<std::string> names;
  for (const SqlRow& column : columns) names.push_back(column[0].value_or(""));
  return names;
}

namespace {

// Rows of a key's number and one of its columns; one without a column is over an expression.
void add_keys(const std::vector<SqlRow>& rows, std::vector<std::vector<std::string>>& keys) {
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    std::vector<std::string> key;
    bool is_of_columns = true;
    for (; end < rows.size() && rows[end][0] == rows[begin][0]; ++end) {
      is_of_columns = is_of_columns && rows[end][1];
      key.push_back(rows[end][1].value_or(""));
    }
    if (is_of_columns) keys.push_back(std::move(key));
  }
}

}  // namespace

Result<std::vector<std::vector<std::string>>> unique_keys_of(Connection& connection,
                                                             const std::string& table) {
  const TableName name = table_name(table);
  const std::vector<SqlValue> parameters = {name.schema, name.table};
  DECANT_TRY_ASSIGN(
      const auto rows,
      Session(connection)
          .query("SELECT constraint_index, unnest(constraint_column_names) FROM "
                 "(SELECT * FROM duckdb_constraints() WHERE " +
                     is_table_named() +
                     " AND "
                     "constraint_type IN ('PRIMARY KEY', 'UNIQUE') ORDER BY constraint_type, "
                     "constraint_index)",
                 parameters));
  DECANT_TRY_ASSIGN(
      const auto indexed,
      Session(connection)
          .query("SELECT i.index_oid, c.column_name FROM (SELECT index_oid, table_oid, "
                 "database_oid, unnest(CAST(expressions AS VARCHAR[])) AS expression FROM "
                 "duckdb_indexes() WHERE is_unique AND " +
                     is_table_named() +
                     ") AS i LEFT JOIN "
                     "duckdb_columns() AS c ON c.table_oid = i.table_oid AND c.database_oid = "
                     "i.database_oid AND " +
                     folded_name("i.expression") + " IN (" + folded_name("c.column_name") +
                     ", '\"' || " + folded_name("replace(c.column_name, '\"', '\"\"')") +
                     " || '\"') ORDER BY i.index_oid",
                 parameters));
  std::vector<std::vector<std::string>> keys;
  add_keys(rows, keys);
  add_keys(indexed, keys);
  return keys;
}

Result<std::vector<std::string>> indexed_columns(Connection& connection, const std::string& table) {
  const TableName name = table_name(table);
  const std::vector<SqlValue> parameters = {name.schema, name.table};
  // An index has the text of its expressions only: a name that occurs in it may be a column's.
  DECANT_TRY_ASSIGN(
      const auto rows,
      Session(connection)
          .query("SELECT c.column_name FROM duckdb_columns() AS c WHERE " + is_table_named() +
                     " AND (EXISTS (SELECT 1 FROM duckdb_constraints() AS k WHERE k.table_oid "
                     "= c.table_oid AND k.database_oid = c.database_oid AND k.constraint_type IN "
                     "('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') AND "
                     "list_contains(k.constraint_column_names, c.column_name)) OR EXISTS (SELECT 1 "
                     "FROM "
                     "duckdb_indexes() AS i WHERE i.table_oid = c.table_oid AND i.database_oid = "
                     "c.database_oid AND contains(" +
                     folded_name("i.expressions") + ", " + folded_name("c.column_name") +
                     "))) ORDER BY c.column_index",
                 parameters));
  std::vector<std::string> names;
  for (const SqlRow& row : rows) names.push_back(row[0].value_or(""));
  return names;
}

Status create_schema_of(Connection& connection, const std::string& table) {
  const std::string schema = table_name(table).schema;
  return connection.run("CREATE SCHEMA IF NOT EXISTS " + quote_identifier(schema),
                        "The schema " + schema + " could not be made");
}

Status create_table(Connection& connection, const EntityPlan& plan) {
  std::string columns;
  std::vector<std::string> names;
  for (const Field& field : plan.target_schema().fields) names.push_back(field.name);
  DECANT_TRY(check_names(names, plan.write.table));
  for (const Field& field : plan.target_schema().fields) {
    DECANT_TRY_ASSIGN(const std::string type, sql_type(field.type, field.name));
    columns += (columns.empty() ? "" : ", ") + quote_identifier(field.name) + " " + type;
    if (!field.nullable) columns += " NOT NULL";
  }
  if (plan.write.enforce && plan.has_key())
    columns += ", PRIMARY KEY (" + quote_identifiers(plan.write.key) + ")";
  DECANT_TRY(create_schema_of(connection, plan.write.table));
  return connection.run("CREATE TABLE IF NOT EXISTS " +
                            new_table(Dialect::kDuckDb, plan.write.table) + " (" + columns + ")",
                        "The table " + plan.write.table + " could not be made");
}

Status build_key(Connection& connection, const EntityPlan& plan) {
  if (!plan.has_key()) return {};
  DECANT_TRY_ASSIGN(const auto existing, unique_keys_of(connection, plan.write.table));
  if (!existing.empty() && existing.front() == plan.write.key) return {};
  DECANT_TRY(check_key(connection, plan));
  if (!plan.write.enforce) return {};
  return connection.run("ALTER TABLE " + quote_table(plan.write.table) + " ADD PRIMARY KEY (" +
                            quote_identifiers(plan.write.key) + ")",
                        "The key of " + plan.write.table + " could not be built");
}

Result<std::string> ensure_undo_table(Connection& connection, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns) {
  DECANT_TRY_ASSIGN(const auto wanted, columns_of(connection, table));
  for (int version = 1;; ++version) {
    const std::string name = undo_table_name(ledger_schema, table, version);
    DECANT_TRY_ASSIGN(const auto found, columns_of(connection, name));
    if (found.empty()) {
      DECANT_TRY(create_schema_of(connection, name));
      DECANT_TRY(connection.run(create_undo_table(Dialect::kDuckDb, name, table, table_columns),
                                "The table for undoing could not be made"));
      return name;
    }
    bool fits = found.size() == wanted.size() + 4;
    for (std::size_t i = 0; fits && i < wanted.size(); ++i) {
      fits = found[i + 4][0] == wanted[i][0] && found[i + 4][1] == wanted[i][1];
    }
    if (fits) return name;
  }
}

namespace {

Result<KeyTableTypes> key_table_types(Connection& connection, const std::string& ledger_schema,
                                      const EntityPlan& plan) {
  KeyTableTypes found;
  for (const auto& [types, name] :
       {std::pair(&found.table, plan.write.table),
        std::pair(&found.keys, key_table_name(ledger_schema, plan)),
        std::pair(&found.waits, wait_table_name(ledger_schema, plan)),
        std::pair(&found.earlier_waits, earlier_wait_table_name(ledger_schema, plan))}) {
    DECANT_TRY_ASSIGN(*types, types_of(connection, name));
  }
  return found;
}

}  // namespace

Result<std::string> ensure_key_table(Connection& connection, const std::string& ledger_schema,
                                     const EntityPlan& plan) {
  if (!keeps_keys(plan)) return std::string();
  const std::string table = key_table_name(ledger_schema, plan);
  DECANT_TRY_ASSIGN(const KeyTableTypes found, key_table_types(connection, ledger_schema, plan));
  const auto statements =
      fit_key_tables(Dialect::kDuckDb, ledger_schema, plan, found, Casts::kWhatCanBe);
  if (statements.empty()) return table;
  DECANT_TRY(create_schema_of(connection, table));
  for (const std::string& sql : statements)
    DECANT_TRY(connection.run(sql, "The tables of keys could not be made"));
  return table;
}

Result<KeptKeys> kept_keys(Connection& connection, const std::string& ledger_schema,
                           const EntityPlan& plan) {
  DECANT_TRY_ASSIGN(const KeyTableTypes found, key_table_types(connection, ledger_schema, plan));
  return decant::kept_keys(Dialect::kDuckDb, ledger_schema, plan, found);
}

}  // namespace decant::duck
