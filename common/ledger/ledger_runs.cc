// Runs and the load state of tables.
#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/failpoint.h"
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_insert_run = R"sql(
INSERT INTO {schema}.runs (run_id, job, command, range_text, state, coordinator, started_at, work)
SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS TEXT), 'running', CAST($5 AS TEXT), {now},
       CAST($6 AS TEXT)
WHERE NOT EXISTS (SELECT 1 FROM {schema}.runs WHERE run_id = $1))sql";

constexpr std::string_view k_runs = R"sql(
SELECT run_id, job, command, range_text, state, {iso}(started_at AT TIME ZONE 'UTC', {iso_format}),
       {iso}(ended_at AT TIME ZONE 'UTC', {iso_format}), coordinator, summary
FROM {schema}.runs WHERE $1 = '' OR job = $1
ORDER BY runs.started_at DESC, run_id DESC LIMIT )sql";

constexpr std::string_view k_update_table = R"sql(
UPDATE {schema}.tables
SET job = $2, entity = $3, state = $4, made_by_us = CAST($5 AS BOOLEAN), fingerprint = $6, changed_at = {now}
WHERE table_name = $1)sql";

constexpr std::string_view k_insert_table = R"sql(
INSERT INTO {schema}.tables (table_name, job, entity, state, made_by_us, fingerprint, changed_at)
VALUES ($1, $2, $3, $4, CAST($5 AS BOOLEAN), $6, {now}))sql";

constexpr std::string_view k_tables =
    "SELECT table_name, job, entity, state, made_by_us, fingerprint FROM {schema}.tables WHERE ";

constexpr std::pair<TableState, std::string_view> k_table_states[] = {
    {TableState::kLoading, "loading"},
    {TableState::kKeying, "keying"},
    {TableState::kKeyed, "keyed"},
    {TableState::kVerified, "verified"}};

std::string state_word(TableState state) {
  for (const auto& [value, word] : k_table_states) {
    if (value == state) return std::string(word);
  }
  return {};
}

Result<TableRecord> read_table(const SqlRow& row) {
  RowReader read(row);
  TableRecord record;
  record.table = read.text();
  record.job = read.text();
  record.entity = read.text();
  const std::string word = read.text();
  const auto* state = std::find_if(std::begin(k_table_states), std::end(k_table_states),
                                   [&](const auto& known) { return known.second == word; });
  if (state == std::end(k_table_states)) {
    return fail(ErrorCode::kProtocol,
                "The ledger gives table " + record.table + " a state that is not known.");
  }
  record.state = state->first;
  record.made_by_us = read.truth();
  record.fingerprint = read.text();
  return record;
}

}  // namespace

Status Ledger::begin_run(const RunRecord& run) {
  pass(Failpoint::kLed);
  const std::vector<SqlValue> values{run.run.value,
                                     run.job,
                                     storable_text(run.command),
                                     storable_text(run.range),
                                     storable_text(run.coordinator),
                                     run.work};
  DECANT_TRY_ASSIGN(const auto added,
                    sql_.execute(fill(sql_.dialect(), schema_, k_insert_run), values));
  if (added == 1) return {};
  return fail(ErrorCode::kBusy, "There is a run " + run.run.value + " in the ledger already.",
              "Start again.");
}

Status Ledger::end_run(const RunRecord& run) {
  pass(Failpoint::kBeforeEnd);
  DECANT_TRY_ASSIGN(
      const auto changed,
      sql_.execute(fill(sql_.dialect(), schema_,
                        "UPDATE {schema}.runs SET state = $2, summary = $3, ended_at = {now} "
                        "WHERE run_id = $1"),
                   std::vector<SqlValue>{run.run.value, run.state, storable_text(run.summary)}));
  pass(Failpoint::kAfterEnd);
  if (changed == 1) return {};
  return fail(ErrorCode::kNotFound, "There is no run " + run.run.value + " in the ledger.");
}

Result<std::vector<RunRecord>> Ledger::runs(const std::string& job, int newest) {
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(fill(sql_.dialect(), schema_, k_runs) +
                                                    std::to_string(std::max(newest, 0)),
                                                std::vector<SqlValue>{job}));
  std::vector<RunRecord> records;
  for (const auto& row : rows) {
    RowReader read(row);
    RunRecord record;
    record.run = RunId(read.text());
    record.job = read.text();
    record.command = read.text();
    record.range = read.text();
    record.state = read.text();
    record.started_at = read.text();
    record.ended_at = read.text();
    record.coordinator = read.text();
    record.summary = read.text();
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::optional<TableRecord>> Ledger::table(const std::string& table_name) {
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(fill(sql_.dialect(), schema_,
                                                     std::string(k_tables) + "table_name = $1"),
                                                std::vector<SqlValue>{table_name}));
  if (rows.empty()) return std::optional<TableRecord>();
  DECANT_TRY_ASSIGN(auto record, read_table(rows[0]));
  return std::optional(std::move(record));
}

Result<std::vector<TableRecord>> Ledger::tables(const std::string& job) {
  DECANT_TRY_ASSIGN(const auto rows,
                    sql_.query(fill(sql_.dialect(), schema_,
                                    std::string(k_tables) + "job = $1 ORDER BY table_name"),
                               std::vector<SqlValue>{job}));
  std::vector<TableRecord> records;
  for (const auto& row : rows) {
    DECANT_TRY_ASSIGN(auto record, read_table(row));
    records.push_back(std::move(record));
  }
  return records;
}

Status Ledger::in_lead(const Mandate& mandate, const std::function<Status()>& work) {
  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {mandate.table}));
  DECANT_TRY(work());
  return transaction.commit();
}

Status Ledger::put_table(const Mandate& mandate, const TableRecord& record) {
  const std::vector<SqlValue> values{record.table,
                                     record.job,
                                     record.entity,
                                     state_word(record.state),
                                     boolean(record.made_by_us),
                                     record.fingerprint};
  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(check_epoch(sql_, schema_, mandate.run, mandate.epoch, {record.table}));
  DECANT_TRY_ASSIGN(const auto changed,
                    sql_.execute(fill(sql_.dialect(), schema_, k_update_table), values));
  if (changed == 0) DECANT_TRY(sql_.execute(fill(sql_.dialect(), schema_, k_insert_table), values));
  return transaction.commit();
}

}  // namespace decant
