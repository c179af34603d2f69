#include "common/connector/references.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/connector/duckdb_names.h"

namespace decant {
namespace {

constexpr char k_separator = '\x1f';

// Deeper than any schema that somebody draws.
constexpr int k_most_cascades = 8;

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
       CASE WHEN f.conrelid = f.confrelid THEN 'true' END,
       CASE WHEN f.confdeltype = 'c' THEN 'true' END,
       CASE WHEN has_schema_privilege(t.relnamespace, 'USAGE')
             AND has_table_privilege(f.conrelid, 'SELECT') THEN 'true' END,
       CASE WHEN f.confdeltype IN ('n', 'd') THEN 'true' END,
       array_to_string(ARRAY(SELECT coalesce(quote_ident(n.nspname) || '.' || quote_ident(c.collname), '')
                             FROM unnest(f.confkey) WITH ORDINALITY AS k(number, position)
                             JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number
                             LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
                             LEFT JOIN pg_namespace AS n ON n.oid = c.collnamespace
                             ORDER BY k.position), chr(31)),
       CASE WHEN f.confdeltype = 'a' THEN 'true' END,
       CASE WHEN f.confupdtype IN ('c', 'n', 'd') THEN 'true' END
FROM pg_constraint AS f JOIN pg_class AS t ON t.oid = f.conrelid
WHERE f.contype = 'f' AND f.confrelid = to_regclass($1)
  AND NOT EXISTS (SELECT 1 FROM pg_constraint AS p WHERE p.oid = f.conparentid AND p.confrelid = f.confrelid)
ORDER BY 1, f.conname)";

std::string references_in_duckdb() {
  return R"(
SELECT schema_name || '.' || table_name, array_to_string(constraint_column_names, chr(31)),
       array_to_string(referenced_column_names, chr(31)), 'true', 'true',
       CASE WHEN )" +
         folded_name("table_name") + " = " + folded_name("referenced_table") + R"(
            THEN 'true' END, NULL, 'true', NULL, '', NULL, NULL
FROM duckdb_constraints()
WHERE database_name = current_database() AND constraint_type = 'FOREIGN KEY'
  AND )" +
         folded_name("schema_name") + " = " + folded_name("coalesce(nullif($1, ''), 'main')") +
         " AND " + folded_name("referenced_table") + " = " + folded_name("$2") + R"(
ORDER BY 1, constraint_index)";
}

Reference reference_of(const SqlRow& row, bool is_postgres) {
  Reference reference;
  reference.table = is_postgres ? row[0].value_or("") : quote_table(row[0].value_or(""));
  reference.columns = split(row[1].value_or(""), k_separator);
  reference.referenced = split(row[2].value_or(""), k_separator);
  reference.refuses_delete = row[3].has_value();
  reference.refuses_update = row[4].has_value();
  reference.is_own = row[5].has_value();
  reference.deletes = row[6].has_value();
  reference.can_read = row[7].has_value();
  reference.changes = row[8].has_value();
  reference.collations = split(row[9].value_or(""), k_separator);
  reference.waits = row[10].has_value();
  reference.follows_update = row[11].has_value();
  return reference;
}

// `path` are the tables that the cascade has gone through: a circle is followed once.
Result<std::vector<Reference>> postgres_references(SqlSession& sql, const std::string& quoted,
                                                   std::vector<std::string>& path) {
  const SqlValue name = quoted;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    sql.query(k_postgres_references, std::span(&name, 1)));
  std::vector<Reference> references;
  for (const SqlRow& row : rows) references.push_back(reference_of(row, true));
  if (path.size() == k_most_cascades) return references;
  for (Reference& reference : references) {
    const bool is_known = std::find(path.begin(), path.end(), reference.table) != path.end();
    if (!reference.deletes || reference.is_own || is_known) continue;
    path.push_back(reference.table);
    DECANT_TRY_ASSIGN(reference.next, postgres_references(sql, reference.table, path));
    path.pop_back();
  }
  return references;
}

Result<std::vector<Reference>> duckdb_references(SqlSession& sql, const std::string& table) {
  const auto dot = table.rfind('.');
  const std::vector<SqlValue> parameters = {
      dot == std::string::npos ? std::string() : table.substr(0, dot),
      dot == std::string::npos ? table : table.substr(dot + 1)};
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, sql.query(references_in_duckdb(), parameters));
  std::vector<Reference> references;
  for (const SqlRow& row : rows) references.push_back(reference_of(row, false));
  return references;
}

template <typename Wanted>
void add_tables(const std::vector<Reference>& references, const Wanted& is_wanted,
                std::vector<std::string>& tables) {
  for (const Reference& reference : references) {
    const bool is_known = std::find(tables.begin(), tables.end(), reference.table) != tables.end();
    if (is_wanted(reference) && !is_known) tables.push_back(reference.table);
    add_tables(reference.next, is_wanted, tables);
  }
}

}  // namespace

Result<std::vector<Reference>> references_to(SqlSession& sql, const std::string& table) {
  if (sql.dialect() == Dialect::kDuckDb) return duckdb_references(sql, table);
  std::vector<std::string> path;
  return postgres_references(sql, quote_table(table), path);
}

std::vector<std::string> tables_that_follow(const std::vector<Reference>& references) {
  std::vector<std::string> tables;
  const auto follows = [](const Reference& reference) { return reference.follows(); };
  add_tables(references, follows, tables);
  return tables;
}

std::vector<std::string> columns_that_rows_follow(const std::vector<Reference>& references) {
  std::vector<std::string> columns;
  for (const Reference& reference : references) {
    if (reference.follows_update)
      columns.insert(columns.end(), reference.referenced.begin(), reference.referenced.end());
  }
  return columns;
}

}  // namespace decant
