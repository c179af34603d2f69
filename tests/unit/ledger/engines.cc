// The two engines behind the fixture: a DuckDB file's worth of sessions in memory, and a throw-away
// PostgreSQL server that all tests of the process share, each in a database of its own.
#include <atomic>
#include <utility>

#include "common/connector/duckdb/database.h"
#include "common/connector/postgres/connection.h"
#include "common/connector/postgres/pg_session.h"
#include "tests/support/postgres_server.h"
#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class DuckDbSession final : public SqlSession {
 public:
  explicit DuckDbSession(duck::Connection connection)
      : connection_(std::move(connection)), session_(connection_) {}
  Dialect dialect() const override { return session_.dialect(); }
  Result<std::vector<SqlRow>> query(std::string_view sql,
                                    std::span<const SqlValue> parameters) override {
    return session_.query(sql, parameters);
  }
  Result<std::int64_t> execute(std::string_view sql,
                               std::span<const SqlValue> parameters) override {
    return session_.execute(sql, parameters);
  }
  Result<std::int64_t> append(const std::string& schema, const std::string& table,
                              const std::vector<std::string>& columns,
                              const std::function<Status(const AppendRow&)>& rows) override {
    return session_.append(schema, table, columns, rows);
  }
  Status begin() override { return session_.begin(); }
  Status commit() override { return session_.commit(); }
  void rollback() noexcept override { session_.rollback(); }

 private:
  duck::Connection connection_;
  duck::Session session_;
};

class DuckDbEngine final : public Engine {
 public:
  explicit DuckDbEngine(std::shared_ptr<duck::Database> database)
      : database_(std::move(database)) {}
  std::unique_ptr<SqlSession> connect(const std::string&) override {
    auto connection = database_->connect();
    return connection ? std::make_unique<DuckDbSession>(std::move(*connection)) : nullptr;
  }

 private:
  std::shared_ptr<duck::Database> database_;
};

class PostgresSession final : public SqlSession {
 public:
  explicit PostgresSession(std::unique_ptr<postgres::Connection> connection)
      : connection_(std::move(connection)), session_(*connection_) {}
  Dialect dialect() const override { return session_.dialect(); }
  Result<std::vector<SqlRow>> query(std::string_view sql,
                                    std::span<const SqlValue> parameters) override {
    return session_.query(sql, parameters);
  }
  Result<std::int64_t> execute(std::string_view sql,
                               std::span<const SqlValue> parameters) override {
    return session_.execute(sql, parameters);
  }
  Result<std::int64_t> append(const std::string& schema, const std::string& table,
                              const std::vector<std::string>& columns,
                              const std::function<Status(const AppendRow&)>& rows) override {
    return session_.append(schema, table, columns, rows);
  }
  Status begin() override { return session_.begin(); }
  Status commit() override { return session_.commit(); }
  void rollback() noexcept override { session_.rollback(); }

 private:
  std::unique_ptr<postgres::Connection> connection_;
  postgres::PgSession session_;
};

class PostgresEngine final : public Engine {
 public:
  PostgresEngine(PostgresServer& server, std::string database)
      : server_(server), database_(std::move(database)) {}
  std::unique_ptr<SqlSession> connect(const std::string& application_name) override {
    return connect_to(database_, application_name);
  }
  std::unique_ptr<SqlSession> connect_elsewhere(const std::string& application_name) override {
    return connect_to("postgres", application_name);
  }

 private:
  std::unique_ptr<SqlSession> connect_to(const std::string& database,
                                         const std::string& application_name) {
    postgres::ConnectOptions options;
    options.application_name = application_name;
    auto connection = postgres::Connection::open(server_.url(database), options);
    return connection ? std::make_unique<PostgresSession>(std::move(*connection)) : nullptr;
  }

  PostgresServer& server_;
  std::string database_;
};

std::unique_ptr<Engine> make_postgres(std::string& reason) {
  static const auto server = PostgresServer::start();
  static std::atomic<int> databases = 0;
  if (!server) {
    reason = "PostgreSQL cannot be started here: " + why(server);
    if (server.error().code != ErrorCode::kNotFound) ADD_FAILURE() << reason;
    return nullptr;
  }
  const std::string name = "ledger_" + std::to_string(++databases);
  const auto created = PostgresEngine(**server, "postgres")
                           .connect("decant")
                           ->execute("CREATE DATABASE " + name, {});
  if (!created) {
    ADD_FAILURE() << why(created);
    return nullptr;
  }
  return std::make_unique<PostgresEngine>(**server, name);
}

}  // namespace

std::unique_ptr<Engine> open_duckdb(const std::string& path) {
  auto database = duck::Database::open(path, DuckDbOptions{});
  if (!database) return nullptr;
  return std::make_unique<DuckDbEngine>(std::move(*database));
}

std::unique_ptr<Engine> make_engine(Dialect dialect, std::string& reason) {
  if (dialect == Dialect::kPostgres) return make_postgres(reason);
  auto engine = open_duckdb("");
  if (!engine) ADD_FAILURE() << "DuckDB cannot be opened.";
  return engine;
}

}  // namespace decant::test
