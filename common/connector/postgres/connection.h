// Connection: one session with a PostgreSQL server, over non-blocking libpq, so that a cancel and a
// deadline work while it waits. Private to this folder: everyone else sees Source, Target,
// TaskLoader and SqlSession.
//
// Threads: one, except cancel(). A Connection is pinned in memory (unique_ptr), because cancel()
// may come at any time. Every session speaks UTF-8, UTC, ISO dates and shortest exact floats.
#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/failpoint.h"
#include "common/base/result.h"
#include "common/base/secrets.h"
#include "common/connector/postgres/canceller.h"
#include "common/connector/sql_session.h"

namespace decant::postgres {

struct ResultDeleter {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PgResult = std::unique_ptr<PGresult, ResultDeleter>;

struct ConnectOptions {
  std::string application_name = "decant";
  std::int64_t connect_timeout_ms = 10'000;
  std::int64_t statement_timeout_ms = 0;  // 0: none
  std::int64_t lock_timeout_ms = 60'000;
  std::int64_t idle_in_transaction_timeout_ms = 0;
  bool loads = false;      // a target's: what refuses rows has to act
  bool is_source = false;  // whose own settings say how it reads texts
};

class Connection {
 public:
  // kUsage for a connection string that cannot be read, else what the server or the network says,
  // never with the password in it.
  static Result<std::unique_ptr<Connection>> open(const std::string& url,
                                                  const ConnectOptions& options);
  // The same session for other work: nothing that was set in it, or that lived in it, is left. Not
  // in a transaction.
  Status start_over(const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One or more statements; the result of the last one. `once_sent` is passed when the server has
  // them and has not answered.
  Result<PgResult> run(const std::string& sql, std::optional<Failpoint> once_sent = {});
  // One statement with parameters $1 … as text.
  Result<PgResult> run(const std::string& sql, std::span<const SqlValue> parameters);
  // ROLLBACK and ROLLBACK TO, which also work after a cancel.
  Status roll_back(const std::string& sql = "ROLLBACK");
  // The result's columns of a statement, without executing it.
  Result<PgResult> describe(const std::string& sql);

  // From here on text of a database without an encoding (SQL_ASCII) comes as the bytes that it
  // holds, or, as at first, only where they are UTF-8. Of other databases text always is.
  Status take_bytes(bool as_they_are);
  bool takes_bytes() const;

  // COPY … TO STDOUT: one message at a time. After false, the command is complete.
  Status begin_copy_out(const std::string& sql);
  struct Message {
    char* data = nullptr;  // freed by free_message
    int size = 0;
  };
  Result<bool> next_copy_message(Message& message);
  static void free_message(Message& message);
  // Stops a COPY that is not at its end and leaves the session usable where it can.
  void abandon_copy_out() noexcept;

  // COPY … FROM STDIN. end_copy_in gives the rows that went in; a refusal arrives there or in
  // put_copy_data.
  Status begin_copy_in(const std::string& sql);
  Status put_copy_data(std::string_view bytes);
  Result<std::int64_t> end_copy_in();
  void abandon_copy_in() noexcept;

  // From any thread: the statement under way ends with kCancelled, and so does every later one
  // until renew().
  void cancel();
  // Forgets a cancel that has done its work. Where the server has not answered it, every later
  // statement fails with kUnreachable: it might end any of them.
  void renew();
  bool is_cancelled() const { return cancelled_.load(std::memory_order_acquire); }

  bool is_alive() const { return PQstatus(conn_) == CONNECTION_OK; }
  bool in_transaction() const;  // also in one that an error has ended
  // Alive, and not in such a transaction.
  bool can_go_on() const { return is_alive() && PQtransactionStatus(conn_) != PQTRANS_INERROR; }
  std::string host() const;
  std::string database() const;
  std::string user() const;
  std::string server_version_text() const;  // "15.8"
  std::string server_encoding() const;      // "UTF8"
  int server_version() const { return PQserverVersion(conn_); }

 private:
  Connection(PGconn* conn, std::string address);
  Status finish_connecting(std::int64_t timeout_ms);
  Status set_up(const ConnectOptions& options);
  Status set_session(const ConnectOptions& options);
  Status set_search_path(const std::string& found);
  Status set_statement_timeout(std::int64_t timeout_ms);
  Status wait(short events);
  template <typename Put>
  Status put_until_taken(const Put& put);
  Status flush();
  Result<PgResult> next_result();  // null at the end of the command
  Result<PgResult> collect();      // all results of a command, the last one kept
  Status check_usable() const;
  tl::unexpected<Error> error_of(const PGresult* result);
  tl::unexpected<Error> connection_error();

  PGconn* conn_ = nullptr;
  std::optional<Canceller> canceller_;  // made once, so that another thread may use it
  int wake_fd_ = -1;                    // readable once cancel() was called
  std::atomic<bool> cancelled_ = false;
  bool cancel_seen_ = false;  // the waiting thread drained wake_fd_
  std::string address_;       // "host:port/database", for messages
  SecretMask mask_;
};

}  // namespace decant::postgres
