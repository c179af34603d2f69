// What is filled in elsewhere and not here would be taken for a text: ${NAME} of the environment,
// and {store} in a query.
#include <algorithm>
#include <array>

#include "common/job/job_parser.h"
#include "common/job/map_reader.h"

namespace decant {
namespace {

// With all that stands below them: values of a store may be parts of the others.
constexpr std::array<std::string_view, 4> k_filled_in = {"target", "source", "files", "stores"};

bool is_name_character(char c) {
  return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// "${NAME}" or "${NAME:-" of a text; empty where there is none.
std::string variable_in(const std::string& text) {
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 2)) {
    std::size_t end = at + 2;
    while (end < text.size() && is_name_character(text[end])) ++end;
    if (end == at + 2 || end == text.size()) continue;
    if (text[end] == '}' || text.compare(end, 2, ":-") == 0)
      return "${" + text.substr(at + 2, end - at - 2) + "}";
  }
  return {};
}

Status check(const YamlNode& node, bool is_query) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string key = node.is_mapping() ? node.keys[i].text : std::string();
    if (std::find(k_filled_in.begin(), k_filled_in.end(), key) != k_filled_in.end()) continue;
    DECANT_TRY(check(node.items[i], key == "sql"));
  }
  if (!node.is_scalar()) return {};
  if (const std::string variable = variable_in(node.text); !variable.empty()) {
    return wrong(node,
                 variable +
                     " is filled in in `target`, `source`, `files` and values of stores, and "
                     "not here.",
                 "Write out what it stands for.");
  }
  for (const char* placeholder : {"{store}", "{label}"}) {
    if (!is_query || node.text.find(placeholder) == std::string::npos) continue;
    return wrong(node, std::string(placeholder) + " is not filled in in a query.",
                 "Give each store a `source` of its own, or let a column say the store: stores: "
                 "{from_column: COLUMN}.");
  }
  return {};
}

}  // namespace

Status refuse_placeholders(const YamlNode& root) { return check(root, false); }

}  // namespace decant
