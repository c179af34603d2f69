// What a source's session says of the snapshot that it reads under: "ID CONTENT". By the id another
// session imports it, while the one that gave it lives. Equal content: the same rows are seen.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace decant {

inline std::string snapshot_text(const std::string& id, const std::string& content) {
  return id + " " + content;
}

inline std::string_view snapshot_id(std::string_view text) {
  return text.substr(0, text.find(' '));
}

// Empty where it was not told.
inline std::string_view snapshot_content(std::string_view text) {
  return text.substr(std::min(text.size(), snapshot_id(text).size() + 1));
}

}  // namespace decant
