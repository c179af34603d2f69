// Which version of the tables is there, and the making of the present one.
#include <array>

#include "common/connector/duckdb_names.h"
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

// The script that leads to each version from the one before it; the first makes the tables.
constexpr std::array<std::string_view, k_ledger_format_version> k_scripts = {
    "schema_v1", "schema_v2", "schema_v3", "schema_v4"};

// PostgreSQL's information_schema hides what a role may not read, and a ledger that may not be read
// is no ledger that is not there.
std::string_view find_meta(Dialect dialect) {
  return dialect == Dialect::kPostgres
             ? "SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid "
               "= "
               "c.relnamespace WHERE n.nspname = $1 AND c.relname = 'meta' AND c.relkind IN ('r', "
               "'p')"
             : "SELECT 1 FROM (SELECT database_name, schema_name, table_name FROM duckdb_tables() "
               "UNION ALL SELECT database_name, schema_name, view_name FROM duckdb_views()) WHERE "
               "schema_name = $1 AND table_name = 'meta' AND database_name = current_database()";
}

// 0: no ledger.
Result<int> found_version(SqlSession& sql, const std::string& schema) {
  if (sql.dialect() == Dialect::kDuckDb)
    DECANT_TRY(check_schema_name(schema, "The ledger, by `ledger_schema: " + schema + "`,"));
  DECANT_TRY_ASSIGN(const auto found,
                    sql.query(find_meta(sql.dialect()), std::vector<SqlValue>{schema}));
  if (found.empty()) return 0;
  DECANT_TRY_ASSIGN(
      const auto rows,
      sql.query(fill(sql.dialect(), schema, "SELECT max(format_version) FROM {schema}.meta")));
  const int version = rows.empty() ? 0 : static_cast<int>(RowReader(rows[0]).integer());
  if (version < 1) {
    return fail(ErrorCode::kProtocol,
                "Schema " + schema + " has a table `meta` that is not of Decant's ledger.",
                "Give another `ledger_schema:` in the job file.");
  }
  return version;
}

Status refuse_newer(const std::string& schema, int version) {
  return fail(ErrorCode::kUnsupported,
              "The ledger in schema " + schema + " has format version " + std::to_string(version) +
                  ", and this program knows versions up to " +
                  std::to_string(k_ledger_format_version) + ".",
              "Use the Decant that wrote it, or a newer one.");
}

Status make_schema(SqlSession& sql, const std::string& schema) {
  if (sql.dialect() == Dialect::kPostgres) {
    // Asked first: CREATE SCHEMA IF NOT EXISTS wants a privilege that is not needed where the
    // schema was made for the user.
    DECANT_TRY_ASSIGN(const auto found, sql.query("SELECT 1 FROM pg_namespace WHERE nspname = $1",
                                                  std::vector<SqlValue>{schema}));
    if (!found.empty()) return {};
  }
  auto made = sql.execute(fill(sql.dialect(), schema, "CREATE SCHEMA IF NOT EXISTS {schema}"));
  if (made) return {};
  Error error = std::move(made).error();
  if (error.code == ErrorCode::kPermission && error.sqlstate == "42501") {
    error.advice = "The ledger's tables are made in the schema " + schema +
                   " there: ask the owner for CREATE on the database, or for that schema with this "
                   "user as its owner (CREATE SCHEMA … AUTHORIZATION …).";
  }
  return fail(std::move(error));
}

}  // namespace

Result<LedgerPresence> Ledger::presence() {
  DECANT_TRY_ASSIGN(const int version, found_version(sql_, schema_));
  if (version == 0) return LedgerPresence::kAbsent;
  if (version > k_ledger_format_version) return LedgerPresence::kNewer;
  return version < k_ledger_format_version ? LedgerPresence::kOlder : LedgerPresence::kCurrent;
}

Status Ledger::prepare() {
  DECANT_TRY_ASSIGN(int version, found_version(sql_, schema_));
  if (version > k_ledger_format_version) return refuse_newer(schema_, version);
  if (version == k_ledger_format_version) return {};

  Transaction transaction(sql_);
  DECANT_TRY(transaction.begin());
  if (sql_.dialect() == Dialect::kPostgres) {
    // Two that prepare at once would fail on each other's names; the second finds the work done.
    DECANT_TRY(sql_.query("SELECT pg_advisory_xact_lock(hashtext('decant.ledger.' || $1))",
                          std::vector<SqlValue>{schema_}));
    DECANT_TRY_ASSIGN(version, found_version(sql_, schema_));
  }
  if (version > k_ledger_format_version) return refuse_newer(schema_, version);
  if (version == k_ledger_format_version) return transaction.commit();

  if (version == 0) DECANT_TRY(make_schema(sql_, schema_));
  for (auto next = static_cast<std::size_t>(version); next < k_scripts.size(); ++next) {
    for (const auto& sql : split_script(sql_.dialect(), schema_, statement(k_scripts[next]))) {
      DECANT_TRY(sql_.execute(sql));
    }
  }
  DECANT_TRY(sql_.execute(fill(sql_.dialect(), schema_, "DELETE FROM {schema}.meta")));
  DECANT_TRY(sql_.execute(fill(sql_.dialect(), schema_,
                               "INSERT INTO {schema}.meta (format_version) VALUES (" +
                                   std::to_string(k_ledger_format_version) + ")")));
  DECANT_TRY(transaction.commit());
  // DuckDB 1.4 cannot replay the ledger's own columns from its log outside of Decant, where a run
  // is killed before the next checkpoint: the file holds them at once.
  if (sql_.dialect() == Dialect::kDuckDb) DECANT_TRY(sql_.execute("CHECKPOINT"));
  return {};
}

}  // namespace decant
