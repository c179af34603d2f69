#include "common/job/foreign_type.h"

namespace decant {
namespace {

bool is_of_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether `is_found(before, rest)` holds at any place outside of quotes, where `before` is the
// character in front of `rest`.
template <typename IsFound>
bool is_outside_of_quotes(std::string_view foreign, IsFound is_found) {
  char quote = 0;
  char before = 0;
  for (std::size_t i = 0; i < foreign.size(); ++i) {
    const char c = foreign[i];
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? 0 : c;
    } else if (quote == 0 && is_found(before, foreign.substr(i))) {
      return true;
    }
    before = c;
  }
  return false;
}

// A blank follows the name of a field, and its type stands behind that.
bool has_type(std::string_view foreign, std::string_view type) {
  return is_outside_of_quotes(foreign, [&](char before, std::string_view rest) {
    if (is_of_a_word(before) || !rest.starts_with(type)) return false;
    const std::string_view behind = rest.substr(type.size());
    return behind.empty() || behind[0] == ',' || behind[0] == ')' || behind[0] == '[';
  });
}

}  // namespace

bool has_union(std::string_view foreign) {
  return is_outside_of_quotes(
      foreign, [](char, std::string_view rest) { return rest.starts_with("UNION("); });
}

bool has_variant(std::string_view foreign) { return has_type(foreign, "VARIANT"); }

bool has_interval(std::string_view foreign) { return has_type(foreign, "INTERVAL"); }

bool is_text_type(std::string_view foreign) {
  return foreign == "citext" || foreign.ends_with(".citext") || foreign == "\"char\"";
}

}  // namespace decant
