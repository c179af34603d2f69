// Records as files have them and as they should not: separators of several characters, too few
// fields or too many, headers that come again, quotes that stay open, and what is too long.
#include <gmock/gmock.h>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CsvRecords : public FileTest {
 protected:
  FileOptions& options() { return entity_.read.file_options; }
};

TEST_F(CsvRecords, ARaggedRowIsRefusedWithItsPlace) {
  const Read got = read(write("a.csv", "a,b,c\n1,2,3\n1,2\n4,5,6\n7,8,9,0\n"));
  EXPECT_EQ(got.rows, (Table{{"1", "2", "3"}, {"4", "5", "6"}}));
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].rule, "ragged");
  EXPECT_EQ(got.faults[0].reason, "line 3 has 2 fields, the header has 3");
  EXPECT_EQ(got.faults[0].original, "1,2");
  EXPECT_EQ(got.faults[0].source, "a.csv");
  EXPECT_EQ(got.faults[0].place.line, 3U);
  EXPECT_EQ(got.faults[0].place.byte_offset, 12U);
  EXPECT_EQ(got.faults[1].reason, "line 5 has 4 fields, the header has 3");
}

TEST_F(CsvRecords, SeparatorsMayHaveSeveralCharacters) {
  options().delimiter = "+|";
  options().record_end = "&|\n";
  options().quote = 0;
  const std::string text = "a+|b&|\n1+|<x y=\"1\">\ntwo &| lines</x>&|\n+|x+&|\r\n3+|+|&|\n4+|y&|";
  const Read got = read(write("a.csv", text));
  EXPECT_EQ(got.rows,
            (Table{{"1", "<x y=\"1\">\ntwo &| lines</x>"}, {std::nullopt, "x+"}, {"4", "y"}}));
  ASSERT_EQ(got.places.size(), 3U);
  EXPECT_EQ(got.places[0].line, 2U);
  EXPECT_EQ(got.places[1].line, 4U);
  EXPECT_EQ(got.places[2].line, 6U);
  EXPECT_EQ(got.places[2].byte_offset, text.size() - 6);
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].reason, "line 5 has 3 fields, the header has 2");
  EXPECT_EQ(got.faults[0].original, "3+|+|");
}

TEST_F(CsvRecords, ADelimiterMayStandAtTheEndOfEveryRecordToo) {
  options().delimiter = "|";
  options().record_end = "|\n";
  const Read got = read(write("a.csv", "a|b|\n1|2|\r\n3|\"x|\n\"|\n"));
  EXPECT_EQ(got.rows, (Table{{"1", "2"}, {"3", "x|\n"}}));
}

TEST_F(CsvRecords, OfUtf16SeparatorsAreThoseOfItsText) {
  options().delimiter = "+|";
  options().record_end = "&|\n";
  std::string bytes = "\xff\xfe";
  for (const char c : std::string("a+|b&|\r\n1+|2&|\r\n")) bytes += {c, '\0'};
  EXPECT_EQ(read(write("a.csv", bytes)).rows, (Table{{"1", "2"}}));
}

TEST_F(CsvRecords, TooFewFieldsMayBeFilledUp) {
  options().ragged = RaggedRows::kPad;
  const Read got = read(write("a.csv", "a,b,c\n1\n2,x\n3,y,z,,\n4,y,z,!\n"));
  EXPECT_EQ(got.rows,
            (Table{{"1", std::nullopt, std::nullopt}, {"2", "x", std::nullopt}, {"3", "y", "z"}}));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].reason, "line 5 has 4 fields, the header has 3");
}

TEST_F(CsvRecords, TooFewFieldsMayEndTheFile) {
  options().ragged = RaggedRows::kFail;
  const Read got = read(write("a.csv", "a,b\n1,2\n\n3\n"));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("line 4 has 1 field, the header has 2 (byte 9)"));
  EXPECT_FALSE(read(write("b.csv", "a,b\n1,2\n")).error);
}

// As bcp and others write texts that have line ends: without quotes.
TEST_F(CsvRecords, TooFewFieldsMayGoOnInTheNextLine) {
  options().ragged = RaggedRows::kJoin;
  options().delimiter = "\t";
  const Read got =
      read(write("a.csv", "id\tnote\tday\n1\tone\n\r\nmore\t2\n\n2\t\t3\n3\tx\ty\tz\n4\tshort\n"));
  EXPECT_EQ(got.rows, (Table{{"1", "one\n\r\nmore", "2"}, {"2", std::nullopt, "3"}}));
  ASSERT_EQ(got.places.size(), 2U);
  EXPECT_EQ(got.places[1].line, 6U);
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].reason, "line 7 has 4 fields, the header has 3");
  EXPECT_EQ(got.faults[1].reason, "line 8 has 2 fields, the header has 3");
}

TEST_F(CsvRecords, AHeaderThatComesAgainIsToldAsSuch) {
  const std::string text = "id,name\n1,a\nid,name\n2,b\n\xEF\xBB\xBFid,name\r\n3,c\n";
  const Read got = read(write("a.csv", text));
  EXPECT_EQ(got.rows, (Table{{"1", "a"}, {"2", "b"}, {"3", "c"}}));
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].rule, "header");
  EXPECT_EQ(got.faults[0].reason, "line 3 is the header again, in the middle of the file");
  EXPECT_EQ(got.faults[1].place.line, 5U);

  options().repeated_header = RepeatedHeader::kSkip;
  const Read skipped = read(write("a.csv", text));
  EXPECT_EQ(skipped.rows, got.rows);
  EXPECT_TRUE(skipped.faults.empty());

  options().repeated_header = RepeatedHeader::kKeep;
  EXPECT_EQ(read(write("a.csv", text)).rows.size(), 5U);
}

TEST_F(CsvRecords, AHeaderThatComesAgainInOtherQuotesIsTheHeaderToo) {
  const std::string mark = "\xEF\xBB\xBF";
  for (const std::string& again :
       {std::string("\"id\",\"v \"\"a\"\"\""), std::string("id ,\"v \"\"a\"\"\""),
        mark + "\"id\",\"v \"\"a\"\"\"", mark + "id,\"v \"\"a\"\"\""}) {
    const Read got = read(write("a.csv", "id,\"v \"\"a\"\"\"\n1,a\n" + again + "\n2,b\n"));
    EXPECT_EQ(got.rows, (Table{{"1", "a"}, {"2", "b"}})) << again;
    ASSERT_EQ(got.faults.size(), 1U) << again;
    EXPECT_EQ(got.faults[0].rule, "header");
  }
  const Read plain = read(write("a.csv", "\"id\",\"v\"\n1,a\nid,v\nid,w\nid,v,\n"));
  EXPECT_EQ(plain.rows, (Table{{"1", "a"}, {"id", "w"}}));
  ASSERT_EQ(plain.faults.size(), 2U);
  EXPECT_EQ(plain.faults[0].rule, "header");
  EXPECT_EQ(plain.faults[1].rule, "ragged");
}

TEST_F(CsvRecords, OfOneColumnTheHeadersWordIsAValue) {
  EXPECT_EQ(read(write("a.csv", "name\nJohn\nname\n")).rows, (Table{{"John"}, {"name"}}));
}

TEST_F(CsvRecords, AQuoteThatNeverClosesIsNamedByItsLine) {
  for (const char* delimiter : {",", "||"}) {
    options().delimiter = delimiter;
    const std::string d = delimiter;
    const Read got = read(write("a.csv", "a" + d + "b\n1" + d + "2\n3" + d + "\"4\n5" + d + "6\n"));
    ASSERT_TRUE(got.error);
    EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
    EXPECT_THAT(got.error->message, HasSubstr("The quote that opens in line 3"));
    EXPECT_THAT(got.error->message, HasSubstr("is never closed"));
  }
}

// No field holds a line end: then a quote that stays open spoils its line alone.
TEST_F(CsvRecords, AQuoteThatIsLeftOpenEndsWithItsLineWhereTheJobSaysSo) {
  options().multiline = false;
  for (const char* delimiter : {",", "||"}) {
    for (const char* end : {"\n", "\r\n", "\r"}) {
      for (const char escape : {'\0', '\\'}) {
        options().delimiter = delimiter;
        options().escape = escape;
        const std::string d = delimiter;
        const std::string e = end;
        const std::string text = "a" + d + "b" + e + "1" + d + "\"2\"" + e + "3" + d + "\"4" + d +
                                 "x" + e + "\"" + e + "5" + d + "6" + e + "7" + d + "\"8\\";
        for (const std::size_t block : {64, 65, 66, 67, 1 << 20}) {
          const Read got = read(write("a.csv", std::string(40, ' ') + text), {}, block);
          ASSERT_FALSE(got.error) << got.error->to_string();
          EXPECT_EQ(got.rows, (Table{{"1", "2"}, {"5", "6"}}));
          EXPECT_EQ(got.places.at(1).line, 5U);
          ASSERT_EQ(got.faults.size(), 3U);
          EXPECT_EQ(got.faults[0].rule, "quote");
          EXPECT_EQ(got.faults[0].reason,
                    "line 3: the quote that opens b is not closed in its line");
          EXPECT_EQ(got.faults[0].original, "3" + d + "\"4" + d + "x");
          EXPECT_EQ(got.faults[1].place.line, 4U);
          EXPECT_EQ(got.faults[2].place.line, 6U);
        }
      }
    }
  }
}

TEST_F(CsvRecords, AHeaderThatComesAgainPaddedIsOne) {
  options().ragged = RaggedRows::kPad;
  const std::string path = write("a.csv", "a,b,\n1,2,\na,b,,,\na,b\n3,4,\na,b,,x\n");
  const Read refused = read(path, {"a", "b"});
  EXPECT_EQ(refused.rows, (Table{{"1", "2"}, {"3", "4"}}));
  ASSERT_EQ(refused.faults.size(), 3U);
  EXPECT_EQ(refused.faults[0].rule, "header");
  EXPECT_EQ(refused.faults[1].rule, "header");
  EXPECT_EQ(refused.faults[2].rule, "ragged");
  options().repeated_header = RepeatedHeader::kSkip;
  EXPECT_EQ(read(path, {"a", "b"}).rows, (Table{{"1", "2"}, {"3", "4"}}));
  EXPECT_EQ(read(path, {"a", "b"}).faults.size(), 1U);
}

TEST_F(CsvRecords, TextBehindTheQuotesOfAHeaderThatComesAgainIsNotPassedOver) {
  options().repeated_header = RepeatedHeader::kSkip;
  const Read got = read(write("a.csv", "a,b\n1,2\n\"a\"junk,\"b\"more\n"));
  EXPECT_EQ(got.rows, (Table{{"1", "2"}}));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "quote");
}

TEST_F(CsvRecords, AHeaderWhoseQuoteIsLeftOpenIsAnError) {
  options().multiline = false;
  const Read got = read(write("a.csv", "a,\"b\n1,2\n"));
  ASSERT_TRUE(got.error);
  EXPECT_THAT(got.error->message, HasSubstr("a quote of the header in line 1 is not closed"));
}

// What is taken for the end of a name may be the beginning of another field, rows later.
TEST_F(CsvRecords, AHeaderWithTextBehindAClosingQuoteIsRefused) {
  for (const char* text : {"id,\"name\n1,a\n2,\"b\"\n3,c\n", "id,\"na\"me\n1,a\n"}) {
    const Read got = read(write("a.csv", text));
    ASSERT_TRUE(got.error) << text;
    EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
    EXPECT_THAT(
        got.error->message,
        HasSubstr("a.csv: text follows the closing quote of column 2 of the header in line 1"));
    EXPECT_THAT(got.error->advice, HasSubstr("quote:"));
  }
}

TEST_F(CsvRecords, LinesAboveTheHeaderAreNotRead) {
  options().skip_lines = 3;
  const std::string title = "Sales \"2024,,\n\r\n" + std::string(100, '-') + "\r";
  const std::string text = title + "a,b\n1,2\n3\n";
  for (const std::size_t block : {64, 65, 66, 67, 1 << 20}) {
    const Read got = read(write("a.csv", text), {}, block);
    ASSERT_FALSE(got.error) << got.error->to_string();
    EXPECT_EQ(got.columns, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(got.rows, (Table{{"1", "2"}}));
    EXPECT_EQ(got.places.at(0).line, 5U);
    EXPECT_EQ(got.places.at(0).byte_offset, title.size() + 4);
    ASSERT_EQ(got.faults.size(), 1U);
    EXPECT_EQ(got.faults[0].reason, "line 6 has 1 field, the header has 2");
  }
  options().header = false;
  options().column_names = {"x", "y"};
  EXPECT_EQ(read(write("a.csv", text)).rows, (Table{{"a", "b"}, {"1", "2"}}));
  // It may end before, in the middle of a line.
  for (const char* few : {"", "one", "one\n", "one\ntwo\nthree", "one\ntwo\nthree\n"}) {
    const Read got = read(write("a.csv", few));
    EXPECT_FALSE(got.error) << few;
    EXPECT_TRUE(got.rows.empty()) << few;
  }
  options().header = true;
  options().column_names = {};
  const Read got = read(write("a.csv", "one\ntwo\nthree"));
  ASSERT_TRUE(got.error);
  EXPECT_THAT(got.error->message, HasSubstr("is empty: a header line was expected"));
}

class LongRecords : public CsvRecords {
 protected:
  LongRecords() {
    most_record_bytes_ = 1 << 20;
    const std::string line = "1,some more words\n";
    for (int i = 0; i < 200'000; ++i) lines_ += line;
  }
  std::string lines_;
};

TEST_F(LongRecords, AnOpenQuoteIsGivenUpBehindTheMostThatARecordMayHave) {
  const Read got = read(write("a.csv", "a,b\n1,2\n1,\"open\n" + lines_ + "\"\n"));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("The quote that opens in line 3"));
  EXPECT_THAT(got.error->message, HasSubstr("not closed within 1 MiB"));
}

TEST_F(LongRecords, AQuotedTextMayHaveAnyNumberOfLines) {
  most_record_bytes_ = 8 << 20;
  const Read got = read(write("a.csv", "a,b\n1,\"" + lines_ + "\"\n2,x\n"));
  EXPECT_EQ(got.rows, (Table{{"1", lines_}, {"2", "x"}}));
  EXPECT_EQ(got.places.at(1).line, 200'003U);
}

TEST_F(LongRecords, AreRejectsAndTheRowsBehindThemAreRead) {
  for (const char* delimiter : {",", "+|"}) {
    options().delimiter = delimiter;
    const std::string d = delimiter;
    const std::string text =
        "a" + d + "b\n1" + d + "2\n3" + d + std::string(3 << 20, 'x') + "\r\n4" + d + "5\n";
    const Read got = read(write("a.csv", text));
    ASSERT_FALSE(got.error) << got.error->to_string();
    EXPECT_EQ(got.rows, (Table{{"1", "2"}, {"4", "5"}}));
    ASSERT_EQ(got.faults.size(), 1U);
    EXPECT_EQ(got.faults[0].rule, "too long");
    EXPECT_EQ(got.faults[0].reason,
              "line 3 begins a record of more than 1 MiB, which is the most that one may have");
    EXPECT_THAT(got.faults[0].original, ::testing::StartsWith("3" + d + "xxx"));
    EXPECT_EQ(got.places.at(1).line, 4U);
    EXPECT_EQ(got.places.at(1).byte_offset, text.size() - 3 - d.size());
  }
}

TEST_F(LongRecords, OfJsonAreRejectsToo) {
  options().format = FileFormat::kJsonLines;
  const Read got = read(
      write("a.jsonl", "{\"a\":1}\n{\"a\":\"" + std::string(3 << 20, 'x') + "\"}\n\n{\"a\":2}\n"));
  ASSERT_FALSE(got.error) << got.error->to_string();
  EXPECT_EQ(got.rows, (Table{{"1"}, {"2"}}));
  EXPECT_EQ(got.places.at(1).line, 4U);
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "too long");
  EXPECT_EQ(got.faults[0].place.line, 2U);
}

TEST_F(LongRecords, OfAJsonArrayAreRejectsToo) {
  options().format = FileFormat::kJsonLines;
  const std::string text =
      "[{\"a\":1},\n{\"a\":[\"]\\\"" + std::string(3 << 20, 'x') + "\"],\n\"b\":{}},\n{\"a\":2}\n";
  const Read got = read(write("a.json", text + "]"));
  ASSERT_FALSE(got.error) << got.error->to_string();
  EXPECT_EQ(got.rows, (Table{{"1"}, {"2"}}));
  EXPECT_EQ(got.places.at(1).line, 4U);
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "too long");
  EXPECT_EQ(got.faults[0].place.line, 2U);
  EXPECT_TRUE(read(write("b.json", text + ",{\"a\":" + std::string(3 << 20, '['))).error);
}

TEST_F(LongRecords, AFileWithoutALineEndIsGivenUp) {
  const Read got = read(write("a.csv", std::string(3 << 20, 'x')));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("the first line has more than 1 MiB"));
}

}  // namespace
}  // namespace decant::testing
