// What property tests of text files draw from: a seeded generator, and the encodings that a file
// may come in.
#pragma once

#include <gtest/gtest.h>
#include <iconv.h>

#include <random>
#include <string>

namespace decant::testing {

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }

 private:
  std::mt19937 engine_;
};

struct Encoding {
  const char* name;        // in the job file
  const char* iconv_name;  // null: as it is
  const char* mark;        // in front
  std::size_t mark_bytes;
  bool is_single_byte;
};

constexpr Encoding k_encodings[] = {
    {"utf-8", nullptr, "", 0, false},
    {"utf-8", nullptr, "\xef\xbb\xbf", 3, false},
    {"utf-16", "UTF-16LE", "\xff\xfe", 2, false},
    {"utf-8", "UTF-16BE", "\xfe\xff", 2, false},
    {"utf-16le", "UTF-16LE", "", 0, false},
    {"utf-16", "UTF-16BE", "", 0, false},
    {"latin-1", "ISO-8859-1", "", 0, true},
    {"cp1252", "CP1252", "", 0, true},
};

// `text` in an encoding that iconv knows.
inline std::string encoded(const std::string& text, const char* encoding) {
  iconv_t converter = iconv_open(encoding, "UTF-8");
  std::string input = text;
  std::string out(text.size() * 4 + 16, '\0');
  char* from = input.data();
  char* to = out.data();
  std::size_t left = input.size();
  std::size_t room = out.size();
  EXPECT_NE(iconv(converter, &from, &left, &to, &room), static_cast<std::size_t>(-1)) << encoding;
  iconv_close(converter);
  out.resize(out.size() - room);
  return out;
}

// The bytes of a file with this text.
inline std::string in_encoding(const std::string& text, const Encoding& encoding) {
  return std::string(encoding.mark, encoding.mark_bytes) +
         (encoding.iconv_name != nullptr ? encoded(text, encoding.iconv_name) : text);
}

}  // namespace decant::testing
