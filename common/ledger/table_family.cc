#include "common/ledger/table_family.h"

#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

// And the table itself.
constexpr std::string_view k_ancestors = R"sql(
WITH RECURSIVE family(id) AS (
  SELECT oid FROM pg_class WHERE oid = to_regclass($1)
  UNION SELECT i.inhparent FROM family AS f JOIN pg_inherits AS i ON i.inhrelid = f.id)
SELECT n.nspname || '.' || c.relname
FROM family AS f JOIN pg_class AS c ON c.oid = f.id JOIN pg_namespace AS n ON n.oid = c.relnamespace)sql";

// Without a schema too, as the ledgers of the first versions spell them.
constexpr std::string_view k_led_descendants = R"sql(
WITH RECURSIVE family(id) AS (
  SELECT oid FROM pg_class WHERE oid = to_regclass($1)
  UNION SELECT i.inhrelid FROM family AS f JOIN pg_inherits AS i ON i.inhparent = f.id)
SELECT l.table_name
FROM family AS f JOIN pg_class AS c ON c.oid = f.id JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN {schema}.leader AS l ON l.table_name COLLATE "C" IN ((n.nspname || '.' || c.relname) COLLATE "C", c.relname::text COLLATE "C"))sql";

Status add_names(SqlSession& session, const std::string& sql, const std::string& table,
                 TableNames& names) {
  const SqlValue spelt = quote_table(table);
  DECANT_TRY_ASSIGN(const auto rows, session.query(sql, std::span(&spelt, 1)));
  for (const SqlRow& row : rows) names.insert(row[0].value_or(table));
  return {};
}

}  // namespace

Result<TableNames> with_ancestors(SqlSession& session, const TableNames& tables) {
  if (session.dialect() != Dialect::kPostgres) return tables;
  TableNames all;
  for (const std::string& table : tables) {
    TableNames names;
    DECANT_TRY(add_names(session, std::string(k_ancestors), table, names));
    if (names.empty()) names.insert(table);
    all.merge(names);
  }
  return all;
}

Result<TableNames> names_to_lead(SqlSession& session, const std::string& ledger_schema,
                                 const TableNames& tables) {
  DECANT_TRY_ASSIGN(TableNames all, with_ancestors(session, tables));
  if (session.dialect() != Dialect::kPostgres) return all;
  const std::string descendants = fill(Dialect::kPostgres, ledger_schema, k_led_descendants);
  for (const std::string& table : tables) {
    DECANT_TRY(add_names(session, descendants, table, all));
  }
  return all;
}

}  // namespace decant
