// Small text helpers that several folders need.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace decant {

std::string to_hex(std::span<const std::uint8_t> bytes);
bool from_hex(std::string_view text,
              std::span<std::uint8_t> out);  // false: wrong length or character

// The candidate nearest to `word` by edit distance, or empty when none is near enough to suggest.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// 1234567 -> "1,234,567"
std::string group_digits(std::int64_t value);
std::vector<std::string> split(std::string_view text, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
// The first `most` bytes of UTF-8 text, or a little less where that would cut a character.
std::string_view cut_text(std::string_view text, std::size_t most);
// True for ASCII without NUL, which nearly all text is; false says that it has to be looked at.
inline bool is_plain_ascii(std::string_view text) {
  // A byte above 0x7F has the high bit, and one of 0 gets it by the subtraction. A borrow from
  // there may reach the next byte, whose answer no longer matters.
  const auto has_other = [](std::uint64_t word) {
    return ((word | (word - 0x0101010101010101ULL)) & 0x8080808080808080ULL) != 0;
  };
  const char* const bytes = text.data();
  const std::size_t size = text.size();
  std::uint64_t word = 0;
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      std::memcpy(&word, bytes + at, 8);
      if (has_other(word)) return false;
    }
    std::memcpy(&word, bytes + size - 8, 8);  // may overlap
    return !has_other(word);
  }
  for (const char c : text) {
    if (static_cast<signed char>(c) <= 0) return false;
  }
  return true;
}

// Offset of the first byte that is not valid UTF-8, or npos.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace decant
