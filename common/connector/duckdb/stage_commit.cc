#include "common/connector/duckdb/stage_commit.h"

#include <algorithm>
#include <filesystem>

#include "common/base/text.h"
#include "common/connector/duckdb/catalog.h"
#include "common/connector/duckdb/rows.h"
#include "common/connector/key_places.h"
#include "common/connector/load_sql.h"
#include "common/value/canonical.h"

namespace decant::duck {
namespace {

constexpr std::size_t k_max_original_bytes = 1000;
// Columns of LoadStatements::refused that come before the row's own.
constexpr std::size_t k_refused_columns = 3;

// The key of a refused row as text, by which a person finds it again.
std::string key_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row) {
  std::string out;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const ColumnPlan& column = plan.columns[i];
    if (std::find(plan.write.key.begin(), plan.write.key.end(), column.name) ==
        plan.write.key.end())
      continue;
    out += (out.empty() ? "" : ", ") + column.name + "=" +
           (column.is_private ? std::string("***") : display_text(batch.columns[i], row));
  }
  if (out.size() > k_max_original_bytes) out.resize(k_max_original_bytes);
  return out;
}

Reject reject_of(const LoadPlan& plan, std::string rule, const RowBatch& batch, std::size_t row) {
  Reject reject;
  reject.column = join(plan.entity.write.key, ", ");
  reject.rule = std::move(rule);
  reject.original = key_text(plan.entity, batch, row);
  if (reject.rule == "superseded") {
    reject.reason = "A row with the same key and a later " + plan.entity.write.latest_by +
                    " stands in its place.";
  } else if (plan.method == LoadMethod::kInsert || plan.method == LoadMethod::kAppend) {
    reject.reason = "The key (" + reject.column + ") is in the table already, or came earlier.";
  } else {
    reject.reason = "The key (" + reject.column + ") came earlier in the source.";
  }
  return reject;
}

std::shared_ptr<const Schema> refused_schema(const Schema& rows) {
  Schema schema;
  schema.fields.push_back({"chunk", {TypeKind::kInt64, 0, 0, 32}, false});
  schema.fields.push_back({"rule", {TypeKind::kText}, false});
  schema.fields.push_back({"row", {TypeKind::kInt64, 0, 0, 64}, false});
  schema.fields.insert(schema.fields.end(), rows.fields.begin(), rows.fields.end());
  return std::make_shared<const Schema>(std::move(schema));
}

Status read_refused(const std::shared_ptr<Connection>& connection, const LoadPlan& plan,
                    const std::string& sql, const TakeRefused& take) {
  const auto row_schema = std::make_shared<const Schema>(plan.entity.target_schema());
  DECANT_TRY_ASSIGN(const auto rows,
                    QueryRows::open(connection, sql, refused_schema(*row_schema), "Refused rows"));
  std::vector<Reject> none;
  RowBatch batch;
  RowBatch own;  // the same rows with the plan's columns alone, as the digest takes them
  while (true) {
    DECANT_TRY_ASSIGN(const bool more, rows->next(batch, none));
    if (!more) return {};
    own.reset(row_schema);
    own.rows = batch.rows;
    for (std::size_t i = 0; i < own.columns.size(); ++i)
      own.columns[i] = batch.columns[i + k_refused_columns];
    for (std::size_t row = 0; row < own.rows; ++row) {
      RefusedRow refused;
      refused.chunk = static_cast<int>(batch.columns[0].words[row]);
      refused.reject = reject_of(plan, std::string(batch.columns[1].views[row]), own, row);
      append_canonical_row(own, row, refused.canonical_row);
      DECANT_TRY(take(std::move(refused)));
    }
  }
}

Status read_counts(Connection& connection, const std::string& sql,
                   std::vector<ChunkCounts>& counts) {
  DECANT_TRY_ASSIGN(const auto rows, Session(connection).query(sql, {}));
  for (const SqlRow& row : rows) {
    ChunkCounts& of_chunk = counts.at(std::stoul(row[0].value_or("0")));
    const std::string operation = row[1].value_or("");
    const std::int64_t count = std::stoll(row[2].value_or("0"));
    if (operation == k_inserted) of_chunk.inserted = count;
    if (operation == k_updated) of_chunk.updated = count;
    if (operation == k_deleted) of_chunk.deleted = count;
  }
  return {};
}

std::string what_failed(const LoadPlan& plan) {
  return "The rows could not be put into " + plan.entity.write.table;
}

Result<LoadStatements> statements_of(const std::shared_ptr<Connection>& connection,
                                     const LoadPlan& plan, const std::string& stage_file,
                                     const std::vector<int>& chunks) {
  LoadSqlInput input{Dialect::kDuckDb, &plan, parquet_relation(stage_file), chunks, {}, {}, {}};
  DECANT_TRY_ASSIGN(input.table_columns, column_names(*connection, plan.entity.write.table));
  if (plan.method != LoadMethod::kAppend) {
    DECANT_TRY_ASSIGN(input.undo_table,
                      ensure_undo_table(*connection, plan.ledger_schema, plan.entity.write.table,
                                        input.table_columns));
  }
  DECANT_TRY_ASSIGN(input.key_table,
                    ensure_key_table(*connection, plan.ledger_schema, plan.entity));
  return load_statements(input);
}

// The statements of one attempt, up to the ledger's. Rows are refused once nothing else can fail:
// another attempt would refuse them again.
Status apply(const std::shared_ptr<Connection>& connection, const LoadPlan& plan,
             const std::string& stage_file, const std::vector<int>& chunks,
             const TakeRefused& refused, LoadOutcome& outcome) {
  const std::string what = what_failed(plan);
  DECANT_TRY_ASSIGN(const LoadStatements statements,
                    statements_of(connection, plan, stage_file, chunks));
  for (const std::string& sql : statements.prepare) DECANT_TRY(connection->run(sql, what));
  DECANT_TRY(read_counts(*connection, statements.counts, outcome.counts));
  for (const std::string& sql : statements.apply) DECANT_TRY(connection->run(sql, what));
  if (!statements.refused.empty()) {
    DECANT_TRY(read_refused(connection, plan, statements.refused, refused));
  }
  for (const std::string& sql : statements.keys) DECANT_TRY(connection->run(sql, what));
  for (const std::string& sql : statements.clean) DECANT_TRY(connection->run(sql, what));
  return {};
}

Result<LoadOutcome> attempt(const std::shared_ptr<Connection>& connection, const LoadPlan& plan,
                            const std::string& stage_file, const std::vector<int>& chunks,
                            const TakeRefused& refused, const LedgerWrites& ledger) {
  LoadOutcome outcome;
  outcome.counts.resize(plan.chunks.size());
  Transaction transaction(*connection);
  DECANT_TRY(transaction.begin());
  if (!chunks.empty()) DECANT_TRY(apply(connection, plan, stage_file, chunks, refused, outcome));
  Session session(*connection);
  DECANT_TRY(ledger(session, outcome));
  DECANT_TRY(transaction.commit());
  return outcome;
}

// Where keys that the table refused stand in it, outside of the chunks. Changes nothing.
Result<std::vector<KeyPlace>> keys_elsewhere(const std::shared_ptr<Connection>& connection,
                                             const LoadPlan& plan, const std::string& stage_file,
                                             const std::vector<int>& chunks) {
  KeyPlaces places(plan.entity);
  Transaction transaction(*connection);
  DECANT_TRY(transaction.begin());
  DECANT_TRY_ASSIGN(const LoadStatements statements,
                    statements_of(connection, plan, stage_file, chunks));
  for (const std::string& sql : statements.prepare)
    DECANT_TRY(connection->run(sql, what_failed(plan)));
  DECANT_TRY(read_refused(connection, plan, statements.elsewhere,
                          [&](const RefusedRow& row) { return places.take(row); }));
  return places.list();
}

}  // namespace

Result<LoadOutcome> commit_stage(std::shared_ptr<Connection> connection, const LoadPlan& plan,
                                 const std::string& stage_file, const std::vector<int>& chunks,
                                 const TakeRefused& refused, const LedgerWrites& ledger) {
  Result<LoadOutcome> outcome = attempt(connection, plan, stage_file, chunks, refused, ledger);
  if (!outcome && outcome.error().code == ErrorCode::kDataRefused &&
      plan.method == LoadMethod::kAppend && plan.entity.write.enforce && plan.entity.has_key()) {
    // An enforced key refused some row. DuckDB has no savepoints to find it by, so it is found by
    // query.
    LoadPlan by_query = plan;
    by_query.method = LoadMethod::kInsert;
    outcome = attempt(connection, by_query, stage_file, chunks, refused, ledger);
  }
  if (!outcome && outcome.error().code == ErrorCode::kDataRefused &&
      plan.method == LoadMethod::kReplaceByKey && !plan.rejects_moved_keys && !chunks.empty()) {
    LoadOutcome handed_back;
    DECANT_TRY_ASSIGN(handed_back.keys_elsewhere,
                      keys_elsewhere(connection, plan, stage_file, chunks));
    if (!handed_back.keys_elsewhere.empty()) outcome = std::move(handed_back);
  }
  if (!outcome) return outcome;
  std::error_code ignored;  // what is committed is committed; `prune` finds a file that stays
  std::filesystem::remove(stage_file, ignored);
  return outcome;
}

}  // namespace decant::duck
