#include "common/ledger/loaded_stores.h"

#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_loaded_stores = R"sql(
SELECT DISTINCT c.entity, c.store
FROM {schema}.migration_batches AS b JOIN {schema}.chunks AS c ON c.job = b.job AND c.chunk = b.chunk
WHERE b.job = $1 AND b.status = 'loaded' AND b.table_name IN )sql";

constexpr std::string_view k_once_loaded = R"sql(
SELECT DISTINCT c.store
FROM {schema}.migration_batches AS b JOIN {schema}.chunks AS c ON c.job = b.job AND c.chunk = b.chunk
WHERE b.job = $1 AND b.entity = $2 AND b.rows_loaded > 0
ORDER BY c.store)sql";

constexpr std::string_view k_chunks_of_store = R"sql(
SELECT chunk FROM {schema}.chunks WHERE job = $1 AND entity = $2 AND store = $3 ORDER BY chunk)sql";

constexpr std::string_view k_chunks_of_job = R"sql(
SELECT entity, store, chunk FROM {schema}.chunks WHERE job = $1 ORDER BY chunk)sql";

constexpr std::string_view k_void_store = R"sql(
UPDATE {schema}.migration_batches SET status = 'voided', voided_by = $4, voided_at = {now}
WHERE job = $1 AND entity = $2 AND status = 'loaded'
  AND chunk IN (SELECT c.chunk FROM {schema}.chunks AS c WHERE c.job = $1 AND c.entity = $2 AND c.store = $3))sql";

}  // namespace

Result<std::vector<StoreOfEntity>> loaded_stores(SqlSession& sql, const std::string& schema,
                                                 const std::string& job,
                                                 const std::vector<std::string>& tables) {
  std::vector<SqlValue> values{job};
  values.insert(values.end(), tables.begin(), tables.end());
  const std::string text =
      fill(sql.dialect(), schema, k_loaded_stores) + parameter_list(2, tables.size());
  DECANT_TRY_ASSIGN(const auto rows, sql.query(text, values));
  std::vector<StoreOfEntity> stores;
  for (const auto& row : rows) {
    RowReader read(row);
    StoreOfEntity& of = stores.emplace_back();
    of.entity = read.text();
    of.store = read.text();
  }
  return stores;
}

Result<std::vector<std::string>> stores_once_loaded(SqlSession& sql, const std::string& schema,
                                                    const std::string& job,
                                                    const std::string& entity) {
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, k_once_loaded),
                                               std::vector<SqlValue>{job, entity}));
  std::vector<std::string> stores;
  for (const auto& row : rows) stores.push_back(RowReader(row).text());
  return stores;
}

Result<std::vector<ChunkName>> chunks_of_store(SqlSession& sql, const std::string& schema,
                                               const std::string& job, const StoreOfEntity& of) {
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, k_chunks_of_store),
                                               std::vector<SqlValue>{job, of.entity, of.store}));
  std::vector<ChunkName> names;
  for (const auto& row : rows) names.emplace_back(RowReader(row).text());
  return names;
}

Result<std::vector<RecordedChunk>> chunks_of_job(SqlSession& sql, const std::string& schema,
                                                 const std::string& job) {
  DECANT_TRY_ASSIGN(const auto rows, sql.query(fill(sql.dialect(), schema, k_chunks_of_job),
                                               std::vector<SqlValue>{job}));
  std::vector<RecordedChunk> chunks;
  chunks.reserve(rows.size());
  for (const auto& row : rows) {
    RowReader read(row);
    RecordedChunk& chunk = chunks.emplace_back();
    chunk.of.entity = read.text();
    chunk.of.store = read.text();
    chunk.name = ChunkName(read.text());
  }
  return chunks;
}

Status void_store(SqlSession& sql, const std::string& schema, const RunId& run,
                  const std::string& job, const StoreOfEntity& of) {
  DECANT_TRY(sql.execute(fill(sql.dialect(), schema, k_void_store),
                         std::vector<SqlValue>{job, of.entity, of.store, run.value}));
  return {};
}

}  // namespace decant
