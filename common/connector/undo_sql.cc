// The part of load_sql.h that names and makes the tables of pre-images.
#include "common/connector/duckdb_names.h"
#include "common/connector/load_sql.h"
#include "common/digest/digest.h"

namespace decant {

std::string undo_table_name(std::string_view ledger_schema, std::string_view table, int version) {
  std::string out = std::string(ledger_schema) + ".undo_" + sha256_hex(table).substr(0, 12);
  return version > 1 ? out + "_" + std::to_string(version) : out;
}

std::string create_undo_table(Dialect dialect, const std::string& undo_table,
                              const std::string& table,
                              const std::vector<std::string>& table_columns) {
  std::string columns;
  for (const std::string& name : table_columns)
    columns += (columns.empty() ? "decant_t." : ", decant_t.") + quote_identifier(name);
  return "CREATE TABLE IF NOT EXISTS " + new_table(dialect, undo_table) +
         " AS SELECT CAST(NULL AS TEXT) AS " + std::string(k_undo_run) +
         ", CAST(NULL AS BIGINT) AS " + std::string(k_undo_task) + ", CAST(NULL AS TEXT) AS " +
         std::string(k_undo_chunk) + ", CAST(NULL AS TEXT) AS " + std::string(k_undo_operation) +
         ", " + columns + " FROM " + quote_table(table) + " AS decant_t WITH NO DATA";
}

}  // namespace decant
