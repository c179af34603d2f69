#include "common/base/text.h"
#include "coordinator/report/coverage.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

constexpr const char* k_head = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Coverage</title><style>
:root{color-scheme:light dark;--ok:#1a7f4b22;--part:#b2730033;--miss:#b3261e33;--line:#8884}
body{font:14px/1.45 system-ui,sans-serif;margin:1.5rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .4rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
tfoot td{font-weight:600;border-top:2px solid var(--line)}h2{font-size:1rem;margin:1.5rem 0 .3rem}
.legend span{padding:.1rem .4rem;margin-left:.8rem}ul{margin:0;padding-left:1.2rem}
.complete{background:var(--ok)}.partial{background:var(--part)}.missing{background:var(--miss)}.closed{opacity:.5}
.scroll{overflow-x:auto}
</style></head><body>
)";

const char* class_of(CoverageCell::State state) {
  switch (state) {
    case CoverageCell::State::kComplete:
      return "complete";
    case CoverageCell::State::kPartial:
      return "partial";
    case CoverageCell::State::kNotLoaded:
    case CoverageCell::State::kMissing:
    case CoverageCell::State::kNotRead:
      return "missing";
    case CoverageCell::State::kNotOpen:
      return "closed";
  }
  return "";
}

std::string cell_of(const CoverageStore& store, const CoverageCell& cell) {
  using State = CoverageCell::State;
  const bool is_off = !store.active && cell.rows == 0;
  const std::string state = is_off ? "off" : coverage_state_name(cell.state);
  const std::string shown = cell.rows > 0                     ? abbreviate(cell.rows)
                            : is_off                          ? ""
                            : cell.state == State::kMissing   ? "—"
                            : cell.state == State::kNotLoaded ? "?"
                            : cell.state == State::kNotRead   ? "×"
                            : cell.state == State::kPartial   ? "0"
                                                              : "";
  return std::string("<td class=\"") + (is_off ? "closed" : class_of(cell.state)) + "\" title=\"" +
         escape(store.store) + " " + cell.month + ": " + group_digits(cell.rows) + " rows, " +
         state + "\">" + shown + "</td>";
}

constexpr const char* k_legend =
    "<p class=\"legend\"><span class=\"complete\">1.2k</span> complete "
    "<span class=\"partial\">1.2k</span> partial: not the whole month, or parts not loaded "
    "<span class=\"missing\">—</span> missing: no rows <span class=\"missing\">?</span> planned, "
    "not loaded <span class=\"missing\">×</span> the store could not be read; nothing: not yet "
    "open, or off. A cell names its exact rows.</p>\n";

std::string lists_of(const Coverage& coverage, const char* what,
                     std::vector<std::string> CoverageStore::*months) {
  std::string items;
  for (const CoverageStore& store : coverage.stores) {
    if ((store.*months).empty() || !store.active) continue;
    items += "<li>" + escape(store.store) +
             (store.label.empty() ? "" : " (" + escape(store.label) + ")") + ": " +
             months_text(store.*months) + "</li>\n";
  }
  return items.empty() ? "" : std::string("<h2>") + what + "</h2>\n<ul>\n" + items + "</ul>\n";
}

}  // namespace

std::string coverage_html(const Coverage& coverage) {
  std::string out = k_head;
  out += "<h1>Coverage of " + escape(coverage.entity) + "</h1>\n<p>Job " + escape(coverage.job) +
         ", table " + escape(coverage.table) + ": " + counted(coverage.rows, "row") + ", ";
  if (!coverage.months.empty()) {
    out += coverage.months.front() + " to " + coverage.months.back() + ", mean " +
           counted(coverage.mean_rows_per_month, "row") + " a month, ";
  }
  out += std::to_string(coverage.active_stores) + " active of " +
         counted(coverage.configured_stores, "store") + ".</p>\n" + k_legend +
         "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">store</th>"
         "<th scope=\"col\">label</th><th scope=\"col\">rows</th><th scope=\"col\">%</th>";
  for (const std::string& month : coverage.months) out += "<th scope=\"col\">" + month + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const CoverageStore& store : coverage.stores) {
    out += "<tr><td>" + escape(store.store) + "</td><td>" + escape(store.label) + "</td><td>" +
           group_digits(store.rows) + "</td><td>" +
           (!store.active               ? "off"
            : store.months_expected > 0 ? std::to_string(coverage_percentage(store)) + "%"
                                        : "") +
           "</td>";
    for (const CoverageCell& cell : store.cells) out += cell_of(store, cell);
    out += "</tr>\n";
  }
  out += "</tbody><tfoot><tr><td>total</td><td></td><td>" + group_digits(coverage.rows) +
         "</td><td></td>";
  for (const std::int64_t rows : coverage.month_rows)
    out += "<td title=\"" + group_digits(rows) + " rows\">" + abbreviate(rows) + "</td>";
  out += "</tr></tfoot></table></div>\n";
  out += lists_of(coverage, "Missing months", &CoverageStore::missing);
  out += lists_of(coverage, "Months not loaded", &CoverageStore::not_loaded);
  out += lists_of(coverage, "Months not read", &CoverageStore::not_read);
  if (!coverage.months_apart.empty()) {
    out += "<p>Rows of " + join(coverage.months_apart, ", ") +
           " are counted, and too far from the others to be shown.</p>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace decant
