// The one set of types that every connector maps to and from (DESIGN 6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace decant {

// The numbers are part of the canonical form (FORMAT.md): never reuse or reorder them.
enum class TypeKind : std::uint8_t {
  kBool = 1,
  kInt64 = 2,
  kDecimal = 3,
  kFloat64 = 4,
  kDate = 5,
  kTime = 6,
  kTimestamp = 7,
  kTimestampTz = 8,
  kText = 9,
  kBytes = 10,
  kUuid = 11,
  kJson = 12,
};

struct Type {
  TypeKind kind = TypeKind::kText;
  // kDecimal: digits in all and after the point; precision 0 means that no scale was declared.
  std::int32_t precision = 0;
  std::int32_t scale = 0;  // times, timestamps: -n where the smallest step is 10^n microseconds
  // kInt64: 16, 32, 64; kFloat64: 32, 64; the narrower has the same canonical bytes, fewer values.
  std::int32_t bits = 64;
  // kText: the most characters (code points) that fit; 0 means no limit.
  std::int32_t max_length = 0;

  bool operator==(const Type&) const = default;
};

// "decimal(18,4)", "int32", "text", "varchar(20)", "timestamp with time zone" … ; kUsage with a
// suggestion otherwise.
Result<Type> parse_type(std::string_view text);
// The spelling that parse_type reads back.
std::string to_string(const Type& type);

// How the values of a type are held in a Column.
enum class Storage : std::uint8_t {
  kByte,  // bool
  kWord,  // int64, date, time, timestamps, float64 (as its bits)
  kWide,  // decimal(1..38) as unscaled integer, uuid as 16 big-endian bytes read as an integer
  kView,  // text, bytes, json; decimals without scale or beyond 38 digits, as plain decimal text
};

Storage storage_of(const Type& type);

struct Field {
  std::string name;
  Type type;
  bool nullable = true;
  // The engine's own name of a type that is none of ours and travels as its text: "interval",
  // "integer[]"; empty for others.
  std::string foreign = {};
  bool operator==(const Field&) const = default;
};

struct Schema {
  std::vector<Field> fields;
  // Index of the field of that name, or -1. Exact match.
  int find(std::string_view name) const;
  bool operator==(const Schema&) const = default;
};

}  // namespace decant
