#include "coordinator/control/checks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "common/base/text.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

constexpr std::size_t k_shown_rows = 3;
constexpr int k_shown_width = 100;

std::string first_word(std::string_view sql) {
  std::string word;
  for (const char c : sql) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) break;
    word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return word;
}

std::string row_text(const SqlRow& row) {
  std::string text;
  for (const auto& value : row) text += (text.empty() ? "" : " | ") + value.value_or("NULL");
  return display_width(text) > k_shown_width ? fit(text, k_shown_width) : text;
}

// "3 rows, none expected: tienda_01 | -4; tienda_02 | 7; …"
std::string surplus_text(const std::vector<SqlRow>& rows) {
  std::string text = rows.size() > k_most_check_rows
                         ? "more than " + counted(k_most_check_rows, "row")
                         : counted(static_cast<std::int64_t>(rows.size()), "row");
  text += ", none expected: ";
  for (std::size_t i = 0; i < std::min(rows.size(), k_shown_rows); ++i)
    text += (i == 0 ? "" : "; ") + row_text(rows[i]);
  return text + (rows.size() > k_shown_rows ? "; …" : "");
}

}  // namespace

std::string limited_check(const std::string& sql) {
  const std::string_view blank = " \t\r\n";
  std::string_view query = sql;
  query.remove_prefix(std::min(query.find_first_not_of(blank), query.size()));
  const std::size_t last = query.find_last_not_of(" \t\r\n;");
  query = query.substr(0, last == std::string_view::npos ? 0 : last + 1);
  constexpr std::array k_wrapped = {"SELECT", "WITH", "VALUES"};
  const std::string word = first_word(query);
  const bool is_wrapped = std::any_of(k_wrapped.begin(), k_wrapped.end(),
                                      [&](const char* known) { return word == known; });
  // Several statements, or a comment that hides what follows, are the target's to judge.
  if (!is_wrapped || query.find(';') != std::string_view::npos) return sql;
  return "SELECT * FROM (" + std::string(query) + "\n) AS decant_check LIMIT " +
         std::to_string(k_most_check_rows + 1);
}

CheckResult judge_check(const CheckSpec& check, const Result<std::vector<SqlRow>>& rows) {
  CheckResult result;
  result.name = check.name;
  if (!rows) {
    result.text = "the query failed: " + rows.error().message;
    if (result.text.ends_with('.') || result.text.ends_with('!')) {
      result.text.pop_back();  // it stands within a sentence
    }
  } else if (check.expect == CheckSpec::Expect::kNoRows) {
    result.passed = rows->empty();
    result.text = rows->empty() ? "no rows" : surplus_text(*rows);
  } else if (rows->size() != 1 || rows->front().size() != 1) {
    result.text = "one value was expected (" + check.value + "), and the query gives " +
                  counted(static_cast<std::int64_t>(rows->size()), "row") +
                  (rows->empty() ? ""
                                 : " of " + counted(static_cast<std::int64_t>(rows->front().size()),
                                                    "column"));
  } else {
    const std::string found = rows->front().front().value_or("NULL");
    result.passed = found == check.value;
    result.text = result.passed ? "as expected" : "it is " + found + ", expected " + check.value;
  }
  return result;
}

}  // namespace decant
