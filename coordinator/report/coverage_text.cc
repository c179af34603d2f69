#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/printable.h"
#include "common/base/text.h"
#include "coordinator/report/coverage.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using State = CoverageCell::State;

constexpr std::size_t k_most_lines = 20;

// 18.2k where five characters fit, else 18k.
std::string shortest(std::int64_t rows, int width) {
  std::string text = abbreviate(rows);
  if (const std::size_t point = text.find('.');
      point != std::string::npos && display_width(text) > width) {
    text.erase(point, 2);
  }
  return text;
}

// Rows in a cell of four or five characters; symbols alone where the terminal is too narrow for
// figures.
std::string cell_text(const CoverageStore& store, const CoverageCell& cell, int width) {
  if (!store.active && cell.rows == 0) return " ";
  switch (cell.state) {
    case State::kNotLoaded:
      return "?";
    case State::kMissing:
      return "—";
    case State::kNotRead:
      return "×";
    case State::kNotOpen:
      return "·";
    case State::kComplete:
      return width < 4 ? "█" : shortest(cell.rows, width);
    case State::kPartial:
      return width < 5 ? "▒" : "~" + shortest(cell.rows, width - 1);
  }
  return "";
}

std::string paint(const std::string& text, State state, bool colour) {
  if (!colour) return text;
  const char* code = state == State::kComplete  ? "32"
                     : state == State::kPartial ? "33"
                     : state == State::kNotOpen ? "2"
                                                : "31";
  return std::string("\033[") + code + "m" + text + "\033[0m";
}

std::string short_month(const std::string& month, int width) {
  // 2024-08, 24-08, or the month alone, with the year at its first.
  if (width >= 7 || month.size() != 7) return month;
  if (width >= 5) return month.substr(2);
  return month.substr(5) == "01" ? "'" + month.substr(2, 2) : month.substr(5);
}

int next_january(const std::vector<std::string>& months) {
  int i = 1;
  while (i < static_cast<int>(months.size()) &&
         months[static_cast<std::size_t>(i)].substr(5) != "01")
    ++i;
  return i;
}

// Where no cell has room for "'24": the years above, each where its first month is shown, and the
// months below them, one digit under the other where a cell has room for one. It begins on the line
// of the other headings, whose width is `left`.
std::string narrow_heading(const std::vector<std::string>& months, int cell, int left) {
  std::string years;
  std::size_t at = 0;  // columns that stand in `years`
  for (std::size_t i = 0; i < months.size(); ++i) {
    const bool is_january = months[i].substr(5) == "01";
    const std::size_t column = i * static_cast<std::size_t>(cell + 1) + 1;
    // A year of which only a month or two are shown may have no room before the next one.
    const bool has_room = is_january || i > 0 || next_january(months) * (cell + 1) >= 5;
    if ((i > 0 && !is_january) || !has_room || column < at) continue;
    years += std::string(column - at, ' ') + months[i].substr(0, 4);
    at = column + 5;  // a blank at least before the next year
    years += ' ';
  }
  std::vector<std::string> lines(cell >= 2 ? 1 : 2,
                                 std::string(static_cast<std::size_t>(left), ' '));
  for (const std::string& month : months) {
    if (cell >= 2) {
      lines[0] += " " + fit(month.substr(5), cell, true);
    } else {
      lines[0] += std::string(" ") + month[5];
      lines[1] += std::string(" ") + month[6];
    }
  }
  years.erase(years.find_last_not_of(' ') + 1);
  std::string text = years;
  for (const std::string& line : lines) text += "\n" + line;
  return text;
}

// "missing  tienda_08 (BOSQUE): 2024-09, 2025-03", a line for each store that has such months.
std::string lists_of(const Coverage& coverage, const char* what,
                     std::vector<std::string> CoverageStore::*months) {
  std::string text;
  std::size_t lines = 0;
  for (const CoverageStore& store : coverage.stores) {
    if ((store.*months).empty() || !store.active || ++lines > k_most_lines) continue;
    text += fit(what, 11) + store.store + (store.label.empty() ? "" : " (" + store.label + ")") +
            ": " + months_text(store.*months) + "\n";
  }
  if (lines > k_most_lines) {
    text += fit(what, 11) + "… and months of " + std::to_string(lines - k_most_lines) +
            " more stores; `decant coverage --json` has them all\n";
  }
  return text;
}

}  // namespace

std::string coverage_text(const Coverage& as_named, bool colour, int terminal_columns) {
  Coverage coverage = as_named;
  for (CoverageStore& store : coverage.stores) {
    store.store = printable(store.store);
    store.label = printable(store.label);
  }
  int name_width = 5, label_width = 5;
  for (const CoverageStore& store : coverage.stores) {
    name_width = std::max(name_width, display_width(store.store));
    label_width = std::max(label_width, display_width(store.label));
  }
  name_width = std::min(name_width, 20);
  label_width = std::min(label_width, 16);
  const int months = static_cast<int>(coverage.months.size());
  const int left = name_width + 2 + label_width + 2 + 11 + 2 + 4;
  const int cell = months == 0 ? 0 : std::clamp((terminal_columns - left) / months - 1, 1, 7);
  std::string text = "coverage of " + coverage.entity + " (" + coverage.job + ")\n";
  text += fit("store", name_width) + "  " + fit("label", label_width) + "  " +
          fit("rows", 11, true) + "  " + fit("%", 4, true);
  if (cell >= 4) {
    for (const std::string& month : coverage.months)
      text += " " + fit(short_month(month, cell), cell, true);
    text.erase(text.find_last_not_of(' ') + 1);
  } else if (months > 0) {
    text += narrow_heading(coverage.months, cell, left);
  }
  text += "\n";
  for (const CoverageStore& store : coverage.stores) {
    const bool dated = store.months_expected > 0;
    text += fit(store.store, name_width) + "  " + fit(store.label, label_width) + "  " +
            fit(group_digits(store.rows), 11, true) + "  " +
            fit(!store.active ? "off"
                : dated       ? std::to_string(coverage_percentage(store)) + "%"
                              : "",
                4, true);
    for (const CoverageCell& c : store.cells)
      text += " " + paint(fit(cell_text(store, c, cell), cell, true), c.state, colour);
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  text += lists_of(coverage, "missing", &CoverageStore::missing);
  text += lists_of(coverage, "not loaded", &CoverageStore::not_loaded);
  text += lists_of(coverage, "not read", &CoverageStore::not_read);
  if (!coverage.months_apart.empty()) {
    text += "apart      rows of " + join(coverage.months_apart, ", ") +
            " are counted, and too far from the others to be shown\n";
  }
  text += "total      " + counted(coverage.rows, "row");
  if (!coverage.months.empty()) {
    text += ", " + coverage.months.front() + " .. " + coverage.months.back() + " (" +
            counted(months, "month") + ")";
  }
  text += ", " + std::to_string(coverage.active_stores) + " active of " +
          counted(coverage.configured_stores, "store");
  if (!coverage.months.empty())
    text += ", mean " + counted(coverage.mean_rows_per_month, "row") + " a month";
  return text + "\n";
}

std::string coverage_json(const Coverage& coverage) {
  nlohmann::ordered_json out;
  out["job"] = coverage.job;
  out["entity"] = coverage.entity;
  out["table"] = coverage.table;
  out["months"] = coverage.months;
  out["months_apart"] = coverage.months_apart;
  out["rows"] = coverage.rows;
  out["active_stores"] = coverage.active_stores;
  out["configured_stores"] = coverage.configured_stores;
  out["mean_rows_per_month"] = coverage.mean_rows_per_month;
  out["stores"] = nlohmann::ordered_json::array();
  for (const CoverageStore& store : coverage.stores) {
    nlohmann::ordered_json s;
    s["store"] = store.store;
    s["label"] = store.label;
    s["active"] = store.active;
    s["opened"] = store.opened;
    s["rows"] = store.rows;
    s["percentage"] = coverage_percentage(store);
    s["months_with_rows"] = store.months_with_rows;
    s["months_expected"] = store.months_expected;
    s["missing"] = store.missing;
    s["not_loaded"] = store.not_loaded;
    s["not_read"] = store.not_read;
    for (const CoverageCell& cell : store.cells) {
      s["cells"].push_back(
          {{"month", cell.month}, {"state", coverage_state_name(cell.state)}, {"rows", cell.rows}});
    }
    out["stores"].push_back(std::move(s));
  }
  return out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace decant
