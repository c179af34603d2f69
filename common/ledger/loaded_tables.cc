#include "common/ledger/loaded_tables.h"

#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_loaded_tables = R"sql(
SELECT DISTINCT table_name FROM {schema}.migration_batches
WHERE job = $1 AND entity = $2 AND status = 'loaded'
ORDER BY table_name)sql";

}  // namespace

Result<std::vector<std::string>> loaded_tables(Target& target, const std::string& schema,
                                               const std::string& job, const std::string& entity) {
  SqlSession& sql = target.sql();
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, k_loaded_tables),
                                               std::vector<SqlValue>{job, entity}));
  std::vector<std::string> tables;
  for (const auto& row : rows) {
    RowReader read(row);
    DECANT_TRY_ASSIGN(tables.emplace_back(), target.resolve_name(read.text()));
  }
  return tables;
}

}  // namespace decant
