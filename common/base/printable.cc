#include "common/base/printable.h"

#include <cstdint>

namespace decant {
namespace {

constexpr char k_digits[] = "0123456789ABCDEF";

void add_hex(std::string& out, std::uint32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += k_digits[value >> shift & 15];
}

// The length of a character at `at` that is not to be shown, and what it is; 0: show it.
std::size_t unshown(std::string_view text, std::size_t at, std::uint32_t& value) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  value = byte(0);
  if (value < 0x20 || value == 0x7F) return 1;
  if (value == 0xC2 && byte(1) >= 0x80 && byte(1) < 0xA0) {  // U+0080 to U+009F
    value = byte(1);
    return 2;
  }
  if (value != 0xE2) return 0;
  value = (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  const bool turns = (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
  const bool ends_line = value == 0x2028 || value == 0x2029;
  return turns || ends_line || value == 0x200E || value == 0x200F ? 3 : 0;
}

// The length of "ESC [ digits m" at `at`, or 0.
std::size_t colour_at(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\x1b[") return 0;
  const std::size_t end = text.find_first_not_of("0123456789;", at + 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 - at : 0;
}

std::string shown(std::string_view text, bool has_lines) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::uint32_t value = 0;
    const std::size_t length = unshown(text, at, value);
    std::size_t kept = length == 0 ? 1 : 0;
    if (length > 0 && has_lines)
      kept = text[at] == '\n' || text[at] == '\t' ? 1 : colour_at(text, at);
    if (kept > 0) {
      out.append(text.substr(at, kept));
      at += kept;
      continue;
    }
    out += value > 0xFF ? "\\u" : "\\x";
    add_hex(out, value, value > 0xFF ? 4 : 2);
    at += length;
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return shown(text, false); }
std::string printable_lines(std::string_view text) { return shown(text, true); }

}  // namespace decant
