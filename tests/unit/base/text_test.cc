#include "common/base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace decant {
namespace {

TEST(Hex, ReadsBackWhatItWrote) {
  const std::array<std::uint8_t, 4> bytes{0x00, 0x7F, 0xAB, 0xFF};
  const std::string hex = to_hex(bytes);
  EXPECT_EQ(hex, "007fabff");
  std::array<std::uint8_t, 4> back{};
  ASSERT_TRUE(from_hex("007FabFF", back));
  EXPECT_EQ(back, bytes);
  EXPECT_FALSE(from_hex("007fabf", back));
  EXPECT_FALSE(from_hex("007fabfg", back));
}

TEST(Nearest, SuggestsATypoAndNothingElse) {
  const std::vector<std::string> words{"entities", "stores", "target", "chunk_rows"};
  EXPECT_EQ(nearest("entites", words), "entities");
  EXPECT_EQ(nearest("tragets", words), "target");
  EXPECT_EQ(nearest("Stores", words), "stores");
  EXPECT_EQ(nearest("password", words), "");
}

TEST(CutText, CutsNoCharacterInTwo) {
  EXPECT_EQ(cut_text("señal", 9), "señal");
  EXPECT_EQ(cut_text("señal", 4), "señ");
  EXPECT_EQ(cut_text("señal", 3), "se");
  EXPECT_EQ(cut_text("a€b", 3), "a");
  EXPECT_EQ(cut_text("a€b", 4), "a€");
  EXPECT_EQ(cut_text("€", 0), "");
  EXPECT_EQ(cut_text("\x80\x80\x80\x80\x80\x80", 5).size(), 5U) << "no UTF-8 to begin with";
}

TEST(GroupDigits, PutsCommasEveryThreeDigits) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(1'234'567), "1,234,567");
  EXPECT_EQ(group_digits(-123'456), "-123,456");
  EXPECT_EQ(group_digits(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(Split, KeepsEmptyParts) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
  EXPECT_EQ(join({"a", "", "b"}, ", "), "a, , b");
}

TEST(Utf8, FindsTheFirstBadByteAtAnyOffset) {
  EXPECT_EQ(first_invalid_utf8("ÁREA 51 — 日本 🛒 and more ascii behind it"),
            std::string_view::npos);
  for (std::size_t at = 0; at < 40; ++at) {
    std::string text(40, 'a');
    text[at] = '\xFF';
    EXPECT_EQ(first_invalid_utf8(text), at);
  }
}

TEST(Utf8, RefusesOverlongSurrogateTruncatedAndTooLarge) {
  for (const char* bad :
       {"\xC0\xAF", "\xC1\xBF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF0\x80\x80\xAF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xC3", "\x80"}) {
    EXPECT_EQ(first_invalid_utf8(bad), 0U)
        << to_hex({reinterpret_cast<const std::uint8_t*>(bad), std::string(bad).size()});
  }
}

TEST(PlainAscii, IsAsciiOfAnyLengthWithoutNul) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (const char c : {'\x01', 'a', '\x7F'}) EXPECT_TRUE(is_plain_ascii(std::string(size, c)));
    for (std::size_t at = 0; at < size; ++at) {
      for (const char c : {'\0', '\x80', '\xFF'}) {
        for (const char filler : {'\x01', '\x7F'}) {
          std::string text(size, filler);
          text[at] = c;
          EXPECT_FALSE(is_plain_ascii(text)) << size << " bytes, the odd one at " << at;
        }
      }
    }
  }
}

}  // namespace
}  // namespace decant
