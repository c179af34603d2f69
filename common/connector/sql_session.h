// SqlSession: a connection to a SQL target for the ledger and other small statements, one thread, text in and out.
// Bulk rows do not go through here.
#pragma once

#include <cstdint>
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

class SqlSession {
 public:
  virtual ~SqlSession() = default;
  virtual Dialect dialect() const = 0;
  // Parameters are $1, $2 … sent as text; cast them in the statement (CAST($1 AS BIGINT)).
  virtual Result<std::vector<SqlRow>> query(std::string_view sql, std::span<const SqlValue> parameters = {}) = 0;
  // Rows affected.
  virtual Result<std::int64_t> execute(std::string_view sql, std::span<const SqlValue> parameters = {}) = 0;
  virtual Status begin() = 0;
  virtual Status commit() = 0;
  virtual void rollback() noexcept = 0;
};

// "name" with quotes doubled, for both dialects; a dotted table name is quoted part by part.
std::string quote_identifier(std::string_view name);
std::string quote_table(std::string_view dotted);
std::string quote_literal(std::string_view text);

}  // namespace decant
