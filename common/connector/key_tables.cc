#include "common/connector/key_tables.h"

#include <algorithm>

#include "common/connector/duckdb_names.h"
#include "common/connector/key_sql.h"
#include "common/digest/digest.h"

namespace decant {
namespace {

std::string listed_keys(const EntityPlan& plan) {
  std::string out;
  for (const std::string& name : plan.write.key) out += quote_identifier(name) + ", ";
  return out;
}

// A column of the table with the type beneath its domain, which may refuse what is kept of it.
std::string bare(const std::string& name, const ColumnTypes& table) {
  const auto type = table.find(name);
  const std::string column = "decant_t." + quote_identifier(name);
  return type == table.end() ? column : "CAST(" + column + " AS " + type->second.type + ")";
}

std::string owner() { return std::string(k_owner_column); }

std::string create_wait_table(Dialect dialect, const std::string& name, const EntityPlan& plan,
                              const ColumnTypes& table) {
  std::string columns;
  for (const std::string& key : plan.write.key)
    columns += bare(key, table) + " AS " + quote_identifier(key) + ", ";
  const std::string latest =
      plan.write.latest_by.empty() ? "CAST(NULL AS TEXT)" : bare(plan.write.latest_by, table);
  return "CREATE TABLE " + new_table(dialect, name) + " AS SELECT " + columns +
         "CAST(NULL AS BIGINT) AS " + owner() + ", " + latest +
         " AS decant_latest, CAST(NULL AS TEXT) AS decant_by, FALSE AS decant_free FROM " +
         quote_table(plan.write.table) + " AS decant_t WITH NO DATA";
}

// Whoever waits there waits in the other table, too, and is judged again.
std::string take_waits(const std::string& from, const std::string& to, const EntityPlan& plan) {
  const std::string columns = listed_keys(plan) + owner();
  return "INSERT INTO " + quote_table(to) + " (" + columns + ", decant_by, decant_free) SELECT " +
         columns + ", '', TRUE FROM " + quote_table(from);
}

std::string drop(const std::string& table) { return "DROP TABLE " + quote_table(table); }

// Both as a column of both has them, or neither.
std::pair<const ColumnType*, const ColumnType*> of_both(const std::string& column,
                                                        const ColumnTypes& table,
                                                        const ColumnTypes& kept) {
  const auto now = table.find(column);
  const auto before = kept.find(column);
  if (now == table.end() || before == kept.end()) return {};
  return {&now->second, &before->second};
}

bool is_other_type(const std::string& column, const ColumnTypes& table, const ColumnTypes& kept) {
  const auto [now, before] = of_both(column, table, kept);
  return now != nullptr && now->type != before->type;
}

// PostgreSQL has no TRY_CAST: a function of the session, which stands in for it.
constexpr std::string_view k_try_cast = "pg_temp.decant_try_cast";

std::vector<std::string> make_try_cast(const std::string& type) {
  return {"DROP FUNCTION IF EXISTS " + std::string(k_try_cast) + "(TEXT)",
          "CREATE FUNCTION " + std::string(k_try_cast) + "(value TEXT) RETURNS " + type +
              " LANGUAGE plpgsql AS 'BEGIN RETURN CAST(value AS " + type +
              "); EXCEPTION WHEN data_exception THEN RETURN NULL; END'"};
}

// Keys become what ALTER TABLE made of the table's own.
void alter_keys(Dialect dialect, Casts casts, const std::string& name, const EntityPlan& plan,
                const ColumnTypes& table, const ColumnTypes& kept, std::vector<std::string>& out) {
  for (const std::string& key : plan.write.key) {
    const auto [now, before] = of_both(key, table, kept);
    if (now == nullptr || *now == *before) continue;
    const std::string& type = now->type;
    const std::string collate = now->collation.empty() ? "" : " COLLATE " + now->collation;
    const std::string column = quote_identifier(key);
    std::string value =
        (casts == Casts::kWhatCanBe ? "TRY_CAST(" : "CAST(") + column + " AS " + type + ")";
    if (casts == Casts::kWhatCanBe && dialect == Dialect::kPostgres) {
      for (std::string& sql : make_try_cast(type)) out.push_back(std::move(sql));
      value = std::string(k_try_cast) + "(CAST(" + column + " AS TEXT))";
    }
    out.push_back("ALTER TABLE " + quote_table(name) + " ALTER COLUMN " + column + " TYPE " + type +
                  collate + " USING " + value);
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
                                        const EntityPlan& plan, const KeyTableTypes& found,
                                        Casts casts) {
  const std::string keys = key_table_name(ledger_schema, plan);
  const std::string waits = wait_table_name(ledger_schema, plan);
  std::vector<std::string> out;
  if (found.keys.empty()) out = create_key_table(dialect, keys, plan);
  alter_keys(dialect, casts, keys, plan, found.table, found.keys, out);
  if (found.waits.empty()) out.push_back(create_wait_table(dialect, waits, plan, found.table));
  alter_keys(dialect, casts, waits, plan, found.table, found.waits, out);
  if (!found.waits.empty() && !has_form_of(plan, found.table, found.waits)) {
    const std::string fresh = waits + "_new";
    out.push_back(create_wait_table(dialect, fresh, plan, found.table));
    out.push_back(take_waits(waits, fresh, plan));
    out.push_back(drop(waits));
    out.push_back("ALTER TABLE " + quote_table(fresh) + " RENAME TO " +
                  quote_identifier(waits.substr(waits.rfind('.') + 1)));
  }
  if (!found.earlier_waits.empty()) {
    const std::string earlier = earlier_wait_table_name(ledger_schema, plan);
    alter_keys(dialect, casts, earlier, plan, found.table, found.earlier_waits, out);
    out.push_back(take_waits(earlier, waits, plan));
    out.push_back(drop(earlier));
  }
  return out;
}

KeptKeys kept_keys(Dialect dialect, std::string_view ledger_schema, const EntityPlan& plan,
                   const KeyTableTypes& found) {
  if (found.keys.empty()) return KeptKeys::kNone;
  const bool fit = fit_key_tables(dialect, ledger_schema, plan, found, Casts::kAll).empty();
  return fit ? KeptKeys::kFit : KeptKeys::kAltered;
}

}  // namespace decant
