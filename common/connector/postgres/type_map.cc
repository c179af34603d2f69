#include "common/connector/postgres/type_map.h"

#include <algorithm>
#include <array>

namespace decant::postgres {
namespace {

// PostgreSQL's modifiers of text and numeric count a header of four bytes.
constexpr int k_modifier_header = 4;
constexpr int k_second_digits = 6;

struct Known {
  unsigned oid;
  Wire wire;
  TypeKind kind;
  int bits;
};

constexpr std::array k_known = {
    Known{16, Wire::kBool, TypeKind::kBool, 64},
    Known{21, Wire::kInt2, TypeKind::kInt64, 16},
    Known{23, Wire::kInt4, TypeKind::kInt64, 32},
    Known{20, Wire::kInt8, TypeKind::kInt64, 64},
    Known{700, Wire::kFloat4, TypeKind::kFloat64, 32},
    Known{701, Wire::kFloat8, TypeKind::kFloat64, 64},
    Known{1700, Wire::kNumeric, TypeKind::kDecimal, 64},
    Known{790, Wire::kMoney, TypeKind::kDecimal, 64},
    Known{1082, Wire::kDate, TypeKind::kDate, 64},
    Known{1083, Wire::kTime, TypeKind::kTime, 64},
    Known{1114, Wire::kTimestamp, TypeKind::kTimestamp, 64},
    Known{1184, Wire::kTimestampTz, TypeKind::kTimestampTz, 64},
    Known{25, Wire::kText, TypeKind::kText, 64},
    Known{1043, Wire::kText, TypeKind::kText, 64},
    Known{19, Wire::kName, TypeKind::kText, 64},
    Known{1042, Wire::kBpchar, TypeKind::kText, 64},
    Known{17, Wire::kBytea, TypeKind::kBytes, 64},
    Known{2950, Wire::kUuid, TypeKind::kUuid, 64},
    Known{114, Wire::kJson, TypeKind::kJson, 64},
    Known{3802, Wire::kJsonb, TypeKind::kJson, 64},
};

struct NumericLimits {
  int precision = 0;
  int scale = 0;
};

NumericLimits numeric_limits(int modifier) {
  if (modifier < k_modifier_header) return {};
  const int packed = modifier - k_modifier_header;
  // The scale has 11 bits, signed since PostgreSQL 15.
  return {(packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024};
}

// As numeric(3,5): its values begin with zeros behind the point.
bool is_cut_short(int modifier) {
  const NumericLimits limits = numeric_limits(modifier);
  return limits.scale > limits.precision;
}

void set_numeric_limits(int modifier, Type& type) {
  const NumericLimits limits = numeric_limits(modifier);
  type.precision = std::max(limits.precision, limits.scale);
  type.scale = limits.scale;
}

std::string second_digits(const Type& type) {
  return type.scale == 0 ? std::string() : "(" + std::to_string(k_second_digits + type.scale) + ")";
}

}  // namespace

ServerType server_type(unsigned oid, int modifier) {
  for (const Known& known : k_known) {
    if (known.oid != oid) continue;
    ServerType result{known.wire, {}};
    result.type.kind = known.kind;
    result.type.bits = known.bits;
    if (known.wire == Wire::kNumeric) set_numeric_limits(modifier, result.type);
    if (known.wire == Wire::kMoney) result.type = {TypeKind::kDecimal, 21, 2};
    if (known.wire == Wire::kNumeric && is_cut_short(modifier)) result.wire = Wire::kMoney;
    const bool has_digits = known.wire == Wire::kTime || known.wire == Wire::kTimestamp ||
                            known.wire == Wire::kTimestampTz;
    if (has_digits && modifier >= 0 && modifier < k_second_digits)
      result.type.scale = modifier - k_second_digits;
    const bool has_length = oid == 1043 || oid == 1042;
    if (has_length && modifier > k_modifier_header)
      result.type.max_length = modifier - k_modifier_header;
    if (is_unpadded(oid, modifier)) result.wire = Wire::kText;
    return result;
  }
  return {};
}

bool is_unpadded(unsigned oid, int modifier) { return oid == 1042 && modifier < k_modifier_header; }

bool fits(const Type& type, Wire wire) {
  switch (wire) {
    case Wire::kBool:
      return type.kind == TypeKind::kBool;
    case Wire::kInt2:
    case Wire::kInt4:
    case Wire::kInt8:
      return type.kind == TypeKind::kInt64;
    case Wire::kFloat4:
    case Wire::kFloat8:
      return type.kind == TypeKind::kFloat64;
    case Wire::kMoney:
      return type.kind == TypeKind::kDecimal;
    case Wire::kNumeric:
      return type.kind == TypeKind::kDecimal || type.kind == TypeKind::kInt64;
    case Wire::kDate:
      return type.kind == TypeKind::kDate;
    case Wire::kTime:
      return type.kind == TypeKind::kTime;
    case Wire::kTimestamp:
      return type.kind == TypeKind::kTimestamp;
    case Wire::kTimestampTz:
      return type.kind == TypeKind::kTimestampTz;
    case Wire::kText:
    case Wire::kName:
    case Wire::kBpchar:
    case Wire::kCast:
      return type.kind == TypeKind::kText || type.kind == TypeKind::kJson;
    case Wire::kBytea:
      return type.kind == TypeKind::kBytes;
    case Wire::kUuid:
      return type.kind == TypeKind::kUuid;
    case Wire::kJson:
    case Wire::kJsonb:
      return type.kind == TypeKind::kJson;
  }
  return false;
}

std::string sql_type(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return "boolean";
    case TypeKind::kInt64:
      return type.bits == 16 ? "smallint" : type.bits == 32 ? "integer" : "bigint";
    case TypeKind::kDecimal:
      if (type.precision <= 0) return "numeric";
      return "numeric(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kFloat64:
      return type.bits == 32 ? "real" : "double precision";
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTime:
      return "time" + second_digits(type) + " without time zone";
    case TypeKind::kTimestamp:
      return "timestamp" + second_digits(type) + " without time zone";
    case TypeKind::kTimestampTz:
      return "timestamp" + second_digits(type) + " with time zone";
    case TypeKind::kText:
      return type.max_length > 0 ? "varchar(" + std::to_string(type.max_length) + ")" : "text";
    case TypeKind::kBytes:
      return "bytea";
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kJson:
      return "jsonb";
  }
  return "text";
}

std::string copy_form(const std::vector<Wire>& wires) {
  std::string form = "postgres COPY binary";
  for (const Wire wire : wires) {
    if (wire == Wire::kBpchar || wire == Wire::kCast || wire == Wire::kMoney) return {};
    form += ' ' + std::to_string(static_cast<int>(wire));
  }
  return form;
}

}  // namespace decant::postgres
