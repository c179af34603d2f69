// text, bytes and UUIDs.
#include <array>

#include "tests/property/generate.h"

namespace decant::property {
namespace {

constexpr char k_lower[] = "0123456789abcdef";

std::string hex(Random& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += k_lower[random.below(16)];
  return text;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 32);
  return text;
}

// Single characters: what readers, quoting and databases stumble over.
const std::vector<std::string>& characters() {
  static const std::vector<std::string> list = {"a",
                                                "Z",
                                                "0",
                                                " ",
                                                "\t",
                                                "\n",
                                                "\r",
                                                "\r\n",
                                                ",",
                                                ";",
                                                "\"",
                                                "\"\"",
                                                "'",
                                                "''",
                                                "\\",
                                                "\\n",
                                                "\\.",
                                                "|",
                                                "{",
                                                "}",
                                                "$",
                                                "%",
                                                "\x01",
                                                "\x1f",
                                                "\x7f",
                                                "\xC2\x80",
                                                "\xC3\xB1",
                                                "\xC3\xA9",   // an e with its accent in one
                                                "e\xCC\x81",  // and in two, which is another text
                                                "\xE2\x80\x8B",  // without width
                                                "\xEF\xBB\xBF",  // a byte order mark in the middle
                                                "\xE2\x80\xA8",  // a line separator that is none
                                                "\xD7\xA9",
                                                "\xEF\xBF\xBD",
                                                "\xEF\xBF\xBF",
                                                "\xF0\x9F\x98\x80",  // astral
                                                "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x94\xA7",
                                                "\xF4\x8F\xBF\xBF"};
  return list;
}

int count_characters(const std::string& text) {
  int count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

std::string random_text(int most, Random& random) {
  std::string text;
  for (int wanted = random.below(most + 1), count = 0; count < wanted;) {
    const std::string& piece = random.pick(characters());
    count += count_characters(piece);
    if (count <= most) text += piece;
  }
  return text;
}

std::string edge_text(Random& random) {
  static const std::vector<std::string> list = {"",
                                                " ",
                                                "  blanks  ",
                                                "NULL",
                                                "null",
                                                "\\N",
                                                "NaN",
                                                "\"",
                                                "\"\"",
                                                "\"quoted\"",
                                                ",",
                                                "\n",
                                                "\r",
                                                "\r\n",
                                                "'",
                                                "''; DROP TABLE x; --",
                                                "0",
                                                "-0",
                                                "1e5",
                                                "00012",
                                                "true",
                                                "2024-01-01",
                                                "\\",
                                                "\\\\",
                                                "\\x41",
                                                "{\"a\": 1}",
                                                "\xEF\xBB\xBF",
                                                "e\xCC\x81",
                                                "\xF0\x9F\x98\x80",
                                                "#",
                                                "=1+1"};
  return random.pick(list);
}

std::string canonical_uuid(const std::string& digits) {
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-" + digits.substr(12, 4) + "-" +
         digits.substr(16, 4) + "-" + digits.substr(20);
}

// All that PostgreSQL reads: a hyphen behind any group of four digits, braces, capitals.
std::string respelled_uuid(const std::string& digits, Random& random) {
  std::string text = random.one_in(3) ? digits : canonical_uuid(digits);
  if (random.one_in(4)) {
    text.clear();
    for (std::size_t i = 0; i < digits.size(); i += 4) {
      if (i > 0 && random.one_in(2)) text += '-';
      text += digits.substr(i, 4);
    }
  }
  if (random.one_in(3)) text = upper(text);
  return random.one_in(3) ? "{" + text + "}" : text;
}

}  // namespace

Cell make_text(const ColumnModel& column, Random& random) {
  if (random.one_in(14)) {
    Cell cell = refused_cell(std::string("a\0b", 3), "has a NUL character");
    return cell;
  }
  if (column.length > 0) {
    if (random.one_in(10)) {
      std::string text;
      while (count_characters(text) <= column.length) text += random.pick(characters());
      return refused_cell(text, "is longer than " + std::to_string(column.length) + " characters");
    }
    const std::string edge = edge_text(random);
    if (random.one_in(3) && count_characters(edge) <= column.length) return cell_of(edge);
    return cell_of(random_text(column.length, random));
  }
  if (random.one_in(3)) return cell_of(edge_text(random));
  if (random.one_in(60)) return cell_of(random_text(20'000, random));
  return cell_of(random_text(40, random));
}

Cell make_bytes(Random& random) {
  if (random.one_in(10)) {
    constexpr std::array k_none = {"\\xABC", "\\xZZ", "deadbeef", "\\x4 1", "x'41'", "0x41", "\\"};
    return refused_cell(random.pick(k_none), "is not binary data written as");
  }
  if (random.one_in(6)) return cell_of("\\x");
  const std::string digits =
      random.one_in(4) ? "00" : hex(random, 2 * random.below(random.one_in(20) ? 3000 : 40));
  return cell_of("\\x" + digits, "\\x" + (random.one_in(3) ? upper(digits) : digits));
}

Cell make_uuid(Random& random) {
  if (random.one_in(10)) {
    constexpr std::array k_none = {"123e4567-e89b-12d3-a456-42661417400",
                                   "123e4567-e89b-12d3-a456-4266141740000",
                                   "123e4567-e89b-12d3-a456-42661417400g",
                                   "{123e4567-e89b-12d3-a456-426614174000",
                                   "123e4567-e89b-12d3-a456-426614174000}",
                                   "1-23e4567e89b12d3a456426614174000",
                                   "123e4567--e89b-12d3-a456426614174000",
                                   "123e4567-e89b-12d3-a456-426614174000-",
                                   "nil",
                                   "(123e4567-e89b-12d3-a456-426614174000)"};
    return refused_cell(random.pick(k_none), "is not a UUID like");
  }
  const std::string digits = random.one_in(5)   ? std::string(32, '0')
                             : random.one_in(5) ? std::string(32, 'f')
                                                : hex(random, 32);
  return cell_of(canonical_uuid(digits),
                 random.one_in(2) ? std::string() : respelled_uuid(digits, random));
}

}  // namespace decant::property
