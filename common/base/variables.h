// Where in a text the environment's variables stand.
#pragma once

#include <string_view>
#include <vector>

namespace decant {

struct TextPart {
  std::string_view text;
  bool is_variable = false;  // ${NAME} or ${NAME:-default}, or the rest of a text that never closes
};

// The text in pieces, in order; `$$` belongs to those that are no variable. For
// Environment::expand.
std::vector<TextPart> parts_with_variables(std::string_view text);

}  // namespace decant
