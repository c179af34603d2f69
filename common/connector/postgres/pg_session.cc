#include "common/connector/postgres/pg_session.h"

#include <cstdlib>

#include "common/connector/target.h"

namespace decant::postgres {
namespace {

// Without parameters the simple protocol is used: it takes several statements at once.
Result<PgResult> run(Connection& connection, std::string_view sql,
                     std::span<const SqlValue> parameters) {
  if (parameters.empty()) return connection.run(std::string(sql));
  return connection.run(std::string(sql), parameters);
}

std::vector<SqlRow> rows_of(const PgResult& result) {
  const int rows = PQntuples(result.get());
  const int columns = PQnfields(result.get());
  std::vector<SqlRow> out(static_cast<std::size_t>(rows));
  for (int row = 0; row < rows; ++row) {
    SqlRow& values = out[static_cast<std::size_t>(row)];
    values.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result.get(), row, column) != 0) {
        values.emplace_back(std::nullopt);
      } else {
        const auto size = static_cast<std::size_t>(PQgetlength(result.get(), row, column));
        values.emplace_back(std::string(PQgetvalue(result.get(), row, column), size));
      }
    }
  }
  return out;
}

constexpr std::size_t k_copy_buffer_bytes = 64 * 1024;

// One row in COPY's text format.
void put_copy_row(std::span<const std::optional<std::string_view>> values, std::string& out) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += '\t';
    if (!values[i]) {
      out += "\\N";
      continue;
    }
    for (const char c : *values[i]) {
      switch (c) {
        case '\\':
          out += "\\\\";
          break;
        case '\n':
          out += "\\n";
          break;
        case '\r':
          out += "\\r";
          break;
        case '\t':
          out += "\\t";
          break;
        default:
          out += c;
      }
    }
  }
  out += '\n';
}

}  // namespace

Result<std::vector<SqlRow>> PgSession::query(std::string_view sql,
                                             std::span<const SqlValue> parameters) {
  DECANT_TRY_ASSIGN(const PgResult result, run(connection_, sql, parameters));
  return rows_of(result);
}

Result<std::vector<SqlRow>> PgSession::query_one(const std::string& sql) {
  const auto described = connection_.describe(sql);
  if (!described) {
    const Error& error = described.error();
    const bool has_several =
        error.sqlstate == "42601" && error.message.find("multiple commands") != std::string::npos;
    return fail(has_several ? several_statements() : error);
  }
  if (PQnfields(described->get()) == 0) return fail(gives_no_rows());
  // The extended protocol, which takes no second statement.
  DECANT_TRY_ASSIGN(const PgResult result, connection_.run(sql, std::span<const SqlValue>()));
  return rows_of(result);
}

Result<std::int64_t> PgSession::execute(std::string_view sql,
                                        std::span<const SqlValue> parameters) {
  DECANT_TRY_ASSIGN(const PgResult result, run(connection_, sql, parameters));
  return std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
}

Result<std::int64_t> PgSession::append(const std::string& schema, const std::string& table,
                                       const std::vector<std::string>& columns,
                                       const std::function<Status(const AppendRow&)>& rows) {
  std::string names;
  for (const std::string& column : columns)
    names += (names.empty() ? "" : ", ") + quote_identifier(column);
  DECANT_TRY(connection_.begin_copy_in("COPY " + quote_identifier(schema) + "." +
                                       quote_identifier(table) + " (" + names + ") FROM STDIN"));
  std::string buffer;
  const auto send = [&]() -> Status {
    Status sent = connection_.put_copy_data(buffer);
    buffer.clear();
    return sent;
  };
  Status status = rows([&](std::span<const std::optional<std::string_view>> values) -> Status {
    put_copy_row(values, buffer);
    return buffer.size() >= k_copy_buffer_bytes ? send() : Status{};
  });
  if (status && !buffer.empty()) status = send();
  if (!status) {
    connection_.abandon_copy_in();
    return fail(std::move(status).error());
  }
  return connection_.end_copy_in();
}

Status PgSession::begin() {
  DECANT_TRY(connection_.run("BEGIN"));
  return {};
}

Status PgSession::commit() {
  if (connection_.is_cancelled())
    return fail(ErrorCode::kCancelled, "Called off before the commit.");
  pass(Failpoint::kBeforeCommit);
  auto result = connection_.run("COMMIT", Failpoint::kCommitSent);
  pass(Failpoint::kAfterCommit);
  if (!result) {
    Error error = std::move(result).error();
    // An answer with an SQLSTATE on a living connection is a refusal: nothing was committed.
    // Without one nobody here knows how far the server got.
    const bool answered =
        connection_.is_alive() && !error.sqlstate.empty() && error.code != ErrorCode::kUnreachable;
    if (!answered) {
      error.code = ErrorCode::kUnreachable;
      error.sqlstate = k_commit_unknown;
    }
    return fail(std::move(error));
  }
  if (std::string_view(PQcmdStatus(result->get())) == "ROLLBACK") {
    return fail(ErrorCode::kInternal,
                "The transaction had failed before its COMMIT and was rolled back.");
  }
  return {};
}

void PgSession::rollback() noexcept {
  if (!connection_.is_alive() || !connection_.in_transaction()) return;
  [[maybe_unused]] auto ignored = connection_.roll_back();
}

}  // namespace decant::postgres
