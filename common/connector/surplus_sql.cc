#include "common/connector/surplus_sql.h"

#include <algorithm>

#include "common/connector/load_sql.h"
#include "common/connector/locator_sql.h"
#include "common/connector/row_order.h"
#include "common/connector/temporary_table.h"

namespace decant {
namespace {

std::string surplus_in(Dialect dialect) { return temporary(dialect, "decant_surplus"); }

// The keys that several rows hold.
std::string doubled_in(Dialect dialect) { return temporary(dialect, "decant_doubled"); }

std::string listed(const std::vector<std::string>& names, std::string_view prefix = {}) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + std::string(prefix) + quote_identifier(name);
  return out;
}

std::vector<std::string> plan_columns(const EntityPlan& plan) {
  std::vector<std::string> names;
  for (const ColumnPlan& column : plan.columns) names.push_back(column.name);
  return names;
}

}  // namespace

std::string select_duplicate_keys(const EntityPlan& plan, const KeyPart& part) {
  std::string shown;
  for (const std::string& name : plan.write.key) {
    const auto column =
        std::find_if(plan.columns.begin(), plan.columns.end(),
                     [&](const ColumnPlan& candidate) { return candidate.name == name; });
    const bool hidden = column != plan.columns.end() && column->is_private;
    shown += (shown.empty() ? "" : " || ', ' || ") + quote_literal(name + "=") + " || " +
             (hidden ? quote_literal("***")
                     : "coalesce(CAST(" + quote_identifier(name) + " AS TEXT), 'NULL')");
  }
  return "SELECT " + shown + " AS decant_key, decant_rows FROM (" +
         select_doubled_keys(plan, part) + ") AS decant_d";
}

SurplusStatements surplus_statements(Dialect dialect, const EntityPlan& plan,
                                     const std::vector<std::string>& table_columns,
                                     std::int64_t key_parts) {
  const std::string table = quote_table(plan.write.table);
  std::string same_key;
  for (const std::string& name : plan.write.key) {
    same_key += (same_key.empty() ? "" : " AND ") + ("decant_k." + quote_identifier(name)) +
                " = decant_t." + quote_identifier(name);
  }
  SurplusStatements out;
  if (dialect == Dialect::kPostgres)
    out.prepare.push_back("LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE");
  const std::string surplus = surplus_in(dialect);
  const std::string doubled = doubled_in(dialect);
  for (const std::string& made : {surplus, doubled})
    out.prepare.push_back("DROP TABLE IF EXISTS " + made);
  for (std::int64_t i = 0; i < key_parts; ++i) {
    out.prepare.push_back(
        (i == 0 ? "CREATE TEMPORARY TABLE " + doubled + " AS " : "INSERT INTO " + doubled + " ") +
        select_doubled_keys(plan, {i, key_parts}));
  }
  const std::string order = order_by_columns(dialect, plan, "decant_t.");
  out.prepare.push_back(
      "CREATE TEMPORARY TABLE " + surplus + " AS SELECT row_number() OVER (ORDER BY " +
      listed(plan.write.key, "decant_r.") +
      ", decant_r.decant_rank) AS decant_number, decant_r.* FROM (SELECT " +
      select_locator(dialect, "decant_t") + ", row_number() OVER (PARTITION BY " +
      listed(plan.write.key, "decant_t.") + " ORDER BY " + order + ") AS decant_rank, " +
      listed(table_columns, "decant_t.") + " FROM " + table + " AS decant_t JOIN " + doubled +
      " AS decant_k ON " + same_key + ") AS decant_r WHERE decant_r.decant_rank > 1");
  out.count = "SELECT count(*) FROM " + surplus;
  out.remove = {"DELETE FROM " + table + " AS decant_t USING " + surplus + " AS decant_s WHERE " +
                    is_located(dialect, "decant_s", "decant_t"),
                "DROP TABLE " + surplus, "DROP TABLE " + doubled};
  return out;
}

std::string select_surplus(Dialect dialect, const EntityPlan& plan, std::int64_t first,
                           std::int64_t last) {
  return "SELECT " + listed(plan_columns(plan)) + " FROM " + surplus_in(dialect) +
         " WHERE decant_number BETWEEN " + std::to_string(first) + " AND " + std::to_string(last) +
         " ORDER BY decant_number";
}

std::string keep_surplus(const KeepSurplus& keep) {
  std::string values;
  for (const auto& [number, chunk] : keep.chunk_of_number) {
    values +=
        (values.empty() ? "(" : ", (") + std::to_string(number) + ", " + quote_literal(chunk) + ")";
  }
  return "INSERT INTO " + quote_table(keep.undo_table) + " (" + std::string(k_undo_run) + ", " +
         std::string(k_undo_task) + ", " + std::string(k_undo_chunk) + ", " +
         std::string(k_undo_operation) + ", " + listed(keep.table_columns) + ") SELECT " +
         quote_literal(keep.run_id) + ", 0, decant_c.decant_name, " + quote_literal(k_deleted) +
         ", " + listed(keep.table_columns, "decant_s.") + " FROM " + surplus_in(keep.dialect) +
         " AS decant_s JOIN (VALUES " + values +
         ") AS decant_c(decant_number, decant_name) ON decant_c.decant_number = "
         "decant_s.decant_number";
}

}  // namespace decant
