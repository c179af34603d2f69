// What the readers of a format cannot give, so that it is refused in the plan and not bent.
#include <algorithm>

#include "common/job/entity_resolver.h"
#include "common/job/map_reader.h"

namespace decant {
namespace {

constexpr std::int32_t k_parquet_digits = 38;
constexpr std::string_view k_leave_out =
    "Write the file otherwise, or leave the column out with \"columns_only: true\".";

bool is_json(const ColumnPlan& column) { return column.type.kind == TypeKind::kJson; }
bool is_number(const ColumnPlan& column) {
  return column.type.kind == TypeKind::kDecimal || column.type.kind == TypeKind::kFloat64 ||
         column.type.kind == TypeKind::kInt64;
}

// The type of a Parquet column, or of one in it, as the adapter describes it.
bool has_nanoseconds(const Type& type) {
  const bool is_time = type.kind == TypeKind::kTime || type.kind == TypeKind::kTimestamp ||
                       type.kind == TypeKind::kTimestampTz;
  return is_time && type.scale > 0;
}

// What a source has in Field::foreign, before the reason.
constexpr std::string_view k_unreadable = "unreadable: ";

Status check_readable(const ColumnPlan& column) {
  if (!column.foreign.starts_with(k_unreadable)) return {};
  return fail(ErrorCode::kUnsupported,
              "Column " + in_quotes(column.from) + " of the source " +
                  column.foreign.substr(k_unreadable.size()) + ".",
              "Make a text with the full name of it in `read: sql`, or leave the column out with "
              "\"columns_only: true\".");
}

Status check_parquet(const ColumnPlan& column) {
  if (column.foreign.starts_with(k_unreadable)) {
    return fail(ErrorCode::kUnsupported,
                "Column " + in_quotes(column.from) + " of its Parquet file " +
                    column.foreign.substr(k_unreadable.size()) + ".",
                "Write the file with converted types that say the same, or leave the column "
                "out with \"columns_only: true\".");
  }
  const Type& type = column.source_type;
  if (type.kind == TypeKind::kDecimal && type.precision > k_parquet_digits) {
    return fail(ErrorCode::kUnsupported,
                "Column " + in_quotes(column.from) + " has decimals of " +
                    std::to_string(type.precision) +
                    " digits in its Parquet file, of which 38 can be read exactly.",
                std::string(k_leave_out));
  }
  if (!has_nanoseconds(type)) return {};
  if (!column.foreign.empty()) {
    return fail(ErrorCode::kUnsupported,
                "Column " + in_quotes(column.from) + " (" + column.foreign +
                    ") has times with nanoseconds inside, which are cut when they are read.",
                std::string(k_leave_out));
  }
  if (column.lossy == "truncate") return {};
  return fail(ErrorCode::kMismatch,
              "Column " + in_quotes(column.from) +
                  " has nanoseconds in its Parquet file, and microseconds are what can be read.",
              "Say \"lossy: truncate\" if the digits behind may be cut off, or write the file with "
              "microseconds.");
}

}  // namespace

Status EntityResolver::check_format(const ColumnPlan& column) const {
  if (column.constant) return {};
  if (entity_.read.files.empty()) return check_readable(column);
  const FileFormat format = entity_.read.file_options.format;
  if (format == FileFormat::kParquet) return check_parquet(column);
  if (format != FileFormat::kJsonLines) return {};
  // One text is read either as JSON, with its quotes, or as what it says; and a number with the
  // point of JSON or that of the job.
  const bool has_point = entity_.read.file_options.decimal_point != '.';
  for (const ColumnPlan& other : plan_.columns) {
    if (other.constant || other.from != column.from) continue;
    const bool differ_in_json = is_json(other) && !is_json(column);
    const bool differ_in_point = has_point && is_number(other) && !is_number(column);
    if (!differ_in_json && !differ_in_point) continue;
    return fail(ErrorCode::kUnsupported,
                "Columns " + in_quotes(column.name) + " and " + in_quotes(other.name) +
                    " are both read from " + in_quotes(column.from) + ", and only one of them is " +
                    (differ_in_json ? "JSON." : "a number, which \"decimal_point\" is about."),
                differ_in_json ? "Make both of them json, or neither."
                               : "Make both of them numbers, or neither.");
  }
  return {};
}

}  // namespace decant
