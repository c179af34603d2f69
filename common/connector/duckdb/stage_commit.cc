#include "common/connector/duckdb/stage_commit.h"

#include <algorithm>
#include <filesystem>

#include "common/base/failpoint.h"
#include "common/base/text.h"
#include "common/connector/duckdb/catalog.h"
#include "common/connector/duckdb/refusals.h"
#include "common/connector/duckdb/rows.h"
#include "common/connector/duckdb/stage_scan.h"
#include "common/connector/held_rows.h"
#include "common/connector/key_places.h"
#include "common/connector/load_sql.h"
#include "common/connector/moved_rows.h"
#include "common/connector/row_text.h"
#include "common/value/canonical.h"

namespace decant::duck {
namespace {

// Columns of LoadStatements::refused that come before the row's own.
constexpr std::size_t k_refused_columns = 3;

Reject reject_of(const LoadPlan& plan, std::string rule, const RowBatch& batch, std::size_t row) {
  Reject reject;
  reject.column = join(plan.entity.write.key, ", ");
  reject.rule = std::move(rule);
  reject.original = row_text(plan.entity, batch, row);
  if (reject.rule == "superseded") {
    reject.reason = "A row with the same key and a later " + plan.entity.write.latest_by +
                    " stands in its place.";
  } else if (plan.method == LoadMethod::kInsert || plan.method == LoadMethod::kAppend) {
    reject.reason = "The key (" + reject.original + ") is in the table already, or came earlier.";
  } else {
    reject.reason = "The key (" + reject.original + ") came earlier in the source.";
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

// What is to be applied. Once rows were refused, `refusals` tells why rows may be, and these are
// set aside before anything is applied.
struct Stage {
  std::shared_ptr<Connection> connection;
  LoadPlan plan;
  std::string file;
  std::vector<int> chunks;
  std::vector<Refusal> refusals;
  bool is_referred_to = false;  // by foreign keys: rows that move are updated (moved_rows.h)
  bool holds_rows = false;      // a foreign key refused something (held_rows.h)
  bool refuses_taken = false;   // the last of `refusals` is that of values that are taken

  std::string relation() const {
    if (refusals.empty()) return stage_relation(file);
    return "(SELECT decant_p.* FROM " + stage_relation(file) +
           " AS decant_p WHERE decant_p.decant_row NOT IN (SELECT " + "decant_u.decant_row FROM " +
           k_unfit + " AS decant_u))";
  }
};

Result<LoadSqlInput> input_of(const Stage& stage) {
  const LoadPlan& plan = stage.plan;
  LoadSqlInput input{Dialect::kDuckDb, &plan, stage.relation(), stage.chunks, {}, {}, {}, {}};
  DECANT_TRY_ASSIGN(input.table_columns, column_names(*stage.connection, plan.entity.write.table));
  DECANT_TRY_ASSIGN(input.indexed_columns,
                    indexed_columns(*stage.connection, plan.entity.write.table));
  DECANT_TRY_ASSIGN(input.unique_keys, unique_keys_of(*stage.connection, plan.entity.write.table));
  if (plan.method != LoadMethod::kAppend) {
    DECANT_TRY_ASSIGN(
        const Schema described,
        describe_query(*stage.connection, "SELECT * FROM " + quote_table(plan.entity.write.table),
                       plan.entity.write.table));
    input.array_columns = types_with_lists(described);
    DECANT_TRY_ASSIGN(input.undo_table,
                      ensure_undo_table(*stage.connection, plan.ledger_schema,
                                        plan.entity.write.table, input.table_columns));
  }
  DECANT_TRY_ASSIGN(input.key_table,
                    ensure_key_table(*stage.connection, plan.ledger_schema, plan.entity));
  return input;
}

Status run_all(const Stage& stage, const std::vector<std::string>& statements) {
  const std::string what = "The rows could not be put into " + stage.plan.entity.write.table;
  for (const std::string& sql : statements) DECANT_TRY(stage.connection->run(sql, what));
  return {};
}

Status set_unfit_aside(const Stage& stage) {
  if (stage.refusals.empty()) return {};
  DECANT_TRY_ASSIGN(const std::string create,
                    create_unfit(*stage.connection, stage.plan.entity, stage.refusals,
                                 stage_relation(stage.file)));
  return run_all(stage, {create});
}

Status read_unfit(const Stage& stage, const TakeRefused& refused) {
  if (stage.refusals.empty()) return {};
  std::string columns, chunks;
  for (const ColumnPlan& column : stage.plan.entity.columns)
    columns += ", decant_p." + quote_identifier(column.name);
  for (const int chunk : stage.chunks)
    chunks += (chunks.empty() ? "" : ", ") + std::to_string(chunk);
  const std::string sql =
      "SELECT decant_p.decant_chunk, CAST(decant_u.decant_refusal AS TEXT), decant_p.decant_row" +
      columns + " FROM " + stage_relation(stage.file) + " AS decant_p JOIN " + k_unfit +
      " AS decant_u ON decant_u.decant_row = decant_p.decant_row WHERE decant_p.decant_chunk IN (" +
      chunks + ") ORDER BY decant_p.decant_row";
  DECANT_TRY(read_refused(stage.connection, stage.plan, sql, [&](RefusedRow row) -> Status {
    const Refusal& refusal = stage.refusals.at(std::stoul(row.reject.rule));
    const bool waits = stage.plan.awaits_parents && refusal.rule == "reference";
    row.reject.rule = waits ? std::string(k_unwritten) : refusal.rule;
    row.reject.column = refusal.column;
    row.reject.reason = refusal.reason;
    return refused(std::move(row));
  }));
  return run_all(stage, {std::string("DROP TABLE ") + k_unfit});
}

Result<std::vector<KeyPlace>> read_places(const Stage& stage, const std::string& sql) {
  KeyPlaces places(stage.plan.entity);
  DECANT_TRY(read_refused(stage.connection, stage.plan, sql,
                          [&](const RefusedRow& row) { return places.take(row); }));
  return places.list();
}

// Rows that the statements themselves refuse, and what keeps them out.
Status take_refused(const Stage& stage, const LoadStatements& statements,
                    const TakeRefused& refused, LoadOutcome& outcome) {
  if (statements.refused.empty()) return {};
  bool any = false;
  DECANT_TRY(
      read_refused(stage.connection, stage.plan, statements.refused, [&](RefusedRow row) -> Status {
        any = true;
        return refused(std::move(row));
      }));
  if (!any || statements.rivals.empty() || stage.plan.rejects_moved_keys) return {};
  DECANT_TRY_ASSIGN(outcome.rivals, read_places(stage, statements.rivals));
  return {};
}

// A key that DuckDB does not enforce may stand twice, but not where the job says which row of it
// stays: that is judged where both are read.
bool keeps_one_row_of_a_key(const LoadPlan& plan) {
  return plan.method == LoadMethod::kReplaceByKey && plan.entity.write.reject_duplicates &&
         !plan.rejects_moved_keys;
}

Status prepare(const Stage& stage, const LoadSqlInput& input, const LoadStatements& statements) {
  Session session(*stage.connection);
  for (std::int64_t taken = 1; taken > 0;) {
    DECANT_TRY(run_all(stage, statements.prepare));
    if (stage.is_referred_to) DECANT_TRY(run_all(stage, join_moved_rows(input)));
    if (stage.holds_rows) DECANT_TRY(hold_rows(session, input));
    if (!stage.refuses_taken) return {};
    DECANT_TRY_ASSIGN(taken, set_taken_aside(*stage.connection, input, stage.refusals.size() - 1));
  }
  return {};
}

// The statements of one attempt, up to the ledger's. Rows are refused once nothing else can fail:
// another attempt would refuse them again.
Status apply(const Stage& stage, const TakeRefused& refused, LoadOutcome& outcome) {
  DECANT_TRY(set_unfit_aside(stage));
  DECANT_TRY_ASSIGN(const LoadSqlInput input, input_of(stage));
  const LoadStatements statements = load_statements(input);
  DECANT_TRY(prepare(stage, input, statements));
  if (keeps_one_row_of_a_key(stage.plan)) {
    DECANT_TRY_ASSIGN(outcome.keys_elsewhere, read_places(stage, statements.elsewhere));
    if (!outcome.keys_elsewhere.empty()) return {};
  }
  DECANT_TRY(read_counts(*stage.connection, statements.counts, outcome.counts));
  DECANT_TRY(run_all(stage, statements.apply));
  DECANT_TRY(run_all(stage, statements.keys));
  DECANT_TRY(take_refused(stage, statements, refused, outcome));
  if (stage.holds_rows)
    DECANT_TRY(read_refused(stage.connection, stage.plan, select_held(input), refused));
  DECANT_TRY(run_all(stage, statements.clean));
  return read_unfit(stage, refused);
}

Result<LoadOutcome> attempt(const Stage& stage, const TakeRefused& refused,
                            const LedgerWrites& ledger) {
  LoadOutcome outcome;
  outcome.counts.resize(stage.plan.chunks.size());
  Transaction transaction(*stage.connection);
  DECANT_TRY(transaction.begin());
  if (!stage.chunks.empty()) DECANT_TRY(apply(stage, refused, outcome));
  if (!outcome.keys_elsewhere.empty()) return outcome;  // nothing is committed
  Session session(*stage.connection);
  DECANT_TRY(ledger(session, outcome));
  DECANT_TRY(transaction.commit());
  return outcome;
}

// Where keys that the table refused stand in it, outside of the chunks. Changes nothing.
Result<std::vector<KeyPlace>> keys_elsewhere(const Stage& stage) {
  Transaction transaction(*stage.connection);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(set_unfit_aside(stage));
  DECANT_TRY_ASSIGN(const LoadSqlInput input, input_of(stage));
  const LoadStatements statements = load_statements(input);
  DECANT_TRY(run_all(stage, statements.prepare));
  // Where they stand outside of the chunks. The diff is made.
  return read_places(stage, statements.elsewhere);
}

// Whether rows may be refused for values that are taken, which are looked for from now on.
Result<bool> looks_for_taken(Stage& stage) {
  const std::string& table = stage.plan.entity.write.table;
  LoadSqlInput input;
  input.plan = &stage.plan;
  DECANT_TRY_ASSIGN(input.table_columns, column_names(*stage.connection, table));
  DECANT_TRY_ASSIGN(input.unique_keys, unique_keys_of(*stage.connection, table));
  std::optional<Refusal> taken = possible_taken(input);
  if (!taken) return false;
  stage.refusals.push_back(std::move(*taken));
  stage.refuses_taken = true;
  return true;
}

bool is_refusal(const Result<LoadOutcome>& outcome) {
  return !outcome && outcome.error().code == ErrorCode::kDataRefused;
}

}  // namespace

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

Result<LoadOutcome> commit_stage(std::shared_ptr<Connection> connection, const LoadPlan& plan,
                                 const std::string& stage_file, const std::vector<int>& chunks,
                                 const TakeRefused& refused, const LedgerWrites& ledger) {
  Stage stage{std::move(connection), plan, stage_file, chunks, {}};
  if (plan.method == LoadMethod::kReplaceByKey) {
    Session session(*stage.connection);
    DECANT_TRY_ASSIGN(const auto references, references_to(session, plan.entity.write.table));
    stage.is_referred_to = !references.empty();
  }
  Result<LoadOutcome> outcome = attempt(stage, refused, ledger);
  if (is_refusal(outcome) && stage.is_referred_to) {
    stage.holds_rows = true;
    outcome = attempt(stage, refused, ledger);
  }
  if (is_refusal(outcome)) {
    DECANT_TRY_ASSIGN(stage.refusals, possible_refusals(*stage.connection, plan.entity));
    outcome = attempt(stage, refused, ledger);
  }
  if (is_refusal(outcome) && plan.method == LoadMethod::kAppend && plan.entity.has_key()) {
    // A key that the table enforces refused some row.
    stage.plan.method = LoadMethod::kInsert;
    outcome = attempt(stage, refused, ledger);
  }
  if (is_refusal(outcome) && plan.method == LoadMethod::kReplaceByKey && !plan.rejects_moved_keys) {
    LoadOutcome handed_back;
    DECANT_TRY_ASSIGN(handed_back.keys_elsewhere, keys_elsewhere(stage));
    if (!handed_back.keys_elsewhere.empty()) outcome = std::move(handed_back);
  }
  if (is_refusal(outcome)) {
    DECANT_TRY_ASSIGN(const bool may_be_taken, looks_for_taken(stage));
    if (may_be_taken) outcome = attempt(stage, refused, ledger);
  }
  if (!outcome) return outcome;
  pass(Failpoint::kStageCommitted);
  std::error_code ignored;  // what is committed is committed; `prune` finds a file that stays
  std::filesystem::remove(stage_file, ignored);
  pass(Failpoint::kStageRemoved);
  return outcome;
}

}  // namespace decant::duck
