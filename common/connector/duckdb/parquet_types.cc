#include "common/connector/duckdb/parquet_types.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/text.h"
#include "common/connector/duckdb/parquet_logical.h"
#include "common/connector/duckdb/rows.h"

namespace decant::duck {
namespace {

constexpr std::int32_t k_most_digits = 38;
constexpr std::string_view k_unreadable = "unreadable: ";  // before the reason, in Field::foreign
constexpr std::int32_t k_nanoseconds = 3;  // a scale of Type: steps of 10^-3 microseconds

std::int64_t number_in(const std::optional<std::string>& text) {
  return text ? std::strtoll(text->c_str(), nullptr, 10) : 0;
}

// What the elements of a column say of it: its own, and those that lie inside of it.
struct Told {
  std::int32_t digits = 0;  // of a decimal that has too many
  std::int32_t scale = 0;
  bool has_nanoseconds = false;
  ParquetMeaning meaning;
};

ParquetElement element_of(const SqlRow& row) {
  const auto text = [&](std::size_t at) { return row[at].value_or(""); };
  return {.name = text(0),
          .type = text(1),
          .length = number_in(row[2]),
          .is_repeated = row[3] == "REPEATED",
          .members = number_in(row[4]),
          .converted = text(5),
          .logical = text(6),
          .digits = number_in(row[7]),
          .scale = number_in(row[8]),
          .given = text(9)};
}
constexpr const char* k_elements =
    "SELECT name, type, type_length, repetition_type, num_children, converted_type, logical_type, "
    "precision, scale, duckdb_type FROM parquet_schema(";

void add_element(const ParquetElement& element, bool is_inside, Told& told) {
  const bool is_logical = element.logical.starts_with("DecimalType");
  const std::int64_t digits =
      is_logical ? number_in_logical(element.logical, "precision") : element.digits;
  if ((is_logical || element.converted == "DECIMAL") && digits > k_most_digits) {
    told.digits = static_cast<std::int32_t>(digits);
    told.scale = static_cast<std::int32_t>(is_logical ? number_in_logical(element.logical, "scale")
                                                      : element.scale);
  }
  // DuckDB has a type with nanoseconds for one of them.
  const bool is_kept = element.logical.starts_with("TimestampType(isAdjustedToUTC=0");
  const bool is_in_nanoseconds = element.logical.find("NANOS=NanoSeconds") != std::string::npos;
  if (element.type == "INT96" || (is_in_nanoseconds && !is_kept)) told.has_nanoseconds = true;

  ParquetMeaning meaning = meaning_of(element, is_inside);
  if (is_inside && meaning.reading == ParquetMeaning::kNone)
    meaning.why = "has \"" + element.name + "\" inside, which " + meaning.why;
  if (told.meaning.reading != ParquetMeaning::kNone && meaning.reading != ParquetMeaning::kAsGiven)
    told.meaning = std::move(meaning);
}

// Of each column of the file, in its order. The schema is a tree, told from its root downwards.
std::vector<Told> told_of_columns(const std::vector<SqlRow>& rows) {
  std::vector<Told> columns;
  for (std::size_t at = 1; at < rows.size();) {
    Told told;
    const std::size_t own = at;
    for (std::int64_t open = 1; open > 0 && at < rows.size(); ++at) {
      const ParquetElement element = element_of(rows[at]);
      open += element.members - 1;
      add_element(element, at != own, told);
    }
    columns.push_back(std::move(told));
  }
  return columns;
}

bool is_time(const Type& type) {
  return type.kind == TypeKind::kTime || type.kind == TypeKind::kTimestamp ||
         type.kind == TypeKind::kTimestampTz;
}

}  // namespace

Result<ParquetColumns> describe_parquet_columns(Connection& connection, const std::string& path) {
  ParquetColumns out;
  DECANT_TRY_ASSIGN(out.schema,
                    describe_query(connection, "SELECT * FROM " + parquet_relation(path), path));
  DECANT_TRY_ASSIGN(const auto elements,
                    Session(connection).query(k_elements + file_literal(path) + ")", {}));
  const std::vector<Told> columns = told_of_columns(elements);
  out.forms.resize(out.schema.fields.size());
  for (std::size_t i = 0; i < columns.size() && i < out.schema.fields.size(); ++i) {
    Field& field = out.schema.fields[i];
    const ParquetMeaning& meaning = columns[i].meaning;
    if (columns[i].digits > 0) {
      field.type = Type{TypeKind::kDecimal, columns[i].digits, columns[i].scale};
    } else if (meaning.reading == ParquetMeaning::kNone) {
      field.foreign = std::string(k_unreadable) + meaning.why;
    } else if (meaning.reading == ParquetMeaning::kAsItLies) {
      field.type = meaning.type;
      out.forms[i] = meaning.form;
    } else if (columns[i].has_nanoseconds) {
      if (!is_time(field.type)) field.type = Type{TypeKind::kTimestamp};
      field.type.scale = k_nanoseconds;
    }
  }
  return out;
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
    if (field.foreign.starts_with(k_unreadable)) {
      return fail(
          ErrorCode::kUnsupported,
          path + ": the column \"" + name + "\" " + field.foreign.substr(k_unreadable.size()) + ".",
          "Write the file with converted types that say the same, or leave the column "
          "out with `columns_only: true`.");
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
