#include <string>

#include "common/base/failpoint.h"
#include "common/connector/duckdb/database.h"
#include "common/connector/duckdb/errors.h"
#include "common/connector/duckdb/rows.h"
#include "common/connector/duckdb/type_map.h"
#include "common/value/canonical.h"

namespace decant::duck {
namespace {

constexpr std::string_view k_what = "A statement failed";

bool has_indirect_column(const Prepared& statement) {
  const idx_t count = duckdb_prepared_statement_column_count(statement.get());
  for (idx_t i = 0; i < count; ++i) {
    const LogicalType type(duckdb_prepared_statement_column_logical_type(statement.get(), i));
    if (!mapped_type(type.get()).is_direct) return true;
  }
  return false;
}

Status bind_parameters(const Prepared& statement, std::span<const SqlValue> parameters) {
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const duckdb_state state =
        parameters[i] ? duckdb_bind_varchar_length(statement.get(), i + 1, parameters[i]->data(),
                                                   parameters[i]->size())
                      : duckdb_bind_null(statement.get(), i + 1);
    if (state != DuckDBSuccess) {
      return fail(ErrorCode::kInternal,
                  "A statement has no parameter $" + std::to_string(i + 1) + ".");
    }
  }
  return {};
}

struct Executed {
  QueryResult result;
  Schema schema;
};

Schema result_schema(duckdb_result* result) {
  Schema schema;
  for (idx_t i = 0; i < duckdb_column_count(result); ++i) {
    const LogicalType type(duckdb_column_logical_type(result, i));
    schema.fields.push_back({duckdb_column_name(result, i), mapped_type(type.get()).type, true});
  }
  return schema;
}

Result<Executed> run_one(Connection& connection, Prepared statement,
                         std::span<const SqlValue> parameters) {
  DECANT_TRY(bind_parameters(statement, parameters));
  Executed out;
  DECANT_TRY_ASSIGN(out.result, connection.execute(statement, k_what));
  out.schema = result_schema(out.result.get());
  return out;
}

bool gives_rows(duckdb_statement_type type) {
  return type == DUCKDB_STATEMENT_TYPE_SELECT || type == DUCKDB_STATEMENT_TYPE_EXPLAIN ||
         type == DUCKDB_STATEMENT_TYPE_PRAGMA || type == DUCKDB_STATEMENT_TYPE_CALL;
}

// All statements of `sql`, of which the last one's result counts. Parameters need a single
// statement. `is_query`: it is one, and gives rows.
Result<Executed> run_all(Connection& connection, const std::string& sql,
                         std::span<const SqlValue> parameters, bool is_query = false) {
  Extracted statements;
  const idx_t count = duckdb_extract_statements(connection.get(), sql.c_str(), statements.out());
  if (count == 0) {
    const char* text = duckdb_extract_statements_error(statements.get());
    return tl::unexpected<Error>(
        statement_error(DUCKDB_ERROR_PARSER, text ? text : "empty statement", k_what));
  }
  if (is_query && count > 1) return fail(several_statements());
  Executed last;
  for (idx_t i = 0; i < count; ++i) {
    Prepared statement;
    if (duckdb_prepare_extracted_statement(connection.get(), statements.get(), i,
                                           statement.out()) != DuckDBSuccess) {
      // Preparing the text itself gives the same error with its kind.
      auto prepared = connection.prepare(sql, k_what);
      if (!prepared) return tl::unexpected<Error>(std::move(prepared).error());
      const char* text = duckdb_prepare_error(statement.get());
      return tl::unexpected<Error>(
          statement_error(DUCKDB_ERROR_INVALID, text ? text : "unknown error", k_what));
    }
    const duckdb_statement_type type = duckdb_prepared_statement_type(statement.get());
    if (is_query && !gives_rows(type)) return fail(gives_no_rows());
    const bool is_select = type == DUCKDB_STATEMENT_TYPE_SELECT;
    if (count == 1 && is_select && has_indirect_column(statement)) {
      DECANT_TRY_ASSIGN(
          statement,
          connection.prepare("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" + sql + "\n)", k_what));
    }
    DECANT_TRY_ASSIGN(last, run_one(connection, std::move(statement), parameters));
  }
  return last;
}

Result<std::vector<SqlRow>> rows_of(Executed executed) {
  std::vector<SqlRow> out;
  const auto schema = std::make_shared<const Schema>(std::move(executed.schema));
  const std::vector<VectorForm> forms = forms_of(executed.result.get());
  const SourceKey no_key;
  RowBatch batch;
  while (true) {
    auto chunk = std::make_shared<DataChunk>(duckdb_fetch_chunk(*executed.result.get()));
    if (!*chunk || duckdb_data_chunk_get_size(chunk->get()) == 0) return out;
    batch.reset(schema);
    std::vector<Reject> faults;
    append_chunk(std::move(chunk), forms, batch, {no_key}, faults);
    if (!faults.empty()) return fail(ErrorCode::kDataRefused, faults.front().reason);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      SqlRow values;
      values.reserve(batch.columns.size());
      for (const Column& column : batch.columns) {
        values.push_back(column.valid[row] ? SqlValue(display_text(column, row)) : std::nullopt);
      }
      out.push_back(std::move(values));
    }
  }
}

Error appender_error(duckdb_appender appender) {
  const ErrorData data(duckdb_appender_error_data(appender));
  const char* text = duckdb_error_data_message(data.get());
  return statement_error(duckdb_error_data_error_type(data.get()), text ? text : "unknown error",
                         "Rows could not be appended");
}

}  // namespace

Result<std::vector<SqlRow>> Session::query(std::string_view sql,
                                           std::span<const SqlValue> parameters) {
  DECANT_TRY_ASSIGN(Executed executed, run_all(connection_, std::string(sql), parameters));
  return rows_of(std::move(executed));
}

Result<std::vector<SqlRow>> Session::query_one(const std::string& sql) {
  DECANT_TRY_ASSIGN(Executed executed, run_all(connection_, sql, {}, true));
  if (duckdb_result_return_type(*executed.result.get()) != DUCKDB_RESULT_TYPE_QUERY_RESULT)
    return fail(gives_no_rows());
  return rows_of(std::move(executed));
}

Result<std::int64_t> Session::execute(std::string_view sql, std::span<const SqlValue> parameters) {
  DECANT_TRY_ASSIGN(Executed executed, run_all(connection_, std::string(sql), parameters));
  return static_cast<std::int64_t>(duckdb_rows_changed(executed.result.get()));
}

Result<std::int64_t> Session::append(const std::string& schema, const std::string& table,
                                     const std::vector<std::string>& columns,
                                     const std::function<Status(const AppendRow&)>& rows) {
  Appender appender;
  bool good = duckdb_appender_create(connection_.get(), schema.c_str(), table.c_str(),
                                     appender.out()) == DuckDBSuccess;
  for (std::size_t i = 0; good && i < columns.size(); ++i)
    good = duckdb_appender_add_column(appender.get(), columns[i].c_str()) == DuckDBSuccess;
  if (!good) return tl::unexpected<Error>(appender_error(appender.get()));
  std::int64_t count = 0;
  DECANT_TRY(rows([&](std::span<const std::optional<std::string_view>> values) -> Status {
    bool taken = true;
    for (const auto& value : values) {
      taken = taken &&
              (value ? duckdb_append_varchar_length(appender.get(), value->data(), value->size())
                     : duckdb_append_null(appender.get())) == DuckDBSuccess;
    }
    taken = taken && duckdb_appender_end_row(appender.get()) == DuckDBSuccess;
    if (!taken) return tl::unexpected<Error>(appender_error(appender.get()));
    ++count;
    return {};
  }));
  if (duckdb_appender_close(appender.get()) != DuckDBSuccess)
    return tl::unexpected<Error>(appender_error(appender.get()));
  return count;
}

Status Session::commit() {
  pass(Failpoint::kBeforeCommit);
  DECANT_TRY(connection_.run("COMMIT"));
  pass(Failpoint::kAfterCommit);
  return {};
}

void Session::rollback() noexcept { connection_.roll_back(); }

}  // namespace decant::duck
