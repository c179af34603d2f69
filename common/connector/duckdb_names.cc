#include "common/connector/duckdb_names.h"

#include <algorithm>

namespace decant {
namespace {

bool is_called(std::string_view name, std::string_view folded) {
  return std::equal(name.begin(), name.end(), folded.begin(), folded.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool is_main(std::string_view schema) { return is_called(schema, "main"); }

}  // namespace

std::string folded_name(const std::string& expression) {
  return own_function(Dialect::kDuckDb, "translate") + "(" + expression +
         ", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')";
}

std::string own_function(Dialect dialect, std::string_view name) {
  return (dialect == Dialect::kDuckDb ? "system.main." : "") + std::string(name);
}

std::string table_in_file(std::string_view dotted) {
  const auto dots = std::count(dotted.begin(), dotted.end(), '.');
  if (dots > 1) return quote_table(dotted);  // it names a catalog
  return quote_identifier(k_file_catalog) + "." + (dots == 0 ? "\"main\"." : "") +
         quote_table(dotted);
}

Status check_schema_name(std::string_view schema, const std::string& what) {
  for (const std::string_view catalog : {std::string_view("memory"), std::string_view("temp"),
                                         std::string_view("system"), k_file_catalog}) {
    if (!is_called(schema, catalog)) continue;
    return fail(ErrorCode::kUsage,
                what + " lies in a schema that is called like a catalog of DuckDB's, which takes " +
                    std::string(schema) + " for that.",
                "Take a schema of another name.");
  }
  return {};
}

std::string new_table(Dialect dialect, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  const bool is_in_main = dot == std::string_view::npos || is_main(dotted.substr(0, dot));
  return dialect == Dialect::kDuckDb && is_in_main ? table_in_file(dotted) : quote_table(dotted);
}

std::string schema_to_make_in(Dialect dialect, std::string_view schema) {
  const std::string quoted = quote_identifier(schema);
  if (dialect != Dialect::kDuckDb || !is_main(schema)) return quoted;
  return quote_identifier(k_file_catalog) + "." + quoted;
}

}  // namespace decant
