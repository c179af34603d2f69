#include <string>
#include <string_view>

#include "common/connector/sql_session.h"

namespace decant {
namespace {

std::string enclose(std::string_view text, char quote) {
  std::string out;
  out.reserve(text.size() + 2);
  out.push_back(quote);
  for (char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

}  // namespace

Error several_statements() {
  return {ErrorCode::kUsage,
          "It has several statements, and only one would be looked at.",
          "Write one query.",
          {},
          {}};
}

Error gives_no_rows() {
  return {ErrorCode::kUsage,
          "It is no query: it gives no rows, whatever the table has.",
          "Write a SELECT.",
          {},
          {}};
}

std::string quote_identifier(std::string_view name) { return enclose(name, '"'); }

std::string quote_identifiers(std::span<const std::string> names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + quote_identifier(name);
  return out;
}

std::string quote_table(std::string_view dotted) {
  std::string out;
  while (true) {
    const std::size_t dot = dotted.find('.');
    out += quote_identifier(dotted.substr(0, dot));
    if (dot == std::string_view::npos) return out;
    out.push_back('.');
    dotted.remove_prefix(dot + 1);
  }
}

// Whether '\' stands for itself is a setting in PostgreSQL, and a source keeps its own. E'\\' is
// one backslash under either, and in DuckDB too.
std::string quote_literal(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return enclose(text, '\'');
  std::string doubled;
  for (const char c : text) doubled.append(c == '\\' ? 2 : 1, c);
  return "E" + enclose(doubled, '\'');
}

}  // namespace decant
