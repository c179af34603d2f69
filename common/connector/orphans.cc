#include "common/connector/orphans.h"

#include <cstdlib>

#include "common/base/text.h"
#include "common/connector/diff_columns.h"

namespace decant {
namespace {

constexpr char k_separator = '\x1f';

constexpr const char* k_foreign_keys = R"(
SELECT f.conname, f.confrelid::regclass::text, CASE WHEN f.conrelid = f.confrelid THEN 'true' END,
       array_to_string(ARRAY(SELECT a.attname FROM unnest(f.conkey) WITH ORDINALITY AS k(number, position)
                             JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = k.number
                             ORDER BY k.position), chr(31)),
       array_to_string(ARRAY(SELECT a.attname FROM unnest(f.confkey) WITH ORDINALITY AS k(number, position)
                             JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number
                             ORDER BY k.position), chr(31)),
       array_to_string(ARRAY(SELECT coalesce(quote_ident(n.nspname) || '.' || quote_ident(c.collname), '')
                             FROM unnest(f.confkey) WITH ORDINALITY AS k(number, position)
                             JOIN pg_attribute AS a ON a.attrelid = f.confrelid AND a.attnum = k.number
                             LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
                             LEFT JOIN pg_namespace AS n ON n.oid = c.collnamespace
                             ORDER BY k.position), chr(31))
FROM pg_constraint AS f JOIN pg_class AS t ON t.oid = f.confrelid
WHERE f.contype = 'f' AND f.conrelid = to_regclass($1)
  AND has_schema_privilege(t.relnamespace, 'USAGE') AND has_table_privilege(f.confrelid, 'SELECT')
ORDER BY 1)";

// Empty: a column of the key is not in the diff.
std::string orphans_of(const LoadSqlInput& load, const SqlRow& key) {
  const std::vector<std::string> columns = split(key[3].value_or(""), k_separator);
  const std::vector<std::string> referenced = split(key[4].value_or(""), k_separator);
  const std::vector<std::string> collations = split(key[5].value_or(""), k_separator);
  const std::vector<std::string> filled = filled_columns(load);
  std::string has_all, in_table, in_diff;
  for (std::size_t i = 0; i < columns.size() && i < referenced.size(); ++i) {
    const int own = position_of(filled, columns[i]);
    const int other = position_of(filled, referenced[i]);
    if (own < 0) return {};
    std::string value = "decant_d.n" + std::to_string(own);
    has_all += " AND " + value + " IS NOT NULL";
    // Two columns' collations may differ; a foreign key compares by that of the referenced one.
    if (i < collations.size() && !collations[i].empty()) value += " COLLATE " + collations[i];
    in_table += " AND decant_r." + quote_identifier(referenced[i]) + " = " + value;
    in_diff += other < 0 ? " AND FALSE" : " AND decant_x.n" + std::to_string(other) + " = " + value;
  }
  std::string sql = "SELECT decant_d.decant_row FROM " + load.temporary("decant_diff") +
                    " AS decant_d WHERE decant_d.decant_operation "
                    "<> " +
                    quote_literal(k_deleted) + has_all + " AND NOT EXISTS (SELECT 1 FROM " +
                    key[1].value_or("") + " AS decant_r WHERE TRUE" + in_table + ")";
  if (key[2]) {
    sql += " AND NOT EXISTS (SELECT 1 FROM " + load.temporary("decant_diff") +
           " AS decant_x WHERE decant_x.decant_operation "
           "<> " +
           quote_literal(k_deleted) + in_diff + ")";
  }
  return sql + " ORDER BY 1";
}

}  // namespace

Result<std::vector<Orphan>> find_orphans(SqlSession& sql, const LoadSqlInput& load) {
  const SqlValue table = quote_table(load.plan->entity.write.table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> keys,
                    sql.query(k_foreign_keys, std::span(&table, 1)));
  std::vector<Orphan> orphans;
  for (const SqlRow& key : keys) {
    const std::string query = orphans_of(load, key);
    if (query.empty()) continue;
    DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, sql.query(query));
    for (const SqlRow& row : rows)
      orphans.push_back({std::strtoll(row[0]->c_str(), nullptr, 10), key[0].value_or("")});
  }
  return orphans;
}

}  // namespace decant
