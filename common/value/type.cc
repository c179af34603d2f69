#include "common/value/type.h"

#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "common/base/text.h"

namespace decant {
namespace {

// PostgreSQL's limits for a declared decimal.
constexpr int k_max_precision = 1000;
constexpr int k_max_scale = 1000;
constexpr int k_max_text_length = 10'485'760;
constexpr int k_max_wide_digits = 38;
constexpr int k_second_digits = 6;

struct Name {
  std::string_view spelling;
  TypeKind kind;
  std::int32_t bits = 64;
};

constexpr std::array<Name, 50> k_names = {{
    {"bool", TypeKind::kBool},
    {"boolean", TypeKind::kBool},
    {"int16", TypeKind::kInt64, 16},
    {"smallint", TypeKind::kInt64, 16},
    {"int2", TypeKind::kInt64, 16},
    {"int32", TypeKind::kInt64, 32},
    {"int", TypeKind::kInt64, 32},
    {"integer", TypeKind::kInt64, 32},
    {"int4", TypeKind::kInt64, 32},
    {"int64", TypeKind::kInt64},
    {"bigint", TypeKind::kInt64},
    {"int8", TypeKind::kInt64},
    {"decimal", TypeKind::kDecimal},
    {"numeric", TypeKind::kDecimal},
    {"float64", TypeKind::kFloat64},
    {"float32", TypeKind::kFloat64, 32},
    {"double", TypeKind::kFloat64},
    {"double precision", TypeKind::kFloat64},
    {"float8", TypeKind::kFloat64},
    {"float", TypeKind::kFloat64},
    {"real", TypeKind::kFloat64},
    {"float4", TypeKind::kFloat64},
    {"date", TypeKind::kDate},
    {"time", TypeKind::kTime},
    {"time without time zone", TypeKind::kTime},
    {"timestamp", TypeKind::kTimestamp},
    {"timestamp without time zone", TypeKind::kTimestamp},
    {"datetime", TypeKind::kTimestamp},
    {"datetime2", TypeKind::kTimestamp},
    {"timestamp with time zone", TypeKind::kTimestampTz},
    {"timestamptz", TypeKind::kTimestampTz},
    {"datetimeoffset", TypeKind::kTimestampTz},
    {"text", TypeKind::kText},
    {"string", TypeKind::kText},
    {"varchar", TypeKind::kText},
    {"character varying", TypeKind::kText},
    {"nvarchar", TypeKind::kText},
    {"char", TypeKind::kText},
    {"character", TypeKind::kText},
    {"nchar", TypeKind::kText},
    {"bpchar", TypeKind::kText},
    {"bytes", TypeKind::kBytes},
    {"bytea", TypeKind::kBytes},
    {"blob", TypeKind::kBytes},
    {"binary", TypeKind::kBytes},
    {"varbinary", TypeKind::kBytes},
    {"uuid", TypeKind::kUuid},
    {"uniqueidentifier", TypeKind::kUuid},
    {"json", TypeKind::kJson},
    {"jsonb", TypeKind::kJson},
}};

// Lower case, one blank between words, none at the ends or beside a parenthesis or comma.
std::string normalized(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (std::isspace(static_cast<unsigned char>(c))) {
      if (!out.empty() && out.back() != ' ' && out.back() != '(' && out.back() != ',') out += ' ';
      continue;
    }
    if ((c == '(' || c == ')' || c == ',') && !out.empty() && out.back() == ' ') out.pop_back();
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

bool read_number(std::string_view text, std::int32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// Splits "varchar(20)" or "timestamp(6) with time zone" into the name and the numbers in
// parentheses.
bool split_arguments(const std::string& text, std::string& name,
                     std::vector<std::int32_t>& numbers) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos) {
    name = text;
    return true;
  }
  const std::size_t close = text.find(')', open);
  if (close == std::string::npos) return false;
  name = text.substr(0, open) + text.substr(close + 1);
  for (const std::string& part :
       split(std::string_view(text).substr(open + 1, close - open - 1), ',')) {
    std::int32_t value = 0;
    if (!read_number(part, value)) return false;
    numbers.push_back(value);
  }
  return true;
}

tl::unexpected<Error> bad_type(std::string_view text, std::string advice) {
  return fail(ErrorCode::kUsage, "\"" + std::string(text) + "\" is not a type.", std::move(advice));
}

Result<Type> with_arguments(std::string_view text, Type type,
                            const std::vector<std::int32_t>& numbers) {
  if (numbers.empty()) return type;
  switch (type.kind) {
    case TypeKind::kDecimal:
      if (numbers.size() > 2 || numbers[0] < 1 || numbers[0] > k_max_precision ||
          (numbers.size() == 2 && (numbers[1] < -k_max_scale || numbers[1] > k_max_scale))) {
        return bad_type(text,
                        "A decimal is decimal(digits, digits after the point), at most 1000 each.");
      }
      type.precision = numbers[0];
      type.scale = numbers.size() == 2 ? numbers[1] : 0;
      return type;
    case TypeKind::kText:
      if (numbers.size() != 1 || numbers[0] < 1 || numbers[0] > k_max_text_length) {
        return bad_type(text, "Write varchar(n) with n from 1 to 10485760, or text.");
      }
      type.max_length = numbers[0];
      return type;
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      // Fewer digits are steps of more microseconds; a seventh could not be kept.
      if (numbers.size() != 1 || numbers[0] < 0 || numbers[0] > k_second_digits) {
        return bad_type(text, "Times are kept to 6 digits after the seconds.");
      }
      type.scale = numbers[0] - k_second_digits;
      return type;
    case TypeKind::kBytes:
    case TypeKind::kFloat64:
      if (numbers.size() == 1 && numbers[0] > 0) return type;
      return bad_type(text, "One positive number is allowed in the parentheses.");
    default:
      return bad_type(text, "This type takes no number in parentheses.");
  }
}

std::string second_digits(const Type& type) {
  return type.scale == 0 ? std::string() : "(" + std::to_string(k_second_digits + type.scale) + ")";
}

}  // namespace

Result<Type> parse_type(std::string_view text) {
  std::string name;
  std::vector<std::int32_t> numbers;
  if (!split_arguments(normalized(text), name, numbers)) {
    return bad_type(text, "Write for example decimal(18,4) or varchar(20).");
  }
  for (const Name& known : k_names) {
    if (known.spelling != name) continue;
    Type type;
    type.kind = known.kind;
    type.bits = known.bits;
    // SQL's char without a length is one character.
    if (numbers.empty() && (name == "char" || name == "character" || name == "nchar")) {
      type.max_length = 1;
    }
    return with_arguments(text, type, numbers);
  }
  std::vector<std::string> spellings;
  for (const Name& known : k_names) spellings.emplace_back(known.spelling);
  const std::string suggestion = nearest(name, spellings);
  return bad_type(text,
                  suggestion.empty()
                      ? "Types are bool, int16, int32, int64, decimal(p,s), float64, date, time, "
                        "timestamp, timestamp with time zone, text, varchar(n), bytes, uuid, json."
                      : "Did you mean " + suggestion + "?");
}

std::string to_string(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return "bool";
    case TypeKind::kInt64:
      return "int" + std::to_string(type.bits);
    case TypeKind::kDecimal:
      if (type.precision == 0) return "decimal";
      return "decimal(" + std::to_string(type.precision) + "," + std::to_string(type.scale) + ")";
    case TypeKind::kFloat64:
      return "float" + std::to_string(type.bits);
    case TypeKind::kDate:
      return "date";
    case TypeKind::kTime:
      return "time" + second_digits(type);
    case TypeKind::kTimestamp:
      return "timestamp" + second_digits(type);
    case TypeKind::kTimestampTz:
      return "timestamp" + second_digits(type) + " with time zone";
    case TypeKind::kText:
      return type.max_length == 0 ? "text" : "varchar(" + std::to_string(type.max_length) + ")";
    case TypeKind::kBytes:
      return "bytes";
    case TypeKind::kUuid:
      return "uuid";
    case TypeKind::kJson:
      return "json";
  }
  return "text";
}

Storage storage_of(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return Storage::kByte;
    case TypeKind::kInt64:
    case TypeKind::kFloat64:
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return Storage::kWord;
    case TypeKind::kUuid:
      return Storage::kWide;
    case TypeKind::kDecimal:
      return type.precision >= 1 && type.precision <= k_max_wide_digits && type.scale >= 0 &&
                     type.scale <= k_max_wide_digits
                 ? Storage::kWide
                 : Storage::kView;
    case TypeKind::kText:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      return Storage::kView;
  }
  return Storage::kView;
}

int Schema::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace decant
