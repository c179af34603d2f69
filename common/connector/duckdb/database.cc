#include "common/connector/duckdb/database.h"

#include <algorithm>
#include <thread>

#include "common/base/failpoint.h"
#include "common/connector/duckdb/errors.h"
#include "common/connector/duckdb_names.h"
#include "common/connector/sql_session.h"

namespace decant::duck {
namespace {

// DuckDB's own views are bound once, by the first statement that lists columns. In the file's
// catalog they would take a table or a macro that is called like what they read (duckdb_tables).
constexpr const char* k_bind_own_views = "SELECT count(*) FROM duckdb_columns()";

// Names of macros of the file that a session with it would find before DuckDB's own functions.
// Asked before the file's catalog is the one in use.
constexpr const char* k_count_rivals =
    "SELECT count(*) FROM (SELECT lower(function_name) FROM duckdb_functions() WHERE database_name "
    "= 'system' OR database_name = 'decant_file' AND schema_name = 'main' GROUP BY 1 HAVING "
    "count(DISTINCT database_name) = 2)";

Error error_of(QueryResult& result, std::string_view what) {
  const char* text = duckdb_result_error(result.get());
  return statement_error(duckdb_result_error_type(result.get()), text ? text : "unknown error",
                         what);
}

bool may_pass(ErrorCode code) {
  return code == ErrorCode::kBusy || code == ErrorCode::kTimeout || code == ErrorCode::kCancelled;
}

// Nothing that is tried again in this process can succeed.
Error lost_commit(Error error) {
  error.code = ErrorCode::kInternal;
  error.advice = "Run it again: what the file holds is right, and the run goes on from there.";
  return error;
}

// DuckDB gives no type for an error of preparing, only its text, which begins with the type's name.
duckdb_error_type type_in(std::string_view message) {
  const auto begins = [&](std::string_view with) { return message.substr(0, with.size()) == with; };
  if (begins("Catalog")) return DUCKDB_ERROR_CATALOG;
  if (begins("Binder")) return DUCKDB_ERROR_BINDER;
  if (begins("Parser")) return DUCKDB_ERROR_PARSER;
  if (begins("Syntax")) return DUCKDB_ERROR_SYNTAX;
  if (begins("IO")) return DUCKDB_ERROR_IO;
  if (begins("Conversion")) return DUCKDB_ERROR_CONVERSION;
  if (begins("Constraint")) return DUCKDB_ERROR_CONSTRAINT;
  if (begins("Invalid Input")) return DUCKDB_ERROR_INVALID_INPUT;
  if (begins("Transaction")) return DUCKDB_ERROR_TRANSACTION;
  if (begins("Missing Extension")) return DUCKDB_ERROR_MISSING_EXTENSION;
  if (begins("Not implemented")) return DUCKDB_ERROR_NOT_IMPLEMENTED;
  return DUCKDB_ERROR_INVALID;
}

int threads_of(const DuckDbOptions& options) {
  if (options.threads > 0) return options.threads;
  return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 8U));
}

Status configure(duckdb_config config, const std::string& path, const DuckDbOptions& options) {
  const std::vector<std::pair<const char*, std::string>> settings = {
      {"memory_limit", options.memory_limit},
      {"threads", std::to_string(threads_of(options))},
      // Rows have no order of their own here, and keeping one costs memory and threads.
      {"preserve_insertion_order", "false"},
      // At DuckDB's 16 MB two million rows in 40 commits cost three times as much: each checkpoint
      // writes its tables' last row groups anew.
      {"checkpoint_threshold", "256MB"},
      // Files are read once, and one that was written anew must not be taken for the old one.
      {"enable_external_file_cache", "false"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
  };
  for (const auto& [name, value] : settings) {
    if (duckdb_set_config(config, name, value.c_str()) != DuckDBSuccess) {
      return fail(ErrorCode::kUsage,
                  std::string("DuckDB does not take \"") + value + "\" as " + name + ".");
    }
  }
  // A database in memory would spill into the working directory; a file spills beside itself.
  const std::string spill = path.empty() ? "" : path + ".tmp";
  if (duckdb_set_config(config, "temp_directory", spill.c_str()) != DuckDBSuccess) {
    return fail(ErrorCode::kInternal, "DuckDB does not take \"" + spill + "\" as temp_directory.");
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const std::string& path,
                                                 const DuckDbOptions& options) {
  ConfigHandle config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kNoSpace, "There is no memory for DuckDB's configuration.");
  }
  DECANT_TRY(configure(config.get(), path, options));
  auto database = std::make_shared<Database>();
  database->is_read_only_ = options.read_only;
  char* message = nullptr;
  if (duckdb_open_ext(nullptr, database->handle_.out(), config.get(), &message) != DuckDBSuccess) {
    const Error error = open_error(message ? message : "no reason given", path);
    duckdb_free(message);
    return tl::unexpected<Error>(error);
  }
  DECANT_TRY(database->attach(path));
  return database;
}

Status Database::attach(const std::string& path) {
  duckdb_connection connection = nullptr;
  if (duckdb_connect(handle_.get(), &connection) != DuckDBSuccess) {
    return fail(ErrorCode::kNoSpace, "DuckDB gives no connection.");
  }
  const std::string sql = "ATTACH " + quote_literal(path.empty() ? ":memory:" : path) + " AS " +
                          std::string(k_file_catalog) + (is_read_only_ ? " (READ_ONLY)" : "");
  QueryResult result;
  const auto runs = [&](const std::string& statement) {
    return duckdb_query(connection, statement.c_str(), result.out()) == DuckDBSuccess;
  };
  const bool attached = (path.empty() || runs(k_bind_own_views)) && runs(sql);
  Status status;
  if (attached && !is_read_only_ && !path.empty() && runs(k_count_rivals)) {
    has_rivals_ = duckdb_value_int64(result.get(), 0, 0) > 0;
  } else if (!attached) {
    const char* text = duckdb_result_error(result.get());
    status = tl::unexpected<Error>(open_error(text ? text : "no reason given", path));
  }
  duckdb_disconnect(&connection);
  return status;
}

Result<Connection> Database::connect() {
  Connection connection;
  connection.database_ = shared_from_this();
  if (duckdb_connect(handle_.get(), connection.handle_.out()) != DuckDBSuccess) {
    return fail(ErrorCode::kNoSpace, "DuckDB gives no further connection.");
  }
  // Both come from the machine's environment otherwise: the years of th_TH are Buddhist.
  DECANT_TRY(connection.run("SET TimeZone = 'UTC'; SET Calendar = 'gregorian'"));
  DECANT_TRY(has_rivals_ && !is_read_only_ ? put_own_functions_first(connection)
                                           : connection.run("USE " + std::string(k_file_catalog)));
  return connection;
}

// DuckDB looks a function up in the schemas of the search path, of which the first also says in
// which catalog the schemas of names such as ventas.lines are: it has to be one of the file, where
// no macro can lie. That it must be there only while the path is set lets it be one that is not
// kept. What is called with "main" or without a schema is found behind DuckDB's own.
Status Database::put_own_functions_first(Connection& connection) {
  const std::string file(k_file_catalog);
  const std::string nothing = file + ".decant_nothing_" + std::to_string(++connections_);
  Transaction transaction(connection);
  DECANT_TRY(transaction.begin());
  return connection.run("CREATE SCHEMA " + nothing + "; SET search_path = '" + nothing +
                        ",system.main," + file + ".main'");
}

void Database::give_up(const Error& why) {
  const std::lock_guard lock(mutex_);
  if (given_up_) return;
  given_up_ = why;
  // Or what is in memory would be written into the file in the end.
  duckdb_connection connection = nullptr;
  if (duckdb_connect(handle_.get(), &connection) != DuckDBSuccess) return;
  QueryResult result;
  duckdb_query(connection, "PRAGMA disable_checkpoint_on_shutdown", result.out());
  duckdb_disconnect(&connection);
}

Status Database::check_usable() const {
  const std::lock_guard lock(mutex_);
  if (given_up_) return tl::unexpected<Error>(*given_up_);
  return {};
}

// Of an error the text alone says that it was the COMMIT, perhaps one that no statement named.
tl::unexpected<Error> Connection::failed(QueryResult& result, std::string_view what) {
  Error error = error_of(result, what);
  const char* text = duckdb_result_error(result.get());
  const std::string_view message = text != nullptr ? text : "";
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string_view::npos;
  };
  // Two connections of this process that make the same row are told apart at the COMMIT, too.
  const bool is_conflict = says("onflict") || says("onstraint");
  if (says("Failed to commit") && !is_conflict) {
    if (may_pass(error.code)) error = lost_commit(std::move(error));
    database_->give_up(error);
  }
  return tl::unexpected<Error>(std::move(error));
}

Status Connection::run(std::string_view sql, std::string_view what) {
  DECANT_TRY(database_->check_usable());
  QueryResult result;
  if (duckdb_query(handle_.get(), std::string(sql).c_str(), result.out()) != DuckDBSuccess) {
    return failed(result, what);
  }
  return {};
}

Result<Prepared> Connection::prepare(std::string_view sql, std::string_view what) {
  DECANT_TRY(database_->check_usable());
  Prepared statement;
  if (duckdb_prepare(handle_.get(), std::string(sql).c_str(), statement.out()) != DuckDBSuccess) {
    const char* text = duckdb_prepare_error(statement.get());
    const std::string_view message = text ? text : "unknown error";
    return tl::unexpected<Error>(statement_error(type_in(message), message, what));
  }
  return statement;
}

Result<QueryResult> Connection::execute(const Prepared& statement, std::string_view what) {
  DECANT_TRY(database_->check_usable());
  QueryResult result;
  if (duckdb_execute_prepared(statement.get(), result.out()) != DuckDBSuccess) {
    return failed(result, what);
  }
  return result;
}

Result<QueryResult> Connection::stream(const Prepared& statement, std::string_view what) {
  DECANT_TRY(database_->check_usable());
  Pending pending;
  if (duckdb_pending_prepared_streaming(statement.get(), pending.out()) != DuckDBSuccess) {
    const char* text = duckdb_pending_error(pending.get());
    const std::string_view message = text ? text : "unknown error";
    return tl::unexpected<Error>(statement_error(type_in(message), message, what));
  }
  QueryResult result;
  if (duckdb_execute_pending(pending.get(), result.out()) != DuckDBSuccess) {
    return failed(result, what);
  }
  return result;
}

Result<std::int64_t> Connection::number(std::string_view sql, std::string_view what) {
  DECANT_TRY(database_->check_usable());
  QueryResult result;
  if (duckdb_query(handle_.get(), std::string(sql).c_str(), result.out()) != DuckDBSuccess) {
    return failed(result, what);
  }
  return duckdb_value_int64(result.get(), 0, 0);
}

// An interrupt that comes late hits the ROLLBACK itself, which has then done nothing.
void Connection::roll_back() {
  constexpr int k_tries = 3;
  for (int i = 0; i < k_tries; ++i) {
    const Status done = run("ROLLBACK");
    if (done || done.error().code != ErrorCode::kCancelled) return;
  }
}

Transaction::~Transaction() {
  if (is_open_) connection_.roll_back();
}

Status Transaction::begin() {
  DECANT_TRY(connection_.run("BEGIN TRANSACTION"));
  is_open_ = true;
  return {};
}

Status Transaction::commit() {
  pass(Failpoint::kBeforeCommit);
  // One that failed has rolled back already, but for one that was interrupted before it began.
  DECANT_TRY(connection_.run("COMMIT", "The transaction could not be committed"));
  is_open_ = false;
  pass(Failpoint::kAfterCommit);
  return {};
}

}  // namespace decant::duck
