#include "common/connector/duckdb/refusals.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/connector/duckdb/catalog.h"
#include "common/connector/sql_session.h"
#include "common/connector/unique_sql.h"

namespace decant::duck {
namespace {

struct TableColumn {
  std::string name;
  std::string type;
  bool nullable = true;
};

Result<std::vector<TableColumn>> columns_of(Connection& connection, const std::string& table) {
  const TableName name = table_name(table);
  const std::vector<SqlValue> parameters = {name.schema, name.table};
  DECANT_TRY_ASSIGN(
      const auto rows,
      Session(connection)
          .query("SELECT column_name, data_type, is_nullable FROM duckdb_columns() WHERE " +
                     is_table_named() + " ORDER BY column_index",
                 parameters));
  std::vector<TableColumn> columns;
  for (const SqlRow& row : rows)
    columns.push_back(
        {row[0].value_or(""), row[1].value_or(""), row[2].value_or("true") == "true"});
  return columns;
}

bool is_filled(const EntityPlan& plan, const std::string& column) {
  return std::any_of(plan.columns.begin(), plan.columns.end(),
                     [&](const ColumnPlan& c) { return c.name == column; });
}

// Whether a staged value that is there cannot become one of the table's type.
std::string misfit_name(std::size_t column) { return "decant_misfit_" + std::to_string(column); }

std::string reference_condition(const std::string& schema, const std::string& table,
                                const std::vector<std::string>& columns,
                                const std::vector<std::string>& referenced) {
  std::string has_all, same;
  for (std::size_t i = 0; i < columns.size() && i < referenced.size(); ++i) {
    has_all += "decant_v." + quote_identifier(columns[i]) + " IS NOT NULL AND ";
    same += (i ? " AND decant_r." : "decant_r.") + quote_identifier(referenced[i]) +
            " = decant_v." + quote_identifier(columns[i]);
  }
  return has_all + "NOT EXISTS (SELECT 1 FROM " + quote_table(schema + "." + table) +
         " AS decant_r WHERE " + same + ")";
}

}  // namespace

Result<std::vector<Refusal>> possible_refusals(Connection& connection, const EntityPlan& plan) {
  const std::string& table = plan.write.table;
  DECANT_TRY_ASSIGN(const std::vector<TableColumn> columns, columns_of(connection, table));
  std::vector<Refusal> refusals;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!is_filled(plan, columns[i].name)) continue;
    refusals.push_back({"type", columns[i].name,
                        "The column " + columns[i].name + " of the table is " + columns[i].type +
                            ", which cannot hold its value.",
                        "decant_v." + misfit_name(i)});
  }
  for (const TableColumn& column : columns) {
    if (column.nullable || !is_filled(plan, column.name)) continue;
    refusals.push_back({"not null", column.name,
                        "The table takes no row without a value of " + column.name + ".",
                        "decant_v." + quote_identifier(column.name) + " IS NULL"});
  }
  const TableName name = table_name(table);
  const std::vector<SqlValue> parameters = {name.schema, name.table};
  DECANT_TRY_ASSIGN(
      const auto rows,
      Session(connection)
          .query("SELECT constraint_type, expression, array_to_string(constraint_column_names, "
                 "chr(31)), referenced_table, array_to_string(referenced_column_names, chr(31)) "
                 "FROM duckdb_constraints() WHERE " +
                     is_table_named() +
                     " AND "
                     "constraint_type IN ('CHECK', 'FOREIGN KEY') ORDER BY constraint_index",
                 parameters));
  for (const SqlRow& row : rows) {
    const std::vector<std::string> of = split(row[2].value_or(""), '\x1f');
    if (row[0] == "CHECK") {
      const std::string expression = row[1].value_or("TRUE");
      refusals.push_back({"check", join(of, ", "), "The table asks for " + expression + ".",
                          "NOT (" + expression + ")"});
    } else {
      refusals.push_back({"reference", join(of, ", "),
                          "No row of " + row[3].value_or("") + " has its " + join(of, ", ") + ".",
                          reference_condition(name.schema, row[3].value_or(""), of,
                                              split(row[4].value_or(""), '\x1f'))});
    }
  }
  return refusals;
}

std::optional<Refusal> possible_taken(const LoadSqlInput& load) {
  std::string column;
  for (const UniqueValues& values : other_unique_values(load, "decant_d"))
    column += (column.empty() ? "" : " or ") + join(values.names, ", ");
  if (column.empty()) return std::nullopt;
  return Refusal{"unique", column, "Another row of the table has the same " + column + ".",
                 "FALSE"};
}

Result<std::int64_t> set_taken_aside(Connection& connection, const LoadSqlInput& load,
                                     std::size_t refusal) {
  const LoadMethod method = load.plan->method;
  const bool has_diff = method != LoadMethod::kAppend && method != LoadMethod::kReplaceRange;
  Session session(connection);
  SqlSession& sql = session;
  return sql.execute("INSERT INTO " + std::string(k_unfit) + " SELECT decant_t.decant_row, " +
                     std::to_string(refusal) + " FROM (" +
                     (has_diff ? select_taken(load) : select_taken_of_stage(load)) +
                     ") AS decant_t");
}

Result<std::string> create_unfit(Connection& connection, const EntityPlan& plan,
                                 const std::vector<Refusal>& refusals, const std::string& stage) {
  DECANT_TRY_ASSIGN(const std::vector<TableColumn> columns,
                    columns_of(connection, plan.write.table));
  std::string list = "decant_s.decant_row";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string quoted = quote_identifier(columns[i].name);
    const bool filled = is_filled(plan, columns[i].name);
    // TRY_CAST leaves out what does not fit inside of a list of structures, or fails for all rows.
    const std::string cast = "TRY(CAST(" + (filled ? "decant_s." + quoted : std::string("NULL")) +
                             " AS " + columns[i].type + "))";
    list += ", " + cast + " AS " + quoted;
    if (filled)
      list += ", decant_s." + quoted + " IS NOT NULL AND " + cast + " IS NULL AS " + misfit_name(i);
  }
  // A condition that is NULL is none, as in a constraint.
  std::string first = "CASE";
  for (std::size_t i = 0; i < refusals.size(); ++i)
    first += " WHEN " + refusals[i].condition + " THEN " + std::to_string(i);
  return "CREATE TEMPORARY TABLE " + std::string(k_unfit) +
         " AS SELECT decant_row, decant_refusal FROM (SELECT decant_v.decant_row, " + first +
         " END AS decant_refusal FROM (SELECT " + list + " FROM " + stage +
         " AS decant_s) AS decant_v) AS decant_w WHERE decant_refusal IS NOT NULL";
}

}  // namespace decant::duck
