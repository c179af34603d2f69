// Connection, what a session is set to: the server's, the database's and the user's own settings
// may bend values on their way.
#include "common/base/text.h"
#include "common/connector/postgres/connection.h"

namespace decant::postgres {
namespace {

constexpr const char* k_settings =
    // How values are written. The order of day, month and year stays the server's: by it the views
    // and functions of a database read the texts that they make dates of, and dates in ISO form
    // mean the same in any.
    "SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET IntervalStyle = 'postgres'; SET "
    "extra_float_digits = 1; SET bytea_output = 'hex'; SET gin_fuzzy_search_limit = 0;"
    // A load looks at what others have committed once it has the lock that it waited for.
    "SET default_transaction_isolation = 'read committed'; SET default_transaction_deferrable = "
    "off;"
    // Each statement runs once: to compile it costs more than it saves. Rows that a policy hides
    // from this user would be missing without a word: they are an error.
    "SET jit = off; SET synchronize_seqscans = off; SET row_security = off; SET "
    "client_min_messages = 'warning'";

// How a target reads what it is sent. What a source's own settings say is for its views and
// functions, which are to answer as they always do.
constexpr const char* k_settings_of_targets =
    "; SET standard_conforming_strings = on; SET array_nulls = on; SET transform_null_equals = "
    "off; "
    "SET xmloption = 'content'";

// The elements of a search_path as it is written: names, quoted or not, between commas.
std::vector<std::string> elements_of(const std::string& path) {
  std::vector<std::string> elements(1);
  bool is_quoted = false;
  for (const char c : path) {
    if (c == '"') is_quoted = !is_quoted;
    const bool is_blank = c == ' ' || c == '\t' || c == '\n';
    if (is_quoted || (c != ',' && !is_blank)) elements.back() += c;
    if (c == ',' && !is_quoted) elements.emplace_back();
  }
  return elements;
}

bool is_catalog(std::string element) {
  if (element == "\"pg_catalog\"") return true;
  for (char& c : element) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return element == "pg_catalog";
}

// The same path, in which nothing stands before PostgreSQL's own types, functions and operators:
// where it is not listed, its schema is searched first, and new tables are made where they were. A
// path that begins with it stays, and so does the place of pg_temp.
std::string with_catalog_first(const std::string& path) {
  std::vector<std::string> elements = elements_of(path);
  if (is_catalog(elements.front())) return path;
  return std::erase_if(elements, is_catalog) == 0 ? path : join(elements, ", ");
}

}  // namespace

Status Connection::set_session(const ConnectOptions& options) {
  DECANT_TRY(set_statement_timeout(options.statement_timeout_ms));
  std::string sql = std::string(k_settings) +
                    "; SET lock_timeout = " + std::to_string(options.lock_timeout_ms) +
                    "; SET idle_in_transaction_session_timeout = " +
                    std::to_string(options.idle_in_transaction_timeout_ms);
  // Newer servers notice by themselves that their client has gone in the middle of a long
  // statement, and may end sessions that wait, as the coordinator's does while workers load.
  if (server_version() >= 140000)
    sql += "; SET client_connection_check_interval = '10s'; SET idle_session_timeout = 0";
  if (!options.is_source) sql += k_settings_of_targets;
  if (server_version() >= 170000) sql += "; SET transaction_timeout = 0";
  sql +=
      "; SELECT pg_catalog.current_setting('session_replication_role'), "
      "pg_catalog.current_setting('search_path')";
  DECANT_TRY_ASSIGN(const PgResult found, run(sql));
  DECANT_TRY(set_search_path(PQgetvalue(found.get(), 0, 1)));
  if (std::string_view(PQgetvalue(found.get(), 0, 0)) != "replica") return {};
  // Foreign keys and triggers would let every row pass.
  const auto set = run("SET session_replication_role = 'origin'");
  if (set || !options.loads) return {};
  if (set.error().code != ErrorCode::kPermission) return fail(set.error());
  return fail(ErrorCode::kPermission,
              "PostgreSQL (host " + host() + ", database " + database() +
                  "): the setting session_replication_role is replica for this user, so that "
                  "foreign keys and triggers would refuse no row.",
              "Let a superuser take it back: ALTER ROLE … RESET session_replication_role, or ALTER "
              "DATABASE ….");
}

// Where the path lists pg_catalog behind another schema, a type of that one called text, date or
// numeric would be taken for the system's in all that is asked.
Status Connection::set_search_path(const std::string& found) {
  const SqlValue path = with_catalog_first(found);
  if (*path == found) return {};
  DECANT_TRY(run("SELECT pg_catalog.set_config('search_path', $1, false)", std::span(&path, 1)));
  return {};
}

Status Connection::start_over(const ConnectOptions& options) {
  DECANT_TRY(run("DISCARD ALL"));
  DECANT_TRY(set_session(options));
  const SqlValue name = options.application_name.substr(0, 63);
  DECANT_TRY(
      run("SELECT pg_catalog.set_config('application_name', $1, false)", std::span(&name, 1)));
  return {};
}

}  // namespace decant::postgres
