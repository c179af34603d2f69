#include "common/connector/diff_sql.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/locator_sql.h"
#include "common/connector/written_text.h"

namespace decant {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// SQL calls '1 month' and '30 days' equal, cannot compare json, xml or points at all, and a
// collation may take A for a: the digest tells them apart, and so do the bytes of their text.
std::string any_column_differs(const LoadSqlInput& load) {
  std::string out;
  for (const ColumnPlan& column : load.plan->entity.columns) {
    if (!is_written_on_update(load, column)) continue;
    const bool as_text = column.type.kind == TypeKind::kJson || column.type.kind == TypeKind::kText;
    const bool is_bent = contains(load.bent_columns, column.name);
    const std::string staged = "decant_s." + quote_identifier(column.name);
    const std::string held = "decant_b." + quote_identifier(column.name);
    if (!as_text) {
      out += " OR " + held + " IS DISTINCT FROM " + staged;
      continue;
    }
    const auto written = [&](const std::string& value, const std::string& cast) {
      return (is_bent ? "(" + written_text(value) + ")" : cast) + " COLLATE \"C\"";
    };
    out += " OR " + written(held, text_of_table(load, column.name, held)) + " IS DISTINCT FROM " +
           written(staged, "CAST(" + staged + " AS TEXT)");
  }
  return out;
}

std::string diff_columns(const LoadSqlInput& load) {
  std::string out;
  for (std::size_t i = 0; i < load.table_columns.size(); ++i)
    out += ", decant_b." + quote_identifier(load.table_columns[i]) + " AS o" + std::to_string(i);
  const std::vector<ColumnPlan>& columns = load.plan->entity.columns;
  for (std::size_t i = 0; i < columns.size(); ++i)
    out += ", decant_s." + quote_identifier(columns[i].name) + " AS n" + std::to_string(i);
  return out;
}

std::string columns_of_table(const LoadSqlInput& load) {
  std::string out = select_locator(load.dialect, "decant_t");
  for (const std::string& name : load.table_columns) out += ", decant_t." + quote_identifier(name);
  return out;
}

std::string same_keys(const LoadSqlInput& load) {
  return same_key(load.plan->entity, "decant_b.", "decant_s.");
}

std::string but_as_they_are(const LoadSqlInput& load, std::string rows) {
  if (!load.stage_is_difference) return rows;
  return "SELECT decant_r.* FROM (" + rows + ") AS decant_r WHERE EXISTS (SELECT 1 FROM " +
         load.stage + " AS decant_g WHERE decant_g.decant_chunk = " + std::to_string(k_gone_chunk) +
         " AND " + same_key(load.plan->entity, "decant_g.", "decant_r.") + ")";
}

}  // namespace

bool is_written_on_update(const LoadSqlInput& load, const ColumnPlan& column) {
  const WriteSpec& write = load.plan->entity.write;
  if (contains(write.key, column.name)) return load.key_is_loose;
  return load.plan->method != LoadMethod::kUpsert || !contains(write.keep_on_update, column.name);
}

std::string row_differs(const LoadSqlInput& load) { return "FALSE" + any_column_differs(load); }

bool keys_may_repeat(const LoadSqlInput& load) {
  return load.dialect == Dialect::kDuckDb && load.plan->method == LoadMethod::kReplaceByKey;
}

std::string select_chunk_diff(const LoadSqlInput& load, const std::string& staged) {
  const bool repeats = keys_may_repeat(load);
  std::string list = columns_of_table(load);
  if (repeats)
    list += ", decant_t.rowid IN (SELECT decant_locator FROM " + load.temporary("decant_repeats") +
            ") AS decant_is_repeat";
  const std::string stage =
      repeats ? "SELECT *, FALSE AS decant_is_repeat FROM (" + staged + ") AS decant_r" : staged;
  return "SELECT CASE WHEN decant_s.decant_row IS NULL THEN 'deleted' "
         "WHEN decant_b.decant_locator IS NULL THEN 'inserted' ELSE 'updated' END AS "
         "decant_operation, coalesce(decant_s.decant_chunk, decant_b.decant_chunk) AS "
         "decant_chunk, decant_s.decant_row, " +
         locator_columns(load.dialect, "decant_b") + ", decant_b.decant_chunk AS decant_old_chunk" +
         diff_columns(load) + " FROM (" + but_as_they_are(load, select_chunk_rows(load, list)) +
         ") AS decant_b FULL JOIN (" + stage +
         ") AS decant_s ON decant_b.decant_chunk = decant_s.decant_chunk AND " +
         (repeats ? "decant_b.decant_is_repeat = decant_s.decant_is_repeat AND " : "") +
         same_keys(load) + " WHERE decant_s.decant_row IS NULL OR decant_b.decant_locator IS NULL" +
         any_column_differs(load);
}

std::string select_key_diff(const LoadSqlInput& load, const std::string& staged) {
  const bool inserts = load.plan->method == LoadMethod::kInsert;
  return "SELECT CASE WHEN decant_b.decant_locator IS NULL THEN 'inserted' ELSE 'updated' END AS "
         "decant_operation, decant_s.decant_chunk, decant_s.decant_row, " +
         locator_columns(load.dialect, "decant_b") + diff_columns(load) + " FROM (" + staged +
         ") AS decant_s LEFT JOIN (SELECT " + columns_of_table(load) + " FROM " +
         quote_table(load.plan->entity.write.table) + " AS decant_t) AS decant_b ON " +
         same_keys(load) + " WHERE decant_b.decant_locator IS NULL" +
         (inserts ? std::string() : any_column_differs(load));
}

}  // namespace decant
