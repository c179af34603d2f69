// How a column's type is written: in a job file, and by each engine.
#include "tests/property/model.h"

namespace decant::property {
namespace {

std::string numbers(int first, int second) {
  return "(" + std::to_string(first) + "," + std::to_string(second) + ")";
}

std::string digits(const ColumnModel& column) {
  return column.scale == 6 ? std::string() : "(" + std::to_string(column.scale) + ")";
}

std::string duckdb_timestamp(int digits) {
  return digits == 0 ? "TIMESTAMP_S" : digits <= 3 ? "TIMESTAMP_MS" : "TIMESTAMP";
}

std::string postgres_type(const ColumnModel& column) {
  switch (column.kind) {
    case Kind::kBool:
      return "boolean";
    case Kind::kInt:
      return column.bits == 16 ? "smallint" : column.bits == 32 ? "integer" : "bigint";
    case Kind::kDecimal:
      return "numeric" + (column.precision > 0 ? numbers(column.precision, column.scale) : "");
    case Kind::kFloat:
      return column.bits == 32 ? "real" : "double precision";
    case Kind::kDate:
      return "date";
    case Kind::kTime:
      return "time" + digits(column);
    case Kind::kTimestamp:
      return "timestamp" + digits(column);
    case Kind::kTimestampTz:
      return "timestamp" + digits(column) + " with time zone";
    case Kind::kText:
      return column.length > 0 ? "varchar(" + std::to_string(column.length) + ")" : "text";
    case Kind::kBytes:
      return "bytea";
    case Kind::kUuid:
      return "uuid";
    case Kind::kJson:
      return "jsonb";
  }
  return {};
}

std::string duckdb_type(const ColumnModel& column) {
  switch (column.kind) {
    case Kind::kInt:
      return column.bits == 16 ? "SMALLINT" : column.bits == 32 ? "INTEGER" : "BIGINT";
    case Kind::kDecimal:
      return "DECIMAL" + numbers(column.precision, column.scale);
    case Kind::kFloat:
      return column.bits == 32 ? "FLOAT" : "DOUBLE";
    case Kind::kTime:
      return "TIME";
    case Kind::kTimestamp:
      return duckdb_timestamp(column.scale);
    case Kind::kTimestampTz:
      return "TIMESTAMPTZ";
    case Kind::kText:
      return "VARCHAR";
    case Kind::kBytes:
      return "BLOB";
    case Kind::kJson:
      return "JSON";
    default:
      return postgres_type(column);
  }
}

}  // namespace

std::string job_type(const ColumnModel& column) {
  switch (column.kind) {
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int" + std::to_string(column.bits);
    case Kind::kDecimal:
      return "decimal" + (column.precision > 0 ? numbers(column.precision, column.scale) : "");
    case Kind::kFloat:
      return "float" + std::to_string(column.bits);
    case Kind::kTimestampTz:
      return "timestamptz" + digits(column);
    case Kind::kBytes:
      return "bytes";
    case Kind::kJson:
      return "json";
    default:
      return postgres_type(column);
  }
}

std::string sql_type(const ColumnModel& column, Holder engine) {
  return engine == k_postgres ? postgres_type(column) : duckdb_type(column);
}

}  // namespace decant::property
