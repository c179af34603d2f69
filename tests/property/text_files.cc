#include "tests/property/text_files.h"

#include <algorithm>
#include <cstdio>

#include "tests/property/random.h"

namespace decant::property {
namespace {

constexpr std::uint64_t k_seed = 17;  // of quoting, which does not change a value

bool is_number_kind(Kind kind) {
  return kind == Kind::kInt || kind == Kind::kDecimal || kind == Kind::kFloat;
}

std::string csv_field(const Cell& cell, const std::string& null_text, Random& random) {
  if (cell.is_null) return null_text;
  const std::string& text = cell.in_file();
  const bool must = text == null_text || text.find_first_of(",\"\r\n") != text.npos;
  if (!must && !random.one_in(5)) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

// Line ends as a reader counts them: CR LF is one.
std::int64_t lines_in(const std::string& text) {
  std::int64_t lines = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if ((text[i] == '\n' || text[i] == '\r') && !is_pair) ++lines;
  }
  return lines;
}

// By JSON's grammar, whatever else reads it as a number.
bool is_json_number(const std::string& text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t first = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - first;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t first = i;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && text[first] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::string escaped(unsigned char c) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", c);
  return text;
}

std::string json_string(const std::string& text, Random& random) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n' && random.one_in(2)) {
      out += "\\n";
    } else if (byte < 0x20 || (byte < 0x80 && random.one_in(50))) {
      out += escaped(byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_value(const ColumnModel& column, const Cell& cell, Random& random) {
  if (cell.is_null) return "null";
  const std::string& text = cell.in_file();
  if (column.kind == Kind::kJson) return text;
  if (is_number_kind(column.kind) && is_json_number(text) && random.one_in(2)) return text;
  const bool is_word = text == "true" || text == "false";
  if (column.kind == Kind::kBool && is_word && random.one_in(2)) return text;
  return json_string(text, random);
}

}  // namespace

TextFile csv_of(const Table& table) {
  Random random(k_seed);
  TextFile file;
  file.text = "id";
  for (const ColumnModel& column : table.columns) file.text += "," + column.name;
  file.text += "\n";
  std::int64_t line = 2;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    file.lines.push_back(line);
    std::string row = std::to_string(i + 1);
    for (const Cell& cell : table.rows[i]) row += "," + csv_field(cell, table.null_text, random);
    line += lines_in(row) + 1;
    file.text += row + "\n";
  }
  return file;
}

TextFile json_lines_of(const Table& table) {
  Random random(k_seed);
  TextFile file;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    file.lines.push_back(static_cast<std::int64_t>(i) + 1);
    file.text += "{\"id\": " + std::to_string(i + 1);
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      file.text += ", \"" + table.columns[c].name +
                   "\": " + json_value(table.columns[c], table.rows[i][c], random);
    }
    file.text += "}\n";
  }
  return file;
}

}  // namespace decant::property
