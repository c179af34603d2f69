#include "common/connector/postgres/held_tables.h"

#include <span>
#include <vector>

#include "common/base/text.h"
#include "common/connector/postgres/pg_session.h"

namespace decant::postgres {
namespace {

std::set<std::string> numbers_of(const std::map<std::string, std::string>& tables) {
  std::set<std::string> numbers;
  for (const auto& [number, file] : tables) numbers.insert(number);
  return numbers;
}

// The answer to `sql`, whose $1 is the list of the tables' numbers.
Result<std::vector<SqlRow>> ask_about(Connection& connection, const char* sql,
                                      const std::set<std::string>& tables) {
  if (tables.empty()) return std::vector<SqlRow>();
  PgSession session(connection);
  const SqlValue list = join({tables.begin(), tables.end()}, ",");
  return session.query(sql, std::span(&list, 1));
}

std::string names_in(const std::vector<SqlRow>& rows) {
  std::vector<std::string> names;
  for (const SqlRow& row : rows) names.push_back(*row[0]);
  return join(names, ", ");
}

}  // namespace

Result<std::map<std::string, std::string>> held_tables(Connection& connection) {
  constexpr const char* k_locks =
      "SELECT DISTINCT relation::text, coalesce(pg_relation_filenode(relation), 0)::text FROM "
      "pg_locks WHERE locktype = 'relation' AND granted AND pid = pg_backend_pid() AND relation >= "
      "16384";  // FirstNormalObjectId
  PgSession session(connection);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session.query(k_locks));
  std::map<std::string, std::string> held;
  for (const SqlRow& row : rows) held.emplace(*row[0], *row[1]);
  return held;
}

Result<std::map<std::string, std::string>> with_children(
    Connection& connection, std::map<std::string, std::string> tables) {
  constexpr const char* k_below = R"(
WITH RECURSIVE below AS (
  SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = ANY (string_to_array($1, ',')::oid[])
  UNION SELECT i.inhrelid FROM below JOIN pg_inherits AS i ON i.inhparent = below.inhrelid)
SELECT inhrelid::text, coalesce(pg_relation_filenode(inhrelid), 0)::text FROM below)";
  DECANT_TRY_ASSIGN(const auto rows, ask_about(connection, k_below, numbers_of(tables)));
  for (const SqlRow& row : rows) tables.emplace(*row[0], *row[1]);
  return tables;
}

Result<std::string> written_since_snapshot(Connection& connection,
                                           const std::map<std::string, std::string>& tables) {
  // Catalogs are read under the snapshot; the functions, and the locks, tell of now.
  constexpr const char* k_written = R"(
WITH RECURSIVE asked AS (SELECT unnest(string_to_array($1, ',')::oid[]) AS number),
  seen AS (SELECT number FROM asked
           UNION SELECT i.inhrelid FROM seen JOIN pg_inherits AS i ON i.inhparent = seen.number),
  parts AS (SELECT DISTINCT tree.relid::oid AS number FROM asked, pg_partition_tree(asked.number) AS tree),
  met AS (SELECT DISTINCT relation AS number FROM pg_locks
          WHERE locktype = 'relation' AND granted AND pid = pg_backend_pid() AND relation >= 16384),
  found AS (SELECT number FROM seen UNION SELECT number FROM parts
            UNION SELECT number FROM met WHERE pg_get_indexdef(number) IS NULL)
SELECT found.number::regclass::text FROM found LEFT JOIN pg_catalog.pg_class AS c ON c.oid = found.number
WHERE (coalesce(c.relkind IN ('r', 'm'), true)
       AND coalesce(pg_relation_filenode(found.number), 0) <> coalesce(c.relfilenode, 0))
   OR (found.number IN (SELECT number FROM parts) AND found.number NOT IN (SELECT number FROM seen))
   OR (c.relispartition AND found.number IN (SELECT number FROM seen)
       AND found.number NOT IN (SELECT number FROM parts))
ORDER BY 1)";
  DECANT_TRY_ASSIGN(const auto rows, ask_about(connection, k_written, numbers_of(tables)));
  return names_in(rows);
}

Result<std::string> foreign_tables(Connection& connection, const std::set<std::string>& tables) {
  constexpr const char* k_foreign = R"(
WITH RECURSIVE below AS (
  SELECT unnest(string_to_array($1, ',')::oid[]) AS oid
  UNION SELECT i.inhrelid FROM below JOIN pg_inherits AS i ON i.inhparent = below.oid)
SELECT 'the foreign table ' || c.oid::regclass::text FROM below JOIN pg_class AS c ON c.oid = below.oid
WHERE c.relkind = 'f' ORDER BY 1)";
  DECANT_TRY_ASSIGN(const auto rows, ask_about(connection, k_foreign, tables));
  return names_in(rows);
}

}  // namespace decant::postgres
