// CSV for tests: rows of fields as text, quoted where a reader needs it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace decant::test {

using CsvRow = std::vector<std::string>;

inline std::string csv_field(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string quoted = "\"";
  for (const char c : field) quoted.append(c == '"' ? "\"\"" : std::string(1, c));
  return quoted + '"';
}

inline std::string csv_text(const std::vector<CsvRow>& rows) {
  std::string text;
  for (const CsvRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(row[i]);
    text += '\n';
  }
  return text;
}

}  // namespace decant::test
