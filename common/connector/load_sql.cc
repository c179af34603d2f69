#include "common/connector/load_sql.h"

#include <algorithm>

#include "common/connector/diff_sql.h"
#include "common/connector/elsewhere_sql.h"
#include "common/connector/key_sql.h"
#include "common/connector/locator_sql.h"
#include "common/connector/present_sql.h"
#include "common/connector/release_sql.h"
#include "common/connector/rival_sql.h"
#include "common/connector/temporary_table.h"
#include "common/connector/unique_sql.h"

namespace decant {
namespace {

std::string quoted_list(const std::vector<std::string>& names, std::string_view prefix = {}) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ", ";
    out += prefix;
    out += quote_identifier(name);
  }
  return out;
}

void append_all(std::vector<std::string> more, std::vector<std::string>& to) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Builds the statements of one task. In decant_diff `decant_row` is the staged row's, old values
// are o0, o1 … by table column and new ones n0, n1 … by plan column, so that no column's name can
// collide with ours.
class Builder {
 public:
  explicit Builder(const LoadSqlInput& input)
      : in_(input),
        plan_(*input.plan),
        entity_(plan_.entity),
        table_(quote_table(entity_.write.table)) {
    for (const ColumnPlan& column : entity_.columns) columns_.push_back(column.name);
  }

  LoadStatements append() const {
    LoadStatements out;
    out.counts = staged_counts();
    out.apply = {insert_stage()};
    return out;
  }

  LoadStatements replace_range() const {
    LoadStatements out;
    const std::vector<int> again = chunks_tried_again(in_);
    const std::string but_left = is_of_loaded_chunk(in_, "decant_d.");
    if (!again.empty()) {
      out.prepare = clean();
      append_all(find_present(in_, again), out.prepare);
      out.clean = clean();
    }
    out.counts = staged_counts() + " UNION ALL SELECT decant_d.decant_chunk, " +
                 quote_literal(k_deleted) + ", count(*) FROM (" +
                 select_chunk_rows(in_, "1 AS decant_one") + ") AS decant_d WHERE TRUE" + but_left +
                 " GROUP BY decant_d.decant_chunk";
    out.apply.push_back(keep(
        "SELECT * FROM (" + select_chunk_rows(in_, quoted_list(in_.table_columns, "decant_t.")) +
            ") AS decant_d WHERE TRUE" + but_left,
        quote_literal(k_deleted), in_.table_columns, quoted_list(in_.table_columns, "decant_d.")));
    append_all(delete_chunk_rows(in_, is_of_loaded_chunk(in_, "decant_s.")), out.apply);
    out.apply.push_back(insert_stage());
    return out;
  }

  LoadStatements by_key() const {
    LoadStatements out;
    const bool upserts = plan_.method == LoadMethod::kUpsert;
    const bool whole_table = plan_.method != LoadMethod::kReplaceByKey;
    out.prepare = clean();
    if (whole_table) append_all(lock_claims(in_), out.prepare);
    out.prepare.push_back(refuse_equal_keys(in_, staged(false)));
    if (plan_.method == LoadMethod::kInsert) out.prepare.push_back(refuse_existing());
    if (upserts) append_all(refuse_by_rivals(in_, staged(true)), out.prepare);
    if (refuses_moved_keys()) out.prepare.push_back(refuse_moved());
    if (keys_may_repeat(in_)) out.prepare.push_back(find_repeats(in_));
    out.prepare.push_back(
        "CREATE TEMPORARY TABLE " + in_.temporary("decant_diff") + " AS " +
        (whole_table ? select_key_diff(in_, staged(true)) : select_chunk_diff(in_, staged(true))));
    out.refused = "SELECT decant_s.decant_chunk, decant_r.decant_rule, decant_s.decant_row, " +
                  quoted_list(columns_, "decant_s.") + " FROM " + in_.stage + " AS decant_s JOIN " +
                  in_.temporary("decant_refused") +
                  " AS decant_r ON decant_r.decant_row = "
                  "decant_s.decant_row ORDER BY decant_s.decant_row";
    if (plan_.method == LoadMethod::kReplaceByKey) out.elsewhere = select_elsewhere(in_);
    if (upserts) out.rivals = select_rivals(in_);
    out.counts = "SELECT decant_chunk, decant_operation, count(*) FROM " +
                 in_.temporary("decant_diff") + " GROUP BY 1, 2";
    out.apply = apply_diff();
    if (!in_.key_table.empty()) {
      out.keys = upserts ? settle_claims(in_, staged(true), staged(false))
                         : take_claims_over(in_, staged(true));
      if (!upserts) out.keys.push_back(take_released(entity_, in_.key_table, staged(true)));
      append_all(write_keys(plan_, in_.chunks, in_.key_table, staged(true)), out.keys);
    }
    out.clean = clean();
    return out;
  }

 private:
  // Staged rows of the chunks that are applied; `but_refused` leaves out those in decant_refused.
  std::string staged(bool but_refused) const {
    std::string out =
        "SELECT decant_s0.* FROM " + in_.stage + " AS decant_s0 WHERE " + chunk_list("decant_s0.");
    if (but_refused) {
      out += " AND NOT EXISTS (SELECT 1 FROM " + in_.temporary("decant_refused") +
             " AS decant_r WHERE decant_r.decant_row = "
             "decant_s0.decant_row)";
    }
    return out;
  }

  std::string chunk_list(std::string_view prefix) const {
    std::string out = std::string(prefix) + "decant_chunk IN (";
    for (std::size_t i = 0; i < in_.chunks.size(); ++i)
      out += (i ? ", " : "") + std::to_string(in_.chunks[i]);
    return out + ")";
  }

  std::string staged_counts() const {
    return "SELECT decant_chunk, " + quote_literal(k_inserted) + ", count(*) FROM " + in_.stage +
           " AS decant_s WHERE " + chunk_list("decant_s.") + but_present() +
           " GROUP BY decant_chunk";
  }

  // The source says what a GENERATED ALWAYS identity is, too. Without such a column the words mean
  // nothing.
  std::string_view overriding() const {
    return in_.dialect == Dialect::kPostgres ? " OVERRIDING SYSTEM VALUE" : "";
  }

  std::string insert_stage() const {
    return "INSERT INTO " + table_ + " (" + quoted_list(columns_) + ")" +
           std::string(overriding()) + " SELECT " + quoted_list(columns_, "decant_s.") + " FROM " +
           in_.stage + " AS decant_s WHERE " + chunk_list("decant_s.") + but_present();
  }

  std::string but_present() const {
    if (plan_.method != LoadMethod::kReplaceRange) return {};
    return is_not_present(in_, "decant_s.");
  }

  std::vector<std::string> clean() const {
    std::vector<std::string> out;
    for (const char* table :
         {"refused", "repeats", "present", "met", "rivals", "dropped", "held", "moved", "diff"})
      out.push_back("DROP TABLE IF EXISTS " + in_.temporary(std::string("decant_") + table));
    return out;
  }

  std::string same_key(std::string_view left, std::string_view right) const {
    return decant::same_key(entity_, left, right);
  }

  std::string refuse_existing() const {
    return "INSERT INTO " + in_.temporary("decant_refused") +
           " SELECT decant_s.decant_row, 'unique' FROM (" + staged(true) +
           ") AS decant_s WHERE EXISTS (SELECT 1 FROM " + table_ + " AS decant_t WHERE " +
           same_key("decant_t.", "decant_s.") + ") AND NOT " +
           is_own_key(plan_, in_.chunks, in_.key_table, "decant_s.") + " AND NOT " + is_as_left();
  }

  // The row of a key that was let go of (release_sql.h), as the source has it: whoever brings the
  // key takes it over as it stands. Mode insert changes none.
  std::string is_as_left() const {
    if (in_.key_table.empty()) return "FALSE";
    return "EXISTS (SELECT 1 FROM " + quote_table(in_.key_table) +
           " AS decant_k WHERE decant_k.decant_owner = 0 AND " +
           same_key("decant_k.", "decant_s.") + " AND EXISTS (SELECT 1 FROM " + table_ +
           " AS decant_b WHERE " + same_key("decant_b.", "decant_s.") + " AND NOT (" +
           row_differs(in_) + ")))";
  }

  // PostgreSQL refuses them itself, row by row; in DuckDB a refusal ends the transaction.
  bool refuses_moved_keys() const {
    return in_.dialect == Dialect::kDuckDb && plan_.method == LoadMethod::kReplaceByKey &&
           plan_.rejects_moved_keys;
  }

  std::string refuse_moved() const {
    const std::string own = select_chunk_rows(in_, select_locator(in_.dialect, "decant_t"));
    return "INSERT INTO " + in_.temporary("decant_refused") +
           " SELECT decant_s.decant_row, 'unique' FROM (" + staged(true) +
           ") AS decant_s WHERE EXISTS (SELECT 1 FROM " + table_ + " AS decant_t WHERE " +
           same_key("decant_t.", "decant_s.") +
           " AND decant_t.rowid NOT IN (SELECT decant_o.decant_locator FROM (" + own +
           ") AS decant_o))";
  }

  // Copies rows of `relation` (its chunk is decant_d.decant_chunk) into the undo table.
  std::string keep(const std::string& relation, const std::string& operation,
                   const std::vector<std::string>& columns, const std::string& values) const {
    std::string names;
    for (int position : in_.chunks) {
      names += (names.empty() ? "(" : ", (") + std::to_string(position) + ", " +
               quote_literal(plan_.chunks[static_cast<std::size_t>(position)].name().value) + ")";
    }
    return "INSERT INTO " + quote_table(in_.undo_table) + " (" + std::string(k_undo_run) + ", " +
           std::string(k_undo_task) + ", " + std::string(k_undo_chunk) + ", " +
           std::string(k_undo_operation) + ", " + quoted_list(columns) + ") SELECT " +
           quote_literal(plan_.run_id) + ", " + std::to_string(plan_.task_id) +
           ", decant_c.decant_name, " + operation + ", " + values + " FROM (" + relation +
           ") AS decant_d JOIN (VALUES " + names +
           ") AS decant_c(decant_chunk, decant_name) ON decant_c.decant_chunk = "
           "decant_d.decant_chunk";
  }

  static std::string numbered(std::string_view prefix, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
      out += (i ? ", " : "") + std::string(prefix) + std::to_string(i);
    return out;
  }

  // How an old row of the diff is found again in the table: DuckDB may hold a key twice and knows
  // the row itself; PostgreSQL's key is unique and, unlike ctid, does not move under a concurrent
  // update. Store and range of the old row stand beside the key, so that no row of another chunk is
  // met even where the table has lost its index.
  std::string same_row() const {
    if (in_.dialect == Dialect::kDuckDb) return is_located(in_.dialect, "decant_d", "decant_t");
    std::string out;
    const std::vector<std::string>& key = entity_.write.key;
    for (const std::string& name : key) {
      out += (out.empty() ? "" : " AND ") + old_value(name, " = ");
    }
    if (plan_.method != LoadMethod::kReplaceByKey) return out;
    for (const std::string& name : {entity_.store_column, entity_.range_column}) {
      if (!name.empty() && !contains(key, name)) {
        out += " AND " + old_value(name, " IS NOT DISTINCT FROM ");
      }
    }
    return out;
  }

  bool key_may_be_null() const {
    return std::any_of(
        entity_.write.key.begin(), entity_.write.key.end(),
        [&](const std::string& name) { return contains(in_.nullable_columns, name); });
  }

  // No `=` finds a row that has no value in its key.
  std::string delete_without_key() const {
    std::string has_null;
    for (const std::string& name : entity_.write.key)
      has_null += (has_null.empty() ? "" : " OR ") + old_column(name) + " IS NULL";
    return "DELETE FROM " + table_ + " AS decant_t USING " + in_.temporary("decant_diff") +
           " AS decant_d WHERE decant_d.decant_operation = 'deleted' "
           "AND (" +
           has_null + ") AND " + is_located(in_.dialect, "decant_d", "decant_t");
  }

  std::string old_value(const std::string& name, const std::string& is) const {
    return "decant_t." + quote_identifier(name) + is + old_column(name);
  }

  std::string old_column(const std::string& name) const {
    const auto at = std::find(in_.table_columns.begin(), in_.table_columns.end(), name);
    return "decant_d.o" + std::to_string(at - in_.table_columns.begin());
  }

  // Rows of which no indexed column changes are written without naming any.
  std::vector<std::string> update_rows() const {
    std::string assignments, plain, changes;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool is_fixed = contains(in_.fixed_columns, columns_[i]);
      if (is_fixed || !is_written_on_update(in_, entity_.columns[i])) continue;
      const std::string set = quote_identifier(columns_[i]) + " = decant_d.n" + std::to_string(i);
      assignments += (assignments.empty() ? "" : ", ") + set;
      if (contains(in_.indexed_columns, columns_[i])) {
        changes += (changes.empty() ? "" : " OR ") + old_column(columns_[i]) +
                   " IS DISTINCT FROM decant_d.n" + std::to_string(i);
      } else {
        plain += (plain.empty() ? "" : ", ") + set;
      }
    }
    if (assignments.empty()) return {};
    if (in_.unique_moves == UniqueMoves::kParked)
      return {update(parked_columns(in_), " AND " + changes_unique_values(in_)),
              update(assignments, {})};
    if (in_.unique_moves == UniqueMoves::kReplaced)
      return {update(assignments, " AND NOT " + changes_unique_values(in_)),
              replace_rows(in_, same_row())};
    if (changes.empty()) return {update(assignments, {})};
    std::vector<std::string> out;
    if (!plain.empty()) out.push_back(update(plain, " AND NOT (" + changes + ")"));
    out.push_back(update(assignments, " AND (" + changes + ")"));
    return out;
  }

  std::string update(const std::string& assignments, const std::string& also) const {
    return "UPDATE " + table_ + " AS decant_t SET " + assignments + " FROM " +
           in_.temporary("decant_diff") +
           " AS decant_d WHERE decant_d.decant_operation = 'updated' AND " + same_row() + also;
  }

  std::vector<std::string> apply_diff() const {
    std::vector<std::string> out;
    out.push_back(keep(
        "SELECT * FROM " + in_.temporary("decant_diff") + " WHERE decant_operation <> 'inserted'",
        "decant_d.decant_operation", in_.table_columns,
        numbered("decant_d.o", in_.table_columns.size())));
    out.push_back(keep(
        "SELECT * FROM " + in_.temporary("decant_diff") + " WHERE decant_operation = 'inserted'",
        "decant_d.decant_operation", columns_, numbered("decant_d.n", columns_.size())));
    if (plan_.method == LoadMethod::kReplaceByKey) {
      out.push_back("DELETE FROM " + table_ + " AS decant_t USING " + in_.temporary("decant_diff") +
                    " AS decant_d WHERE decant_d.decant_operation = "
                    "'deleted' AND " +
                    same_row());
      if (key_may_be_null()) out.push_back(delete_without_key());
    }
    if (plan_.method != LoadMethod::kInsert) append_all(update_rows(), out);
    out.push_back("INSERT INTO " + table_ + " (" + quoted_list(columns_) + ")" +
                  std::string(overriding()) + " SELECT " + numbered("decant_d.n", columns_.size()) +
                  " FROM " + in_.temporary("decant_diff") +
                  " AS decant_d WHERE decant_d.decant_operation = 'inserted'");
    return out;
  }

  const LoadSqlInput& in_;
  const LoadPlan& plan_;
  const EntityPlan& entity_;
  std::string table_;
  std::vector<std::string> columns_;
};

}  // namespace

std::string text_of_table(const LoadSqlInput& load, const std::string& column,
                          const std::string& value) {
  const auto array = load.array_columns.find(column);
  if (array == load.array_columns.end()) return "CAST(" + value + " AS TEXT)";
  return "CAST(CAST(" + value + " AS " + array->second + ") AS TEXT)";
}

std::string LoadSqlInput::temporary(std::string_view name) const {
  return decant::temporary(dialect, name);
}

LoadStatements load_statements(const LoadSqlInput& input) {
  const Builder builder(input);
  switch (input.plan->method) {
    case LoadMethod::kAppend:
      return builder.append();
    case LoadMethod::kReplaceRange:
      return builder.replace_range();
    default:
      return builder.by_key();
  }
}

}  // namespace decant
