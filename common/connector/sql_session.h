// SqlSession: a connection to a SQL target for the ledger and other small statements, one thread, text in and out.
// Rows of the job's tables do not go through here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace decant {

enum class Dialect { kPostgres, kDuckDb };

using SqlValue = std::optional<std::string>;  // nullopt is NULL
using SqlRow = std::vector<SqlValue>;
// Takes the values of one row of SqlSession::append; they need to be there for the call only.
using AppendRow = std::function<Status(std::span<const std::optional<std::string_view>> values)>;

class SqlSession {
 public:
  virtual ~SqlSession() = default;
  virtual Dialect dialect() const = 0;
  // Parameters are $1, $2 … sent as text; cast them in the statement (CAST($1 AS BIGINT)).
  virtual Result<std::vector<SqlRow>> query(std::string_view sql, std::span<const SqlValue> parameters = {}) = 0;
  // Rows affected.
  virtual Result<std::int64_t> execute(std::string_view sql, std::span<const SqlValue> parameters = {}) = 0;
  // Many rows at once into schema.table, by COPY or DuckDB's appender, in the open transaction: `rows` calls its
  // argument once for each, with a value for each of `columns`. An error, also one that `rows` gives back, leaves
  // the transaction to be rolled back. Rows appended.
  virtual Result<std::int64_t> append(const std::string& schema, const std::string& table,
                                      const std::vector<std::string>& columns,
                                      const std::function<Status(const AppendRow&)>& rows) = 0;
  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void rollback() noexcept = 0;
};

// Why a person's SQL is not one query (Target::run_check).
Error several_statements();
Error gives_no_rows();

// "name" with quotes doubled, for both dialects; a dotted table name is quoted part by part.
std::string quote_identifier(std::string_view name);
// Several, with commas between them.
std::string quote_identifiers(std::span<const std::string> names);
std::string quote_table(std::string_view dotted);
std::string quote_literal(std::string_view text);

}  // namespace decant
