#include "common/connector/duckdb/query_plan.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "common/base/text.h"
#include "common/connector/duckdb_names.h"
#include "common/connector/plan_text.h"

namespace decant::duck {
namespace {

constexpr const char* k_volatile =
    "SELECT DISTINCT function_name FROM system.main.duckdb_functions() WHERE stability = "
    "'VOLATILE' AND "
    "function_name = ANY(system.main.string_split($1, ',')) ORDER BY 1";

using Json = nlohmann::json;

struct Found {
  std::set<std::string> outside, parts;
};

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  std::string all;
  for (const Json& item : value) all += (item.is_string() ? item.get<std::string>() : "") + "\n";
  return all;
}

void look_at_scan(const Json& details, Found& found) {
  static const std::set<std::string> k_inside = {"SEQ_SCAN", "RANGE",  "GENERATE_SERIES",
                                                 "UNNEST",   "REPEAT", "REPEAT_ROW"};
  if (details.contains("Sample Method")) found.parts.insert("SAMPLE");
  if (!details.contains("Function")) return;
  const std::string function = text_of(details["Function"]);
  if (!k_inside.contains(function) && !function.starts_with("DUCKDB_"))
    found.outside.insert(function);
}

// The value of whichever row comes first: DISTINCT ON without an order and with one, and functions
// that say so. A subquery with one value is such an aggregate without groups.
void look_at_groups(const std::set<std::string>& functions, Found& found) {
  if (functions.contains("first") || functions.contains("arg_min_null"))
    found.parts.insert("DISTINCT ON");
  for (const char* any : {"any_value", "arbitrary", "last"}) {
    if (functions.contains(any)) found.parts.insert(any);
  }
}

void look_at(const Json& node, Found& found) {
  const std::string name = node.value("name", "");
  const Json details = node.value("extra_info", Json::object());
  look_at_scan(details, found);
  std::set<std::string> functions;
  for (const Json& value : details) {
    const std::set<std::string> some = functions_in(text_of(value));
    functions.insert(some.begin(), some.end());
  }
  const auto is = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (is("GROUP_BY")) look_at_groups(functions, found);
  if (is("WINDOW")) found.parts.merge(ordered_functions(functions));
  if (is("LIMIT") || is("TOP_N")) found.parts.insert("LIMIT");
  if (is("SAMPLE")) found.parts.insert("SAMPLE");
  for (const Json& child : node.value("children", Json::array())) look_at(child, found);
}

// The query with the text of each view that it names, or that one of those names: a plan calls a
// column by its alias, whatever makes it.
Result<std::string> with_views(SqlSession& session, std::string text) {
  DECANT_TRY_ASSIGN(auto views,
                    session.query("SELECT " + folded_name("view_name") +
                                      ", sql FROM system.main.duckdb_views() WHERE NOT internal",
                                  {}));
  for (bool grows = true; grows;) {
    grows = false;
    for (SqlRow& view : views) {
      if (!view[1] || !mentions(text, *view[0])) continue;
      text += "\n" + *std::exchange(view[1], std::nullopt);
      grows = true;
    }
  }
  return text;
}

}  // namespace

Result<QueryPlan> explain(Connection& connection, const std::string& relation) {
  Session session(connection);
  DECANT_TRY_ASSIGN(const auto rows,
                    session.query("EXPLAIN (FORMAT json) SELECT * FROM " + relation, {}));
  const Json plan =
      Json::parse(rows.empty() ? std::string() : rows[0].back().value_or(""), nullptr, false);
  Found found;
  if (plan.is_array()) {
    for (const Json& node : plan) look_at(node, found);
  }
  DECANT_TRY_ASSIGN(const std::string text, with_views(session, relation));
  const std::set<std::string> functions = functions_in(text);
  const SqlValue names = join({functions.begin(), functions.end()}, ",");
  DECANT_TRY_ASSIGN(const auto changing, session.query(k_volatile, std::span(&names, 1)));
  for (const SqlRow& name : changing) found.parts.insert(*name[0] + "()");
  return QueryPlan{join({found.outside.begin(), found.outside.end()}, ", "),
                   join({found.parts.begin(), found.parts.end()}, ", ")};
}

std::string fenced(const std::string& relation) {
  return "(SELECT * FROM " + relation + " OFFSET 0) AS decant_q";
}

}  // namespace decant::duck
