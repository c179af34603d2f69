// What people ask the ledger: the history of a chunk.
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

Result<std::vector<ChunkEvent>> Ledger::history(const std::string& job, const ChunkName& chunk) {
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(fill(sql_.dialect(), schema_, statement("history")),
                                                std::vector<SqlValue>{job, chunk.value}));
  std::vector<ChunkEvent> events;
  for (const auto& row : rows) {
    RowReader read(row);
    ChunkEvent event;
    event.at = read.text();
    event.run = read.text();
    event.what = read.text();
    event.worker = read.text();
    event.rows = read.integer();
    event.digest = read.text();
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::vector<TableContent>> Ledger::content_of(const std::vector<std::string>& names) {
  std::vector<TableContent> content;
  std::string marks;
  std::vector<SqlValue> values;
  for (const std::string& name : names) {
    values.push_back(name);
    marks += (marks.empty() ? "$" : ", $") + std::to_string(values.size());
  }
  if (values.empty()) return content;
  DECANT_TRY_ASSIGN(
      const auto rows,
      sql_.query(fill(sql_.dialect(), schema_,
                      "SELECT job, entity, CAST(sum(rows_loaded) AS BIGINT) FROM "
                      "{schema}.migration_batches WHERE status = 'loaded' AND table_name IN (" +
                          marks + ") GROUP BY job, entity ORDER BY job, entity"),
                 values));
  for (const auto& row : rows) {
    RowReader read(row);
    TableContent of;
    of.job = read.text();
    of.entity = read.text();
    of.rows = read.integer();
    content.push_back(std::move(of));
  }
  return content;
}

Result<Ledger::Duplicates> Ledger::keep_duplicates(const Mandate& mandate, const TableRecord& table,
                                                   const std::string& select, int most) {
  const std::string& run = mandate.run.value;
  const std::vector<SqlValue> owner = {run, table.job, table.table, table.entity};
  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(sql_.execute(
      fill(sql_.dialect(), schema_,
           "INSERT INTO {schema}.duplicates (run_id, job, table_name, entity, key_text, row_count) "
           "SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), "
           "d.decant_key, d.decant_rows FROM (") +
          select + ") AS d",
      owner));
  // Last, since the list may take minutes and a renewal of the lease waits for whoever has checked.
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {table.table}));
  DECANT_TRY(transaction.commit());
  const std::string of_table =
      " FROM {schema}.duplicates WHERE run_id = $1 AND job = $2 AND entity = $3";
  const std::vector<SqlValue> names = {run, table.job, table.entity};
  Duplicates found;
  DECANT_TRY_ASSIGN(
      const auto totals,
      sql_.query(fill(sql_.dialect(), schema_,
                      "SELECT count(*), CAST(coalesce(sum(row_count), 0) AS BIGINT)" + of_table),
                 names));
  RowReader total(totals.at(0));
  found.keys = total.integer();
  found.rows = total.integer();
  DECANT_TRY_ASSIGN(const auto rows,
                    sql_.query(fill(sql_.dialect(), schema_,
                                    "SELECT key_text, row_count" + of_table +
                                        " ORDER BY row_count DESC, key_text LIMIT " +
                                        std::to_string(std::max(most, 0))),
                               names));
  for (const auto& row : rows) {
    RowReader read(row);
    DuplicateKey key;
    key.key = read.text();
    key.rows = read.integer();
    found.first.push_back(std::move(key));
  }
  return found;
}

}  // namespace decant
