// Files in encodings of which a character is known only by the next one, and in UTF-16 without a
// mark: no character is dropped at the end, and none is guessed.
#include <gmock/gmock.h>
#include <iconv.h>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::HasSubstr;

class Encodings : public FileTest {
 protected:
  static std::string encoded(std::string_view text, const std::string& name) {
    iconv_t converter = iconv_open(name.c_str(), "UTF-8");
    std::string in(text);
    std::string out(4 * in.size() + 16, '\0');
    char* from = in.data();
    char* to = out.data();
    std::size_t left = in.size();
    std::size_t room = out.size();
    EXPECT_NE(iconv(converter, &from, &left, &to, &room), static_cast<std::size_t>(-1)) << name;
    iconv(converter, nullptr, nullptr, &to, &room);
    iconv_close(converter);
    out.resize(out.size() - room);
    return out;
  }
  std::string& encoding() { return entity_.read.file_options.encoding; }
  Read read_utf16(std::string_view text, const std::string& order) {
    encoding() = "utf-16";
    return read(write("a.csv", encoded(text, order)));
  }
};

TEST_F(Encodings, WhoseCharactersWaitForTheNextOneKeepTheLastOfTheFile) {
  for (const char* name : {"windows-1258", "cp1255", "tcvn", "big5-hkscs"}) {
    encoding() = name;
    for (const char* last : {"D", "Dx", "1"}) {
      const std::string text = std::string("code\nAB\nC\n") + last;
      const Table rows = {{"AB"}, {"C"}, {last}};
      EXPECT_EQ(read(write("a.csv", text)).rows, rows) << name;
      EXPECT_EQ(read(write("b.csv", gzip(text))).rows, rows) << name;
      EXPECT_EQ(read(write("c.csv", text + "\n")).rows, rows) << name;
    }
  }
  encoding() = "tscii";
  EXPECT_EQ(read(write("a.csv", encoded("h\nக\nஅகொ", "TSCII"))).rows, (Table{{"க"}, {"அகொ"}}));
}

TEST_F(Encodings, WhoseCharactersWaitForTheNextOneKeepTheLastOfEachBlockSize) {
  encoding() = "windows-1258";
  for (int count = 1; count < 300; ++count) {
    const std::string value(static_cast<std::size_t>(count) * 257, 'a');
    const Read got = read(write("a.csv", "h\n" + value), {}, 4096);
    ASSERT_EQ(got.rows, (Table{{value}})) << count;
  }
}

TEST_F(Encodings, OfAJsonFileWithoutALineEndKeepTheLastBracket) {
  encoding() = "windows-1258";
  entity_.read.file_options.format = FileFormat::kJsonLines;
  const Read got = read(write("a.jsonl", "{\"a\":\"x\"}\n{\"a\":\"y\"}"));
  ASSERT_FALSE(got.error) << got.error->to_string();
  EXPECT_EQ(got.rows, (Table{{"x"}, {"y"}}));
}

TEST_F(Encodings, OfUtf16WithoutAMarkHaveTheOrderThatTheirLineEndsHave) {
  for (const char* order : {"UTF-16LE", "UTF-16BE"}) {
    for (const char* text :
         {"код,имя\nа,б\n", "漢字,名\n一　二,三\n", "a,b\n1,2\n", "名\r\n最\r\n"}) {
      const Read got = read_utf16(text, order);
      ASSERT_FALSE(got.error) << order << text << got.error->to_string();
      EXPECT_EQ(got.rows.size(), 1u) << order << text;
    }
  }
}

TEST_F(Encodings, OfUtf16WithoutLineEndsHaveTheOrderOfTheirOtherSigns) {
  for (const char* order : {"UTF-16LE", "UTF-16BE"}) {
    EXPECT_EQ(read_utf16("код,имя", order).columns, (std::vector<std::string>{"код", "имя"}));
    EXPECT_EQ(read_utf16("abc", order).columns, (std::vector<std::string>{"abc"}));
    EXPECT_EQ(read_utf16("año", order).columns, (std::vector<std::string>{"año"}));
  }
}

TEST_F(Encodings, OfUtf16OfWhichNothingTellsTheOrderAreRefused) {
  for (const char* order : {"UTF-16LE", "UTF-16BE"}) {
    for (const char* text : {"код", "漢字", "код\xE2\xB0\x80,"}) {  // U+2C00: a comma of the other
      const Read got = read_utf16(text, order);
      ASSERT_TRUE(got.error) << order << text;
      EXPECT_EQ(got.error->code, ErrorCode::kUsage);
      EXPECT_THAT(got.error->message, HasSubstr("a.csv: nothing in its text says"));
      EXPECT_THAT(got.error->advice, HasSubstr("utf-16le"));
    }
  }
}

TEST_F(Encodings, AreFoundUnderTheNameAsItIsWritten) {
  encoding() = "shift_jisx0213";
  EXPECT_EQ(read(write("a.csv", encoded("h\n漢\n", "SHIFT_JISX0213"))).rows, (Table{{"漢"}}));
}

TEST_F(Encodings, OfUtf16ByOtherNamesThatSayNoOrderHaveTheOrderOfTheirText) {
  for (const char* name : {"unicode", "csUnicode", "UCS-2", "ucs2", "UTF16", "utf-16//", "utf_16",
                           "ISO-10646/UCS2", "OSF00010100"}) {
    for (const char* order : {"UTF-16LE", "UTF-16BE"}) {
      encoding() = name;
      const Read got = read(write("a.csv", encoded("id,v\n1,añ\n2,b\n", order)));
      ASSERT_FALSE(got.error) << name << got.error->to_string();
      EXPECT_EQ(got.rows, (Table{{"1", "añ"}, {"2", "b"}})) << name << order;
    }
  }
}

TEST_F(Encodings, OfUtf16InTheOtherOrderThanTheJobSaysAreRefused) {
  const auto complaint = [&](const char* name, const std::string& bytes) {
    encoding() = name;
    const Read got = read(write("a.csv", bytes));
    return got.error ? got.error->message + " " + got.error->advice : "none";
  };
  const std::string text = "id,v\n1,añ\n2,b\n";
  for (const char* name : {"utf-16le", "UTF16LE", "ucs-2le", "unicodelittle"}) {
    EXPECT_THAT(complaint(name, encoded(text, "UTF-16BE")),
                HasSubstr("stand in the other order. Set `encoding: utf-16be`"))
        << name;
    EXPECT_EQ(complaint(name, encoded(text, "UTF-16LE")), "none");
    EXPECT_EQ(complaint(name, encoded("код", "UTF-16LE")), "none") << "it says nothing";
  }
  for (const char* name : {"utf-16be", "UTF16BE", "ucs-2be", "unicodebig"}) {
    EXPECT_THAT(complaint(name, encoded(text, "UTF-16LE")), HasSubstr("`encoding: utf-16le`"));
    EXPECT_EQ(complaint(name, encoded(text, "UTF-16BE")), "none");
    EXPECT_EQ(complaint(name, "\xff\xfe" + encoded(text, "UTF-16LE")), "none") << "a mark wins";
  }
}

// The line end of EBCDIC is no line feed.
TEST_F(Encodings, OfEbcdicEndTheirLinesAsTheMachinesThatWriteThemDo) {
  for (const char* name : {"ibm037", "ibm500", "cp1047"}) {
    encoding() = name;
    for (const std::size_t block : {64, 1 << 20}) {
      const Read got =
          read(write("a.csv", encoded("id,v\u00851,a\u00852,ñ\u00853\u0085\n4,d\u0085", name)), {},
               block);
      ASSERT_FALSE(got.error) << got.error->to_string();
      EXPECT_EQ(got.rows, (Table{{"1", "a"}, {"2", "ñ"}, {"4", "d"}})) << name;
      ASSERT_EQ(got.faults.size(), 1U);
      EXPECT_EQ(got.faults[0].place.line, 4U);
      EXPECT_EQ(got.faults[0].place.byte_offset, 13U);
    }
  }
  encoding() = "utf-8";
  EXPECT_EQ(read(write("a.csv", "id\n1\u00852\n")).rows, (Table{{"1\u00852"}}));
}

}  // namespace
}  // namespace decant::testing
