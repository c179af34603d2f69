// What the ledger's statements are made with; private to this folder.
//
// One text serves both engines. The words in which they differ stand in braces: {schema}, {now}
// (the database's clock), {for_update}, {for_share}, {iso} and {iso_format} (a time as ISO text in
// UTC), and in the schema {name}, {batch_id}.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant::ledger_internal {

// A statement kept in NAME.sql beside this file, embedded at build time. Names are those of the
// folder's CMakeLists.txt.
std::string_view statement(std::string_view name);

std::string fill(Dialect dialect, std::string_view schema, std::string_view text);

// The statements of a script for one engine, filled.
std::vector<std::string> split_script(Dialect dialect, std::string_view schema,
                                      std::string_view script);

// Bytes that no text column takes (NUL, invalid UTF-8) as \xNN.
std::string storable_text(std::string_view text);

inline SqlValue number(std::int64_t value) { return std::to_string(value); }
inline SqlValue boolean(bool value) { return value ? "true" : "false"; }

// The values of one result row, read in order. NULL reads as empty, 0 or false.
class RowReader {
 public:
  explicit RowReader(const SqlRow& row) : row_(row) {}
  std::string text();
  std::int64_t integer();
  std::optional<std::int64_t> optional_integer();
  bool truth();

 private:
  const SqlValue* next();
  const SqlRow& row_;
  std::size_t position_ = 0;
};

// A transaction that is rolled back unless it is committed.
class Transaction {
 public:
  explicit Transaction(SqlSession& sql) : sql_(sql) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Status begin();
  Status commit();

 private:
  SqlSession& sql_;
  bool open_ = false;
};

// Rows for a statement with many: `{rows}` in its text becomes (VALUES ($3, $4), ($5, $6) …), after
// the parameters that all rows share. The values are text; the statement casts them. Runs in
// groups, far below PostgreSQL's 65,535 parameters.
class ValueRows {
 public:
  ValueRows(std::size_t columns, std::vector<SqlValue> shared)
      : columns_(columns), shared_(std::move(shared)) {}
  void add(std::initializer_list<SqlValue> row) { values_.insert(values_.end(), row); }
  bool empty() const { return values_.empty(); }
  // Rows affected by all groups together. `text` is filled.
  Result<std::int64_t> execute(SqlSession& sql, const std::string& text) const;

 private:
  std::size_t columns_;
  std::vector<SqlValue> shared_;
  std::vector<SqlValue> values_;
};

// `($first, $first+1, …)`, for IN.
std::string parameter_list(std::size_t first, std::size_t count);

// Part of every write of a leader, in its transaction: kFenced unless the run leads all of `tables`
// under `epoch`. PostgreSQL waits for a takeover in progress, and keeps others from taking the
// leadership until the transaction ends.
Status check_epoch(SqlSession& sql, const std::string& schema, const RunId& run, Epoch epoch,
                   const std::set<std::string>& tables);

// In PostgreSQL a wait for a row that another transaction holds ends after `patience_ms` (SQLSTATE
// 55P03); the setting ends with the transaction.
Status bound_waits(SqlSession& sql, int patience_ms);

// DuckDB's refusal of a second writer of the same row.
bool is_write_conflict(Dialect dialect, const Error& error);

}  // namespace decant::ledger_internal
