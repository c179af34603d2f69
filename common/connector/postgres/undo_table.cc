#include "common/connector/postgres/undo_table.h"

#include <algorithm>

#include "common/connector/load_sql.h"

namespace decant::postgres {

Result<std::string> ensure_undo_table(SqlSession& session, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns) {
  DECANT_TRY(session.begin());
  DECANT_TRY(session.execute("SELECT pg_advisory_xact_lock(hashtext('decant undo tables'))"));
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
      DECANT_TRY(session.commit());
      return undo_table;
    }
  }
  // Asked first: CREATE SCHEMA IF NOT EXISTS wants a privilege that the user may not need.
  const SqlValue schema = ledger_schema;
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> found,
      session.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", std::span(&schema, 1)));
  if (found.empty())
    DECANT_TRY(session.execute("CREATE SCHEMA " + quote_identifier(ledger_schema)));
  DECANT_TRY(
      session.execute(create_undo_table(Dialect::kPostgres, undo_table, table, table_columns)));
  DECANT_TRY(session.commit());
  return undo_table;
}

}  // namespace decant::postgres
