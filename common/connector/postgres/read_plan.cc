#include "common/connector/postgres/read_plan.h"

#include "common/base/text.h"
#include "common/connector/plan_text.h"
#include "common/connector/postgres/pg_session.h"

namespace decant::postgres {
namespace {

// A function that nobody has declared otherwise is volatile, too.
constexpr const char* k_volatile =
    "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND lower(proname) = "
    "ANY(string_to_array($1, ',')) ORDER BY 1";

// Of the views that this transaction has met.
constexpr const char* k_views =
    "SELECT pg_get_viewdef(c.oid) FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation "
    "WHERE "
    "l.locktype = 'relation' AND l.pid = pg_backend_pid() AND c.relkind = 'v' AND c.oid >= 16384";

Result<bool> takes_first_rows(SqlSession& session, const ReadSpec& read) {
  if (says_distinct_on(read.sql)) return true;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> views, session.query(k_views));
  for (const SqlRow& view : views) {
    if (says_distinct_on(view[0].value_or(""))) return true;
  }
  return false;
}

}  // namespace

Result<std::string> explain_read(Connection& connection, const Relation& relation,
                                 const ReadSpec& read) {
  if (relation.is_table && !relation.is_view) {
    if (relation.has_children) DECANT_TRY(connection.run("EXPLAIN SELECT 1 FROM " + relation.from));
    return std::string();
  }
  // A plan asks for the privileges of what it names, and a view may be open to us in part.
  std::vector<std::string> columns;
  for (const RelationColumn& column : relation.columns) {
    if (column.is_readable) columns.push_back(quote_identifier(column.name));
  }
  PgSession session(connection);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session.query("EXPLAIN (VERBOSE, COSTS off, FORMAT json) SELECT " +
                                  join(columns, ", ") + " FROM " + relation.from));
  const std::string plan = rows.empty() ? std::string() : rows[0][0].value_or("");
  const auto has_node = [&](std::string_view type) {
    return plan.find("\"Node Type\": \"" + std::string(type) + "\"") != std::string::npos;
  };
  const std::set<std::string> functions = functions_in(plan);
  const std::set<std::string> ordered = ordered_functions(functions);
  std::vector<std::string> parts(ordered.begin(), ordered.end());
  if (has_node("Limit")) parts.emplace_back("LIMIT");
  if (has_node("Sample Scan")) parts.emplace_back("TABLESAMPLE");
  if (has_node("Unique")) {
    DECANT_TRY_ASSIGN(const bool takes_first, takes_first_rows(session, read));
    if (takes_first) parts.emplace_back("DISTINCT ON");
  }
  const SqlValue names = join({functions.begin(), functions.end()}, ",");
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> changing,
                    session.query(k_volatile, std::span(&names, 1)));
  for (const SqlRow& name : changing) parts.push_back(*name[0] + "()");
  return join(parts, ", ");
}

}  // namespace decant::postgres
