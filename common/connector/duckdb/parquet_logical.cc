#include "common/connector/duckdb/parquet_logical.h"

#include <array>
#include <cstdlib>
#include <optional>

#include "common/connector/duckdb/type_map.h"

namespace decant::duck {
namespace {

// What values of a logical type are to DuckDB where it knows the type.
struct Known {
  std::string name;  // "DECIMAL(18,2)"
  Type type;
  VectorForm form;  // of values as they lie in the file
};

struct Integer {
  std::int64_t bits;
  bool is_signed;
  const char* name;
  duckdb_type type;
};
constexpr std::array k_integers = {
    Integer{8, true, "TINYINT", DUCKDB_TYPE_TINYINT},
    Integer{8, false, "UTINYINT", DUCKDB_TYPE_UTINYINT},
    Integer{16, true, "SMALLINT", DUCKDB_TYPE_SMALLINT},
    Integer{16, false, "USMALLINT", DUCKDB_TYPE_USMALLINT},
    Integer{32, true, "INTEGER", DUCKDB_TYPE_INTEGER},
    Integer{32, false, "UINTEGER", DUCKDB_TYPE_UINTEGER},
    Integer{64, true, "BIGINT", DUCKDB_TYPE_BIGINT},
    Integer{64, false, "UBIGINT", DUCKDB_TYPE_UBIGINT},
};

bool is_bytes(const ParquetElement& element) {
  return element.type == "BYTE_ARRAY" || element.type == "FIXED_LEN_BYTE_ARRAY";
}

// DuckDB's type where nothing is said of a value but how it lies.
std::string_view raw_name(const ParquetElement& element) {
  if (element.type == "INT32") return "INTEGER";
  if (element.type == "INT64") return "BIGINT";
  return is_bytes(element) ? "BLOB" : "";
}

duckdb_type raw_type(const ParquetElement& element) {
  if (element.type == "INT32") return DUCKDB_TYPE_INTEGER;
  return element.type == "INT64" ? DUCKDB_TYPE_BIGINT : DUCKDB_TYPE_BLOB;
}

std::string name_of_logical(const ParquetElement& element) {
  return element.logical.substr(0, element.logical.find('('));
}

std::optional<Known> known_decimal(const ParquetElement& element) {
  const auto digits = static_cast<std::int32_t>(number_in_logical(element.logical, "precision"));
  const auto scale = static_cast<std::int32_t>(number_in_logical(element.logical, "scale"));
  if (digits < 1 || scale < 0 || scale > digits) return std::nullopt;
  return Known{"DECIMAL(" + std::to_string(digits) + "," + std::to_string(scale) + ")",
               {TypeKind::kDecimal, digits, scale},
               {DUCKDB_TYPE_DECIMAL, raw_type(element), digits}};
}

std::optional<Known> known_integer(const ParquetElement& element) {
  const std::int64_t bits = number_in_logical(element.logical, "bitWidth");
  const bool is_signed = number_in_logical(element.logical, "isSigned") != 0;
  for (const Integer& integer : k_integers) {
    if (integer.bits != bits || integer.is_signed != is_signed) continue;
    const LogicalType type(duckdb_create_logical_type(integer.type));
    return Known{integer.name, mapped_type(type.get()).type, {integer.type}};
  }
  return std::nullopt;
}

// Nothing for types that DuckDB goes by, or that are bytes to all.
std::optional<Known> known(const ParquetElement& element) {
  const std::string name = name_of_logical(element);
  if (name == "DecimalType") return known_decimal(element);
  if (name == "IntType") return known_integer(element);
  if (name == "DateType") return Known{"DATE", {TypeKind::kDate}, {DUCKDB_TYPE_DATE}};
  const VectorForm text{DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_BLOB};
  if (name == "StringType" || name == "EnumType") return Known{"VARCHAR", {TypeKind::kText}, text};
  if (name == "JsonType") return Known{"JSON", {TypeKind::kJson}, text};
  return std::nullopt;
}

// Whether values of the logical type can lie in the file so. DuckDB does not ask, and reads beyond
// the values of some.
bool may_lie_so(const ParquetElement& element) {
  const std::string name = name_of_logical(element);
  if (name == "DecimalType") {
    const bool is_integer = element.type == "INT32" || element.type == "INT64";
    return (is_integer || is_bytes(element)) && known_decimal(element);
  }
  if (name == "IntType") {
    const std::int64_t bits = number_in_logical(element.logical, "bitWidth");
    return element.type == (bits == 64 ? "INT64" : "INT32") && known_integer(element);
  }
  if (name == "DateType") return element.type == "INT32";
  if (name == "TimeType" || name == "TimestampType") {
    const bool is_narrow =
        name == "TimeType" && element.logical.find("MILLIS=<null>") == std::string::npos;
    return element.type == (is_narrow ? "INT32" : "INT64");
  }
  if (name == "StringType" || name == "EnumType" || name == "JsonType") return is_bytes(element);
  if (name == "UUIDType") return is_bytes(element) && element.length == 16;
  if (name == "Float16Type") return is_bytes(element) && element.length == 2;
  return true;
}

// The same values in another type.
bool is_as_good(const ParquetElement& element, const Known& meant) {
  if (element.given == meant.name) return true;
  if (meant.type.kind == TypeKind::kJson) return element.given == "VARCHAR";
  const bool is_small =
      meant.type.kind == TypeKind::kInt64 && meant.form.type != DUCKDB_TYPE_UINTEGER;
  return is_small && element.given == raw_name(element);
}

ParquetMeaning none(std::string why) {
  return {.reading = ParquetMeaning::kNone, .why = std::move(why)};
}

}  // namespace

std::int64_t number_in_logical(const std::string& logical, std::string_view name) {
  const std::size_t at = logical.find(std::string(name) + "=");
  if (at == std::string::npos || at + name.size() + 1 >= logical.size()) return 0;
  const char* value = logical.c_str() + at + name.size() + 1;
  // The width of an integer is told as the character of that number: 64 is "@".
  const bool is_digit = (*value >= '0' && *value <= '9') || *value == '-';
  return is_digit ? std::strtoll(value, nullptr, 10) : *value;
}

ParquetMeaning meaning_of(const ParquetElement& element, bool is_inside) {
  if (element.logical.empty()) return {};
  const std::string name = name_of_logical(element);
  if (element.type.empty()) {
    const bool is_lost = element.converted.empty() && (name == "ListType" || name == "MapType");
    if (!is_lost) return {};
    return none("is " + name + " by its logical type and would be read as a struct");
  }
  if (!may_lie_so(element)) {
    return none("lies in " + element.type + ", which its logical type " + name + " cannot");
  }
  const std::optional<Known> meant = known(element);
  if (!meant || is_as_good(element, *meant)) return {};
  if (element.given == raw_name(element) && !element.is_repeated && !is_inside)
    return {ParquetMeaning::kAsItLies, meant->type, meant->form};
  return none("is " + meant->name + " by its logical type and would be read as " + element.given);
}

}  // namespace decant::duck
