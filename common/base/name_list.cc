#include "common/base/name_list.h"

namespace decant {
namespace {

constexpr std::string_view k_blanks = " \t";

// The end of the quoted part that begins at `begin`, behind its quote, where a comma or nothing
// follows; npos where this is no quoted part. `name` is what it says.
std::size_t end_of_quoted(std::string_view text, std::size_t begin, std::string& name) {
  if (begin >= text.size() || text[begin] != '"') return std::string_view::npos;
  for (std::size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] != '"') {
      name += text[at];
    } else if (at + 1 < text.size() && text[at + 1] == '"') {
      name += text[++at];
    } else {
      const std::size_t next = text.find_first_not_of(k_blanks, at + 1);
      const bool ends = next == std::string_view::npos || text[next] == ',';
      return ends ? at + 1 : std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

}  // namespace

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = text.find_first_not_of(k_blanks, at);
    if (begin == std::string_view::npos) break;
    std::string quoted;
    const std::size_t quote_end = end_of_quoted(text, begin, quoted);
    const bool is_quoted = quote_end != std::string_view::npos;
    const std::size_t comma = text.find(',', is_quoted ? quote_end : begin);
    const std::size_t end = comma == std::string_view::npos ? text.size() : comma;
    if (is_quoted) {
      if (!quoted.empty()) names.push_back(quoted);
    } else if (end > begin) {
      const std::size_t last = text.find_last_not_of(k_blanks, end - 1);
      names.emplace_back(text.substr(begin, last + 1 - begin));
    }
    at = end + 1;
  }
  return names;
}

}  // namespace decant
