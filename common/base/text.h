// Small text helpers that several folders need.
#pragma once

#include <cstdint>
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
// Offset of the first byte that is not valid UTF-8, or npos.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace decant
