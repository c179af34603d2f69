#include "common/connector/held_rows.h"

#include "common/connector/diff_columns.h"
#include "common/connector/fixed_columns.h"
#include "common/connector/locator_sql.h"
#include "common/connector/unique_sql.h"

namespace decant {
namespace {

// Whether some row of the reference's table refers to the row with these referenced `values`, and
// keeps it: by itself, or because others keep the row that would go with it. Empty: none can.
std::string keeps(const Reference& reference, const std::vector<std::string>& values, bool refuses,
                  const std::string& but, int depth = 0) {
  if (!reference.can_read) return {};
  const std::string alias = "decant_c" + std::to_string(depth);
  std::string same, through;
  for (std::size_t i = 0; i < values.size(); ++i) {
    same += (i ? " AND " : "") + alias + "." + quote_identifier(reference.columns[i]) + " = " +
            values[i];
    // Two columns' collations may differ; a foreign key compares by that of the referenced one.
    if (i < reference.collations.size() && !reference.collations[i].empty())
      same += " COLLATE " + reference.collations[i];
  }
  for (const Reference& next : reference.next) {
    if (refuses) break;
    std::vector<std::string> own;
    for (const std::string& name : next.referenced)
      own.push_back(alias + "." + quote_identifier(name));
    const std::string kept = keeps(next, own, next.refuses_delete, {}, depth + 1);
    if (!kept.empty()) through += (through.empty() ? "" : " OR ") + kept;
  }
  if (!refuses && through.empty()) return {};
  if (!refuses) through = " AND (" + through + ")";
  return "EXISTS (SELECT 1 FROM " + reference.table + " AS " + alias + " WHERE " + same + but +
         through + ")";
}

// A column that the table makes itself is not in the diff. Whether an update changes it is for the
// foreign key to say.
std::string generated_value(const LoadSqlInput& load, const std::string& name) {
  return "(SELECT decant_t." + quote_identifier(name) + " FROM " +
         quote_table(load.plan->entity.write.table) + " AS decant_t WHERE " +
         is_located(load.dialect, "decant_d", "decant_t") + ")";
}

// Whether an update of a row of the diff touches what a foreign key looks at.
std::string touches(const LoadSqlInput& load, const Reference& reference) {
  std::string out;
  for (std::size_t i = 0; i < load.plan->entity.columns.size(); ++i) {
    const std::string& name = load.plan->entity.columns[i].name;
    const int old_value = position_of(load.table_columns, name);
    // DuckDB deletes and inserts a row of which any indexed column changes.
    const bool is_looked_at = position_of(reference.referenced, name) >= 0 ||
                              position_of(load.indexed_columns, name) >= 0;
    if (!is_looked_at || old_value < 0) continue;
    out += (out.empty() ? "decant_d.o" : " OR decant_d.o") + std::to_string(old_value) +
           " IS DISTINCT FROM decant_d.n" + std::to_string(i);
  }
  return out;
}

// Whether the old row `decant_d` of the diff has the key of a staged one that was refused.
std::string has_refused_key(const LoadSqlInput& load) {
  std::string same;
  for (const std::string& name : load.plan->entity.write.key) {
    same += (same.empty() ? "decant_k." : " AND decant_k.") + quote_identifier(name) +
            " = decant_d.o" + std::to_string(position_of(load.table_columns, name));
  }
  return "EXISTS (SELECT 1 FROM " + load.refused_keys + " AS decant_k WHERE " + same + ")";
}

}  // namespace

std::vector<Refused> refused_by(const LoadSqlInput& load, const Reference& reference) {
  std::vector<std::string> values;
  for (const std::string& name : reference.referenced) {
    const int at = position_of(load.table_columns, name);
    values.push_back(at < 0 ? generated_value(load, name) : "decant_d.o" + std::to_string(at));
  }
  // What is deleted by the same statement refers to nothing any more; DuckDB looks at it row by
  // row.
  std::string but_deleted;
  if (reference.is_own && load.dialect == Dialect::kPostgres) {
    but_deleted = " AND NOT EXISTS (SELECT 1 FROM " + load.temporary("decant_diff") +
                  " AS decant_x WHERE decant_x.decant_operation = "
                  "'deleted' "
                  "AND " +
                  is_located(load.dialect, "decant_x", "decant_c0") + ")";
  }
  std::vector<Refused> out;
  // What would go with it, or change, keeps it as well until no other task can have the row.
  const bool is_followed = reference.follows() && !load.plan->lets_go;
  std::string kept = keeps(reference, values, reference.refuses_delete || is_followed, but_deleted);
  if (is_followed && !reference.can_read) kept = "TRUE";
  if (!kept.empty()) out.push_back({"decant_d.decant_operation = 'deleted'", kept});
  // The source still has such a row, and what follows it stays with it.
  if (reference.follows() && load.plan->lets_go && !load.refused_keys.empty()) {
    kept = reference.can_read ? keeps(reference, values, true, but_deleted) : "TRUE";
    out.push_back({"decant_d.decant_operation = 'deleted' AND " + has_refused_key(load), kept});
  }
  // One that is deleted and inserted would take them along, or is kept at once.
  const std::string replaced =
      load.unique_moves == UniqueMoves::kReplaced ? changes_unique_values(load) : std::string();
  if (!replaced.empty() && (!reference.waits || reference.follows_update)) {
    kept = reference.can_read ? keeps(reference, values, true, but_deleted) : "TRUE";
    out.push_back({"decant_d.decant_operation = 'updated' AND " + replaced, kept});
  }
  if (const std::string renewed = is_renewed(load); !renewed.empty()) {
    kept = reference.can_read ? keeps(reference, values, true, but_deleted) : "TRUE";
    out.push_back({renewed, kept});
  }
  const std::string touched = touches(load, reference);
  if (!reference.refuses_update || touched.empty()) return out;
  kept = keeps(reference, values, true, but_deleted);
  if (!kept.empty())
    out.push_back({"decant_d.decant_operation = 'updated' AND (" + touched + ")", kept});
  return out;
}

namespace {

// Rows of the diff that take a unique value of a held row wait with it, and hold their own.
Status hold_takers(SqlSession& sql, const LoadSqlInput& load) {
  const std::vector<UniqueValues> taken = other_unique_values(load, "decant_d");
  const std::vector<UniqueValues> held = other_unique_values(load, "decant_h");
  for (bool any = !taken.empty(); any;) {
    any = false;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      std::string same;
      for (std::size_t k = 0; k < taken[i].names.size(); ++k)
        same += " AND " + taken[i].new_values[k] + " = " + held[i].old_values[k];
      DECANT_TRY_ASSIGN(
          const std::int64_t rows,
          sql.execute("INSERT INTO " + load.temporary("decant_held") + " SELECT decant_d.* FROM " +
                      load.temporary("decant_diff") +
                      " AS decant_d WHERE "
                      "decant_d.decant_operation <> 'deleted' AND EXISTS (SELECT 1 FROM " +
                      load.temporary("decant_held") +
                      " AS "
                      "decant_h "
                      "WHERE decant_h.decant_operation <> 'inserted'" +
                      same + ")"));
      if (rows == 0) continue;
      any = true;
      DECANT_TRY(sql.execute("DELETE FROM " + load.temporary("decant_diff") +
                             " AS decant_d USING " + load.temporary("decant_held") +
                             " AS decant_h WHERE "
                             "decant_d.decant_row = "
                             "decant_h.decant_row"));
    }
  }
  return {};
}

}  // namespace

Status hold_rows(SqlSession& sql, const LoadSqlInput& load) {
  DECANT_TRY(sql.execute("DROP TABLE IF EXISTS " + load.temporary("decant_held")));
  DECANT_TRY(sql.execute("CREATE TEMPORARY TABLE " + load.temporary("decant_held") +
                         " AS SELECT * FROM " + load.temporary("decant_diff") + " WHERE FALSE"));
  DECANT_TRY_ASSIGN(const std::vector<Reference> references,
                    references_to(sql, load.plan->entity.write.table));
  // A table is looked at only where the diff has rows that its own may keep.
  std::vector<std::string> moves;
  for (const Reference& reference : references) {
    for (const Refused& refused : refused_by(load, reference)) {
      DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                        sql.query("SELECT 1 FROM " + load.temporary("decant_diff") +
                                      " AS decant_d WHERE " + refused.rows + " LIMIT 1",
                                  {}));
      if (rows.empty()) continue;
      moves.push_back("INSERT INTO " + load.temporary("decant_held") + " SELECT decant_d.* FROM " +
                      load.temporary("decant_diff") + " AS decant_d WHERE " + refused.rows +
                      " AND " + refused.when);
    }
  }
  for (bool any = true; any;) {
    any = false;
    for (const std::string& move : moves) {
      DECANT_TRY_ASSIGN(const std::int64_t held, sql.execute(move));
      if (held == 0) continue;
      any = true;
      DECANT_TRY(sql.execute("DELETE FROM " + load.temporary("decant_diff") +
                             " AS decant_d USING " + load.temporary("decant_held") +
                             " AS decant_h WHERE " +
                             same_locator(load.dialect, "decant_d", "decant_h")));
    }
  }
  return hold_takers(sql, load);
}

std::string select_held(const LoadSqlInput& load) {
  std::string old_values, new_values;
  const std::vector<ColumnPlan>& columns = load.plan->entity.columns;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string name = " AS " + quote_identifier(columns[i].name);
    const int at = position_of(load.table_columns, columns[i].name);
    old_values += ", decant_d.o" + std::to_string(at) + name;
    new_values += ", decant_d.n" + std::to_string(i) + name;
  }
  const auto select = [&](std::string_view chunk, std::string_view rule, const std::string& values,
                          std::string_view but) {
    return "SELECT decant_d." + std::string(chunk) + " AS decant_chunk, CAST(" +
           quote_literal(rule) + " AS TEXT) AS decant_rule, CAST(0 AS BIGINT) AS decant_row" +
           values + " FROM " + load.temporary("decant_held") +
           " AS decant_d WHERE decant_d.decant_operation <> " + quote_literal(but);
  };
  return select("decant_old_chunk", k_held, old_values, k_inserted) + " UNION ALL " +
         select("decant_chunk", k_unwritten, new_values, k_deleted);
}

}  // namespace decant
