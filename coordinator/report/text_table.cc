#include "coordinator/report/text_table.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "common/base/printable.h"
#include "common/base/text.h"

namespace decant {

int display_width(std::string_view text) {
  int width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0) == 0x80) continue;
    // U+0300..U+036F are combining marks: CC 80 .. CD AF.
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == 0xCC || (byte == 0xCD && next <= 0xAF)) continue;
    ++width;
  }
  return width;
}

std::string fit(std::string_view text, int width, bool right) {
  std::string out(text);
  if (display_width(text) > width) {
    // Up to the character that would need the last cell, which the ellipsis takes.
    std::size_t end = 0;
    int used = 0;
    while (end < text.size()) {
      std::size_t next = end + 1;
      while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0) == 0x80) ++next;
      used += display_width(text.substr(end, next - end));
      if (used > width - 1) break;
      end = next;
    }
    out = std::string(text.substr(0, end)) + "…";
  }
  const std::string blanks(static_cast<std::size_t>(std::max(0, width - display_width(out))), ' ');
  return right ? blanks + out : out + blanks;
}

std::string counted(std::int64_t count, std::string_view noun, std::string_view many) {
  std::string text = group_digits(count) + " ";
  if (count == 1) return text.append(noun);
  return many.empty() ? text.append(noun) + "s" : text.append(many);
}

std::string group_decimal(std::string_view decimal) {
  const std::size_t sign = !decimal.empty() && decimal[0] == '-' ? 1 : 0;
  const std::size_t end = std::min(decimal.find_first_not_of("0123456789", sign), decimal.size());
  std::string out(decimal.substr(0, sign));
  for (std::size_t i = sign; i < end; ++i) {
    if (i > sign && (end - i) % 3 == 0) out += ',';
    out += decimal[i];
  }
  return out.append(decimal.substr(end));
}

std::string abbreviate(std::int64_t rows) {
  char text[32];
  if (rows < 1'000) {
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(rows));
  } else if (rows < 999'950) {
    std::snprintf(text, sizeof text, "%.1fk", static_cast<double>(rows) / 1e3);
  } else if (rows < 999'950'000) {
    std::snprintf(text, sizeof text, "%.1fM", static_cast<double>(rows) / 1e6);
  } else {
    std::snprintf(text, sizeof text, "%.1fG", static_cast<double>(rows) / 1e9);
  }
  return text;
}

std::string format_duration(std::int64_t ms) {
  char text[64];
  const long long seconds = static_cast<long long>(ms / 1000);
  if (seconds < 60) {
    std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(ms) / 1000.0);
  } else if (seconds < 3600) {
    std::snprintf(text, sizeof text, "%lld min %02lld s", seconds / 60, seconds % 60);
  } else {
    std::snprintf(text, sizeof text, "%lld h %02lld min", seconds / 3600, seconds / 60 % 60);
  }
  return text;
}

TextTable::TextTable(std::vector<std::string> columns) {
  for (std::string& name : columns) {
    right_.push_back(!name.empty() && name.front() == '>');
    names_.push_back(right_.back() ? name.substr(1) : name);
  }
}

void TextTable::add(std::vector<std::string> cells) {
  cells.resize(names_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string TextTable::text(std::string_view indent) const {
  std::vector<int> widths;
  for (std::size_t c = 0; c < names_.size(); ++c) {
    int width = display_width(names_[c]);
    for (const auto& row : rows_) width = std::max(width, display_width(row[c]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text(indent);
    for (std::size_t c = 0; c < cells.size(); ++c) {
      text += (c > 0 ? "  " : "") + fit(cells[c], widths[c], right_[c]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line(names_);
  for (const auto& row : rows_) line(row);
  return out;
}

}  // namespace decant
