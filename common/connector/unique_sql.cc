#include "common/connector/unique_sql.h"

#include <algorithm>
#include <set>

#include "common/connector/diff_columns.h"
#include "common/connector/locator_sql.h"

namespace decant {
std::vector<UniqueValues> other_unique_values(const LoadSqlInput& load, std::string_view relation) {
  const std::vector<std::string>& key = load.plan->entity.write.key;
  const std::set<std::string> own(key.begin(), key.end());
  const std::vector<std::string> filled = filled_columns(load);
  const WriteSpec& write = load.plan->entity.write;
  const std::set<std::string> kept(write.keep_on_update.begin(), write.keep_on_update.end());
  const std::string row(relation);
  std::vector<UniqueValues> all;
  for (const std::vector<std::string>& names : load.unique_keys) {
    if (std::set<std::string>(names.begin(), names.end()) == own) continue;
    UniqueValues values{names, {}, {}};
    bool is_filled = true;
    for (const std::string& name : names) {
      const int new_value = position_of(filled, name);
      const int old_value = position_of(load.table_columns, name);
      is_filled = is_filled && new_value >= 0 && old_value >= 0;
      values.old_values.push_back(row + ".o" + std::to_string(old_value));
      values.new_values.push_back(row + ".n" + std::to_string(new_value));
      if (load.plan->method == LoadMethod::kUpsert && kept.contains(name)) {
        values.new_values.back() =
            "CASE WHEN " + row + ".decant_operation = " + quote_literal(k_updated) + " THEN " +
            values.old_values.back() + " ELSE " + values.new_values.back() + " END";
      }
    }
    if (is_filled) all.push_back(std::move(values));
  }
  return all;
}

std::string changes_unique_values(const LoadSqlInput& load) {
  std::set<std::string> changes;
  for (const UniqueValues& values : other_unique_values(load, "decant_d")) {
    for (std::size_t i = 0; i < values.names.size(); ++i)
      changes.insert(values.old_values[i] + " IS DISTINCT FROM " + values.new_values[i]);
  }
  std::string any;
  for (const std::string& change : changes) any += (any.empty() ? "(" : " OR ") + change;
  return any.empty() ? any : any + ")";
}

std::string parked_columns(const LoadSqlInput& load) {
  const EntityPlan& entity = load.plan->entity;
  const std::vector<std::string>& key = entity.write.key;
  std::set<std::string> parked;
  for (const UniqueValues& values : other_unique_values(load, "decant_d")) {
    const auto column =
        std::find_if(values.names.begin(), values.names.end(), [&](const std::string& name) {
          // What followed its value would follow it to NULL, and not back.
          return position_of(load.nullable_columns, name) >= 0 && position_of(key, name) < 0 &&
                 position_of(load.followed_columns, name) < 0 && name != entity.store_column &&
                 name != entity.range_column;
        });
    if (column == values.names.end()) return {};
    parked.insert(quote_identifier(*column) + " = NULL");
  }
  std::string out;
  for (const std::string& set : parked) out += (out.empty() ? "" : ", ") + set;
  return out;
}

// The rows are inserted once all of them are deleted: their number is asked for.
std::string replace_rows(const LoadSqlInput& load, const std::string& same_row) {
  const std::string table = quote_table(load.plan->entity.write.table);
  const std::string chosen = "decant_d.decant_operation = " + quote_literal(k_updated) + " AND " +
                             changes_unique_values(load);
  const std::vector<std::string> filled = filled_columns(load);
  std::string names, values;
  for (std::size_t i = 0; i < load.table_columns.size(); ++i) {
    const int at = position_of(filled, load.table_columns[i]);
    names += (i ? ", " : "") + quote_identifier(load.table_columns[i]);
    values += (i ? ", decant_d." : "decant_d.") +
              (at < 0 ? "o" + std::to_string(i) : "n" + std::to_string(at));
  }
  return "WITH decant_gone AS (DELETE FROM " + table + " AS decant_t USING " +
         load.temporary("decant_diff") + " AS decant_d WHERE " + chosen + " AND " + same_row +
         " RETURNING 1), decant_all AS (SELECT count(*) AS decant_rows FROM decant_gone) INSERT "
         "INTO " +
         table + " (" + names + ") OVERRIDING SYSTEM VALUE SELECT " + values + " FROM " +
         load.temporary("decant_diff") +
         " AS decant_d, decant_all AS decant_a WHERE decant_a.decant_rows > 0 "
         "AND " +
         chosen;
}

std::string select_taken(const LoadSqlInput& load) {
  const std::string table = quote_table(load.plan->entity.write.table);
  std::string out;
  const std::vector<UniqueValues> own = other_unique_values(load, "decant_d");
  const std::vector<UniqueValues> other = other_unique_values(load, "decant_x");
  const std::string inserted = quote_literal(k_inserted);
  const std::string deleted = quote_literal(k_deleted);
  for (std::size_t k = 0; k < own.size(); ++k) {
    std::string in_diff, in_table;
    for (std::size_t i = 0; i < own[k].names.size(); ++i) {
      in_diff += " AND " + other[k].new_values[i] + " = " + own[k].new_values[i];
      in_table +=
          " AND decant_t." + quote_identifier(own[k].names[i]) + " = " + own[k].new_values[i];
    }
    out += (out.empty() ? "" : " UNION ") +
           ("SELECT decant_d.decant_row FROM " + load.temporary("decant_diff") +
            " AS decant_d WHERE decant_d.decant_operation "
            "<> " +
            deleted) +
           " AND (EXISTS (SELECT 1 FROM " + load.temporary("decant_diff") +
           " AS decant_x WHERE decant_x.decant_operation <> " + deleted + in_diff +
           " AND CASE WHEN decant_x.decant_operation = decant_d.decant_operation THEN "
           "decant_x.decant_row < "
           "decant_d.decant_row ELSE decant_d.decant_operation = " +
           inserted + " END) OR EXISTS (SELECT 1 FROM " + table + " AS decant_t WHERE TRUE" +
           in_table + " AND NOT EXISTS (SELECT 1 FROM " + load.temporary("decant_diff") +
           " AS decant_y WHERE decant_y.decant_operation "
           "<> " +
           inserted + " AND " + is_located(load.dialect, "decant_y", "decant_t") + ")))";
  }
  return out + " ORDER BY decant_row";
}

std::string select_taken_of_stage(const LoadSqlInput& load) {
  const LoadPlan& plan = *load.plan;
  std::string chunks, stays, out;
  for (const int chunk : load.chunks)
    chunks += (chunks.empty() ? "" : ", ") + std::to_string(chunk);
  if (plan.method == LoadMethod::kReplaceRange) {
    stays = " AND decant_t.rowid NOT IN (SELECT decant_o.decant_locator FROM (" +
            select_chunk_rows(load, select_locator(load.dialect, "decant_t")) + ") AS decant_o)";
  }
  for (const UniqueValues& values : other_unique_values(load, "decant_d")) {
    std::string in_stage, in_table;
    for (const std::string& name : values.names) {
      const std::string quoted = quote_identifier(name);
      in_stage += " AND decant_x." + quoted + " = decant_s." + quoted;
      in_table += " AND decant_t." + quoted + " = decant_s." + quoted;
    }
    out += (out.empty() ? "" : " UNION ") + ("SELECT decant_s.decant_row FROM " + load.stage) +
           " AS decant_s WHERE decant_s.decant_chunk IN (" + chunks +
           ") AND (EXISTS (SELECT 1 FROM " + load.stage +
           " AS decant_x WHERE decant_x.decant_chunk IN (" + chunks +
           ") AND decant_x.decant_row < decant_s.decant_row" + in_stage +
           ") OR EXISTS (SELECT 1 FROM " + quote_table(plan.entity.write.table) +
           " AS decant_t WHERE TRUE" + in_table + stays + "))";
  }
  return out;
}

}  // namespace decant
