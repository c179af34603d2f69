#include "common/connector/postgres/jsonb_limits.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

#include "common/value/json.h"

namespace decant::postgres {
namespace {

// Of numeric: digits before and after the point.
constexpr std::int64_t k_max_whole_digits = 131'072;
constexpr std::int64_t k_max_fraction_digits = 16'383;

constexpr unsigned k_no_code = 0x1'0000;

// The four digits behind \u at `at`; k_no_code where there is no such escape.
unsigned code_of_escape(std::string_view json, std::size_t at) {
  unsigned code = k_no_code;
  if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return code;
  const char* const first = json.data() + at + 2;
  const auto [end, error] = std::from_chars(first, first + 4, code, 16);
  return error == std::errc() && end == first + 4 ? code : k_no_code;
}

bool is_high(unsigned code) { return code >= 0xD800 && code < 0xDC00; }
bool is_low(unsigned code) { return code >= 0xDC00 && code < 0xE000; }

// From the quote that opens a string at `at` to behind the one that closes it. False for one that
// jsonb refuses.
bool pass_string(std::string_view json, std::size_t& at) {
  for (++at; at < json.size() && json[at] != '"';) {
    if (json[at] != '\\') {
      ++at;
      continue;
    }
    const unsigned code = code_of_escape(json, at);
    if (code == 0 || is_low(code)) return false;
    if (is_high(code)) {
      if (!is_low(code_of_escape(json, at + 6))) return false;
      at += 6;
    }
    at += code == k_no_code ? 2 : 6;
  }
  ++at;
  return true;
}

bool is_of_number(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

bool pass_number(std::string_view json, std::size_t& at) {
  const std::size_t first = at;
  while (at < json.size() && is_of_number(json[at])) ++at;
  const std::string_view number = json.substr(first, at - first);
  const std::size_t mark = std::min(number.find_first_of("eE"), number.size());
  std::int64_t exponent = 0;
  if (mark < number.size()) {
    std::string_view text = number.substr(mark + 1);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc()) return false;
  }
  const std::size_t point = std::min(number.find('.'), mark);
  const auto whole = static_cast<std::int64_t>(point - (number.front() == '-' ? 1 : 0));
  const auto fraction = static_cast<std::int64_t>(point < mark ? mark - point - 1 : 0);
  return exponent < k_max_whole_digits && exponent > -k_max_whole_digits &&
         whole + exponent <= k_max_whole_digits && fraction - exponent <= k_max_fraction_digits;
}

// The names of members, object within object.
class MemberNames {
 public:
  void open() { begins_.push_back(names_.size()); }
  void add(std::string_view quoted) {
    if (!begins_.empty()) names_.push_back(quoted);
  }
  // False where two members of the object that ends here have one name.
  bool close() {
    if (begins_.empty()) return true;
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(begins_.back());
    const bool is_escaped = std::any_of(first, names_.end(), [](std::string_view name) {
      return name.find('\\') != std::string_view::npos;
    });
    const bool differ = is_escaped ? differ_as_read(first) : differ_as_written(first);
    names_.erase(first, names_.end());
    begins_.pop_back();
    return differ;
  }

 private:
  using Place = std::vector<std::string_view>::iterator;

  bool differ_as_written(Place first) {
    std::sort(first, names_.end());
    return std::adjacent_find(first, names_.end()) == names_.end();
  }
  // One name may be spelt in several ways.
  bool differ_as_read(Place first) const {
    std::vector<std::string> read;
    for (auto name = first; name != names_.end(); ++name)
      append_canonical_json(*name, read.emplace_back());
    std::sort(read.begin(), read.end());
    return std::adjacent_find(read.begin(), read.end()) == read.end();
  }

  std::vector<std::string_view> names_;
  std::vector<std::size_t> begins_;  // in names_, of each object that is open
};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The first that is no blank at or behind `at`; 0 at the end.
char next_mark(std::string_view json, std::size_t at) {
  at = json.find_first_not_of(" \t\r\n", at);
  return at == std::string_view::npos ? '\0' : json[at];
}

bool is_before_colon(std::string_view json, std::size_t at) { return next_mark(json, at) == ':'; }

// From a quote that opens a string to behind the one that closes it.
std::size_t behind_string(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"';) at += json[at] == '\\' ? 2 : 1;
  return at + 1;
}

}  // namespace

bool fits_jsonb(std::string_view json) {
  MemberNames names;
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      const std::size_t begin = at;
      if (!pass_string(json, at)) return false;
      if (is_before_colon(json, at)) names.add(json.substr(begin, at - begin));
    } else if (c == '{') {
      names.open();
      ++at;
    } else if (c == '}') {
      if (!names.close()) return false;
      ++at;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
      if (!pass_number(json, at)) return false;
    } else {
      ++at;
    }
  }
  return true;
}

bool is_loose_json(std::string_view json) {
  for (std::size_t at = 0; at < json.size();) {
    const char c = json[at];
    if (c == '"') {
      at = behind_string(json, at);
    } else if (is_digit(c)) {
      while (at < json.size() && is_of_number(json[at])) ++at;
    } else if (is_letter(c)) {
      const std::size_t first = at;
      while (at < json.size() && is_letter(json[at])) ++at;
      const std::string_view word = json.substr(first, at - first);
      if (word != "true" && word != "false" && word != "null") return true;
    } else {
      ++at;
      if (c != '-' && c != ',') continue;
      const char next = next_mark(json, at);
      if (c == '-' ? !is_digit(next) : next == ']' || next == '}') return true;
    }
  }
  return false;
}

bool has_wide_escape(std::string_view json) {
  constexpr unsigned k_beyond_ascii = 0x80;
  for (std::size_t at = json.find('\\'); at < json.size(); at = json.find('\\', at)) {
    const unsigned code = code_of_escape(json, at);
    if (code != k_no_code && code >= k_beyond_ascii) return true;
    at += 2;
  }
  return false;
}

}  // namespace decant::postgres
