#include "common/connector/range_sql.h"

#include <algorithm>
#include <string_view>

#include "common/connector/engine_times.h"
#include "common/value/batch.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

// 0044-03-15 (BC).
std::string date_text(std::int64_t days) {
  constexpr std::string_view k_before_christ = " BC";
  std::string text = format_date(days);
  if (!text.ends_with(k_before_christ)) return text;
  text.resize(text.size() - k_before_christ.size());
  return text + " (BC)";
}

// 0044-03-15 (BC) 12:30:00.
std::string timestamp_text(std::int64_t us) {
  if (us == k_infinity || us == k_minus_infinity) return format_timestamp(us);
  const std::int64_t days = us / k_us_per_day - (us % k_us_per_day < 0 ? 1 : 0);
  return date_text(days) + " " + format_time(us - days * k_us_per_day);
}

std::int64_t held(std::int64_t value, std::int64_t first, std::int64_t last) {
  if (value == k_minus_infinity) return value;
  return value > last ? k_infinity : std::max(value, first);
}

bool has_infinities(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

// Both engines write them alike.
std::string infinity_literal(TypeKind kind, std::int64_t value) {
  return range_literal(Dialect::kPostgres, kind, value);
}

}  // namespace

std::string range_literal(Dialect dialect, TypeKind kind, std::int64_t value) {
  const EngineTimes& times = times_of(dialect);
  const std::int64_t us = held(value, times.first_us, times.last_us);
  const bool is_infinite = us == k_infinity || us == k_minus_infinity;
  switch (kind) {
    case TypeKind::kDate:
      return "DATE '" + date_text(held(value, times.first_day, times.last_day)) + "'";
    case TypeKind::kTimestamp:
      return "TIMESTAMP '" + timestamp_text(us) + "'";
    case TypeKind::kTimestampTz:
      return "TIMESTAMPTZ '" + timestamp_text(us) + (is_infinite ? "'" : "+00'");
    default:
      return std::to_string(value);
  }
}

std::string in_range(const std::string& column, TypeKind kind, const RangeSides& sides) {
  std::string out;
  const auto also = [&](const char* comparison, const std::string& limit) {
    out += (out.empty() ? "" : " AND ") + column + comparison + limit;
  };
  if (!sides.begin.empty()) {
    also(" >= ", sides.begin);
  } else if (has_infinities(kind)) {
    also(" > ", infinity_literal(kind, k_minus_infinity));
  }
  if (!sides.end.empty()) {
    also(" < ", sides.end);
  } else if (has_infinities(kind)) {
    also(" < ", infinity_literal(kind, k_infinity));
  }
  return out.empty() ? column + " IS NOT NULL" : out;
}

std::string without_range_value(const std::string& column, TypeKind kind) {
  if (!has_infinities(kind)) return column + " IS NULL";
  return "(" + column + " IS NULL OR " + column + " = " + infinity_literal(kind, k_infinity) +
         " OR " + column + " = " + infinity_literal(kind, k_minus_infinity) + ")";
}

}  // namespace decant
