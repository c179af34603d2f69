// PostgresTaskLoader: one task's rows, its changes to the table and its ledger rows in one
// transaction.
#pragma once

#include <memory>
#include <vector>

#include "common/connector/load_sql.h"
#include "common/connector/postgres/binary_writer.h"
#include "common/connector/postgres/connection.h"
#include "common/connector/postgres/idle_connections.h"
#include "common/connector/postgres/pg_session.h"
#include "common/connector/postgres/refusals.h"
#include "common/connector/postgres/relation.h"
#include "common/connector/target.h"

namespace decant::postgres {

class PostgresTaskLoader final : public TaskLoader {
 public:
  // Looks at the table and makes the undo table where the method keeps pre-images; the transaction
  // itself begins with the first row. kNotFound and kMismatch when the table is not what the plan
  // says. `idle` gets the connection after a commit.
  static Result<std::unique_ptr<TaskLoader>> begin(std::unique_ptr<Connection> connection,
                                                   std::shared_ptr<IdleConnections> idle,
                                                   const LoadPlan& plan);
  ~PostgresTaskLoader() override;

  Status write(const RowBatch& batch, std::span<const int> chunk_of_row) override;
  Result<std::unique_ptr<RowSource>> read_chunks(const std::vector<int>& chunks) override;
  Status write_differences() override;
  Status write_gone(const RowBatch& batch) override;
  Result<LoadOutcome> finish(const std::vector<int>& chunks, const TakeRefused& refused,
                             const LedgerWrites& ledger) override;
  void cancel() override { connection_->cancel(); }

 private:
  PostgresTaskLoader(std::unique_ptr<Connection> connection, const LoadPlan& plan, Relation table,
                     std::vector<RelationColumn> columns, BinaryWriter writer);
  Status begin_transaction();
  Status start();
  Status create_stage();
  bool can_write_differences(const LoadSqlInput& input) const;
  Result<bool> has_inheriting_tables();
  std::string stage_relation() const;
  Status send();
  Status end_copy();
  Status check_appended(const std::vector<int>& chunks) const;
  // task_loader_apply.cc
  std::vector<std::string> table_columns() const;
  std::vector<std::string> fixed_columns(bool key_is_loose) const;
  Status renew_fixed(const LoadSqlInput& input);
  Result<LoadSqlInput> look_at_table(const std::vector<int>& chunks);
  Status apply(const std::vector<int>& chunks, const TakeRefused& refused, LoadOutcome& outcome);
  Status prepare(const LoadSqlInput& input, const LoadStatements& statements);
  Status apply_once(const LoadSqlInput& input, const LoadStatements& statements,
                    LoadOutcome& outcome);
  tl::unexpected<Error> rows_left_out(std::int64_t written, std::int64_t inserted);
  Result<std::vector<TableRefusal>> find_taken(const LoadSqlInput& input,
                                               const LoadStatements& statements);
  Result<std::vector<TableRefusal>> search(const LoadSqlInput& input);
  Result<std::vector<KeyPlace>> read_places(const std::string& sql);
  Result<std::vector<KeyPlace>> keys_elsewhere(const LoadSqlInput& input,
                                               const LoadStatements& statements);
  Status take_refused(const LoadStatements& statements, const TakeRefused& refused,
                      LoadOutcome& outcome);
  Status note_refused_keys(const std::vector<TableRefusal>& found, LoadSqlInput& input);
  // task_loader.cc
  Status read_refused(const std::string& sql, const TakeRefused& take);
  Status set_aside(const std::vector<TableRefusal>& found, const TakeRefused& take);
  Status run_all(const std::vector<std::string>& statements);
  Status set_unfit_aside(const RowBatch& batch, std::size_t row, int chunk, const Error& error);
  std::string shown_reason(const TableRefusal& refusal) const;
  bool has_private_columns() const;
  tl::unexpected<Error> placed(Error error) const;

  std::unique_ptr<Connection> connection_;
  std::shared_ptr<IdleConnections> idle_;
  PgSession session_;
  LoadPlan plan_;
  Relation table_;
  std::vector<RelationColumn> columns_;  // the plan's, in its order
  BinaryWriter writer_;
  ByteBuffer buffer_;
  std::string undo_table_;
  std::string key_table_;  // empty: no keys are kept
  bool staged_ = false;    // rows go to a temporary table first
  bool begun_ = false;     // the transaction
  bool started_ = false;   // the COPY, too
  bool copying_ = false;
  bool committed_ = false;
  bool writes_differences_ = false;
  bool wants_all_rows_ = false;
  bool is_referred_to_ = false;  // by foreign keys: rows that move are updated (moved_rows.h)
  bool holds_rows_ = false;      // a foreign key refused something (held_rows.h)
  std::int64_t rows_sent_ = 0;
  std::vector<RefusedRow> unfit_;  // not sent: a column of the table cannot hold a value
  std::vector<std::int64_t> rows_of_chunk_;
};

}  // namespace decant::postgres
