#include "common/connector/postgres/postgres_target.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>

#include "common/connector/load_sql.h"
#include "common/connector/postgres/characters.h"
#include "common/connector/postgres/connection.h"
#include "common/connector/postgres/idle_connections.h"
#include "common/connector/postgres/kept_tables.h"
#include "common/connector/postgres/pg_session.h"
#include "common/connector/postgres/relation.h"
#include "common/connector/postgres/sequences.h"
#include "common/connector/postgres/table_catalog.h"
#include "common/connector/postgres/task_loader.h"

namespace decant {
namespace {

using postgres::Connection;
using postgres::ConnectOptions;
using postgres::IdleConnections;
using postgres::PgSession;

// A worker that stops in the middle of a transaction must not hold the table's rows for ever.
constexpr std::int64_t k_loader_idle_ms = 10 * 60 * 1000;
constexpr std::int64_t k_extent_blocks = 64 * 1024 * 1024 / 8192;
constexpr std::int64_t k_open_end = 0xFFFFFFFF;

// A table read over a connection of its own.
class OwnedRows final : public RowSource {
 public:
  OwnedRows(std::unique_ptr<Connection> connection, std::unique_ptr<RowSource> rows)
      : connection_(std::move(connection)), rows_(std::move(rows)) {}
  std::shared_ptr<const Schema> schema() const override { return rows_->schema(); }
  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override {
    return rows_->next(batch, faults);
  }

 private:
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<RowSource> rows_;  // after connection_: it goes first
};

class PostgresTarget final : public Target {
 public:
  PostgresTarget(std::string url, std::string application_name,
                 std::unique_ptr<Connection> connection)
      : url_(std::move(url)),
        application_name_(std::move(application_name)),
        connection_(std::move(connection)),
        session_(*connection_),
        catalog_(session_) {}

  TargetIdentity identity() const override {
    return {"PostgreSQL " + connection_->server_version_text(), connection_->host(),
            connection_->database(), connection_->user()};
  }
  SqlSession& sql() override { return session_; }
  Result<std::vector<SqlRow>> run_check(const std::string& sql) override {
    DECANT_TRY(session_.execute("BEGIN TRANSACTION READ ONLY"));
    auto rows = session_.query_one(sql);
    session_.rollback();
    return rows;
  }
  void cancel() override { connection_->cancel(); }
  void renew() override { connection_->renew(); }

  Result<std::optional<TableShape>> describe(const std::string& table) override {
    DECANT_TRY_ASSIGN(const bool there, catalog_.exists(table));
    if (!there) return std::optional<TableShape>();
    DECANT_TRY_ASSIGN(TableShape shape, catalog_.shape(table));
    DECANT_TRY_ASSIGN(const postgres::Relation relation, relation_of(table));
    for (const postgres::RelationColumn& column : relation.columns) {
      if (column.generated) {
        shape.generated.push_back(column.name);
        continue;
      }
      shape.schema.fields.push_back(
          {column.name, column.server.type, column.nullable, column.foreign});
    }
    return std::optional<TableShape>(std::move(shape));
  }

  Result<std::string> resolve_name(const std::string& table) override {
    return catalog_.resolve_name(table);
  }

  Status check_types(const EntityPlan&) const override { return {}; }

  Status create_table(const EntityPlan& plan) override { return catalog_.create(plan); }
  Status build_key(const EntityPlan& plan) override { return catalog_.build_key(plan); }
  Status build_key_index(const EntityPlan& plan) override { return catalog_.build_key_index(plan); }
  Result<std::vector<std::string>> analyze(const std::string& table) override {
    DECANT_TRY(session_.execute("ANALYZE " + quote_table(table)));
    return postgres::move_sequences(session_, table);
  }

  Result<std::unique_ptr<RowSource>> read_table(const EntityPlan& plan) override {
    ConnectOptions options;
    options.application_name = application_name_;
    DECANT_TRY_ASSIGN(std::unique_ptr<Connection> connection, Connection::open(url_, options));
    ReadSpec read;
    read.table = plan.write.table;
    DECANT_TRY_ASSIGN(const postgres::Relation relation,
                      postgres::describe_relation(*connection, read));
    DECANT_TRY_ASSIGN(const std::vector<postgres::RelationColumn> columns,
                      postgres::columns_for(relation, plan.target_schema()));
    DECANT_TRY_ASSIGN(std::unique_ptr<RowSource> rows,
                      postgres::open_copy(*connection, columns, relation.from, {}, {}));
    return std::make_unique<OwnedRows>(std::move(connection), std::move(rows));
  }

  Result<std::vector<Extent>> read_back_extents(const EntityPlan& plan, int parts) override {
    DECANT_TRY_ASSIGN(const std::int64_t blocks, catalog_.block_count(plan.write.table));
    std::vector<Extent> extents;
    if (blocks < 0) {
      extents.emplace_back();
      return extents;
    }
    const std::int64_t wanted =
        std::max<std::int64_t>(parts, (blocks + k_extent_blocks - 1) / k_extent_blocks);
    const std::int64_t count =
        std::clamp<std::int64_t>(wanted, 1, std::max<std::int64_t>(blocks, 1));
    for (std::int64_t i = 0; i < count; ++i) {
      Extent extent;
      extent.kind = ExtentKind::kBlocks;
      extent.begin_block = blocks * i / count;
      extent.end_block = i + 1 == count ? k_open_end : blocks * (i + 1) / count;
      extents.push_back(std::move(extent));
    }
    return extents;
  }

  Result<LoadOutcome> commit_stage(const LoadPlan&, const std::string&, const std::vector<int>&,
                                   const TakeRefused&, const LedgerWrites&) override {
    return fail(ErrorCode::kUnsupported,
                "Workers load into PostgreSQL themselves; there are no stage files.");
  }

  Status commit_appends(const std::vector<StagedAppend>&) override {
    return fail(ErrorCode::kUnsupported,
                "Workers load into PostgreSQL themselves; there are no stage files.");
  }

  Result<std::unique_ptr<RowSource>> read_query(const EntityPlan& plan, const std::string& sql,
                                                bool has_chunk) override {
    DECANT_TRY_ASSIGN(const postgres::Relation relation, relation_of(plan.write.table));
    DECANT_TRY_ASSIGN(std::vector<postgres::RelationColumn> columns,
                      postgres::columns_for(relation, plan.target_schema()));
    if (has_chunk)
      columns.push_back({std::string(k_chunk_column), postgres::server_type(23, -1), false});
    return postgres::open_copy(*connection_, columns, "(" + sql + ") AS decant_rows", {}, {});
  }

  Result<std::string> ensure_undo_table(const std::string& ledger_schema, const std::string& table,
                                        const std::vector<std::string>& table_columns) override {
    return postgres::ensure_undo_table(session_, ledger_schema, table, table_columns);
  }

  Result<std::string> ensure_key_table(const std::string& ledger_schema,
                                       const EntityPlan& plan) override {
    return postgres::ensure_key_table(session_, ledger_schema, plan);
  }

  Result<KeptKeys> kept_keys(const std::string& ledger_schema, const EntityPlan& plan) override {
    return postgres::kept_keys(session_, ledger_schema, plan);
  }

  // DELETE and not TRUNCATE: it counts, it fires the table's triggers, and other tables may refer
  // to this one.
  Result<std::int64_t> empty_table(const std::string& table) override {
    return session_.execute("DELETE FROM " + quote_table(table));
  }

  bool workers_load() const override { return true; }

 private:
  Result<postgres::Relation> relation_of(const std::string& table) {
    ReadSpec read;
    read.table = table;
    return postgres::describe_relation(*connection_, read);
  }

  std::string url_;
  std::string application_name_;
  std::unique_ptr<Connection> connection_;
  PgSession session_;
  postgres::TableCatalog catalog_;
};

class PostgresLoaderFactory final : public LoaderFactory {
 public:
  explicit PostgresLoaderFactory(std::string url)
      : connections_(std::make_shared<IdleConnections>(std::move(url))) {}

  Result<std::unique_ptr<TaskLoader>> begin(const LoadPlan& plan) override {
    DECANT_TRY_ASSIGN(std::unique_ptr<Connection> connection, connect(plan));
    return postgres::PostgresTaskLoader::begin(std::move(connection), connections_, plan);
  }

  const ValueLimits& limits() const override { return postgres::value_limits(); }

  Result<std::unique_ptr<CharacterSet>> characters(const LoadPlan& plan) override {
    if (holds_all_characters_) return nullptr;
    DECANT_TRY_ASSIGN(std::unique_ptr<Connection> connection, connect(plan));
    if (postgres::holds_all_characters(*connection)) {
      holds_all_characters_ = true;
      connections_->keep(std::move(connection));
      return nullptr;
    }
    return postgres::characters_of(std::move(connection));
  }

  Result<bool> write_ledger(const LoadPlan& plan,
                            const std::function<Status(SqlSession&)>& write) override {
    DECANT_TRY_ASSIGN(const std::unique_ptr<Connection> connection, connect(plan));
    PgSession session(*connection);
    DECANT_TRY(write(session));
    return true;
  }

 private:
  Result<std::unique_ptr<Connection>> connect(const LoadPlan& plan) const {
    ConnectOptions options;
    options.application_name = plan.application_name;
    options.loads = true;
    options.idle_in_transaction_timeout_ms = k_loader_idle_ms;
    DECANT_TRY_ASSIGN(std::unique_ptr<Connection> connection, connections_->take(options));
    // A database may have it off by default; a commit that we report must survive a crash of the
    // server.
    DECANT_TRY(
        connection->run("SELECT set_config('synchronous_commit', 'on', false) "
                        "WHERE current_setting('synchronous_commit') = 'off'"));
    return connection;
  }

  std::shared_ptr<IdleConnections> connections_;
  std::atomic<bool> holds_all_characters_ = false;  // asked once for all tasks
};

}  // namespace

Result<std::unique_ptr<Target>> open_postgres_target(const std::string& connection,
                                                     const std::string& application_name) {
  ConnectOptions options;
  options.application_name = application_name;
  DECANT_TRY_ASSIGN(std::unique_ptr<Connection> opened, Connection::open(connection, options));
  return std::make_unique<PostgresTarget>(connection, application_name, std::move(opened));
}

std::unique_ptr<LoaderFactory> make_postgres_loader_factory(const std::string& connection) {
  return std::make_unique<PostgresLoaderFactory>(connection);
}

}  // namespace decant
