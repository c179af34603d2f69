#include "common/connector/postgres/task_loader.h"

#include <algorithm>

#include "common/base/failpoint.h"
#include "common/connector/held_rows.h"
#include "common/connector/key_places.h"
#include "common/connector/postgres/kept_tables.h"
#include "common/connector/postgres/staged_text.h"
#include "common/connector/row_text.h"
#include "common/value/canonical.h"

namespace decant::postgres {
namespace {

constexpr std::size_t k_buffer_bytes = 256 * 1024;
constexpr std::string_view k_stage = "decant_stage";
// They wait in memory; more of them are no bad rows but a wrong job.
constexpr std::size_t k_max_unfit_rows = 10'000;

std::string column_names(const std::vector<RelationColumn>& columns) {
  std::string names;
  for (const RelationColumn& column : columns) {
    if (!names.empty()) names += ", ";
    names += quote_identifier(column.name);
  }
  return names;
}

}  // namespace

PostgresTaskLoader::PostgresTaskLoader(std::unique_ptr<Connection> connection, const LoadPlan& plan,
                                       Relation table, std::vector<RelationColumn> columns,
                                       BinaryWriter writer)
    : connection_(std::move(connection)),
      session_(*connection_),
      plan_(plan),
      table_(std::move(table)),
      columns_(std::move(columns)),
      writer_(std::move(writer)),
      rows_of_chunk_(plan.chunks.size(), 0) {
  staged_ = plan.method != LoadMethod::kAppend ||
            std::any_of(columns_.begin(), columns_.end(), needs_cast);
}

PostgresTaskLoader::~PostgresTaskLoader() {
  if (committed_) {
    idle_->keep(std::move(connection_));
    return;
  }
  if (copying_) connection_->abandon_copy_in();
  session_.rollback();
}

Result<std::unique_ptr<TaskLoader>> PostgresTaskLoader::begin(
    std::unique_ptr<Connection> connection, std::shared_ptr<IdleConnections> idle,
    const LoadPlan& plan) {
  ReadSpec table_spec;
  table_spec.table = plan.entity.write.table;
  DECANT_TRY_ASSIGN(Relation table, describe_relation(*connection, table_spec));
  const Schema schema = plan.entity.target_schema();
  DECANT_TRY_ASSIGN(std::vector<RelationColumn> columns, columns_for(table, schema));
  std::vector<Wire> wires;
  for (const RelationColumn& column : columns) wires.push_back(column.server.wire);
  DECANT_TRY_ASSIGN(BinaryWriter writer, BinaryWriter::make(schema, std::move(wires)));
  if (connection->server_encoding() == "SQL_ASCII") writer.refuse_wide_escapes();
  std::unique_ptr<PostgresTaskLoader> loader(new PostgresTaskLoader(
      std::move(connection), plan, std::move(table), std::move(columns), std::move(writer)));
  loader->idle_ = std::move(idle);
  if (plan.method != LoadMethod::kAppend) {
    DECANT_TRY_ASSIGN(loader->undo_table_,
                      ensure_undo_table(loader->session_, plan.ledger_schema,
                                        plan.entity.write.table, loader->table_columns()));
  }
  DECANT_TRY_ASSIGN(loader->key_table_,
                    ensure_key_table(loader->session_, plan.ledger_schema, plan.entity));
  if (!loader->staged_) {
    DECANT_TRY_ASSIGN(loader->staged_, can_refuse_rows(*loader->connection_, loader->table_.from));
  }
  return loader;
}

Status PostgresTaskLoader::begin_transaction() {
  if (begun_) return {};
  DECANT_TRY(session_.begin());
  begun_ = true;
  if (plan_.begins_with) DECANT_TRY(plan_.begins_with(session_));
  return {};
}

Status PostgresTaskLoader::start() {
  if (started_) return {};
  DECANT_TRY(begin_transaction());
  started_ = true;
  if (staged_) DECANT_TRY(create_stage());
  pass(Failpoint::kBeforeCopy);
  std::string names = column_names(columns_);
  if (staged_) names += ", " + std::string(k_chunk_column) + ", " + std::string(k_row_column);
  DECANT_TRY(connection_->begin_copy_in(
      "COPY " + (staged_ ? "pg_temp." + std::string(k_stage) : table_.from) + " (" + names +
      ") FROM STDIN (FORMAT binary)"));
  copying_ = true;
  writer_.put_header(buffer_);
  return {};
}

Status PostgresTaskLoader::create_stage() {
  // A domain's own check belongs to the table and not to the stage.
  std::string list;
  for (const RelationColumn& column : columns_) {
    const std::string name = quote_identifier(column.name);
    const std::string cast = column.server.wire == Wire::kCast    ? "text"
                             : column.server.wire == Wire::kMoney ? "numeric"
                                                                  : column.base_type;
    list += (list.empty() ? "" : ", ") + name + (cast.empty() ? "" : "::" + cast + " AS " + name);
  }
  DECANT_TRY(connection_->run(
      "CREATE TEMPORARY TABLE " + std::string(k_stage) + " ON COMMIT DROP AS SELECT " + list +
      ", NULL::integer AS " + std::string(k_chunk_column) + ", NULL::bigint AS " +
      std::string(k_row_column) + " FROM " + table_.from + " WITH NO DATA"));
  if (std::any_of(columns_.begin(), columns_.end(), may_cut))
    DECANT_TRY(connection_->run(k_refuse_cut));
  return {};
}

// Columns that travel as text become what the table wants when the stage is read.
std::string PostgresTaskLoader::stage_relation() const {
  const std::string stage = "pg_temp." + std::string(k_stage);
  if (std::none_of(columns_.begin(), columns_.end(), needs_cast)) return stage;
  std::string list;
  for (const RelationColumn& column : columns_) {
    if (!needs_cast(column)) list += quote_identifier(column.name);
    if (needs_cast(column)) list += whole_value(column) + " AS " + quote_identifier(column.name);
    list += ", ";
  }
  return "(SELECT " + list + std::string(k_chunk_column) + ", " + std::string(k_row_column) +
         " FROM " + stage + ")";
}

Status PostgresTaskLoader::write(const RowBatch& batch, std::span<const int> chunk_of_row) {
  if (auto started = start(); !started) return placed(std::move(started).error());
  const bool as_sent = writer_.takes_sent(batch);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const int chunk = chunk_of_row[row];
    if (chunk < 0) continue;
    std::optional<BinaryWriter::StageColumns> stage;
    if (staged_) stage = BinaryWriter::StageColumns{chunk, rows_sent_};
    if (as_sent) {
      writer_.put_sent_row(batch, row, stage, buffer_);
    } else if (auto put = writer_.put_row(batch, row, stage, buffer_); !put) {
      DECANT_TRY(set_unfit_aside(batch, row, chunk, put.error()));
      continue;
    }
    ++rows_sent_;
    ++rows_of_chunk_[static_cast<std::size_t>(chunk)];
    if (buffer_.size() >= k_buffer_bytes) DECANT_TRY(send());
  }
  return {};
}

// Not where a row has to be looked at though it is as it was: since others follow it, since the
// table might hold its key twice, or since it was refused before.
bool PostgresTaskLoader::can_write_differences(const LoadSqlInput& input) const {
  const std::vector<std::string>& key = plan_.entity.write.key;
  const auto may_be_null = [&](const std::string& name) {
    return std::find(input.nullable_columns.begin(), input.nullable_columns.end(), name) !=
           input.nullable_columns.end();
  };
  const auto is_key = [&](const std::vector<std::string>& unique) {
    return std::is_permutation(unique.begin(), unique.end(), key.begin(), key.end());
  };
  return plan_.method == LoadMethod::kReplaceByKey && plan_.tried_again.empty() &&
         !is_referred_to_ && input.fixed_columns.empty() && key_table_.empty() &&
         std::any_of(input.unique_keys.begin(), input.unique_keys.end(), is_key) &&
         std::none_of(key.begin(), key.end(), may_be_null);
}

// Tables that inherit from this one show their rows in it, and its unique index knows none of them:
// a key may be there twice. Those of a partitioned table have the index too.
Result<bool> PostgresTaskLoader::has_inheriting_tables() {
  DECANT_TRY_ASSIGN(
      const PgResult result,
      connection_->run(
          "SELECT EXISTS (SELECT 1 FROM pg_inherits AS i JOIN pg_class AS t ON t.oid = "
          "i.inhparent WHERE t.relkind = 'r' AND t.oid = to_regclass(" +
          quote_literal(quote_table(plan_.entity.write.table)) + "))"));
  return std::string_view(PQgetvalue(result.get(), 0, 0)) == "t";
}

Result<std::unique_ptr<RowSource>> PostgresTaskLoader::read_chunks(const std::vector<int>& chunks) {
  DECANT_TRY_ASSIGN(const LoadSqlInput input, look_at_table(chunks));
  if (!can_write_differences(input)) return std::unique_ptr<RowSource>();
  DECANT_TRY_ASSIGN(const bool has_children, has_inheriting_tables());
  if (has_children) return std::unique_ptr<RowSource>();
  if (auto begun = begin_transaction(); !begun) return placed(std::move(begun).error());
  std::string columns;
  for (const RelationColumn& column : columns_)
    columns += (columns.empty() ? "decant_t." : ", decant_t.") + quote_identifier(column.name);
  return open_copy(
      *connection_, columns_,
      "(" + select_rows_of_chunks(Dialect::kPostgres, plan_, chunks, columns) + ") AS decant_rows",
      {}, {});
}

Status PostgresTaskLoader::write_differences() {
  writes_differences_ = true;
  return {};
}

Status PostgresTaskLoader::write_gone(const RowBatch& batch) {
  if (auto started = start(); !started) return placed(std::move(started).error());
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const BinaryWriter::StageColumns stage{k_gone_chunk, rows_sent_};
    if (!writer_.put_row(batch, row, stage, buffer_)) {
      wants_all_rows_ = true;
      continue;
    }
    ++rows_sent_;
    if (buffer_.size() >= k_buffer_bytes) DECANT_TRY(send());
  }
  return {};
}

Status PostgresTaskLoader::set_unfit_aside(const RowBatch& batch, std::size_t row, int chunk,
                                           const Error& error) {
  if (unfit_.size() == k_max_unfit_rows) return placed(error);
  RefusedRow refused;
  refused.chunk = chunk;
  refused.reject.column = writer_.refused_column();
  refused.reject.rule = "type";
  refused.reject.reason = error.message;
  refused.reject.original = row_text(plan_.entity, batch, row);
  append_canonical_row(batch, row, refused.canonical_row);
  unfit_.push_back(std::move(refused));
  return {};
}

Status PostgresTaskLoader::send() {
  auto sent = connection_->put_copy_data(buffer_.view());
  buffer_.clear();
  if (!sent) return placed(std::move(sent).error());
  return {};
}

Status PostgresTaskLoader::end_copy() {
  DECANT_TRY(start());
  DECANT_TRY(send());
  pass(Failpoint::kMidCopy);
  writer_.put_trailer(buffer_);
  DECANT_TRY(send());
  copying_ = false;
  DECANT_TRY_ASSIGN(const std::int64_t rows, connection_->end_copy_in());
  pass(Failpoint::kAfterCopy);
  return rows == rows_sent_ ? Status{} : rows_left_out(rows, rows_sent_);
}

Status PostgresTaskLoader::check_appended(const std::vector<int>& chunks) const {
  for (std::size_t i = 0; i < rows_of_chunk_.size(); ++i) {
    const bool listed =
        std::find(chunks.begin(), chunks.end(), static_cast<int>(i)) != chunks.end();
    if (!listed && rows_of_chunk_[i] > 0) {
      return fail(ErrorCode::kInternal,
                  "Rows were appended for a chunk that the task does not finish.");
    }
  }
  return {};
}

Status PostgresTaskLoader::run_all(const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) DECANT_TRY(connection_->run(statement));
  return {};
}

// Rows of decant_chunk, decant_rule, decant_row and the plan's columns, with their canonical bytes.
Status PostgresTaskLoader::read_refused(const std::string& sql, const TakeRefused& take) {
  std::vector<RelationColumn> columns = {{"decant_chunk", server_type(23, -1), false},
                                         {"decant_rule", server_type(25, -1), false},
                                         {"decant_row", server_type(20, -1), false}};
  const std::size_t own = columns.size();
  columns.insert(columns.end(), columns_.begin(), columns_.end());
  DECANT_TRY_ASSIGN(
      const std::unique_ptr<RowSource> rows,
      open_copy(*connection_, columns, "(" + sql + ") AS decant_refused_rows", {}, {}));
  RowBatch batch;
  RowBatch plain;
  std::vector<Reject> faults;
  const auto schema = std::make_shared<const Schema>(plan_.entity.target_schema());
  for (;;) {
    DECANT_TRY_ASSIGN(const bool more, rows->next(batch, faults));
    if (!more) break;
    plain.reset(schema);
    plain.rows = batch.rows;
    std::move(batch.columns.begin() + static_cast<std::ptrdiff_t>(own), batch.columns.end(),
              plain.columns.begin());
    for (std::size_t row = 0; row < batch.rows; ++row) {
      RefusedRow refused;
      refused.chunk = static_cast<int>(batch.columns[0].words[row]);
      refused.reject.rule = std::string(batch.columns[1].views[row]);
      refused.reject.reason = refused.reject.rule == "superseded"
                                  ? "A later row with the same key takes its place."
                                  : "Its key is there already.";
      refused.reject.original = row_text(plan_.entity, plain, row);
      append_canonical_row(plain, row, refused.canonical_row);
      DECANT_TRY(take(std::move(refused)));
    }
  }
  return {};
}

// The words of a trigger or a function may hold any value of the row.
std::string PostgresTaskLoader::shown_reason(const TableRefusal& refusal) const {
  const bool may_quote = refusal.rule == "refused" || refusal.rule == "type";
  if (!may_quote || !has_private_columns()) return refusal.reason;
  return "PostgreSQL refuses the row; its words are not shown, since the entity has private "
         "columns.";
}

bool PostgresTaskLoader::has_private_columns() const {
  return std::any_of(plan_.entity.columns.begin(), plan_.entity.columns.end(),
                     [](const ColumnPlan& column) { return column.is_private; });
}

// Takes rows that the table refuses out of the stage and remembers them as rejects.
Status PostgresTaskLoader::set_aside(const std::vector<TableRefusal>& found,
                                     const TakeRefused& take) {
  // As it is, and not as the table would have it: it may be a value that is none of the table's.
  const std::string stage = "pg_temp." + std::string(k_stage);
  std::string numbers;
  for (const TableRefusal& refusal : found) {
    numbers += (numbers.empty() ? "" : ", ") + std::to_string(refusal.row);
  }
  std::size_t next = 0;
  DECANT_TRY(read_refused(
      "SELECT decant_s.decant_chunk, 'refused'::text AS decant_rule, decant_s.decant_row, " +
          column_names(columns_) + " FROM " + stage +
          " AS decant_s WHERE decant_s.decant_row IN (" + numbers +
          ") ORDER BY decant_s.decant_row",
      [&](RefusedRow row) -> Status {
        if (next < found.size()) {
          row.reject.rule = found[next].rule;
          if (plan_.awaits_parents && found[next].rule == "reference")
            row.reject.rule = k_unwritten;
          row.reject.reason = shown_reason(found[next]);
        }
        ++next;
        return take(std::move(row));
      }));
  DECANT_TRY(connection_->run("DELETE FROM " + stage + " WHERE decant_row IN (" + numbers + ")"));
  return {};
}

Result<LoadOutcome> PostgresTaskLoader::finish(const std::vector<int>& chunks,
                                               const TakeRefused& refused,
                                               const LedgerWrites& ledger) {
  LoadOutcome outcome;
  outcome.counts.resize(plan_.chunks.size());
  if (auto ended = end_copy(); !ended) return placed(std::move(ended).error());
  if (!staged_) {
    DECANT_TRY(check_appended(chunks));
    for (const int chunk : chunks) {
      const auto position = static_cast<std::size_t>(chunk);
      outcome.counts[position].inserted = rows_of_chunk_[position];
    }
  } else if (auto applied = apply(chunks, refused, outcome); !applied) {
    return placed(std::move(applied).error());
  }
  if (!outcome.keys_elsewhere.empty() || outcome.wants_all_rows) {
    session_.rollback();
    return outcome;
  }
  for (RefusedRow& row : unfit_) {
    if (std::find(chunks.begin(), chunks.end(), row.chunk) != chunks.end())
      DECANT_TRY(refused(std::move(row)));
  }
  DECANT_TRY(ledger(session_, outcome));
  DECANT_TRY(session_.commit());
  committed_ = true;
  return outcome;
}

tl::unexpected<Error> PostgresTaskLoader::placed(Error error) const {
  constexpr std::string_view k_raised = "P0001";  // by a trigger or function, with any values
  if (error.sqlstate == k_raised && has_private_columns()) {
    error.message =
        "PostgreSQL: a trigger or function refused the rows; its words are not shown, since the "
        "entity has private columns.";
  }
  return fail(std::move(error).at(ErrorPlace{{}, plan_.entity.entity, {}, {}}));
}

}  // namespace decant::postgres
