#include "common/connector/moved_rows.h"

#include <algorithm>

#include "common/connector/locator_sql.h"

namespace decant {
namespace {

std::string position_in(const std::vector<std::string>& names, const std::string& name) {
  return std::to_string(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace

// DuckDB may hold a key several times: such rows are joined one by one.
std::vector<std::string> join_moved_rows(const LoadSqlInput& load) {
  std::vector<std::string> filled;
  for (const ColumnPlan& column : load.plan->entity.columns) filled.push_back(column.name);
  std::string same, old_key, new_key;
  for (const std::string& name : load.plan->entity.write.key) {
    const std::string old_value = "o" + position_in(load.table_columns, name);
    const std::string new_value = "n" + position_in(filled, name);
    same +=
        (same.empty() ? "decant_x." : " AND decant_x.") + old_value + " = decant_i." + new_value;
    old_key += (old_key.empty() ? "decant_x." : ", decant_x.") + old_value;
    new_key += (new_key.empty() ? "decant_i." : ", decant_i.") + new_value;
  }
  std::string new_values, assignments;
  for (std::size_t i = 0; i < filled.size(); ++i) {
    const std::string name = "n" + std::to_string(i);
    new_values += ", decant_i." + name;
    assignments += ", " + name + " = decant_m." + name;
  }
  const std::string gone = quote_literal(k_deleted);
  const std::string come = quote_literal(k_inserted);
  // Few of the rows that come were there before: only these are put in order.
  const auto ranked = [&](const std::string& alias, const std::string& operation,
                          const std::string& other, const std::string& other_operation,
                          const std::string& key, const std::string& order) {
    return "(SELECT " + alias + ".*, row_number() OVER (PARTITION BY " + key + " ORDER BY " +
           alias + "." + order + ") AS decant_rank FROM " + load.temporary("decant_diff") + " AS " +
           alias + " WHERE " + alias + ".decant_operation = " + operation +
           " AND EXISTS (SELECT 1 FROM " + load.temporary("decant_diff") + " AS " + other +
           " WHERE " + other + ".decant_operation = " + other_operation + " AND " + same +
           ")) AS " + alias;
  };
  return {"DROP TABLE IF EXISTS " + load.temporary("decant_moved"),
          "CREATE TEMPORARY TABLE " + load.temporary("decant_moved") + " AS SELECT " +
              locator_columns(load.dialect, "decant_x") +
              ", decant_i.decant_chunk, decant_i.decant_row" + new_values + " FROM " +
              ranked("decant_x", gone, "decant_i", come, old_key, "decant_chunk") + " JOIN " +
              ranked("decant_i", come, "decant_x", gone, new_key, "decant_row") + " ON " + same +
              " AND decant_x.decant_rank = decant_i.decant_rank",
          "DELETE FROM " + load.temporary("decant_diff") + " AS decant_d USING " +
              load.temporary("decant_moved") +
              " AS decant_m WHERE "
              "decant_d.decant_operation = " +
              come + " AND decant_d.decant_row = decant_m.decant_row",
          "UPDATE " + load.temporary("decant_diff") +
              " AS decant_d SET decant_operation = " + quote_literal(k_updated) +
              ", decant_chunk = decant_m.decant_chunk, decant_row = decant_m.decant_row" +
              assignments + " FROM " + load.temporary("decant_moved") +
              " AS decant_m WHERE decant_d.decant_operation = " + gone + " AND " +
              same_locator(load.dialect, "decant_d", "decant_m"),
          "DROP TABLE " + load.temporary("decant_moved")};
}

}  // namespace decant
