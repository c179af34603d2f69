#include "common/connector/files/utf16_order.h"

#include <cstddef>

namespace decant {
namespace {

// What speaks for each order.
struct Evidence {
  std::size_t for_little = 0;
  std::size_t for_big = 0;

  bool is_there() const { return for_little + for_big > 0; }
  std::optional<ByteOrder> order() const {
    if ((for_little == 0) == (for_big == 0)) return std::nullopt;
    return for_big > 0 ? ByteOrder::kBig : ByteOrder::kLittle;
  }
};

// Counts the characters below U+0100 in each order that `is_sign` knows.
template <typename IsSign>
Evidence count(std::string_view head, IsSign is_sign) {
  Evidence evidence;
  for (std::size_t at = 0; at + 2 <= head.size(); at += 2) {
    const auto first = static_cast<unsigned char>(head[at]);
    const auto second = static_cast<unsigned char>(head[at + 1]);
    if (first == 0 && is_sign(second)) ++evidence.for_big;
    if (second == 0 && is_sign(first)) ++evidence.for_little;
  }
  return evidence;
}

// Signs of delimited text that, read in the other order, are letters which hardly any text has. A 0
// would be the blank of Japanese text (U+3000).
bool is_sign(unsigned char byte) {
  switch (byte) {
    case '\t':
    case '\r':
    case ' ':
    case '"':
    case ',':
    case ';':
    case '|':
      return true;
    default:
      return byte >= '1' && byte <= '9';
  }
}

// All is Latin in one order, and all of it something else in the other.
std::optional<ByteOrder> order_of_latin(std::string_view head) {
  const Evidence latin = count(head, [](unsigned char byte) { return byte != 0; });
  const std::size_t units = head.size() / 2;
  if (latin.for_big == units && latin.for_little == 0) return ByteOrder::kBig;
  if (latin.for_little == units && latin.for_big == 0) return ByteOrder::kLittle;
  return std::nullopt;
}

}  // namespace

std::optional<ByteOrder> utf16_order(std::string_view head) {
  if (head.size() < 2) return ByteOrder::kLittle;  // no text, or half a character
  // The best witness: U+0A00, a line end of the other order, is no character.
  const Evidence line_ends = count(head, [](unsigned char byte) { return byte == '\n'; });
  if (line_ends.is_there()) return line_ends.order();
  const Evidence signs = count(head, is_sign);
  return signs.is_there() ? signs.order() : order_of_latin(head);
}

}  // namespace decant
