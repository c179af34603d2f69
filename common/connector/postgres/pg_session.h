// SqlSession over a Connection.
#pragma once

#include "common/connector/postgres/connection.h"
#include "common/connector/sql_session.h"

namespace decant::postgres {

class PgSession final : public SqlSession {
 public:
  // `connection` must outlive the session.
  explicit PgSession(Connection& connection) : connection_(connection) {}

  Dialect dialect() const override { return Dialect::kPostgres; }
  Result<std::vector<SqlRow>> query(std::string_view sql,
                                    std::span<const SqlValue> parameters = {}) override;
  // One statement that gives rows (several_statements, gives_no_rows).
  Result<std::vector<SqlRow>> query_one(const std::string& sql);
  Result<std::int64_t> execute(std::string_view sql,
                               std::span<const SqlValue> parameters = {}) override;
  Result<std::int64_t> append(const std::string& schema, const std::string& table,
                              const std::vector<std::string>& columns,
                              const std::function<Status(const AppendRow&)>& rows) override;
  Status begin() override;
  // Fails where the server rolled back instead (an earlier error of the transaction was passed
  // over), and with k_commit_unknown in its sqlstate where the connection was lost after COMMIT was
  // sent.
  Status commit() override;
  void rollback() noexcept override;

 private:
  Connection& connection_;
};

}  // namespace decant::postgres
