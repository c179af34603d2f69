#include "common/connector/present_sql.h"

#include <algorithm>

namespace decant {
namespace {

enum class Place { kStage, kTable };

// What a row holds, as expressions that are equal where it is. PostgreSQL writes a row so that no
// two rows have one text, and can only hash an equality; DuckDB's text of a row is not unique.
std::vector<std::string> content_of(const LoadSqlInput& input, std::string_view alias,
                                    Place place) {
  std::vector<std::string> out;
  std::string list;
  for (const ColumnPlan& column : input.plan->entity.columns) {
    const std::string value = std::string(alias) + quote_identifier(column.name);
    list += (list.empty() ? "" : ", ") + value;
    const bool is_bytes = column.type.kind == TypeKind::kBytes;
    const std::string text = place == Place::kTable ? text_of_table(input, column.name, value)
                                                    : "CAST(" + value + " AS TEXT)";
    out.push_back(is_bytes ? value : text);
  }
  if (input.dialect == Dialect::kDuckDb) return out;
  return {"CAST(ROW(" + list + ") AS TEXT)"};
}

// decant_chunk, decant_row, decant_c0 …, and decant_copy, which counts rows that are alike.
std::string counted_rows(const std::string& rows, std::size_t columns) {
  std::string names;
  for (std::size_t i = 0; i < columns; ++i) names += ", decant_c" + std::to_string(i);
  return "(SELECT *, row_number() OVER (PARTITION BY decant_chunk" + names +
         " ORDER BY decant_row) AS decant_copy FROM (" + rows + ") AS decant_r)";
}

std::string as_columns(const std::vector<std::string>& content) {
  std::string out;
  for (std::size_t i = 0; i < content.size(); ++i)
    out += (i ? ", " : "") + content[i] + " AS decant_c" + std::to_string(i);
  return out;
}

std::string list_of(const std::vector<int>& chunks) {
  std::string out;
  for (const int chunk : chunks) out += (out.empty() ? "" : ", ") + std::to_string(chunk);
  return out;
}

}  // namespace

std::vector<int> chunks_tried_again(const LoadSqlInput& input) {
  std::vector<int> out;
  const std::vector<int>& all = input.plan->tried_again;
  std::copy_if(input.chunks.begin(), input.chunks.end(), std::back_inserter(out),
               [&](int chunk) { return std::find(all.begin(), all.end(), chunk) != all.end(); });
  return out;
}

std::vector<std::string> find_present(const LoadSqlInput& input, const std::vector<int>& chunks) {
  const std::vector<std::string> staged = content_of(input, "decant_s.", Place::kStage);
  const std::vector<std::string> held = content_of(input, "decant_t.", Place::kTable);
  const std::string stage_rows =
      "SELECT decant_s.decant_chunk, decant_s.decant_row, " + as_columns(staged) + " FROM " +
      input.stage + " AS decant_s WHERE decant_s.decant_chunk IN (" + list_of(chunks) + ")";
  const std::string table_rows =
      select_chunk_rows(input.dialect, *input.plan, chunks, "0 AS decant_row, " + as_columns(held));
  std::string same =
      "decant_h.decant_chunk = decant_s.decant_chunk AND decant_h.decant_copy = "
      "decant_s.decant_copy";
  for (std::size_t i = 0; i < staged.size(); ++i) {
    const std::string name = "decant_c" + std::to_string(i);
    same +=
        " AND decant_h." + name +
        (input.dialect == Dialect::kDuckDb ? " IS NOT DISTINCT FROM decant_s." : " = decant_s.") +
        name;
  }
  const std::string table_counts =
      "SELECT decant_b.decant_chunk, count(*) AS decant_rows FROM (" +
      select_chunk_rows(input.dialect, *input.plan, chunks, "1 AS decant_one") +
      ") AS decant_b GROUP BY decant_b.decant_chunk";
  return {"CREATE TEMPORARY TABLE " + input.temporary("decant_present") +
              " AS SELECT decant_s.decant_chunk, decant_s.decant_row "
              "FROM " +
              counted_rows(stage_rows, staged.size()) + " AS decant_s JOIN " +
              counted_rows(table_rows, held.size()) + " AS decant_h ON " + same,
          "DELETE FROM " + input.temporary("decant_present") + " AS decant_p USING (" +
              table_counts +
              ") AS decant_c WHERE decant_c.decant_chunk = decant_p.decant_chunk AND "
              "decant_c.decant_rows <> (SELECT count(*) "
              "FROM " +
              input.temporary("decant_present") +
              " AS decant_q WHERE decant_q.decant_chunk = decant_c.decant_chunk)"};
}

std::string is_not_present(const LoadSqlInput& input, std::string_view alias) {
  if (chunks_tried_again(input).empty()) return {};
  return " AND NOT EXISTS (SELECT 1 FROM " + input.temporary("decant_present") +
         " AS decant_p WHERE decant_p.decant_row = " + std::string(alias) + "decant_row)";
}

std::string is_of_loaded_chunk(const LoadSqlInput& input, std::string_view alias) {
  if (chunks_tried_again(input).empty()) return {};
  return " AND NOT EXISTS (SELECT 1 FROM " + input.temporary("decant_present") +
         " AS decant_p WHERE decant_p.decant_chunk "
         "= " +
         std::string(alias) + "decant_chunk)";
}

}  // namespace decant
