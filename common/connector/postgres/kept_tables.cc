#include "common/connector/postgres/kept_tables.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/load_sql.h"
#include "common/connector/rival_sql.h"

namespace decant::postgres {
namespace {

constexpr const char* k_lock = "SELECT pg_advisory_xact_lock(hashtext('decant undo tables'))";

// Asked first: CREATE SCHEMA IF NOT EXISTS wants a privilege that the user may not need.
Status ensure_schema(SqlSession& session, const std::string& name) {
  const SqlValue schema = name;
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> found,
      session.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", std::span(&schema, 1)));
  if (!found.empty()) return {};
  DECANT_TRY(session.execute("CREATE SCHEMA " + quote_identifier(name)));
  return {};
}

// A domain's CHECK belongs to the table: here it would refuse the row that the table is asked about
// next, and no row could be told from the others.
constexpr const char* k_domains = R"(
SELECT a.attname,
       (WITH RECURSIVE base AS (
          SELECT t.typbasetype AS oid, t.typtypmod AS modifier
          UNION ALL
          SELECT d.typbasetype, d.typtypmod FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
        SELECT format_type(base.oid, base.modifier) FROM base JOIN pg_type AS b ON b.oid = base.oid
        WHERE b.typtype <> 'd')
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid AND t.typtype = 'd'
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped)";

Status drop_domains(SqlSession& session, const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session.query(k_domains, std::span(&name, 1)));
  for (const SqlRow& row : rows) {
    DECANT_TRY(session.execute("ALTER TABLE " + *name + " ALTER COLUMN " +
                               quote_identifier(*row[0]) + " TYPE " + *row[1]));
  }
  return {};
}

}  // namespace

Result<std::string> ensure_undo_table(SqlSession& session, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns) {
  DECANT_TRY(session.begin());
  DECANT_TRY(session.execute(k_lock));
  std::string undo_table;
  for (int version = 1;; ++version) {
    undo_table = undo_table_name(ledger_schema, table, version);
    const SqlValue name = quote_table(undo_table);
    DECANT_TRY_ASSIGN(
        const std::vector<SqlRow> rows,
        session.query(
            "SELECT a.attname FROM pg_attribute AS a WHERE a.attrelid = to_regclass($1) AND "
            "a.attnum > 0 AND NOT a.attisdropped",
            std::span(&name, 1)));
    if (rows.empty()) break;
    const bool fits_table =
        std::all_of(table_columns.begin(), table_columns.end(), [&](const std::string& wanted) {
          return std::any_of(rows.begin(), rows.end(),
                             [&](const SqlRow& row) { return row[0] == wanted; });
        });
    if (fits_table) {
      DECANT_TRY(drop_domains(session, undo_table));
      DECANT_TRY(session.commit());
      return undo_table;
    }
  }
  DECANT_TRY(ensure_schema(session, ledger_schema));
  DECANT_TRY(
      session.execute(create_undo_table(Dialect::kPostgres, undo_table, table, table_columns)));
  DECANT_TRY(drop_domains(session, undo_table));
  DECANT_TRY(session.commit());
  return undo_table;
}

Result<std::string> ensure_key_table(SqlSession& session, const std::string& ledger_schema,
                                     const EntityPlan& plan) {
  if (!keeps_keys(plan)) return std::string();
  const std::string table = key_table_name(ledger_schema, plan);
  const std::string waits = wait_table_name(ledger_schema, plan);
  const std::vector<SqlValue> names = {quote_table(table), quote_table(waits)};
  DECANT_TRY(session.begin());
  DECANT_TRY(session.execute(k_lock));
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> found,
      session.query("SELECT 1 WHERE to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL",
                    names));
  if (found.empty()) {
    DECANT_TRY(ensure_schema(session, ledger_schema));
    for (const std::string& sql : create_key_table(Dialect::kPostgres, table, plan))
      DECANT_TRY(session.execute(sql));
    DECANT_TRY(session.execute(create_wait_table(waits, plan)));
  }
  DECANT_TRY(session.commit());
  return table;
}

}  // namespace decant::postgres
