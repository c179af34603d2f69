// What is filled in elsewhere and not here would be taken for a text: ${NAME} of the environment,
// and {store} in a query.
#include <algorithm>
#include <array>

#include "common/job/job_parser.h"
#include "common/job/map_reader.h"

namespace decant {
namespace {

// The keys on the way from the root to a value; an item of a list has none of its own.
using Path = std::vector<std::string_view>;

// Keys of a store that are no text to fill in.
constexpr std::array<std::string_view, 4> k_plain_store_keys = {"active", "opened", "time_zone",
                                                                "max_parallel"};

// By the whole path: a column or a store may be called `source` as well.
bool is_filled_in(const Path& path) {
  if (path.size() == 1) return path[0] == "target";
  if (path.size() == 3 && path[0] == "stores") {
    return std::find(k_plain_store_keys.begin(), k_plain_store_keys.end(), path[2]) ==
           k_plain_store_keys.end();
  }
  return path.size() == 4 && path[0] == "entities" && path[2] == "read" &&
         (path[3] == "source" || path[3] == "files");
}

bool is_query(const Path& path) {
  if (path.empty() || path.back() != "sql") return false;
  return (path.size() == 4 && path[0] == "entities" && path[2] == "read") ||
         (path.size() == 2 && path[0] == "checks");
}

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

Status check(const YamlNode& node, Path& path) {
  if (is_filled_in(path)) return {};
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (node.is_mapping()) path.emplace_back(node.keys[i].text);
    DECANT_TRY(check(node.items[i], path));
    if (node.is_mapping()) path.pop_back();
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
    if (!is_query(path) || node.text.find(placeholder) == std::string::npos) continue;
    return wrong(node, std::string(placeholder) + " is not filled in in a query.",
                 "Give each store a `source` of its own, or let a column say the store: stores: "
                 "{from_column: COLUMN}.");
  }
  return {};
}

}  // namespace

Status refuse_placeholders(const YamlNode& root) {
  Path path;
  return check(root, path);
}

}  // namespace decant
