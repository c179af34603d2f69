#include "common/connector/postgres/kept_tables.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/load_sql.h"

namespace decant::postgres {
namespace {

constexpr const char* k_lock = "SELECT pg_advisory_xact_lock(hashtext('decant undo tables'))";

// Asked first: CREATE SCHEMA IF NOT EXISTS wants a privilege that the user may not need.
Status ensure_schema(SqlSession& session, const std::string& name) {
  const SqlValue schema = name;
  DECANT_TRY_ASSIGN(
      const std::vector<SqlRow> found,
      session.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", std::span(&schema, 1)));
  if (!found.empty()) return {};
  DECANT_TRY(session.execute("CREATE SCHEMA " + quote_identifier(name)));
  return {};
}

// Columns with their types, of a domain the type beneath and that it is one, and with the collation
// where it is none of the type's own.
constexpr const char* k_columns = R"(
SELECT a.attname, format_type(beneath.oid, beneath.modifier), t.typtype = 'd',
       coalesce((SELECT quote_ident(n.nspname) || '.' || quote_ident(c.collname)
                 FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace
                 WHERE c.oid = a.attcollation AND c.oid <> beneath.collation), '')
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
CROSS JOIN LATERAL (
  WITH RECURSIVE base AS (
    SELECT a.atttypid AS oid, a.atttypmod AS modifier
    UNION ALL
    SELECT d.typbasetype, d.typtypmod FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
  SELECT base.oid, base.modifier, b.typcollation AS collation FROM base JOIN pg_type AS b ON b.oid = base.oid
  WHERE b.typtype <> 'd') AS beneath
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped)";

struct Columns {
  ColumnTypes types;  // empty: there is no such table
  std::vector<std::string> domains;
};

Result<Columns> columns_of(SqlSession& session, const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session.query(k_columns, std::span(&name, 1)));
  Columns columns;
  for (const SqlRow& row : rows) {
    columns.types[*row[0]] = {*row[1], *row[3]};
    if (row[2] == "t") columns.domains.push_back(*row[0]);
  }
  return columns;
}

// A domain's CHECK belongs to the table: here it would refuse the row that the table is asked about
// next, and no row could be told from the others.
Status drop_domains(SqlSession& session, const std::string& table) {
  DECANT_TRY_ASSIGN(const Columns columns, columns_of(session, table));
  for (const std::string& name : columns.domains) {
    const auto& [type, collation] = columns.types.at(name);
    DECANT_TRY(session.execute("ALTER TABLE " + quote_table(table) + " ALTER COLUMN " +
                               quote_identifier(name) + " TYPE " + type +
                               (collation.empty() ? "" : " COLLATE " + collation)));
  }
  return {};
}

// One at a time in a database; what fails leaves the session as it was.
class Alone {
 public:
  explicit Alone(SqlSession& session) : session_(session) {}
  ~Alone() {
    if (is_open_) session_.rollback();
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;
  Status begin() {
    DECANT_TRY(session_.begin());
    is_open_ = true;
    return session_.execute(k_lock).map([](std::int64_t) {});
  }
  Status commit() {
    is_open_ = false;
    return session_.commit();
  }

 private:
  SqlSession& session_;
  bool is_open_ = false;
};

}  // namespace

Result<std::string> ensure_undo_table(SqlSession& session, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns) {
  Alone alone(session);
  DECANT_TRY(alone.begin());
  std::string undo_table;
  DECANT_TRY_ASSIGN(const Columns now, columns_of(session, table));
  for (int version = 1;; ++version) {
    undo_table = undo_table_name(ledger_schema, table, version);
    DECANT_TRY_ASSIGN(const Columns kept, columns_of(session, undo_table));
    if (kept.types.empty()) break;
    const bool has_all =
        std::all_of(table_columns.begin(), table_columns.end(),
                    [&](const std::string& wanted) { return kept.types.contains(wanted); });
    if (has_all && have_same_types(table_columns, now.types, kept.types)) {
      DECANT_TRY(drop_domains(session, undo_table));
      DECANT_TRY(alone.commit());
      return undo_table;
    }
  }
  DECANT_TRY(ensure_schema(session, ledger_schema));
  DECANT_TRY(
      session.execute(create_undo_table(Dialect::kPostgres, undo_table, table, table_columns)));
  DECANT_TRY(drop_domains(session, undo_table));
  DECANT_TRY(alone.commit());
  return undo_table;
}

namespace {

Result<KeyTableTypes> key_table_types(SqlSession& session, const std::string& ledger_schema,
                                      const EntityPlan& plan) {
  KeyTableTypes found;
  for (const auto& [types, name] :
       {std::pair(&found.table, plan.write.table),
        std::pair(&found.keys, key_table_name(ledger_schema, plan)),
        std::pair(&found.waits, wait_table_name(ledger_schema, plan)),
        std::pair(&found.earlier_waits, earlier_wait_table_name(ledger_schema, plan))}) {
    DECANT_TRY_ASSIGN(Columns columns, columns_of(session, name));
    *types = std::move(columns.types);
  }
  return found;
}

Status fit(SqlSession& session, const std::string& ledger_schema, const EntityPlan& plan,
           Casts casts) {
  Alone alone(session);
  DECANT_TRY(alone.begin());
  DECANT_TRY_ASSIGN(const KeyTableTypes found, key_table_types(session, ledger_schema, plan));
  const auto statements = fit_key_tables(Dialect::kPostgres, ledger_schema, plan, found, casts);
  if (!statements.empty()) DECANT_TRY(ensure_schema(session, ledger_schema));
  for (const std::string& sql : statements) DECANT_TRY(session.execute(sql));
  return alone.commit();
}

// Data exceptions, and types between which there is no cast.
bool is_no_cast(const Error& error) {
  return error.sqlstate.starts_with("22") || error.sqlstate == "42846";
}

}  // namespace

// Every task asks: the lock is for those who find something to do.
Result<std::string> ensure_key_table(SqlSession& session, const std::string& ledger_schema,
                                     const EntityPlan& plan) {
  if (!keeps_keys(plan)) return std::string();
  DECANT_TRY_ASSIGN(const KeyTableTypes found, key_table_types(session, ledger_schema, plan));
  if (!fit_key_tables(Dialect::kPostgres, ledger_schema, plan, found, Casts::kAll).empty()) {
    const Status fitted = fit(session, ledger_schema, plan, Casts::kAll);
    if (!fitted && !is_no_cast(fitted.error())) return fail(fitted.error());
    if (!fitted) DECANT_TRY(fit(session, ledger_schema, plan, Casts::kWhatCanBe));
  }
  return key_table_name(ledger_schema, plan);
}

Result<KeptKeys> kept_keys(SqlSession& session, const std::string& ledger_schema,
                           const EntityPlan& plan) {
  DECANT_TRY_ASSIGN(const KeyTableTypes found, key_table_types(session, ledger_schema, plan));
  return decant::kept_keys(Dialect::kPostgres, ledger_schema, plan, found);
}

}  // namespace decant::postgres
