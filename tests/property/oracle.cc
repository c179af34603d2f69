#include "tests/property/oracle.h"

#include "tests/support/target_query.h"

namespace decant::property {
namespace {

std::string as_text(const std::string& column) { return "CAST(" + column + " AS VARCHAR)"; }

std::string differs(const ColumnModel& column) {
  const std::string l = "l." + column.name;
  const std::string e = "e." + column.name;
  const std::string text = as_text(l) + " IS DISTINCT FROM " + as_text(e);
  return "(" + l + " IS DISTINCT FROM " + e + " OR " + text + ")";
}

// The first rows in which a column differs.
std::string examples(const Database& target, const ColumnModel& column, const std::string& join) {
  const std::string rows =
      test::ask(target.connection, "SELECT coalesce(l.id, e.id), " + as_text("l." + column.name) +
                                       ", " + as_text("e." + column.name) + join + " WHERE " +
                                       differs(column) + " ORDER BY 1 LIMIT 3");
  return "column " + column.name + " (" + job_type(column) + "): id|loaded|expected\n" +
         rows.substr(0, 2000) + "\n";
}

}  // namespace

std::string difference(const Database& target, const Table& table, const std::string& loaded,
                       const std::string& expected) {
  const std::string join =
      " FROM " + loaded + " AS l FULL JOIN " + expected + " AS e ON l.id = e.id";
  std::string any;
  for (const ColumnModel& column : table.columns)
    any += (any.empty() ? "" : " OR ") + differs(column);
  const std::string counts =
      test::ask(target.connection,
                "SELECT count(*), count(l.id), count(e.id), count(DISTINCT l.id), "
                "coalesce(sum(CASE WHEN " +
                    any + " THEN 1 ELSE 0 END), 0)" + join);
  std::string as_expected;
  std::size_t rows = 0;
  for (const int refused : table.refused) rows += refused < 0 ? 1 : 0;
  for (int i = 0; i < 4; ++i) as_expected += std::to_string(rows) + "|";
  if (counts == as_expected + "0") return {};
  std::string told = "all|loaded|expected|different ids|different rows: " + counts + "\n";
  told += "only loaded, only expected: " +
          test::ask(target.connection,
                    "SELECT min(CASE WHEN e.id IS NULL THEN l.id END), min(CASE "
                    "WHEN l.id IS NULL THEN e.id END)" +
                        join) +
          "\n";
  for (const ColumnModel& column : table.columns) {
    if (test::ask(target.connection, "SELECT count(*)" + join +
                                         " WHERE l.id IS NOT NULL AND e.id IS NOT NULL AND " +
                                         differs(column)) != "0")
      told += examples(target, column, join);
  }
  return told;
}

}  // namespace decant::property
