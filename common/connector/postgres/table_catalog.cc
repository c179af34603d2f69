#include "common/connector/postgres/table_catalog.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/text.h"
#include "common/connector/postgres/type_map.h"

namespace decant::postgres {
namespace {

constexpr std::size_t k_max_name_bytes = 63;

std::int64_t to_number(const SqlValue& value) {
  return value ? std::strtoll(value->c_str(), nullptr, 10) : 0;
}
// PostgreSQL would cut the name without a word, and everything is looked for under the whole one.
Status check_length(const std::string& kind, const std::string& name) {
  if (name.size() <= k_max_name_bytes) return {};
  return fail(ErrorCode::kUsage,
              "PostgreSQL keeps " + std::to_string(k_max_name_bytes) +
                  " bytes of a name, and the " + kind + " \"" + name + "\" has " +
                  std::to_string(name.size()) + ".",
              "Give it a shorter name in the job file.");
}

bool is_true(const SqlValue& value) { return value && (*value == "t" || *value == "true"); }

// The columns of a table's full unique indexes (none partial, none over expressions), the primary
// key first. One that tells values apart which `=` takes for one, by a collation or a class of
// operators that is not the column's, is no index of them.
constexpr const char* k_unique_indexes = R"(
SELECT i.indexrelid, i.indisprimary, a.attname
FROM pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, position)
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND k.position <= i.indnkeyatts
  AND NOT EXISTS (
    SELECT 1 FROM unnest(i.indkey::smallint[], i.indcollation::oid[], i.indclass::oid[]) AS o(attnum, collation_oid, class)
    JOIN pg_attribute AS c ON c.attrelid = i.indrelid AND c.attnum = o.attnum
    JOIN pg_opclass AS s ON s.oid = o.class
    WHERE (o.collation_oid <> c.attcollation
           AND EXISTS (SELECT 1 FROM pg_collation AS l
                       WHERE l.oid IN (o.collation_oid, c.attcollation) AND NOT l.collisdeterministic))
       OR EXISTS (
         WITH RECURSIVE base AS (
           SELECT c.atttypid AS oid
           UNION ALL SELECT d.typbasetype FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
         SELECT 1 FROM base JOIN pg_type AS t ON t.oid = base.oid
         WHERE t.typname = 'citext' AND s.opcintype <> t.oid))
ORDER BY i.indisprimary DESC, i.indexrelid, k.position)";

// Types that do not travel as text are read so that equal values are one; of the others `=` may
// take several texts for one: citext, intervals, arrays and ranges of numeric.
constexpr const char* k_loose_columns = R"(
WITH RECURSIVE base AS (
  SELECT a.attname, a.attcollation, a.atttypid AS oid, a.atttypmod AS modifier FROM pg_attribute AS a
  WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT base.attname, base.attcollation, d.typbasetype, d.typtypmod
  FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
SELECT base.attname FROM base JOIN pg_type AS t ON t.oid = base.oid
LEFT JOIN pg_collation AS c ON c.oid = base.attcollation
WHERE t.typtype <> 'd'
  AND (NOT coalesce(c.collisdeterministic, true) OR (t.typname = 'bpchar' AND base.modifier < 0)
       OR t.typnamespace <> 'pg_catalog'::regnamespace
       OR t.typname NOT IN ('bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric', 'money', 'date', 'time',
                            'timestamp', 'timestamptz', 'text', 'varchar', 'name', 'bpchar', 'bytea', 'uuid', 'jsonb'))
)";

constexpr const char* k_shape = R"(
SELECT greatest(coalesce((SELECT sum(greatest(p.reltuples, 0)) FROM pg_class AS p
                          WHERE p.oid IN (SELECT relid FROM pg_partition_tree(c.oid))), 0), greatest(c.reltuples, 0))::bigint,
       EXISTS (SELECT 1 FROM pg_constraint AS f
               WHERE f.contype = 'f' AND f.confrelid = c.oid AND f.confdeltype IN ('c', 'n', 'd')),
       EXISTS (SELECT 1 FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgtype & 8 <> 0),
       c.relkind = 'v',
       c.relkind = 'v' AND NOT EXISTS (SELECT 1 FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal
                                       AND t.tgenabled <> 'D' AND t.tgtype & 68 = 68)
FROM pg_class AS c WHERE c.oid = to_regclass($1))";

// The unique index over exactly these columns, in this order, that has one of the names.
constexpr const char* k_own_index = R"(
SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
  AND c.relname = ANY (string_to_array($2, chr(31)))
  AND (SELECT string_agg(a.attname, chr(31) ORDER BY k.position)
       FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, position)
       JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number) = $3
ORDER BY 1)";

// A partition has copies of its parent's triggers, under their names.
constexpr const char* k_row_changers = R"(
SELECT 'trigger "' || t.tgname || '"' FROM pg_trigger AS t
WHERE (t.tgrelid = to_regclass($1) OR t.tgrelid IN (SELECT relid FROM pg_partition_tree(to_regclass($1))))
  AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 20 <> 0
UNION SELECT 'rule "' || r.rulename || '"' FROM pg_rewrite AS r
WHERE r.ev_class = to_regclass($1) AND r.ev_type IN ('2', '3')
ORDER BY 1)";

constexpr const char* k_required = R"(
SELECT attname FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attnotnull
  AND NOT atthasdef AND attidentity = '' AND attgenerated = ''
ORDER BY attnum)";

constexpr const char* k_full_name = R"(
SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass($1))";

constexpr const char* k_blocks = R"(
SELECT CASE WHEN c.relkind IN ('r', 'm', 'p') THEN
  (SELECT coalesce(max(pg_relation_size(l.oid)), 0) / current_setting('block_size')::bigint
   FROM pg_class AS l WHERE l.oid = c.oid OR l.oid IN (SELECT relid FROM pg_partition_tree(c.oid)))
  ELSE -1 END
FROM pg_class AS c WHERE c.oid = to_regclass($1))";

std::string columns_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(quote_identifier(name));
  return join(quoted, ", ");
}

std::string bare_name(const std::string& table) {
  const auto dot = table.rfind('.');
  return dot == std::string::npos ? table : table.substr(dot + 1);
}

std::string schema_prefix(const std::string& table) {
  const auto dot = table.rfind('.');
  return dot == std::string::npos ? std::string() : quote_table(table.substr(0, dot)) + ".";
}

// Names that an index of ours may have, the first choice first: another relation of the schema may
// have that one, or another table of which the same bytes are left.
std::vector<std::string> key_names(const std::string& table) {
  constexpr int k_most_tries = 100;
  std::vector<std::string> names;
  for (int i = 0; i < k_most_tries; ++i) {
    const std::string end = "_pkey" + (i == 0 ? std::string() : std::to_string(i));
    names.push_back(std::string(cut_text(bare_name(table), k_max_name_bytes - end.size())) + end);
  }
  return names;
}

// For the index of a table: what its processes need at least to be as many as the server allows,
// and enough for the runs of each to be merged in one pass (some 120). More than that makes it
// slower, since what is sorted leaves the processor's cache (docs/performance.md).
constexpr const char* k_set_sort_memory = R"(
SELECT set_config('maintenance_work_mem', least(
         greatest(pg_table_size(to_regclass($1)) / 128,
                  (1 + current_setting('max_parallel_maintenance_workers')::bigint) * 33554432),
         greatest(reset_val::bigint * 1024, 268435456)) / 1024 || 'kB', false)
FROM pg_settings WHERE name = 'maintenance_work_mem')";

}  // namespace

Result<bool> TableCatalog::exists(const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session_.query("SELECT to_regclass($1) IS NOT NULL", std::span(&name, 1)));
  return is_true(rows[0][0]);
}

Result<std::vector<std::string>> TableCatalog::row_changers(const std::string& quoted_table) {
  const SqlValue name = quoted_table;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session_.query(k_row_changers, std::span(&name, 1)));
  std::vector<std::string> names;
  for (const SqlRow& row : rows) names.push_back(row[0].value_or(""));
  return names;
}

Result<std::string> TableCatalog::resolve_name(const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> found,
                    session_.query(k_full_name, std::span(&name, 1)));
  if (!found.empty()) return *found[0][0];
  const std::size_t dot = table.rfind('.');
  if (dot != std::string::npos) DECANT_TRY(check_length("schema", table.substr(0, dot)));
  DECANT_TRY(check_length("table", dot == std::string::npos ? table : table.substr(dot + 1)));
  if (table.find('.') != std::string::npos) return table;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> schema,
                    session_.query("SELECT current_schema()", {}));
  return schema[0][0].value_or("public") + "." + table;
}

Result<TableShape> TableCatalog::shape(const std::string& table) {
  TableShape shape;
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session_.query(k_shape, std::span(&name, 1)));
  if (rows.empty()) return fail(ErrorCode::kNotFound, "There is no table " + table + ".");
  shape.estimated_rows = to_number(rows[0][0]);
  shape.has_cascading_children = is_true(rows[0][1]);
  shape.has_delete_trigger = is_true(rows[0][2]);
  shape.is_view = is_true(rows[0][3]);
  shape.takes_no_rows = is_true(rows[0][4]);
  DECANT_TRY_ASSIGN(shape.unique_keys, unique_keys(table));
  if (!shape.unique_keys.empty()) shape.key = shape.unique_keys.front();
  shape.needs_unique_index = true;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> required,
                    session_.query(k_required, std::span(&name, 1)));
  for (const SqlRow& row : required) shape.required.push_back(*row[0]);
  DECANT_TRY_ASSIGN(shape.row_changers, row_changers(quote_table(table)));
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> any,
      session_.query("SELECT EXISTS (SELECT 1 FROM " + quote_table(table) + " LIMIT 1)"));
  shape.has_rows = is_true(any[0][0]);
  return shape;
}

Result<std::vector<std::vector<std::string>>> TableCatalog::unique_keys(const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session_.query(k_unique_indexes, std::span(&name, 1)));
  std::vector<std::vector<std::string>> keys;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i == 0 || rows[i][0] != rows[i - 1][0]) keys.emplace_back();
    keys.back().push_back(*rows[i][2]);
  }
  return keys;
}

Result<bool> TableCatalog::is_loose(const std::string& table,
                                    const std::vector<std::string>& columns) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session_.query(k_loose_columns, std::span(&name, 1)));
  return std::any_of(rows.begin(), rows.end(), [&](const SqlRow& row) {
    return std::find(columns.begin(), columns.end(), row[0].value_or("")) != columns.end();
  });
}

Result<bool> TableCatalog::has_index(const std::string& table,
                                     const std::vector<std::string>& columns) {
  DECANT_TRY_ASSIGN(const auto keys, unique_keys(table));
  return std::any_of(keys.begin(), keys.end(), [&](const std::vector<std::string>& key) {
    return std::is_permutation(key.begin(), key.end(), columns.begin(), columns.end());
  });
}

Status TableCatalog::create(const EntityPlan& plan) {
  const std::string& table = plan.write.table;
  for (const Field& field : plan.target_schema().fields)
    DECANT_TRY(check_length("column", field.name));
  if (const auto dot = table.rfind('.'); dot != std::string::npos) {
    // Asked first: CREATE SCHEMA IF NOT EXISTS wants a privilege that is not needed where the
    // schema is there.
    const SqlValue schema = table.substr(0, dot);
    DECANT_TRY_ASSIGN(
        const std::vector<SqlRow> found,
        session_.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", std::span(&schema, 1)));
    if (found.empty())
      DECANT_TRY(session_.execute("CREATE SCHEMA IF NOT EXISTS " + quote_identifier(*schema)));
  }
  std::string sql = "CREATE TABLE " + quote_table(table) + " (";
  bool first = true;
  for (const Field& field : plan.target_schema().fields) {
    if (!first) sql += ", ";
    first = false;
    sql += quote_identifier(field.name) + " " + sql_type(field.type) +
           (field.nullable ? "" : " NOT NULL");
  }
  DECANT_TRY(session_.execute(sql + ")"));
  return {};
}

// A run that goes on with another's work finds its index by the columns, whatever it was called.
Result<std::string> TableCatalog::free_name(const std::string& table) {
  DECANT_TRY_ASSIGN(const std::string full_name, resolve_name(table));
  const SqlValue parameters[] = {full_name.substr(0, full_name.find('.')),
                                 join(key_names(table), "\x1f")};
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> rows,
      session_.query(
          "SELECT n.name FROM unnest(string_to_array($2, chr(31))) WITH ORDINALITY AS n(name, "
          "place) "
          "WHERE NOT EXISTS (SELECT 1 FROM pg_class AS c JOIN pg_namespace AS s ON s.oid = "
          "c.relnamespace WHERE s.nspname = $1 AND c.relname = n.name) ORDER BY n.place LIMIT 1",
          parameters));
  if (!rows.empty()) return *rows[0][0];
  return fail(ErrorCode::kUsage, "No name is left for the index of the key of " + table + ".",
              "Drop or rename relations whose names begin with " + bare_name(table) + "_pkey.");
}

Status TableCatalog::build_key_index(const EntityPlan& plan) {
  if (!plan.has_key()) return {};
  const std::string& table = plan.write.table;
  DECANT_TRY_ASSIGN(const bool is_there, has_index(table, plan.write.key));
  if (is_there) return {};
  const SqlValue table_name = quote_table(table);
  DECANT_TRY(session_.query(k_set_sort_memory, std::span(&table_name, 1)));
  DECANT_TRY_ASSIGN(const std::string name, free_name(table));
  auto built = session_.execute("CREATE UNIQUE INDEX " + quote_identifier(name) + " ON " +
                                *table_name + " (" + columns_list(plan.write.key) + ")");
  if (!built && built.error().sqlstate == "23505") {
    Error error = std::move(built).error();
    error.message =
        "Some keys of " + table + " (" + join(plan.write.key, ", ") + ") are there more than once.";
    error.advice = "Mend them at the source, or take a key that tells the rows apart.";
    error.place.entity = plan.entity;
    return fail(std::move(error));
  }
  DECANT_TRY(built);
  return {};
}

Status TableCatalog::build_key(const EntityPlan& plan) {
  if (!plan.has_key()) return {};
  DECANT_TRY(build_key_index(plan));
  const std::string& table = plan.write.table;
  const SqlValue table_name = quote_table(table);
  const SqlValue own[] = {table_name, join(key_names(table), "\x1f"), join(plan.write.key, "\x1f")};
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> found, session_.query(k_own_index, own));
  if (found.empty()) return {};
  const std::string name = *found[0][0];
  const SqlValue index_name = schema_prefix(table) + quote_identifier(name);
  // Only an index of ours that no constraint owns yet, on a table without a primary key, becomes
  // one.
  const SqlValue parameters[] = {table_name, index_name};
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> rows,
      session_.query(
          "SELECT NOT EXISTS (SELECT 1 FROM pg_constraint "
          "WHERE conrelid = to_regclass($1) AND (contype = 'p' OR conindid = to_regclass($2))) "
          "AND (SELECT relkind FROM pg_class WHERE oid = to_regclass($1)) = 'r'",
          parameters));
  if (!is_true(rows[0][0])) return {};
  DECANT_TRY(session_.execute("ALTER TABLE " + *table_name + " ADD CONSTRAINT " +
                              quote_identifier(name) + " PRIMARY KEY USING INDEX " +
                              quote_identifier(name)));
  return {};
}

Result<std::int64_t> TableCatalog::block_count(const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session_.query(k_blocks, std::span(&name, 1)));
  if (rows.empty()) return fail(ErrorCode::kNotFound, "There is no table " + table + ".");
  return to_number(rows[0][0]);
}

}  // namespace decant::postgres
