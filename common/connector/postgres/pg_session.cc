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

}  // namespace

Result<std::vector<SqlRow>> PgSession::query(std::string_view sql,
                                             std::span<const SqlValue> parameters) {
  DECANT_TRY_ASSIGN(const PgResult result, run(connection_, sql, parameters));
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

Result<std::int64_t> PgSession::execute(std::string_view sql,
                                        std::span<const SqlValue> parameters) {
  DECANT_TRY_ASSIGN(const PgResult result, run(connection_, sql, parameters));
  return std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
}

Status PgSession::begin() {
  DECANT_TRY(connection_.run("BEGIN"));
  return {};
}

Status PgSession::commit() {
  if (connection_.is_cancelled())
    return fail(ErrorCode::kCancelled, "Called off before the commit.");
  auto result = connection_.run("COMMIT");
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
