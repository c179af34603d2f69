#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/base/text.h"
#include "common/value/decimal_text.h"
#include "common/value/json.h"

namespace decant {
namespace {

constexpr std::size_t k_free_growth_bytes = 1024 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads one value after the other from the text and writes its canonical form at the end of `out_`.
class Canonicalizer {
 public:
  Canonicalizer(std::string_view text, std::string& out)
      : p_(text.data()),
        end_(text.data() + text.size()),
        out_(out),
        limit_(out.size() + k_free_growth_bytes + 8 * text.size()) {}

  bool document() {
    skip_blanks();
    if (!value(0)) return false;
    skip_blanks();
    return p_ == end_;
  }

 private:
  // A member in out_: its name with quotes in [begin, colon), its value behind the colon up to
  // `end`.
  struct Member {
    std::size_t begin;
    std::size_t colon;
    std::size_t end;
  };

  void skip_blanks() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\t' || *p_ == '\r')) ++p_;
  }

  bool take(char c) {
    if (p_ == end_ || *p_ != c) return false;
    ++p_;
    return true;
  }

  bool word(std::string_view expected) {
    if (static_cast<std::size_t>(end_ - p_) < expected.size() ||
        std::string_view(p_, expected.size()) != expected) {
      return false;
    }
    p_ += expected.size();
    out_ += expected;
    return true;
  }

  bool value(int depth) {
    if (p_ == end_ || depth > k_max_json_depth) return false;
    switch (*p_) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool array(int depth) {
    ++p_;
    out_ += '[';
    skip_blanks();
    if (take(']')) {
      out_ += ']';
      return true;
    }
    while (true) {
      skip_blanks();
      if (!value(depth + 1)) return false;
      skip_blanks();
      if (take(']')) {
        out_ += ']';
        return true;
      }
      if (!take(',')) return false;
      out_ += ',';
    }
  }

  bool object(int depth) {
    ++p_;
    out_ += '{';
    skip_blanks();
    if (take('}')) {
      out_ += '}';
      return true;
    }
    const std::size_t first = out_.size();
    std::vector<Member> members;
    while (true) {
      skip_blanks();
      Member member{out_.size(), 0, 0};
      if (p_ == end_ || *p_ != '"' || !string()) return false;
      member.colon = out_.size();
      skip_blanks();
      if (!take(':')) return false;
      out_ += ':';
      skip_blanks();
      if (!value(depth + 1)) return false;
      member.end = out_.size();
      members.push_back(member);
      skip_blanks();
      const bool last = take('}');
      if (!last && !take(',')) return false;
      out_ += ',';
      if (last) break;
    }
    sort_members(first, members);
    out_.back() = '}';
    return true;
  }

  std::string_view name_of(const Member& member) const {
    return std::string_view(out_).substr(member.begin + 1, member.colon - member.begin - 2);
  }

  // Puts the members, each with a comma behind it, into the order of their names; those of one name
  // stay in their own.
  void sort_members(std::size_t first, std::vector<Member>& members) {
    auto ordered = [&](const Member& a, const Member& b) { return name_of(a) < name_of(b); };
    bool sorted = true;
    for (std::size_t i = 1; i < members.size() && sorted; ++i) {
      sorted = ordered(members[i - 1], members[i]);
    }
    if (sorted) return;
    std::stable_sort(members.begin(), members.end(), ordered);
    std::string again;
    again.reserve(out_.size() - first);
    for (std::size_t i = 0; i < members.size(); ++i) {
      again.append(out_, members[i].begin, members[i].end - members[i].begin);
      again += ',';
    }
    out_.resize(first);
    out_ += again;
  }

  bool number() {
    const char* const start = p_;
    take('-');
    if (p_ == end_ || !is_digit(*p_)) return false;
    // JSON allows no leading zeros.
    if (*p_ == '0' && end_ - p_ > 1 && is_digit(p_[1])) return false;
    while (p_ != end_ && is_digit(*p_)) ++p_;
    if (take('.')) {
      if (p_ == end_ || !is_digit(*p_)) return false;
      while (p_ != end_ && is_digit(*p_)) ++p_;
    }
    if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
      ++p_;
      if (!take('-')) take('+');
      if (p_ == end_ || !is_digit(*p_)) return false;
      while (p_ != end_ && is_digit(*p_)) ++p_;
    }
    // "1e200000" takes 8 bytes and becomes 200,000: without a limit a small text could fill memory.
    return append_normalized_decimal({start, static_cast<std::size_t>(p_ - start)}, out_) &&
           out_.size() <= limit_;
  }

  bool string() {
    ++p_;
    out_ += '"';
    while (p_ != end_) {
      // Plain stretches are copied whole.
      const char* const start = p_;
      while (p_ != end_ && *p_ != '"' && *p_ != '\\' && static_cast<unsigned char>(*p_) >= 0x20)
        ++p_;
      out_.append(start, static_cast<std::size_t>(p_ - start));
      if (p_ == end_) return false;
      if (*p_ == '"') {
        ++p_;
        out_ += '"';
        return true;
      }
      if (*p_ != '\\' || !escape()) return false;
    }
    return false;
  }

  bool escape() {
    ++p_;
    if (p_ == end_) return false;
    switch (*p_++) {
      case '"':
        return character('"');
      case '\\':
        return character('\\');
      case '/':
        return character('/');
      case 'b':
        return character('\b');
      case 'f':
        return character('\f');
      case 'n':
        return character('\n');
      case 'r':
        return character('\r');
      case 't':
        return character('\t');
      case 'u':
        return unicode();
      default:
        return false;
    }
  }

  bool four_digits(std::uint32_t& unit) {
    if (end_ - p_ < 4) return false;
    std::uint8_t bytes[2];
    if (!from_hex({p_, 4}, bytes)) return false;
    unit = static_cast<std::uint32_t>(bytes[0] << 8 | bytes[1]);
    p_ += 4;
    return true;
  }

  bool unicode() {
    std::uint32_t unit = 0;
    if (!four_digits(unit)) return false;
    if (unit < 0xD800 || unit > 0xDFFF) return character(unit);
    std::uint32_t low = 0;
    if (unit > 0xDBFF || !take('\\') || !take('u') || !four_digits(low) || low < 0xDC00 ||
        low > 0xDFFF) {
      return false;
    }
    return character(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
  }

  // Writes one character as FORMAT.md says: escaped where it must be, else UTF-8.
  bool character(std::uint32_t code) {
    constexpr std::string_view k_short = "\b\t\n\f\r\"\\";
    constexpr std::string_view k_letters = "btnfr\"\\";
    constexpr char k_hex[] = "0123456789abcdef";
    const std::size_t known =
        code < 0x80 ? k_short.find(static_cast<char>(code)) : std::string_view::npos;
    auto put = [&](std::uint32_t byte) { out_ += static_cast<char>(byte); };
    if (known != std::string_view::npos) {
      out_ += '\\';
      out_ += k_letters[known];
    } else if (code < 0x20) {
      out_ += "\\u00";
      out_ += k_hex[code >> 4];
      out_ += k_hex[code & 15];
    } else if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    }
    return true;
  }

  const char* p_;
  const char* const end_;
  std::string& out_;
  const std::size_t limit_;
};

}  // namespace

bool append_canonical_json(std::string_view text, std::string& out) {
  const std::size_t before = out.size();
  if (first_invalid_utf8(text) == std::string_view::npos && Canonicalizer(text, out).document())
    return true;
  out.resize(before);
  return false;
}

}  // namespace decant
