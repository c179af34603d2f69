#include "common/connector/key_sql.h"

#include "common/connector/duckdb_names.h"
#include "common/connector/load_sql.h"
#include "common/connector/range_sql.h"
#include "common/digest/digest.h"

namespace decant {
namespace {

std::string listed(const std::vector<std::string>& names, std::string_view prefix = {}) {
  std::string out;
  for (const std::string& name : names)
    out += (out.empty() ? "" : ", ") + std::string(prefix) + quote_identifier(name);
  return out;
}

}  // namespace

std::string same_key(const EntityPlan& plan, std::string_view left, std::string_view right) {
  std::string out;
  for (const std::string& name : plan.write.key) {
    out += (out.empty() ? "" : " AND ") + std::string(left) + quote_identifier(name) + " = " +
           std::string(right) + quote_identifier(name);
  }
  return out;
}

bool keeps_keys(const EntityPlan& plan) { return plan.write.mode != WriteMode::kReplace; }

std::string key_table_name(std::string_view ledger_schema, const EntityPlan& plan) {
  std::string identity = plan.write.table;
  for (const std::string& column : plan.write.key) identity += '\n' + column;
  return std::string(ledger_schema) + ".keys_" + sha256_hex(identity).substr(0, 12);
}

std::vector<std::string> create_key_table(Dialect dialect, const std::string& key_table,
                                          const EntityPlan& plan) {
  const std::string owner(k_owner_column);
  std::vector<std::string> out = {"CREATE TABLE IF NOT EXISTS " + new_table(dialect, key_table) +
                                  " AS SELECT " + listed(plan.write.key, "decant_t.") +
                                  ", CAST(NULL AS BIGINT) AS " + owner + " FROM " +
                                  quote_table(plan.write.table) + " AS decant_t WITH NO DATA"};
  if (dialect == Dialect::kPostgres) {
    const std::string bare = key_table.substr(key_table.rfind('.') + 1);
    out.push_back("CREATE INDEX IF NOT EXISTS " + quote_identifier(bare + "_owner") + " ON " +
                  quote_table(key_table) + " (" + owner + ")");
  }
  return out;
}

std::int64_t key_owner(std::string_view job, const ChunkSpec& chunk) {
  return key_owner(job, chunk.name());
}

std::int64_t key_owner(std::string_view job, const ChunkName& chunk) {
  const std::string digest = sha256_hex(std::string(job) + '\n' + chunk.value);
  return static_cast<std::int64_t>(std::stoull(digest.substr(0, 16), nullptr, 16));
}

std::string owners_by_position(const LoadPlan& plan, const std::vector<int>& chunks) {
  std::string positions;
  for (const int position : chunks) {
    const std::int64_t owner = key_owner(plan.job, plan.chunks[static_cast<std::size_t>(position)]);
    positions += (positions.empty() ? "(" : ", (") + std::to_string(position) + ", CAST(" +
                 std::to_string(owner) + " AS BIGINT))";
  }
  return positions;
}

std::string is_own_key(const LoadPlan& plan, const std::vector<int>& chunks,
                       const std::string& key_table, const std::string& alias) {
  if (key_table.empty()) return "FALSE";
  const std::string owner(k_owner_column);
  const std::string chunk(k_chunk_column);
  return "EXISTS (SELECT 1 FROM " + quote_table(key_table) + " AS decant_k JOIN (VALUES " +
         owners_by_position(plan, chunks) + ") AS decant_o(" + chunk + ", " + owner +
         ") ON decant_o." + owner + " = decant_k." + owner + " WHERE decant_o." + chunk + " = " +
         alias + chunk + " AND " + same_key(plan.entity, "decant_k.", alias) + ")";
}

std::vector<std::string> write_keys(const LoadPlan& plan, const std::vector<int>& chunks,
                                    const std::string& key_table, const std::string& rows) {
  std::string owners;
  for (const int position : chunks) {
    owners += (owners.empty() ? "" : ", ") +
              std::to_string(key_owner(plan.job, plan.chunks[static_cast<std::size_t>(position)]));
  }
  const std::string positions = owners_by_position(plan, chunks);
  const std::vector<std::string>& key = plan.entity.write.key;
  const std::string owner(k_owner_column);
  return {"DELETE FROM " + quote_table(key_table) + " WHERE " + owner + " IN (" + owners + ")",
          "INSERT INTO " + quote_table(key_table) + " (" + listed(key) + ", " + owner +
              ") SELECT " + listed(key, "decant_r.") + ", decant_o." + owner + " FROM (" + rows +
              ") AS decant_r JOIN (VALUES " + positions + ") AS decant_o(" +
              std::string(k_chunk_column) + ", " + owner + ") ON decant_o." +
              std::string(k_chunk_column) + " = decant_r." + std::string(k_chunk_column)};
}

std::string select_owned_rows(const EntityPlan& plan, std::string_view job,
                              std::string_view ledger_schema,
                              const std::vector<ChunkSpec>& chunks) {
  std::string owners;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    owners += (i ? ", (CAST(" : "(CAST(") + std::to_string(key_owner(job, chunks[i])) +
              " AS BIGINT), " + std::to_string(i) + ")";
  }
  std::vector<std::string> columns;
  for (const ColumnPlan& column : plan.columns) columns.push_back(column.name);
  const std::string owner(k_owner_column);
  const std::string chunk(k_chunk_column);
  if (chunks.empty()) {  // no list of values is empty
    return "SELECT " + listed(columns, "decant_t.") + ", 0 AS " + chunk + " FROM " +
           quote_table(plan.write.table) + " AS decant_t WHERE FALSE";
  }
  return "SELECT " + listed(columns, "decant_t.") + ", decant_o." + chunk + " FROM (VALUES " +
         owners + ") AS decant_o(" + owner + ", " + chunk + ") JOIN " +
         quote_table(key_table_name(ledger_schema, plan)) + " AS decant_k ON decant_k." + owner +
         " = decant_o." + owner + " JOIN " + quote_table(plan.write.table) + " AS decant_t ON " +
         same_key(plan, "decant_t.", "decant_k.");
}

std::string select_claimed_rows(const EntityPlan& plan, std::string_view job,
                                std::string_view ledger_schema, const ChunkSpec& chunk) {
  std::vector<std::string> columns;
  for (const ColumnPlan& column : plan.columns) columns.push_back(column.name);
  return "SELECT " + listed(columns, "decant_t.") + " FROM " +
         quote_table(key_table_name(ledger_schema, plan)) + " AS decant_k JOIN " +
         quote_table(plan.write.table) + " AS decant_t ON " +
         same_key(plan, "decant_t.", "decant_k.") + " WHERE decant_k." +
         std::string(k_owner_column) + " = " + std::to_string(key_owner(job, chunk));
}

std::vector<std::string> split_keys(Dialect dialect, const EntityPlan& plan, std::string_view job,
                                    std::string_view ledger_schema, const ChunkSpec& whole,
                                    const std::vector<ChunkSpec>& parts) {
  std::vector<std::string> out;
  const std::string owner(k_owner_column);
  const std::int64_t from = key_owner(job, whole);
  for (const ChunkSpec& part : parts) {
    const std::int64_t to = key_owner(job, part);
    if (to == from) continue;
    out.push_back("UPDATE " + quote_table(key_table_name(ledger_schema, plan)) +
                  " AS decant_k SET " + owner + " = " + std::to_string(to) + " FROM " +
                  quote_table(plan.write.table) + " AS decant_t WHERE decant_k." + owner + " = " +
                  std::to_string(from) + " AND " + same_key(plan, "decant_t.", "decant_k.") +
                  " AND " + chunk_condition(dialect, plan, part, "decant_t"));
  }
  return out;
}

namespace {

// The begin or end of what is selected, which may depend on a row's store.
std::string limit_of(Dialect dialect, const EntityPlan& plan, const SelectedRanges& selected,
                     const std::vector<std::string>& stores,
                     std::optional<std::int64_t> ValueRange::*side) {
  const auto literal = [&](std::string_view store) {
    return range_literal(dialect, plan.range_kind, *(selected.of(store).*side));
  };
  // Without a store column one store alone feeds the table.
  if (plan.store_column.empty()) return literal(stores.empty() ? std::string() : stores.front());
  if (selected.are_alike()) return literal({});
  std::string by_store = "CASE";
  for (const std::string& store : selected.exceptions())
    by_store += " WHEN " + is_of_store(dialect, plan, store) + " THEN " + literal(store);
  return by_store + " ELSE " + literal({}) + " END";
}

// The condition of a table's rows that are selected; empty for all.
std::string are_selected(Dialect dialect, const EntityPlan& plan, const SelectedRanges& selected,
                         const std::vector<std::string>& stores) {
  std::string where;
  const auto also = [&](const std::string& text) {
    where += (where.empty() ? " WHERE " : " AND ") + text;
  };
  const ValueRange& any = selected.of({});
  const auto limit = [&](std::optional<std::int64_t> ValueRange::*side) {
    return any.*side ? limit_of(dialect, plan, selected, stores, side) : std::string();
  };
  if (plan.has_ranges() && !selected.is_open()) {
    also(in_range(quote_identifier(plan.range_column), plan.range_kind,
                  {limit(&ValueRange::begin), limit(&ValueRange::end)}));
  }
  if (!plan.store_column.empty() && !stores.empty()) also(is_of_stores(dialect, plan, stores));
  return where;
}

}  // namespace

std::string count_rows(Dialect dialect, const EntityPlan& plan, const SelectedRanges& selected,
                       const std::vector<std::string>& stores) {
  return "SELECT count(*) FROM " + quote_table(plan.write.table) +
         are_selected(dialect, plan, selected, stores);
}

std::string count_unclaimed_rows(Dialect dialect, const EntityPlan& plan,
                                 std::string_view ledger_schema, const SelectedRanges& selected,
                                 const std::vector<std::string>& stores) {
  return "SELECT count(*) FROM (SELECT * FROM " + quote_table(plan.write.table) +
         are_selected(dialect, plan, selected, stores) +
         ") AS decant_t WHERE NOT EXISTS (SELECT 1 FROM " +
         quote_table(key_table_name(ledger_schema, plan)) + " AS decant_k WHERE decant_k." +
         std::string(k_owner_column) + " <> 0 AND " + same_key(plan, "decant_k.", "decant_t.") +
         ")";
}

}  // namespace decant
