#include "common/connector/plan_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace decant {
namespace {

bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::set<std::string> functions_in(std::string_view plan) {
  std::set<std::string> names;
  for (std::size_t at = plan.find('('); at != std::string_view::npos; at = plan.find('(', at + 1)) {
    std::size_t end = at;
    // A quoted name, whose quotes are escaped where the plan is JSON.
    while (end > 0 && (plan[end - 1] == '"' || plan[end - 1] == '\\')) --end;
    std::size_t begin = end;
    while (begin > 0 && is_of_name(plan[begin - 1])) --begin;
    if (begin < end) names.insert(lower(plan.substr(begin, end - begin)));
  }
  return names;
}

std::set<std::string> ordered_functions(const std::set<std::string>& functions) {
  constexpr std::array<std::string_view, 7> k_ordered = {
      "first_value", "lag", "last_value", "lead", "nth_value", "ntile", "row_number"};
  std::set<std::string> found;
  for (const std::string& name : functions) {
    if (std::find(k_ordered.begin(), k_ordered.end(), name) != k_ordered.end()) found.insert(name);
  }
  return found;
}

bool mentions(std::string_view sql, std::string_view name) {
  return lower(sql).find(name) != std::string::npos;
}

bool says_distinct_on(std::string_view sql) {
  constexpr std::string_view k_distinct = "distinct", k_on = "on";
  const std::string text = lower(sql);
  for (std::size_t at = text.find(k_distinct); at != std::string::npos;
       at = text.find(k_distinct, at + 1)) {
    const std::size_t behind = at + k_distinct.size();
    const std::size_t next = text.find_first_not_of(" \t\r\n", behind);
    if (next == std::string::npos || next == behind) continue;
    if (text.compare(next, k_on.size(), k_on) != 0) continue;
    const std::size_t after = next + k_on.size();
    if (after == text.size() || !is_of_name(text[after])) return true;
  }
  return false;
}

}  // namespace decant
