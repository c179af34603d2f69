#include "common/connector/fixed_columns.h"

#include <algorithm>

namespace decant {
std::string is_renewed(const LoadSqlInput& load) {
  if (load.fixed_columns.empty()) return {};
  std::string out;
  const std::vector<ColumnPlan>& columns = load.plan->entity.columns;
  for (const std::string& name : load.fixed_columns) {
    const auto old_value = std::find(load.table_columns.begin(), load.table_columns.end(), name);
    const auto new_value = std::find_if(columns.begin(), columns.end(),
                                        [&](const ColumnPlan& c) { return c.name == name; });
    out += (out.empty() ? "decant_d.o" : " OR decant_d.o") +
           std::to_string(old_value - load.table_columns.begin()) + " IS DISTINCT FROM decant_d.n" +
           std::to_string(new_value - columns.begin());
  }
  return "decant_d.decant_operation = " + quote_literal(k_updated) + " AND (" + out + ")";
}

std::vector<std::string> renew_rows(const LoadSqlInput& load) {
  // The deletion is of the chunk that has the row, and has no staged one.
  return {"DROP TABLE IF EXISTS " + load.temporary("decant_renewed"),
          "CREATE TEMPORARY TABLE " + load.temporary("decant_renewed") +
              " AS SELECT decant_d.* FROM " + load.temporary("decant_diff") +
              " AS decant_d "
              "WHERE " +
              is_renewed(load),
          "UPDATE " + load.temporary("decant_diff") + " AS decant_d SET decant_operation = " +
              quote_literal(k_deleted) + " FROM " + load.temporary("decant_renewed") +
              " AS decant_r WHERE decant_d.decant_operation = " + quote_literal(k_updated) +
              " AND decant_d.decant_row = decant_r.decant_row",
          "UPDATE " + load.temporary("decant_renewed") +
              " SET decant_operation = " + quote_literal(k_inserted),
          "INSERT INTO " + load.temporary("decant_diff") + " SELECT * FROM " +
              load.temporary("decant_renewed"),
          "DROP TABLE " + load.temporary("decant_renewed")};
}

std::string count_renewed(const LoadSqlInput& load) {
  return "SELECT count(*) FROM " + load.temporary("decant_diff") + " AS decant_d WHERE " +
         is_renewed(load);
}

}  // namespace decant
