#include "common/connector/held_rows.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/connector/locator_sql.h"

namespace decant {
namespace {

constexpr char k_separator = '\x1f';

constexpr const char* k_postgres_references = R"(
SELECT f.conrelid::regclass::text,
       array_to_string(ARRAY(SELECT a.attname FROM unnest(f.conkey) WITH ORDINALITY AS k(number, position)
                             JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number
                             ORDER BY k.position), chr(31)),
       array_to_string(ARRAY(SELECT a.attname FROM unnest(f.confkey) WITH ORDINALITY AS k(number, position)
                             JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number
                             ORDER BY k.position), chr(31)),
       CASE WHEN f.confdeltype IN ('a', 'r') THEN 'true' END,
       CASE WHEN f.confupdtype IN ('a', 'r') THEN 'true' END,
       CASE WHEN f.conrelid = f.confrelid THEN 'true' END
FROM pg_constraint AS f WHERE f.contype = 'f' AND f.confrelid = to_regclass($1)
ORDER BY 1, f.conname)";

constexpr const char* k_duckdb_references = R"(
SELECT schema_name || '.' || table_name, array_to_string(constraint_column_names, chr(31)),
       array_to_string(referenced_column_names, chr(31)), 'true', 'true',
       CASE WHEN lower(table_name) = lower(referenced_table) THEN 'true' END
FROM duckdb_constraints()
WHERE database_name = current_database() AND constraint_type = 'FOREIGN KEY'
  AND lower(schema_name) = lower(coalesce(nullif($1, ''), current_schema()))
  AND lower(referenced_table) = lower($2)
ORDER BY 1, constraint_index)";

int position_of(const std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin());
}

}  // namespace

Result<std::vector<Reference>> references_to(SqlSession& sql, const std::string& table) {
  const bool is_postgres = sql.dialect() == Dialect::kPostgres;
  const auto dot = table.rfind('.');
  std::vector<SqlValue> parameters = {quote_table(table)};
  if (!is_postgres) {
    parameters = {dot == std::string::npos ? std::string() : table.substr(0, dot),
                  dot == std::string::npos ? table : table.substr(dot + 1)};
  }
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> rows,
      sql.query(is_postgres ? k_postgres_references : k_duckdb_references, parameters));
  std::vector<Reference> references;
  for (const SqlRow& row : rows) {
    Reference reference;
    reference.table = is_postgres ? row[0].value_or("") : quote_table(row[0].value_or(""));
    reference.columns = split(row[1].value_or(""), k_separator);
    reference.referenced = split(row[2].value_or(""), k_separator);
    reference.refuses_delete = row[3].has_value();
    reference.refuses_update = row[4].has_value();
    reference.is_own = row[5].has_value();
    references.push_back(std::move(reference));
  }
  return references;
}

std::string refused_by(const HeldInput& input, const Reference& reference) {
  const LoadSqlInput& load = *input.load;
  std::vector<std::string> filled;
  for (const ColumnPlan& column : load.plan->entity.columns) filled.push_back(column.name);
  std::string same, changes;
  for (std::size_t i = 0; i < reference.columns.size() && i < reference.referenced.size(); ++i) {
    const int old_value = position_of(load.table_columns, reference.referenced[i]);
    if (old_value < 0) return {};  // a column that the table makes itself
    const std::string value = "d.o" + std::to_string(old_value);
    same += (i ? " AND c." : "c.") + quote_identifier(reference.columns[i]) + " = " + value;
    const int new_value = position_of(filled, reference.referenced[i]);
    if (new_value < 0) continue;
    changes += (changes.empty() ? "" : " OR ") + value + " IS DISTINCT FROM d.n" +
               std::to_string(new_value);
  }
  std::string operations;
  if (reference.refuses_delete) operations = "d.decant_operation = 'deleted'";
  if (input.holds_updates && reference.refuses_update && !changes.empty()) {
    operations += std::string(operations.empty() ? "" : " OR ") +
                  "(d.decant_operation = 'updated' AND (" + changes + "))";
  }
  if (operations.empty() || same.empty()) return {};
  // What is deleted by the same statement refers to nothing any more; DuckDB looks at it row by
  // row.
  std::string but_deleted;
  if (reference.is_own && load.dialect == Dialect::kPostgres) {
    but_deleted =
        " AND NOT EXISTS (SELECT 1 FROM decant_diff AS x WHERE x.decant_operation = 'deleted' "
        "AND " +
        is_located(load.dialect, "x", "c") + ")";
  }
  return "INSERT INTO decant_held SELECT d.* FROM decant_diff AS d WHERE (" + operations +
         ") AND EXISTS (SELECT 1 FROM " + reference.table + " AS c WHERE " + same + but_deleted +
         ")";
}

Status hold_rows(SqlSession& sql, const HeldInput& input) {
  DECANT_TRY(sql.execute("DROP TABLE IF EXISTS decant_held"));
  DECANT_TRY(
      sql.execute("CREATE TEMPORARY TABLE decant_held AS SELECT * FROM decant_diff WHERE FALSE"));
  DECANT_TRY_ASSIGN(const std::vector<Reference> references,
                    references_to(sql, input.load->plan->entity.write.table));
  std::vector<std::string> moves;
  for (const Reference& reference : references) {
    std::string move = refused_by(input, reference);
    if (!move.empty()) moves.push_back(std::move(move));
  }
  for (bool any = true; any;) {
    any = false;
    for (const std::string& move : moves) {
      DECANT_TRY_ASSIGN(const std::int64_t held, sql.execute(move));
      if (held == 0) continue;
      any = true;
      DECANT_TRY(sql.execute("DELETE FROM decant_diff AS d USING decant_held AS h WHERE " +
                             same_locator(input.load->dialect, "d", "h")));
    }
  }
  return {};
}

std::string select_held(const LoadSqlInput& load) {
  std::string old_values, new_values;
  const std::vector<ColumnPlan>& columns = load.plan->entity.columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = " AS " + quote_identifier(columns[i].name);
    const int at = position_of(load.table_columns, columns[i].name);
    old_values += ", d.o" + std::to_string(at) + name;
    new_values += ", d.n" + std::to_string(i) + name;
  }
  const auto select = [](std::string_view rule, const std::string& values) {
    return "SELECT d.decant_chunk, CAST(" + quote_literal(rule) +
           " AS TEXT) AS decant_rule, CAST(0 AS BIGINT) AS decant_row" + values +
           " FROM decant_held AS d";
  };
  return select(k_held, old_values) + " UNION ALL " + select(k_unwritten, new_values) +
         " WHERE d.decant_operation = 'updated'";
}

}  // namespace decant
