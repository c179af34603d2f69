// A DuckDB instance and its connections. Private to this folder.
//
// Threads: Database may be shared; a Connection and everything made from it belong to one thread,
// but for interrupt(). One process opens a file once: DuckDB's file lock is per process and does
// not see a second instance in this one.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/connector/duckdb/handles.h"
#include "common/connector/duckdb/options.h"
#include "common/connector/sql_session.h"

namespace decant::duck {

class Connection {
 public:
  // Runs all statements of `sql` and drops their results.
  Status run(std::string_view sql, std::string_view what = {});
  Result<Prepared> prepare(std::string_view sql, std::string_view what = {});
  // Executes to the end and holds the result, or streams it: chunks are computed as they are
  // fetched.
  Result<QueryResult> execute(const Prepared& statement, std::string_view what = {});
  Result<QueryResult> stream(const Prepared& statement, std::string_view what = {});
  // Outside of a transaction it does nothing.
  void roll_back();
  // A SELECT with a single number.
  Result<std::int64_t> number(std::string_view sql, std::string_view what = {});
  duckdb_connection get() const { return handle_.get(); }
  void interrupt() { duckdb_interrupt(handle_.get()); }

 private:
  friend class Database;
  tl::unexpected<Error> failed(QueryResult& result, std::string_view what);
  std::shared_ptr<class Database> database_;  // outlives handle_
  ConnectionHandle handle_;
};

class Database : public std::enable_shared_from_this<Database> {
 public:
  // An empty path is a database in memory. Errors as open_error says.
  //
  // A macro of the file that is called like one of DuckDB's own functions takes the place of that
  // function only where the file is read only, so that its owner's queries are what they are: what
  // Decant asks there calls own_function. Elsewhere DuckDB's own come first.
  static Result<std::shared_ptr<Database>> open(const std::string& path,
                                                const DuckDbOptions& options);
  Result<Connection> connect();

  // From here on every statement fails. For a COMMIT that failed: what DuckDB 1.4 has in memory is
  // wrong then (it takes rows back that it had appended already, and texts that are appended after
  // that are bent), while the file and its log are right. Any thread.
  void give_up(const Error& why);
  Status check_usable() const;

 private:
  Status attach(const std::string& path);
  Status put_own_functions_first(Connection& connection);

  DatabaseHandle handle_;
  bool is_read_only_ = false;
  bool has_rivals_ = false;  // macros of the file that are called like DuckDB's own functions
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::optional<Error> given_up_;
};

// Rolls back when it goes out of scope uncommitted.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Status begin();
  Status commit();

 private:
  Connection& connection_;
  bool is_open_ = false;
};

// Text in, text out, over a connection that someone else owns.
class Session : public SqlSession {
 public:
  explicit Session(Connection& connection) : connection_(connection) {}
  Dialect dialect() const override { return Dialect::kDuckDb; }
  Result<std::vector<SqlRow>> query(std::string_view sql,
                                    std::span<const SqlValue> parameters) override;
  // One statement that gives rows (several_statements, gives_no_rows).
  Result<std::vector<SqlRow>> query_one(const std::string& sql);
  Result<std::int64_t> execute(std::string_view sql, std::span<const SqlValue> parameters) override;
  Result<std::int64_t> append(const std::string& schema, const std::string& table,
                              const std::vector<std::string>& columns,
                              const std::function<Status(const AppendRow&)>& rows) override;
  Status begin() override { return connection_.run("BEGIN TRANSACTION"); }
  Status commit() override;
  void rollback() noexcept override;

 private:
  Connection& connection_;
};

}  // namespace decant::duck
