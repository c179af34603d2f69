#include "common/connector/duckdb/parquet_types.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/text.h"
#include "common/connector/duckdb/rows.h"

namespace decant::duck {
namespace {

constexpr std::int32_t k_most_digits = 38;
constexpr std::int32_t k_nanoseconds = 3;  // a scale of Type: steps of 10^-3 microseconds

std::int64_t number_in(const std::optional<std::string>& text) {
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

std::int64_t number_after(const std::string& text, std::string_view before) {
  const std::size_t at = text.find(before);
  return at == std::string::npos ? 0 : std::strtoll(text.c_str() + at + before.size(), nullptr, 10);
}

// What is bent among the values of a column, and of those that lie inside of it.
struct Bent {
  std::int32_t digits = 0;  // of a decimal that has too many
  std::int32_t scale = 0;
  bool has_nanoseconds = false;
};

// One element of the schema: type, children, digits, scale, converted type, logical type.
void add_element(const SqlRow& element, Bent& bent) {
  const std::string type = element[0].value_or("");
  const std::string logical = element[5].value_or("");
  const bool is_decimal = element[4] == "DECIMAL" || logical.starts_with("DecimalType");
  const std::int64_t digits =
      element[2] ? number_in(element[2]) : number_after(logical, "precision=");
  if (is_decimal && digits > k_most_digits) {
    bent.digits = static_cast<std::int32_t>(digits);
    bent.scale = static_cast<std::int32_t>(number_in(element[3]));
  }
  // DuckDB has a type with nanoseconds for one of them.
  const bool is_kept = logical.starts_with("TimestampType(isAdjustedToUTC=0");
  const bool is_in_nanoseconds = logical.find("NANOS=NanoSeconds") != std::string::npos;
  if (type == "INT96" || (is_in_nanoseconds && !is_kept)) bent.has_nanoseconds = true;
}

// Of each column of the file, in its order. The schema is a tree, told from its root downwards.
std::vector<Bent> bent_columns(const std::vector<SqlRow>& elements) {
  std::vector<Bent> columns;
  for (std::size_t at = 1; at < elements.size();) {
    Bent bent;
    for (std::int64_t open = 1; open > 0 && at < elements.size(); ++at) {
      open += number_in(elements[at][1]) - 1;
      add_element(elements[at], bent);
    }
    columns.push_back(bent);
  }
  return columns;
}

bool is_time(const Type& type) {
  return type.kind == TypeKind::kTime || type.kind == TypeKind::kTimestamp ||
         type.kind == TypeKind::kTimestampTz;
}

}  // namespace

Result<Schema> describe_parquet_columns(Connection& connection, const std::string& path) {
  DECANT_TRY_ASSIGN(Schema schema,
                    describe_query(connection, "SELECT * FROM " + parquet_relation(path), path));
  DECANT_TRY_ASSIGN(
      const auto elements,
      Session(connection)
          .query("SELECT type, num_children, precision, scale, converted_type, logical_type FROM "
                 "parquet_schema(" +
                     file_literal(path) + ")",
                 {}));
  const std::vector<Bent> columns = bent_columns(elements);
  for (std::size_t i = 0; i < columns.size() && i < schema.fields.size(); ++i) {
    Field& field = schema.fields[i];
    if (columns[i].digits > 0) {
      field.type = Type{TypeKind::kDecimal, columns[i].digits, columns[i].scale};
    } else if (columns[i].has_nanoseconds) {
      if (!is_time(field.type)) field.type = Type{TypeKind::kTimestamp};
      field.type.scale = k_nanoseconds;
    }
  }
  return schema;
}

Status check_parquet_columns(const Schema& schema, const std::string& path,
                             const std::vector<std::string>& columns,
                             const std::vector<std::string>& may_be_cut) {
  for (const std::string& name : columns) {
    const int index = schema.find(name);
    if (index < 0) continue;
    const Field& field = schema.fields[static_cast<std::size_t>(index)];
    if (field.type.kind == TypeKind::kDecimal && field.type.precision > k_most_digits) {
      return fail(ErrorCode::kUnsupported,
                  path + ": the column \"" + name + "\" has decimals of " +
                      std::to_string(field.type.precision) +
                      " digits, of which 38 can be read exactly.",
                  "Write the file otherwise, or leave the column out with `columns_only: true`.");
    }
    const bool is_cut = is_time(field.type) && field.type.scale == k_nanoseconds;
    const bool is_allowed = field.foreign.empty() && std::find(may_be_cut.begin(), may_be_cut.end(),
                                                               name) != may_be_cut.end();
    if (is_cut && !is_allowed) {
      return fail(ErrorCode::kMismatch,
                  path + ": the column \"" + name +
                      "\" has nanoseconds, and microseconds are what can be read.",
                  "Say `lossy: truncate` if the digits behind may be cut off, or write the file "
                  "with microseconds.");
    }
  }
  return {};
}

Result<RowGroup> row_group_around(Connection& connection, const std::string& path,
                                  const std::string& column, std::int64_t row) {
  const std::vector<SqlValue> parameters = {column, column + ", "};
  DECANT_TRY_ASSIGN(
      const auto groups,
      Session(connection)
          .query("SELECT row_group_id, any_value(row_group_num_rows), bool_or((path_in_schema = $1 "
                 "OR starts_with(path_in_schema, $2)) AND dictionary_page_offset IS NOT NULL) FROM "
                 "parquet_metadata(" +
                     file_literal(path) + ") GROUP BY row_group_id ORDER BY row_group_id",
                 parameters));
  std::int64_t first = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::int64_t end = first + number_in(groups[i][1]);
    if (row < end) {
      return RowGroup{"row group " + group_digits(static_cast<std::int64_t>(i) + 1) + " (rows " +
                          group_digits(first + 1) + " to " + group_digits(end) + ")",
                      groups[i][2] == "true"};
    }
    first = end;
  }
  return RowGroup{"row " + group_digits(row + 1)};
}

}  // namespace decant::duck
