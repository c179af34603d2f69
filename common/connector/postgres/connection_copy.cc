// The COPY protocol of Connection.
#include <poll.h>

#include <cstdlib>

#include "common/connector/postgres/connection.h"

namespace decant::postgres {

Status Connection::begin_copy_out(const std::string& sql) {
  DECANT_TRY_ASSIGN(PgResult result, run(sql));
  if (PQresultStatus(result.get()) != PGRES_COPY_OUT) {
    return fail(ErrorCode::kInternal, "The statement is no COPY TO STDOUT.");
  }
  return {};
}

Result<bool> Connection::next_copy_message(Message& message) {
  for (;;) {
    const int size = PQgetCopyData(conn_, &message.data, 1);
    if (size > 0) {
      message.size = size;
      return true;
    }
    if (size == 0) {
      DECANT_TRY(wait(POLLIN));
      if (PQconsumeInput(conn_) == 0) return connection_error();
      continue;
    }
    if (size == -2) return connection_error();
    DECANT_TRY(collect());
    return false;
  }
}

void Connection::free_message(Message& message) {
  PQfreemem(message.data);
  message = {};
}

void Connection::abandon_copy_out() noexcept {
  if (!is_alive() || PQtransactionStatus(conn_) != PQTRANS_ACTIVE) return;
  if (canceller_) canceller_->send();
  if (canceller_ && canceller_->is_pending()) return;  // nothing more can be had of this server
  Message message;
  for (;;) {
    const auto more = next_copy_message(message);
    if (!more || !*more) return;
    free_message(message);
  }
}

Status Connection::begin_copy_in(const std::string& sql) {
  DECANT_TRY_ASSIGN(PgResult result, run(sql));
  if (PQresultStatus(result.get()) != PGRES_COPY_IN) {
    return fail(ErrorCode::kInternal, "The statement is no COPY FROM STDIN.");
  }
  return {};
}

// `put` gives libpq's answer: 1 taken, 0 full, below 0 refused.
template <typename Put>
Status Connection::put_until_taken(const Put& put) {
  for (;;) {
    const int answer = put();
    if (answer == 1) return {};
    if (answer < 0) {
      // The server ended the COPY: its reason is the next result.
      auto result = collect();
      if (!result) return fail(std::move(result).error());
      return connection_error();
    }
    DECANT_TRY(wait(POLLIN | POLLOUT));
    if (PQconsumeInput(conn_) == 0) return connection_error();
  }
}

Status Connection::put_copy_data(std::string_view bytes) {
  DECANT_TRY(check_usable());
  DECANT_TRY(put_until_taken(
      [&] { return PQputCopyData(conn_, bytes.data(), static_cast<int>(bytes.size())); }));
  // Flushing here bounds libpq's own buffer to one of ours.
  return flush();
}

Result<std::int64_t> Connection::end_copy_in() {
  DECANT_TRY(put_until_taken([&] { return PQputCopyEnd(conn_, nullptr); }));
  DECANT_TRY_ASSIGN(PgResult result, collect());
  return std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
}

void Connection::abandon_copy_in() noexcept {
  if (!is_alive() || PQtransactionStatus(conn_) != PQTRANS_ACTIVE) return;
  while (PQputCopyEnd(conn_, "Decant gave the load up.") == 0) {
    if (!wait(POLLIN | POLLOUT) || PQconsumeInput(conn_) == 0) return;
  }
  [[maybe_unused]] auto ignored = collect();
}

}  // namespace decant::postgres
