#include "common/connector/elsewhere_sql.h"

#include "common/connector/diff_columns.h"
#include "common/connector/key_sql.h"
#include "common/connector/locator_sql.h"
#include "common/connector/unique_sql.h"

namespace decant {
namespace {

// Rows of the table that have these values where the diff has them as new ones.
std::string select_rows(const LoadSqlInput& load, const std::vector<std::string>& names,
                        const std::vector<std::string>& new_values, const std::string& but) {
  std::string columns, same;
  for (const std::string& name : filled_columns(load))
    columns += ", decant_t." + quote_identifier(name);
  for (std::size_t i = 0; i < names.size(); ++i)
    same +=
        (i ? " AND decant_t." : "decant_t.") + quote_identifier(names[i]) + " = " + new_values[i];
  return "SELECT decant_d.decant_chunk, CAST('moved' AS TEXT) AS decant_rule, CAST(0 AS BIGINT) AS "
         "decant_row" +
         columns + " FROM " + load.temporary("decant_diff") + " AS decant_d JOIN " +
         quote_table(load.plan->entity.write.table) + " AS decant_t ON " + same + " WHERE " + but;
}

}  // namespace

// Rows that the diff deletes make room for those that it inserts. What stands in the task's own
// chunks is no matter of another task.
std::string select_elsewhere(const LoadSqlInput& load) {
  const std::vector<std::string>& key = load.plan->entity.write.key;
  const std::vector<std::string> filled = filled_columns(load);
  std::vector<std::string> keys;
  for (const std::string& name : key)
    keys.push_back("decant_d.n" + std::to_string(position_of(filled, name)));
  std::string out =
      select_rows(load, key, keys,
                  "decant_d.decant_operation = 'inserted' AND NOT EXISTS (SELECT 1 FROM " +
                      load.temporary("decant_diff") +
                      " AS decant_x WHERE decant_x.decant_operation = 'deleted' AND " +
                      is_located(load.dialect, "decant_x", "decant_t") + ")");
  const std::vector<UniqueValues> others = other_unique_values(load, "decant_d");
  const std::string is_own =
      others.empty()
          ? std::string()
          : "EXISTS (SELECT 1 FROM (" +
                select_chunk_rows(load, select_locator(load.dialect, "decant_t")) +
                ") AS decant_o WHERE " + is_located(load.dialect, "decant_o", "decant_t") + ")";
  for (const UniqueValues& values : others) {
    out += " UNION ALL " + select_rows(load, values.names, values.new_values,
                                       "decant_d.decant_operation <> 'deleted' AND NOT " + is_own);
  }
  return "SELECT * FROM (" + out + ") AS decant_places LIMIT " + std::to_string(k_max_key_places);
}

std::string find_repeats(const LoadSqlInput& load) {
  const EntityPlan& entity = load.plan->entity;
  std::string keys, of_table, of_row;
  for (const std::string& name : entity.write.key) {
    const std::string quoted = quote_identifier(name);
    keys += (keys.empty() ? "" : ", ") + quoted;
    of_table += ", decant_t." + quoted;
    of_row += (of_row.empty() ? "decant_r." : ", decant_r.") + quoted;
  }
  const std::string rows =
      "(" + select_chunk_rows(load, select_locator(load.dialect, "decant_t") + of_table) + ")";
  return "CREATE TEMPORARY TABLE " + load.temporary("decant_repeats") +
         " AS WITH decant_k AS (SELECT " + keys + " FROM " + rows + " AS decant_r GROUP BY " +
         keys +
         " HAVING count(*) > 1) SELECT decant_locator FROM (SELECT decant_r.decant_locator, "
         "row_number() OVER (PARTITION BY " +
         of_row + " ORDER BY decant_r.decant_locator) AS decant_rank FROM " + rows +
         " AS decant_r JOIN decant_k ON " + same_key(entity, "decant_k.", "decant_r.") +
         ") AS decant_ranked WHERE decant_rank > 1";
}

}  // namespace decant
