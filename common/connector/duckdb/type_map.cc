#include "common/connector/duckdb/type_map.h"

#include <string_view>

namespace decant::duck {
namespace {

// Scales of Type: steps of a second and of a millisecond, in microseconds.
constexpr std::int32_t k_seconds = -6;
constexpr std::int32_t k_milliseconds = -3;

bool is_exact_decimal(const Type& type) {
  return type.precision >= 1 && type.precision <= 38 && type.scale >= 0 &&
         type.scale <= type.precision;
}

Type integer(std::int32_t bits) { return Type{TypeKind::kInt64, 0, 0, bits}; }

Type decimal(std::int32_t precision, std::int32_t scale) {
  return Type{TypeKind::kDecimal, precision, scale};
}

bool is_json(duckdb_logical_type type) {
  char* alias = duckdb_logical_type_get_alias(type);
  const bool found = alias != nullptr && std::string_view(alias) == "JSON";
  duckdb_free(alias);
  return found;
}

}  // namespace

Result<std::string> sql_type(const Type& type, const std::string& column) {
  switch (type.kind) {
    case TypeKind::kBool:
      return std::string("BOOLEAN");
    case TypeKind::kInt64:
      return std::string(type.bits == 16 ? "SMALLINT" : type.bits == 32 ? "INTEGER" : "BIGINT");
    case TypeKind::kDecimal:
      if (is_exact_decimal(type)) {
        return "DECIMAL(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
      }
      return fail(ErrorCode::kUnsupported,
                  "DuckDB cannot hold " + column + " (" + to_string(type) +
                      ") exactly: its decimals have 38 digits at most.",
                  "Declare a type for it under `columns:`, such as decimal(38,10) or text.");
    case TypeKind::kFloat64:
      return std::string(type.bits == 32 ? "FLOAT" : "DOUBLE");
    case TypeKind::kDate:
      return std::string("DATE");
    case TypeKind::kTime:
      return std::string("TIME");
    case TypeKind::kTimestamp:  // the narrowest that holds it
      return std::string(type.scale == k_seconds        ? "TIMESTAMP_S"
                         : type.scale <= k_milliseconds ? "TIMESTAMP_MS"
                                                        : "TIMESTAMP");
    case TypeKind::kTimestampTz:
      return std::string("TIMESTAMP WITH TIME ZONE");
    case TypeKind::kText:
      return std::string("VARCHAR");
    case TypeKind::kBytes:
      return std::string("BLOB");
    case TypeKind::kUuid:
      return std::string("UUID");
    case TypeKind::kJson:
      return std::string("JSON");
  }
  return fail(ErrorCode::kInternal, "The type of " + column + " is unknown.");
}

LogicalType logical_type(const Type& type) {
  const auto plain = [](duckdb_type id) { return LogicalType(duckdb_create_logical_type(id)); };
  switch (type.kind) {
    case TypeKind::kBool:
      return plain(DUCKDB_TYPE_BOOLEAN);
    case TypeKind::kInt64:
      return plain(type.bits == 16   ? DUCKDB_TYPE_SMALLINT
                   : type.bits == 32 ? DUCKDB_TYPE_INTEGER
                                     : DUCKDB_TYPE_BIGINT);
    case TypeKind::kDecimal:
      if (!is_exact_decimal(type)) return plain(DUCKDB_TYPE_VARCHAR);
      return LogicalType(duckdb_create_decimal_type(static_cast<std::uint8_t>(type.precision),
                                                    static_cast<std::uint8_t>(type.scale)));
    case TypeKind::kFloat64:
      return plain(DUCKDB_TYPE_DOUBLE);
    case TypeKind::kDate:
      return plain(DUCKDB_TYPE_DATE);
    case TypeKind::kTime:
      return plain(DUCKDB_TYPE_TIME);
    case TypeKind::kTimestamp:
      return plain(DUCKDB_TYPE_TIMESTAMP);
    case TypeKind::kTimestampTz:
      return plain(DUCKDB_TYPE_TIMESTAMP_TZ);
    case TypeKind::kBytes:
      return plain(DUCKDB_TYPE_BLOB);
    case TypeKind::kUuid:
      return plain(DUCKDB_TYPE_UUID);
    case TypeKind::kText:
    case TypeKind::kJson:
      break;
  }
  return plain(DUCKDB_TYPE_VARCHAR);
}

MappedType mapped_type(duckdb_logical_type type) {
  switch (duckdb_get_type_id(type)) {
    case DUCKDB_TYPE_BOOLEAN:
      return {Type{TypeKind::kBool}};
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_SMALLINT:
      return {integer(16)};
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_INTEGER:
      return {integer(32)};
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_BIGINT:
      return {integer(64)};
    case DUCKDB_TYPE_UBIGINT:
      return {decimal(20, 0)};
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
      return {decimal(38, 0)};
    case DUCKDB_TYPE_DECIMAL:
      return {decimal(duckdb_decimal_width(type), duckdb_decimal_scale(type))};
    case DUCKDB_TYPE_FLOAT:
      return {Type{TypeKind::kFloat64, 0, 0, 32}};
    case DUCKDB_TYPE_DOUBLE:
      return {Type{TypeKind::kFloat64}};
    case DUCKDB_TYPE_DATE:
      return {Type{TypeKind::kDate}};
    case DUCKDB_TYPE_TIME:
      return {Type{TypeKind::kTime}};
    case DUCKDB_TYPE_TIMESTAMP_S:
      return {Type{TypeKind::kTimestamp, 0, k_seconds}};
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return {Type{TypeKind::kTimestamp, 0, k_milliseconds}};
    case DUCKDB_TYPE_TIMESTAMP:
      return {Type{TypeKind::kTimestamp}};
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return {Type{TypeKind::kTimestampTz}};
    case DUCKDB_TYPE_VARCHAR:
      return {Type{is_json(type) ? TypeKind::kJson : TypeKind::kText}};
    case DUCKDB_TYPE_BLOB:
      return {Type{TypeKind::kBytes}};
    case DUCKDB_TYPE_UUID:
      return {Type{TypeKind::kUuid}};
    default:
      return {Type{TypeKind::kText}, false};
  }
}

}  // namespace decant::duck
