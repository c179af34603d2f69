#include "coordinator/control/table_checks.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/connector/sql_session.h"
#include "common/job/foreign_type.h"

namespace decant {
namespace {

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + quote_identifier(name);
  return out;
}

// DuckDB's indexes take no lists and structures. Said before a load that would end with it.
Status check_enforceable(const WriteSpec& write, const TableShape& table) {
  if (!write.enforce || !table.compares_as_text || has_unique_key(write, table)) return {};
  for (const std::string& name : write.key) {
    const int column = table.schema.find(name);
    if (column < 0) continue;
    const std::string& type = table.schema.fields[static_cast<std::size_t>(column)].foreign;
    const bool is_nested =
        type.ends_with(']') || type.starts_with("STRUCT(") || type.starts_with("MAP(");
    if (!is_nested) continue;
    return fail(ErrorCode::kMismatch,
                "The column \"" + name + "\" of the table " + write.table + " is " + type +
                    ", which no key of DuckDB can be enforced over.",
                "Leave `enforce` out: the key is then checked after each run.");
  }
  return {};
}

}  // namespace

bool has_unique_key(const WriteSpec& write, const TableShape& table) {
  return !write.key.empty() &&
         std::any_of(table.unique_keys.begin(), table.unique_keys.end(), [&](const auto& unique) {
           return std::is_permutation(unique.begin(), unique.end(), write.key.begin(),
                                      write.key.end());
         });
}

bool has_columns(const TableShape& table, const std::vector<std::string>& names) {
  return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return table.schema.find(name) >= 0;
  });
}

bool is_unkeyed(const TableRecord& table) {
  return table.made_by_us &&
         (table.state == TableState::kLoading || table.state == TableState::kKeying);
}

Status check_unique_key(const WriteSpec& write, const TableShape& table,
                        const std::optional<TableRecord>& known) {
  for (const std::string& name : write.key) {
    const auto& loose = table.loose_columns;
    if (std::find(loose.begin(), loose.end(), name) == loose.end()) continue;
    return fail(ErrorCode::kMismatch,
                "The column \"" + name + "\" of the table " + write.table +
                    " takes values for equal that differ (it has a collation, or holds intervals): "
                    "as a key, one row could take the place of another.",
                "Load a table in which the key is compared exactly, or give it another key.");
  }
  DECANT_TRY(check_enforceable(write, table));
  if (table.takes_no_rows) {
    return fail(ErrorCode::kMismatch,
                write.table + " is a view, and has no INSTEAD OF trigger that would take the rows.",
                "Load the table behind it: name that in write.table.");
  }
  if (write.key.empty() || !table.needs_unique_index) return {};
  // A table that is found empty by its first run gets its key from us.
  if (known ? is_unkeyed(*known) : !table.has_rows) return {};
  for (const std::string& name : write.key) {
    if (table.schema.find(name) >= 0) continue;
    std::vector<std::string> names;
    for (const Field& field : table.schema.fields) names.push_back(field.name);
    const std::string near = nearest(name, names);
    return fail(
        ErrorCode::kUsage,
        "\"key\" names the column \"" + name + "\", which the table " + write.table +
            " does not have.",
        near.empty() ? "It has " + join(names, ", ") + "." : "Did you mean \"" + near + "\"?");
  }
  if (has_unique_key(write, table)) return {};
  if (table.is_view) {
    return fail(ErrorCode::kMismatch,
                write.table + " is a view, which can have no unique index on the key (" +
                    join(write.key, ", ") + "), and one key could stand for several of its rows.",
                "Load the table behind it: name that in write.table.");
  }
  return fail(ErrorCode::kMismatch,
              "The table " + write.table + " has no unique index on the key (" +
                  join(write.key, ", ") + "), and one key could stand for several of its rows.",
              "Make it: CREATE UNIQUE INDEX ON " + quote_table(write.table) + " (" +
                  quoted_list(write.key) + "); or give write.key the columns of an index it has.");
}

Status check_latest_by(const WriteSpec& write, const TableShape& table) {
  const int column = write.latest_by.empty() ? -1 : table.schema.find(write.latest_by);
  if (column < 0 || !table.compares_as_text) return {};
  const Field& field = table.schema.fields[static_cast<std::size_t>(column)];
  if (field.foreign.empty() || field.type.kind != TypeKind::kText) return {};
  return fail(ErrorCode::kMismatch,
              "\"latest_by\" compares \"" + field.name + "\", which is " + field.foreign +
                  " in the table " + write.table + " and would be compared as its text.",
              "Give it a column of numbers, times or texts.");
}

Status check_shared_tables(const JobSpec& job, const std::map<std::string, std::string>& names) {
  for (auto second = job.entities.begin(); second != job.entities.end(); ++second) {
    for (auto first = job.entities.begin(); first != second; ++first) {
      if (names.at(first->write.table) != names.at(second->write.table)) continue;
      if (first->write.mode != WriteMode::kReplace && second->write.mode != WriteMode::kReplace)
        continue;
      return fail(ErrorCode::kUsage,
                  "Entities \"" + first->name + "\" and \"" + second->name +
                      "\" both write the table " + names.at(second->write.table) +
                      ", and one would replace the other's rows.",
                  "Give each its own table, or use \"mode: upsert\" for both.");
    }
  }
  return {};
}

Status check_made_together(const EntityPlan& first, const EntityPlan& second) {
  const auto refuse = [&](const std::string& what, const std::string& advice) {
    return fail(ErrorCode::kUsage,
                "Entities \"" + first.entity + "\" and \"" + second.entity +
                    "\" both write the new table " + first.write.table + ", " + what + ".",
                advice);
  };
  if (first.write.key != second.write.key) {
    return refuse("but their keys are (" + join(first.write.key, ", ") + ") and (" +
                      join(second.write.key, ", ") + ")",
                  "Give both the same write.key.");
  }
  const Schema made = first.target_schema();
  const Schema wanted = second.target_schema();
  std::vector<std::string> lacking;
  for (const Field& field : wanted.fields) {
    if (made.find(field.name) < 0) lacking.push_back(field.name);
  }
  if (!lacking.empty()) {
    return refuse("which is made with the columns of \"" + first.entity + "\" and would lack " +
                      join(lacking, ", "),
                  "Make the table with all columns before the run, or give both entities the same "
                  "columns.");
  }
  for (const Field& field : made.fields) {
    if (field.nullable || wanted.find(field.name) >= 0) continue;
    return refuse(
        "whose column " + field.name + " takes no NULL as \"" + first.entity + "\" has it, and \"" +
            second.entity + "\" does not fill it",
        "Give it a source column or a constant under `columns:` of \"" + second.entity + "\".");
  }
  return {};
}

Status check_same_table(const EntitySpec& entity, const std::string& name,
                        const std::vector<std::string>& loaded) {
  for (const std::string& other : loaded) {
    if (other == name) continue;
    return fail(ErrorCode::kUsage,
                "The entity \"" + entity.name + "\" was loaded into " + other +
                    ", and the job now names " + name + ".",
                "Put the table back, or give the entity or the job another name; if the rows of " +
                    other + " shall go, empty it first: decant reset with the job as it was.");
  }
  return {};
}

Status check_outside_ledger(const JobSpec& job, const std::map<std::string, std::string>& names) {
  for (const EntitySpec& entity : job.entities) {
    const std::string& table = entity.write.table;
    if (names.at(table).rfind(job.ledger_schema + ".", 0) != 0) continue;
    return fail(ErrorCode::kUsage,
                "The table " + table + " of the entity \"" + entity.name + "\" is " +
                    names.at(table) + ", which lies in the schema of the ledger.",
                table.find('.') == std::string::npos
                    ? "Write its schema in the job, like \"table: public." + table +
                          "\", or give another ledger_schema."
                    : std::string("Name another schema for it, or give another ledger_schema."));
  }
  return {};
}

Status check_deletable(const EntityPlan& plan, const TableShape& table) {
  if (plan.write.mode != WriteMode::kReplace || plan.has_key()) return {};
  if (!table.has_cascading_children && !table.has_delete_trigger) return {};
  return fail(ErrorCode::kMismatch,
              plan.write.table +
                  " has no key in the job and rows of other tables or a trigger "
                  "depend on its deletions.",
              "Give write.key, so that only differences are applied.");
}

Status check_store_type(const EntityPlan& plan, const TableShape& table) {
  const int column = plan.store_column.empty() ? -1 : table.schema.find(plan.store_column);
  if (column < 0 || table.compares_as_text) return {};
  const std::string& type = table.schema.fields[static_cast<std::size_t>(column)].foreign;
  if (type.empty() || is_text_type(type)) return {};
  return fail(ErrorCode::kMismatch,
              "The store column \"" + plan.store_column + "\" of the table " + plan.write.table +
                  " is " + type + ", in which no text names a store.",
              "Make it text, an integer or a UUID.");
}

Status check_required_columns(const EntityPlan& plan, const TableShape& table) {
  for (const std::string& name : table.required) {
    const bool is_filled = std::any_of(plan.columns.begin(), plan.columns.end(),
                                       [&](const ColumnPlan& c) { return c.name == name; });
    if (is_filled) continue;
    return fail(
        ErrorCode::kMismatch,
        "The column \"" + name + "\" of " + plan.write.table +
            " takes no NULL and has no default, and nothing fills it.",
        "Give it a source column or a constant under `columns:`, or a default in the table.");
  }
  return {};
}

}  // namespace decant
