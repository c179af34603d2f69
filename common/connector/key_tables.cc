#include "common/connector/key_tables.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/digest/digest.h"

namespace decant {
namespace {

std::string listed_keys(const EntityPlan& plan, std::string_view alias) {
  std::string out;
  for (const std::string& name : plan.write.key)
    out += std::string(alias) + quote_identifier(name) + ", ";
  return out;
}

std::string latest_of(const EntityPlan& plan) {
  return plan.write.latest_by.empty() ? "CAST(NULL AS TEXT)"
                                      : "t." + quote_identifier(plan.write.latest_by);
}

std::string owner() { return std::string(k_owner_column); }

std::string create_wait_table(const std::string& name, const EntityPlan& plan) {
  return "CREATE TABLE " + quote_table(name) + " AS SELECT " + listed_keys(plan, "t.") +
         "CAST(NULL AS BIGINT) AS " + owner() + ", " + latest_of(plan) +
         " AS decant_latest, CAST(NULL AS TEXT) AS decant_by, FALSE AS decant_free FROM " +
         quote_table(plan.write.table) + " AS t WITH NO DATA";
}

// Whoever waits there waits in the other table, too, and is judged again.
std::string take_waits(const std::string& from, const std::string& to, const EntityPlan& plan) {
  const std::string columns = listed_keys(plan, "") + owner();
  return "INSERT INTO " + quote_table(to) + " (" + columns + ", decant_by, decant_free) SELECT " +
         columns + ", '', TRUE FROM " + quote_table(from);
}

std::string drop(const std::string& table) { return "DROP TABLE " + quote_table(table); }

bool is_other_type(const std::string& column, const ColumnTypes& table, const ColumnTypes& kept) {
  const auto now = table.find(column);
  const auto before = kept.find(column);
  return now != table.end() && before != kept.end() && now->second != before->second;
}

// As ALTER TABLE made the table's own keys what they are; DuckDB's TRY_CAST: a key that is none any
// more is no claim.
void alter_keys(Dialect dialect, const std::string& name, const EntityPlan& plan,
                const ColumnTypes& table, const ColumnTypes& kept, std::vector<std::string>& out) {
  for (const std::string& key : plan.write.key) {
    if (!is_other_type(key, table, kept)) continue;
    const std::string& type = table.at(key);
    out.push_back("ALTER TABLE " + quote_table(name) + " ALTER COLUMN " + quote_identifier(key) +
                  " TYPE " + type + " USING " +
                  (dialect == Dialect::kDuckDb ? "TRY_CAST(" : "CAST(") + quote_identifier(key) +
                  " AS " + type + ")");
  }
}

bool has_form_of(const EntityPlan& plan, const ColumnTypes& table, const ColumnTypes& waits) {
  if (!waits.contains("decant_by")) return false;
  const auto latest = table.find(plan.write.latest_by);
  return plan.write.latest_by.empty() || latest == table.end() ||
         waits.at("decant_latest") == latest->second;
}

}  // namespace

bool have_same_types(const std::vector<std::string>& columns, const ColumnTypes& table,
                     const ColumnTypes& kept) {
  return std::none_of(columns.begin(), columns.end(),
                      [&](const std::string& name) { return is_other_type(name, table, kept); });
}

std::string wait_table_name(std::string_view ledger_schema, const EntityPlan& plan) {
  std::string identity = plan.write.table;
  for (const std::string& column : plan.write.key) identity += '\n' + column;
  return std::string(ledger_schema) + ".waits_" + sha256_hex(identity).substr(0, 12);
}

std::string earlier_wait_table_name(std::string_view ledger_schema, const EntityPlan& plan) {
  std::string identity = plan.write.table;
  for (const std::string& column : plan.write.key) identity += '\n' + column;
  identity += "\n\n" + plan.write.latest_by;
  return std::string(ledger_schema) + ".waits_" + sha256_hex(identity).substr(0, 12);
}

std::vector<std::string> fit_key_tables(Dialect dialect, std::string_view ledger_schema,
                                        const EntityPlan& plan, const KeyTableTypes& found) {
  const std::string keys = key_table_name(ledger_schema, plan);
  const std::string waits = wait_table_name(ledger_schema, plan);
  std::vector<std::string> out;
  if (found.keys.empty()) out = create_key_table(dialect, keys, plan);
  alter_keys(dialect, keys, plan, found.table, found.keys, out);
  if (found.waits.empty()) out.push_back(create_wait_table(waits, plan));
  alter_keys(dialect, waits, plan, found.table, found.waits, out);
  if (!found.waits.empty() && !has_form_of(plan, found.table, found.waits)) {
    const std::string fresh = waits + "_new";
    out.push_back(create_wait_table(fresh, plan));
    out.push_back(take_waits(waits, fresh, plan));
    out.push_back(drop(waits));
    out.push_back("ALTER TABLE " + quote_table(fresh) + " RENAME TO " +
                  quote_identifier(waits.substr(waits.rfind('.') + 1)));
  }
  if (!found.earlier_waits.empty()) {
    const std::string earlier = earlier_wait_table_name(ledger_schema, plan);
    alter_keys(dialect, earlier, plan, found.table, found.earlier_waits, out);
    out.push_back(take_waits(earlier, waits, plan));
    out.push_back(drop(earlier));
  }
  return out;
}

}  // namespace decant
