// Move-only owners of DuckDB's C handles. Private to this folder: it is the only place that sees
// duckdb.h.
#pragma once

#include <duckdb.h>

#include <utility>

namespace decant::duck {

// Owns a handle whose "none" is a null pointer; `Destroy` takes its address and clears it.
template <typename T, void (*Destroy)(T*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T handle) : handle_(handle) {}
  Handle(Handle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  ~Handle() { reset(); }

  T get() const { return handle_; }
  // For calls that fill a handle in.
  T* out() {
    reset();
    return &handle_;
  }
  void reset() {
    if (handle_ != nullptr) Destroy(&handle_);
    handle_ = nullptr;
  }
  explicit operator bool() const { return handle_ != nullptr; }

 private:
  T handle_ = nullptr;
};

using DatabaseHandle = Handle<duckdb_database, duckdb_close>;
using ConnectionHandle = Handle<duckdb_connection, duckdb_disconnect>;
using ConfigHandle = Handle<duckdb_config, duckdb_destroy_config>;
using LogicalType = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using DataChunk = Handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using Prepared = Handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using Pending = Handle<duckdb_pending_result, duckdb_destroy_pending>;
using Extracted = Handle<duckdb_extracted_statements, duckdb_destroy_extracted>;
using TableFunction = Handle<duckdb_table_function, duckdb_destroy_table_function>;

// Frees an appender without what it still holds: only duckdb_appender_close says whether that went
// well.
inline void destroy_appender(duckdb_appender* appender) {
  static_cast<void>(duckdb_appender_destroy(appender));
}
using Appender = Handle<duckdb_appender, destroy_appender>;
using ErrorData = Handle<duckdb_error_data, duckdb_destroy_error_data>;

// A result is a struct that is destroyed in place.
class QueryResult {
 public:
  QueryResult() = default;
  QueryResult(QueryResult&& other) noexcept
      : result_(std::exchange(other.result_, duckdb_result{})) {}
  QueryResult& operator=(QueryResult&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
  }
  ~QueryResult() { duckdb_destroy_result(&result_); }

  duckdb_result* get() { return &result_; }
  duckdb_result* out() {
    duckdb_destroy_result(&result_);
    result_ = {};
    return &result_;
  }

 private:
  duckdb_result result_{};
};

}  // namespace decant::duck
