#include "common/job/foreign_type.h"

namespace decant {

bool has_union(std::string_view foreign) {
  constexpr std::string_view k_union = "UNION(";
  char quote = 0;
  for (std::size_t i = 0; i < foreign.size(); ++i) {
    const char c = foreign[i];
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? 0 : c;
    } else if (quote == 0 && foreign.substr(i).starts_with(k_union)) {
      return true;
    }
  }
  return false;
}

}  // namespace decant
