#include "common/connector/postgres/connection.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include "common/connector/postgres/error_map.h"

namespace decant::postgres {
namespace {

// How long a server may take to end a cancelled statement before the connection is given up.
constexpr int k_cancel_grace_ms = 10'000;

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text != nullptr ? text : "";
}

struct OptionsDeleter {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

using Parameters = std::map<std::string, std::string>;

// libpq quotes what it does not understand, and that may be a piece of a password with special
// characters, which no mask knows: what comes before is all that is told.
std::string before_quotes(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  constexpr std::string_view k_sign = "\"=\"";
  if (const std::size_t sign = text.find(k_sign); sign != std::string::npos)
    text.replace(sign, k_sign.size(), "=");
  const std::size_t quote = text.find('"');
  if (quote == std::string::npos) return text;
  text.resize(quote);
  while (!text.empty() && (text.back() == ' ' || text.back() == ':')) text.pop_back();
  return text + " …";
}

Result<Parameters> parse_url(const std::string& url, const SecretMask& mask) {
  char* text = nullptr;
  std::unique_ptr<PQconninfoOption, OptionsDeleter> options(PQconninfoParse(url.c_str(), &text));
  if (!options) {
    std::string reason = text != nullptr ? text : "not a connection string";
    PQfreemem(text);
    return fail(
        ErrorCode::kUsage,
        "The PostgreSQL connection cannot be read: " + mask.mask(before_quotes(reason)) + ".",
        "Write it as postgresql://user@host:port/database, and every character of a "
        "password that is no letter or digit as %XX (@ is %40).");
  }
  Parameters parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parameters[option->keyword] = option->val;
  }
  return parameters;
}

// What the job's connection says wins; these are for those it does not mention.
void add_defaults(Parameters& parameters, const ConnectOptions& options) {
  parameters["application_name"] = options.application_name.substr(0, 63);
  parameters["client_encoding"] = "UTF8";
  parameters.emplace("keepalives", "1");
  parameters.emplace("keepalives_idle", "15");
  parameters.emplace("keepalives_interval", "5");
  parameters.emplace("keepalives_count", "3");
  parameters.emplace("tcp_user_timeout", "60000");
}

std::string address_of(const Parameters& parameters) {
  const auto value = [&](const char* name) {
    const auto found = parameters.find(name);
    return found != parameters.end() ? found->second : std::string();
  };
  std::string address = value("host").empty() ? value("hostaddr") : value("host");
  if (address.empty()) address = "the local socket";
  if (!value("port").empty()) address += ":" + value("port");
  if (!value("dbname").empty()) address += "/" + value("dbname");
  return address;
}

// Before a session exists libpq has no SQLSTATE for us, only text; these phrases are stable since
// PostgreSQL 8.
std::string sqlstate_of_connect_text(const std::string& text) {
  const auto has = [&](const char* phrase) { return text.find(phrase) != std::string::npos; };
  if (has("password authentication failed") || has("no password supplied")) return "28P01";
  if (has("no pg_hba.conf entry") || has("authentication failed") ||
      (has("role \"") && has("does not exist"))) {
    return "28000";
  }
  if (has("database \"") && has("does not exist")) return "3D000";
  if (has("permission denied for database")) return "42501";
  if (has("too many clients") || has("remaining connection slots") ||
      has("too many connections for")) {
    return "53300";
  }
  if (has("the database system is")) return "57P03";
  return "08001";
}

}  // namespace

Connection::Connection(PGconn* conn, std::string address)
    : conn_(conn), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), address_(std::move(address)) {}

Connection::~Connection() {
  PQfinish(conn_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& url,
                                                     const ConnectOptions& options) {
  SecretMask mask;
  mask.learn(url);
  DECANT_TRY_ASSIGN(Parameters parameters, parse_url(url, mask));
  std::int64_t timeout_ms = options.connect_timeout_ms;
  if (const auto own = parameters.find("connect_timeout"); own != parameters.end()) {
    if (const long seconds = std::strtol(own->second.c_str(), nullptr, 10); seconds > 0)
      timeout_ms = seconds * 1000;
  }
  add_defaults(parameters, options);
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : parameters) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* conn = PQconnectStartParams(names.data(), values.data(), 0);
  if (conn == nullptr) return fail(ErrorCode::kNoSpace, "No memory for a PostgreSQL connection.");
  std::unique_ptr<Connection> connection(new Connection(conn, address_of(parameters)));
  connection->mask_.learn(url);
  if (connection->wake_fd_ < 0)
    return fail(ErrorCode::kNoSpace, "No file descriptor is left for a connection.");
  DECANT_TRY(connection->finish_connecting(timeout_ms));
  DECANT_TRY(connection->set_up(options));
  return connection;
}

Status Connection::finish_connecting(std::int64_t timeout_ms) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (PQstatus(conn_) != CONNECTION_BAD) {
    pollfd watched{PQsocket(conn_),
                   static_cast<short>(state == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                          deadline - std::chrono::steady_clock::now())
                          .count();
    if (left <= 0 || poll(&watched, 1, static_cast<int>(left)) == 0) {
      Error error{ErrorCode::kUnreachable,
                  "PostgreSQL at " + address_ + " did not answer in time.",
                  "Check the host, the port, the VPN and the firewall.",
                  "08001",
                  {}};
      return fail(std::move(error));
    }
    state = PQconnectPoll(conn_);
    if (state == PGRES_POLLING_OK) return {};
    if (state == PGRES_POLLING_FAILED) break;
  }
  const std::string text = mask_.mask(PQerrorMessage(conn_));
  const std::string sqlstate = sqlstate_of_connect_text(text);
  Error error{code_of_sqlstate(sqlstate),
              "PostgreSQL at " + address_ + " cannot be used: " + one_sentence(text) + ".",
              advice_for_sqlstate(sqlstate),
              sqlstate,
              {}};
  return fail(std::move(error));
}

// Until it is set, the timeout of the user's own settings holds, which may be too short for this
// very statement on a busy server.
Status Connection::set_statement_timeout(std::int64_t timeout_ms) {
  constexpr int k_most_tries = 20;
  const std::string sql = "SET statement_timeout = " + std::to_string(timeout_ms);
  auto set = run(sql);
  for (int tries = 1; !set && set.error().sqlstate == "57014" && tries < k_most_tries; ++tries)
    set = run(sql);
  if (!set) return fail(std::move(set).error());
  return {};
}

Status Connection::set_up(const ConnectOptions& options) {
  canceller_.emplace(conn_);
  PQsetnonblocking(conn_, 1);
  PQsetNoticeProcessor(
      conn_, [](void*, const char*) {}, nullptr);
  return set_session(options);
}

Status Connection::wait(short events) {
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    pollfd watched[2] = {{PQsocket(conn_), events, 0}, {cancel_seen_ ? -1 : wake_fd_, POLLIN, 0}};
    const int ready = poll(watched, 2, 1000);
    if (ready < 0 && errno != EINTR) return connection_error();
    if (watched[1].revents != 0) cancel_seen_ = true;
    if (watched[0].revents != 0) return {};
    const auto waited = std::chrono::steady_clock::now() - start;
    if (cancel_seen_ && waited > std::chrono::milliseconds(k_cancel_grace_ms)) {
      return fail(ErrorCode::kCancelled,
                  "Called off; the server at " + address_ + " did not confirm it.");
    }
  }
}

Status Connection::flush() {
  for (;;) {
    const int left = PQflush(conn_);
    if (left < 0) return connection_error();
    if (left == 0) return {};
    DECANT_TRY(wait(POLLIN | POLLOUT));
    // The server may be blocked on sending to us (an error in mid-COPY): read, or neither side
    // moves.
    if (PQconsumeInput(conn_) == 0) return connection_error();
  }
}

Result<PgResult> Connection::next_result() {
  while (PQisBusy(conn_) != 0) {
    DECANT_TRY(wait(POLLIN));
    if (PQconsumeInput(conn_) == 0) return connection_error();
  }
  return PgResult(PQgetResult(conn_));
}

Result<PgResult> Connection::collect() {
  DECANT_TRY(flush());
  PgResult last;
  PgResult failed;
  for (;;) {
    DECANT_TRY_ASSIGN(PgResult result, next_result());
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) return result;
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!failed) failed = std::move(result);
    } else {
      last = std::move(result);
    }
  }
  if (failed) return error_of(failed.get());
  if (!last) return connection_error();
  return last;
}

Status Connection::check_usable() const {
  if (is_cancelled()) return fail(ErrorCode::kCancelled, "Called off.");
  if (canceller_ && canceller_->is_pending()) {
    return fail(ErrorCode::kUnreachable,
                "The server at " + address_ + " has not answered that a statement was called off.");
  }
  return {};
}

Result<PgResult> Connection::run(const std::string& sql, std::optional<Failpoint> once_sent) {
  DECANT_TRY(check_usable());
  if (PQsendQuery(conn_, sql.c_str()) == 0) return connection_error();
  if (once_sent) DECANT_TRY(flush());
  if (once_sent) pass(*once_sent);
  return collect();
}

Result<PgResult> Connection::run(const std::string& sql, std::span<const SqlValue> parameters) {
  DECANT_TRY(check_usable());
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const SqlValue& value : parameters) values.push_back(value ? value->c_str() : nullptr);
  if (PQsendQueryParams(conn_, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(),
                        nullptr, nullptr, 0) == 0) {
    return connection_error();
  }
  return collect();
}

Status Connection::roll_back(const std::string& sql) {
  if (PQsendQuery(conn_, sql.c_str()) == 0) return connection_error();
  DECANT_TRY(collect());
  return {};
}

Result<PgResult> Connection::describe(const std::string& sql) {
  DECANT_TRY(check_usable());
  if (PQsendPrepare(conn_, "", sql.c_str(), 0, nullptr) == 0) return connection_error();
  DECANT_TRY(collect());
  if (PQsendDescribePrepared(conn_, "") == 0) return connection_error();
  return collect();
}

Status Connection::take_bytes(bool as_they_are) {
  if (takes_bytes() == as_they_are || server_encoding() != "SQL_ASCII") return {};
  DECANT_TRY(run(std::string("SET client_encoding = ") + (as_they_are ? "SQL_ASCII" : "UTF8")));
  return {};
}

// The server tells each change, also when a transaction takes it back.
bool Connection::takes_bytes() const {
  const char* name = PQparameterStatus(conn_, "client_encoding");
  return name != nullptr && std::string_view(name) == "SQL_ASCII";
}

void Connection::cancel() {
  cancelled_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_fd_, &one, sizeof one);
  // Where the server cannot be reached the waiting thread gives up by itself after its grace.
  if (canceller_) canceller_->send();
}

void Connection::renew() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto drained = read(wake_fd_, &count, sizeof count);
  cancel_seen_ = false;
  cancelled_.store(false, std::memory_order_release);
}

bool Connection::in_transaction() const {
  const PGTransactionStatusType status = PQtransactionStatus(conn_);
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

std::string Connection::host() const {
  const char* host = PQhost(conn_);
  return host != nullptr ? host : "";
}

std::string Connection::server_version_text() const {
  const char* text = PQparameterStatus(conn_, "server_version");
  const std::string version = text != nullptr ? text : "";
  return version.substr(0, version.find(' '));
}

std::string Connection::server_encoding() const {
  const char* name = PQparameterStatus(conn_, "server_encoding");
  return name != nullptr ? name : "";
}

std::string Connection::database() const { return PQdb(conn_); }
std::string Connection::user() const { return PQuser(conn_); }

tl::unexpected<Error> Connection::error_of(const PGresult* result) {
  ServerError error{field(result, PG_DIAG_SQLSTATE),    field(result, PG_DIAG_MESSAGE_PRIMARY),
                    field(result, PG_DIAG_TABLE_NAME),  field(result, PG_DIAG_CONSTRAINT_NAME),
                    field(result, PG_DIAG_COLUMN_NAME), field(result, PG_DIAG_SCHEMA_NAME)};
  if (error.sqlstate.empty()) return connection_error();
  Error mapped = to_error(error);
  // Who ends statements that take too long, be it statement_timeout or somebody with
  // pg_cancel_backend, says so in the words of lc_messages: it was not us, and that tells enough.
  if (error.sqlstate == "57014" && !is_cancelled()) mapped.code = ErrorCode::kTimeout;
  mapped.message = mask_.mask(mapped.message);
  return fail(std::move(mapped));
}

tl::unexpected<Error> Connection::connection_error() {
  if (is_cancelled()) return fail(ErrorCode::kCancelled, "Called off.");
  std::string text = mask_.mask(PQerrorMessage(conn_));
  if (const auto line = text.find('\n'); line != std::string::npos) text.resize(line);
  if (text.empty()) text = "the connection was lost";
  Error error{ErrorCode::kUnreachable,
              "PostgreSQL at " + address_ + ": " + text + ".",
              "Check the server and the network, then run again.",
              "08006",
              {}};
  return fail(std::move(error));
}

}  // namespace decant::postgres
