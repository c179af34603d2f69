// JSON texts: big numbers, members with one name, their order, blanks and escapes.
#include <array>
#include <set>

#include "tests/property/generate.h"

namespace decant::property {
namespace {

constexpr const char* k_no_json = "is not valid JSON";

std::string json_blank(Random& random) {
  constexpr std::array k_blanks = {"", "", "", " ", "  ", "\t"};
  return random.pick(k_blanks);
}

std::string json_number(Random& random) {
  constexpr std::array k_numbers = {"0",
                                    "-0",
                                    "-0.0",
                                    "1",
                                    "1.0",
                                    "1e0",
                                    "1.50",
                                    "1E-7",
                                    "1e400",
                                    "-1e-400",
                                    "9007199254740993",
                                    "18446744073709551616",
                                    "12345678901234567890123456789.012345678901234567890",
                                    "0.1",
                                    "0.30000000000000004",
                                    "100000000000000000000000000001",
                                    "-1.7976931348623157e309",
                                    "5e-325",
                                    "1e2",
                                    "10.00e-1"};
  return random.pick(k_numbers);
}

std::string json_string(Random& random) {
  constexpr std::array k_pieces = {
      "a",       "B",   "",        " ",        "\\n",       "\\\"",           "\\\\",
      "\\/",     "/",   "\\u00e9", "\xC3\xA9", "e\xCC\x81", "\\ud83d\\ude00", "\xF0\x9F\x98\x80",
      "\\u001f", "\\b", "\x7f",    "\\u0041",  "'",         "\\\\u0000"};
  std::string text = "\"";
  for (int i = random.below(5); i > 0; --i) text += random.pick(k_pieces);
  return text + "\"";
}

std::string json_value(int depth, Random& random);

std::string json_members(char open, char close, int depth, Random& random) {
  constexpr std::array k_names = {"\"a\"", "\"b\"",        "\"aa\"",      "\"\"",   "\"Z\"",
                                  "\"a\"", "\"\xC3\xA9\"", "\"\\u0061\"", "\"10\"", "\"9\""};
  std::string text(1, open);
  std::set<std::string> names;  // jsonb refuses two of one name
  const int count = random.below(5);
  for (int i = 0; i < count; ++i) {
    const std::string name = random.pick(k_names);
    if (open == '{' && !names.insert(name == "\"\\u0061\"" ? "\"a\"" : name).second) continue;
    if (text.size() > 1) text += ",";
    text += json_blank(random);
    if (open == '{') text += name + json_blank(random) + ":" + json_blank(random);
    text += json_value(depth - 1, random) + json_blank(random);
  }
  return text + close;
}

std::string json_value(int depth, Random& random) {
  constexpr std::array k_words = {"null", "true", "false"};
  switch (random.below(depth > 0 ? 7 : 3)) {
    case 0:
      return json_number(random);
    case 1:
      return json_string(random);
    case 2:
      return random.pick(k_words);
    case 3:
    case 4:
      return json_members('[', ']', depth, random);
    default:
      return json_members('{', '}', depth, random);
  }
}

std::string deep(int levels) {
  const auto count = static_cast<std::size_t>(levels);
  return std::string(count, '[') + std::string(count, ']');
}

}  // namespace

Cell make_json(Random& random) {
  if (random.one_in(10)) {
    constexpr std::array k_none = {
        "{",         "{'a':1}",   "nul",         "[1,]",   "01",
        "{\"a\" 1}", "[1] 2",     "NaN",         "\"open", "{\"a\":1,}",
        "+1",        "\"\\x41\"", "\"\\ud800\"", ".5",     "[\"tab\tinside\"]"};
    if (random.one_in(6)) {
      constexpr std::array k_not_in_jsonb = {
          "\"a\\u0000b\"",     "{\"\\u0000\": 1}",    "[\"\\\\\\u0000\"]",
          "{\"a\":2,\"a\":1}", "[{\"\":1 , \"\":1}]", "{\"a\":1,\"b\":{},\"\\u0061\":1}"};
      return refused_cell(random.pick(k_not_in_jsonb), "jsonb takes no", k_duckdb);
    }
    return refused_cell(random.pick(k_none), k_no_json);
  }
  if (random.one_in(20)) return cell_of(deep(random.between(1, 200)));
  Cell cell = cell_of(json_value(random.between(0, 4), random));
  // null alone would be no value in JSON lines.
  if (cell.text == "null") cell.text = "[null]";
  return cell;
}

}  // namespace decant::property
