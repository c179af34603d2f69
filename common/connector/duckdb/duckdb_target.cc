#include "common/connector/duckdb/duckdb_target.h"

#include "common/connector/duckdb/catalog.h"
#include "common/connector/duckdb/database.h"
#include "common/connector/duckdb/file_name.h"
#include "common/connector/duckdb/group_commit.h"
#include "common/connector/duckdb/rows.h"
#include "common/connector/duckdb/stage_commit.h"
#include "common/connector/duckdb/stage_scan.h"
#include "common/connector/duckdb/type_map.h"
#include "common/connector/load_sql.h"

namespace decant {
namespace {

struct OwnConnection {
  duck::Connection connection;
};

// A session over a connection of its own.
class OwnedSession final : OwnConnection, public duck::Session {
 public:
  explicit OwnedSession(duck::Connection own)
      : OwnConnection{std::move(own)}, duck::Session(connection) {}
};

class DuckDbTarget final : public Target {
 public:
  DuckDbTarget(std::string path, std::shared_ptr<duck::Database> database,
               duck::Connection connection)
      : path_(std::move(path)),
        database_(std::move(database)),
        connection_(std::make_shared<duck::Connection>(std::move(connection))),
        session_(*connection_) {}

  TargetIdentity identity() const override {
    std::string version = duckdb_library_version();
    if (!version.empty() && version.front() == 'v') version.erase(0, 1);
    return {"DuckDB " + version, {}, path_, {}};
  }

  SqlSession& sql() override { return session_; }
  Result<std::vector<SqlRow>> run_check(const std::string& sql) override {
    DECANT_TRY(session_.execute("BEGIN TRANSACTION READ ONLY", {}));
    auto rows = session_.query_one(sql);
    session_.rollback();
    return rows;
  }
  void cancel() override { connection_->interrupt(); }

  Result<std::unique_ptr<SqlSession>> second_session() override {
    DECANT_TRY_ASSIGN(duck::Connection own, database_->connect());
    return std::unique_ptr<SqlSession>(std::make_unique<OwnedSession>(std::move(own)));
  }

  Result<std::optional<TableShape>> describe(const std::string& table) override {
    return duck::describe_table(*connection_, table);
  }

  Result<std::string> resolve_name(const std::string& table) override {
    return duck::resolve_name(table);
  }

  Status check_types(const EntityPlan& plan) const override {
    for (const ColumnPlan& column : plan.columns) {
      auto type = duck::sql_type(column.type, column.name);
      if (type) continue;
      Error error = std::move(type).error();
      error.code = ErrorCode::kUsage;
      return fail(std::move(error));
    }
    return {};
  }

  Status create_table(const EntityPlan& plan) override {
    return duck::create_table(*connection_, plan);
  }

  Status build_key(const EntityPlan& plan) override { return duck::build_key(*connection_, plan); }
  Status build_key_index(const EntityPlan&) override { return {}; }

  // DuckDB keeps its statistics as rows are appended; ANALYZE reads the whole table again to make
  // nearly the same.
  Result<std::vector<std::string>> analyze(const std::string&) override {
    return std::vector<std::string>();
  }

  // Over a connection of its own, so that the session can go on while rows are read.
  Result<std::unique_ptr<RowSource>> read_table(const EntityPlan& plan) override {
    const std::string quoted = quote_table(plan.write.table);
    const std::string what = "The table " + plan.write.table + " could not be read";
    DECANT_TRY_ASSIGN(duck::Connection own, database_->connect());
    auto connection = std::make_shared<duck::Connection>(std::move(own));
    auto schema = std::make_shared<const Schema>(plan.target_schema());
    std::vector<std::string> names;
    for (const Field& field : schema->fields) names.push_back(field.name);
    DECANT_TRY_ASSIGN(const std::string list,
                      duck::readable_list(*connection, quoted, names, what));
    const std::string select = "SELECT " + list + " FROM " + quoted;
    // Columns that the table holds in another form come as they are, to be converted.
    DECANT_TRY_ASSIGN(const Schema found, duck::describe_query(*connection, select, what));
    bool has_form = true;
    for (std::size_t i = 0; i < found.fields.size(); ++i)
      has_form = has_form && duck::has_form_of(found.fields[i].type, schema->fields[i].type);
    if (!has_form) schema = nullptr;
    DECANT_TRY_ASSIGN(auto rows, duck::QueryRows::open(connection, select, schema, what));
    return rows;
  }

  Result<std::vector<Extent>> read_back_extents(const EntityPlan&, int) override {
    return std::vector<Extent>();
  }

  Result<LoadOutcome> commit_stage(const LoadPlan& plan, const std::string& stage_file,
                                   const std::vector<int>& chunks, const TakeRefused& refused,
                                   const LedgerWrites& ledger) override {
    return duck::commit_stage(connection_, plan, stage_file, chunks, refused, ledger);
  }

  Status commit_appends(const std::vector<StagedAppend>& tasks) override {
    return duck::commit_appends(*connection_, tasks);
  }

  Result<std::unique_ptr<RowSource>> read_query(const EntityPlan& plan, const std::string& sql,
                                                bool has_chunk) override {
    const std::string what = "Rows of " + plan.write.table + " could not be read";
    Schema fields = plan.target_schema();
    if (has_chunk)
      fields.fields.push_back({std::string(k_chunk_column), {TypeKind::kInt64, 0, 0, 32}, false});
    auto schema = std::make_shared<const Schema>(std::move(fields));
    std::vector<std::string> names;
    for (const Field& field : schema->fields) names.push_back(field.name);
    DECANT_TRY_ASSIGN(const std::string list,
                      duck::readable_list(*connection_, "(" + sql + ")", names, what));
    DECANT_TRY_ASSIGN(
        auto rows,
        duck::QueryRows::open(connection_, "SELECT " + list + " FROM (" + sql + ")", schema, what));
    return rows;
  }

  Result<std::string> ensure_undo_table(const std::string& ledger_schema, const std::string& table,
                                        const std::vector<std::string>& table_columns) override {
    return duck::ensure_undo_table(*connection_, ledger_schema, table, table_columns);
  }

  Result<std::string> ensure_key_table(const std::string& ledger_schema,
                                       const EntityPlan& plan) override {
    duck::Transaction transaction(*connection_);
    DECANT_TRY(transaction.begin());
    DECANT_TRY_ASSIGN(std::string table, duck::ensure_key_table(*connection_, ledger_schema, plan));
    DECANT_TRY(transaction.commit());
    return table;
  }

  Result<KeptKeys> kept_keys(const std::string& ledger_schema, const EntityPlan& plan) override {
    return duck::kept_keys(*connection_, ledger_schema, plan);
  }

  Result<std::int64_t> empty_table(const std::string& table) override {
    return session_.execute("DELETE FROM " + quote_table(table), {});
  }

  bool workers_load() const override { return false; }

 private:
  const std::string path_;  // the file's one name
  std::shared_ptr<duck::Database> database_;
  std::shared_ptr<duck::Connection> connection_;
  duck::Session session_;
};

}  // namespace

Result<std::unique_ptr<Target>> open_duckdb_target(const std::string& path,
                                                   const DuckDbOptions& options) {
  std::string file;  // none of a database in memory
  if (!path.empty()) {
    DECANT_TRY_ASSIGN(file, duckdb_file_name(path));
  }
  DECANT_TRY_ASSIGN(auto database, duck::Database::open(file, options));
  DECANT_TRY_ASSIGN(duck::Connection connection, database->connect());
  DECANT_TRY(duck::register_stage_scan(connection));
  return std::make_unique<DuckDbTarget>(std::move(file), std::move(database),
                                        std::move(connection));
}

}  // namespace decant
