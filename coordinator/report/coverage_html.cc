#include "common/base/text.h"
#include "coordinator/report/report.h"
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
body{font:14px/1.45 system-ui,sans-serif;margin:2rem;max-width:90rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .55rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:nth-child(-n+2),td:nth-child(-n+2){text-align:left}
.complete{background:var(--ok)}.partial{background:var(--part)}.missing{background:var(--miss)}.closed{opacity:.5}
.scroll{overflow-x:auto}
</style></head><body>
)";

struct CellStyle {
  const char* name;
  const char* title;
};

CellStyle style_of(CoverageCell::State state) {
  switch (state) {
    case CoverageCell::State::kComplete:
      return {"complete", "complete"};
    case CoverageCell::State::kPartial:
      return {"partial", "partial: chunks of this month are not loaded"};
    case CoverageCell::State::kMissing:
      return {"missing", "missing: no rows"};
    case CoverageCell::State::kNotOpen:
      return {"closed", "not yet open"};
  }
  return {"", ""};
}

}  // namespace

std::string coverage_html(const Coverage& coverage) {
  std::string out = k_head;
  out += "<h1>Coverage of " + escape(coverage.entity) + "</h1>\n<p>Job " + escape(coverage.job) +
         ", " + group_digits(coverage.rows) + " rows, " + std::to_string(coverage.active_stores) +
         " active of " + std::to_string(coverage.configured_stores) + " stores, mean " +
         group_digits(coverage.mean_rows_per_month) +
         " rows a month.</p>\n<div class=\"scroll\"><table><thead><tr><th "
         "scope=\"col\">store</th><th scope=\"col\">label</th>"
         "<th scope=\"col\">rows</th><th scope=\"col\">%</th>";
  for (const std::string& month : coverage.months) out += "<th scope=\"col\">" + month + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const CoverageStore& store : coverage.stores) {
    const int percent =
        store.months_expected == 0
            ? 0
            : (store.months_with_rows * 100 + store.months_expected / 2) / store.months_expected;
    out += "<tr><td>" + escape(store.store) + "</td><td>" + escape(store.label) + "</td><td>" +
           group_digits(store.rows) + "</td><td>" +
           (store.active ? std::to_string(percent) + "%" : "inactive") + "</td>";
    for (const CoverageCell& cell : store.cells) {
      const CellStyle style =
          store.active || cell.rows > 0 ? style_of(cell.state) : CellStyle{"closed", "inactive"};
      out += std::string("<td class=\"") + style.name + "\" title=\"" + style.title + "\">" +
             (cell.rows > 0                                                 ? abbreviate(cell.rows)
              : cell.state == CoverageCell::State::kMissing && store.active ? "—"
                                                                            : "") +
             "</td>";
    }
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  for (const CoverageStore& store : coverage.stores) {
    if (store.missing.empty() || !store.active) continue;
    out += "<p>" + escape(store.store) + " misses " + join(store.missing, ", ") + ".</p>\n";
  }
  if (!coverage.months_apart.empty()) {
    out += "<p>Rows of " + join(coverage.months_apart, ", ") +
           " are counted, and too far from the others to be shown.</p>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace decant
