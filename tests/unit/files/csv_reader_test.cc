#include <gmock/gmock.h>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using CsvReader = FileTest;

TEST_F(CsvReader, ReadsFieldsUnderTheirHeader) {
  const Read got = read(write("a.csv", "id,name\n1,one\n2,two\n"));
  EXPECT_THAT(got.columns, ElementsAre("id", "name"));
  EXPECT_EQ(got.rows, (Table{{"1", "one"}, {"2", "two"}}));
  EXPECT_TRUE(got.faults.empty());
}

TEST_F(CsvReader, GivesOnlyTheColumnsAskedForInTheirOrder) {
  const Read got = read(write("a.csv", "a,b,c\n1,2,3\n4,5,6\n"), {"c", "a"});
  EXPECT_EQ(got.rows, (Table{{"3", "1"}, {"6", "4"}}));
}

TEST_F(CsvReader, QuotedFieldsMayHoldDelimitersQuotesAndNewlines) {
  const Read got =
      read(write("a.csv", "a,b\n\"x,y\",\"say \"\"hi\"\"\"\n\"two\nlines\",\"\"\"\"\n"));
  EXPECT_EQ(got.rows, (Table{{"x,y", "say \"hi\""}, {"two\nlines", "\""}}));
}

TEST_F(CsvReader, EveryLineEndEndsALine) {
  for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r",
                           "a,b\r\n1,2\n3,4", "a,b\r\n1,2\r3,4\r"}) {
    const Read got = read(write("a.csv", text));
    EXPECT_EQ(got.rows, (Table{{"1", "2"}, {"3", "4"}})) << text;
    ASSERT_EQ(got.places.size(), 2U);
    EXPECT_EQ(got.places[0].line, 2U);
    EXPECT_EQ(got.places[1].line, 3U);
  }
}

TEST_F(CsvReader, BlankLinesArePassedOverAndCounted) {
  const Read got = read(write("a.csv", "\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n"));
  EXPECT_EQ(got.rows, (Table{{"1", "2"}, {"3", "4"}}));
  ASSERT_EQ(got.places.size(), 2U);
  EXPECT_EQ(got.places[0].line, 5U);
  EXPECT_EQ(got.places[1].line, 8U);
}

TEST_F(CsvReader, OfOneColumnABlankLineIsARowButForTheLast) {
  const Table rows = {{"1"}, {std::nullopt}, {"2"}};
  for (const char* text :
       {"a\n1\n\n2\n", "a\r\n1\r\n\r\n2\r\n\r\n", "a\n1\n\n2\n\n", "\na\r1\r\r2\r\r", "a\n1\n\n2"})
    EXPECT_EQ(read(write("a.csv", text)).rows, rows) << text;
  EXPECT_EQ(read(write("a.csv", "a\n\n\n")).rows, (Table{{std::nullopt}}));
  EXPECT_EQ(read(write("a.csv", "a\n\n")).rows, Table{});
  const Read got = read(write("a.csv", "a\n1\n\n2\n"));
  ASSERT_EQ(got.places.size(), 3U);
  EXPECT_EQ(got.places[1].line, 3U);
  EXPECT_EQ(got.places[1].byte_offset, 4U);
}

TEST_F(CsvReader, OfOneColumnWithoutAHeaderTheFirstLineMayBeBlank) {
  entity_.read.file_options.header = false;
  entity_.read.file_options.column_names = {"a"};
  EXPECT_EQ(read(write("a.csv", "\n1\n")).rows, (Table{{std::nullopt}, {"1"}}));
}

TEST_F(CsvReader, APlaceIsTheLineAndByteWhereTheRowBegins) {
  const Read got = read(write("a.csv", "a,b\n\"1\n1\",2\n3,4\n"));
  ASSERT_EQ(got.places.size(), 2U);
  EXPECT_EQ(got.places[0].line, 2U);
  EXPECT_EQ(got.places[0].byte_offset, 4U);
  EXPECT_EQ(got.places[1].line, 4U);
  EXPECT_EQ(got.places[1].byte_offset, 12U);
}

TEST_F(CsvReader, OnlyUnquotedNullTextsAreNull) {
  entity_.read.file_options.null_texts = {"", "NULL"};
  const Read got = read(write("a.csv", "a,b,c,d\n,\"\",NULL,\"NULL\"\n"));
  EXPECT_EQ(got.rows, (Table{{std::nullopt, "", std::nullopt, "NULL"}}));
}

TEST_F(CsvReader, TrimsBeforeItLooksForNull) {
  entity_.read.file_options.trim = true;
  const Read got = read(write("a.csv", " a ,b\n  ,  x \n"));
  EXPECT_THAT(got.columns, ElementsAre("a", "b"));
  EXPECT_EQ(got.rows, (Table{{std::nullopt, "x"}}));
}

TEST_F(CsvReader, ARejectHidesTheRowWhereAColumnIsPrivate) {
  entity_.columns.push_back({.name = "b", .is_private = true});
  const Read got = read(write("a.csv", "a,b\nsecret\n"));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_THAT(got.faults[0].original, ::testing::Not(HasSubstr("secret")));
}

TEST_F(CsvReader, TextAfterAClosingQuoteIsRefused) {
  const Read got = read(write("a.csv", "a,b\n\"x\"y,2\n3,4\n"));
  EXPECT_EQ(got.rows, (Table{{"3", "4"}}));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "quote");
  EXPECT_THAT(got.faults[0].reason, HasSubstr("line 2"));
}

TEST_F(CsvReader, AQuoteInsideAnUnquotedFieldStandsForItself) {
  const Read got = read(write("a.csv", "a,b\n5\" pipe,x\"y\"\n"));
  EXPECT_EQ(got.rows, (Table{{"5\" pipe", "x\"y\""}}));
}

TEST_F(CsvReader, TakesOtherDelimitersQuotesAndEscapes) {
  entity_.read.file_options.delimiter = ';';
  entity_.read.file_options.quote = '\'';
  entity_.read.file_options.escape = '\\';
  const Read got = read(write("a.csv", "a;b\n'it\\'s; \\\\ so';\"x\"\n'a\\nb';2\n"));
  EXPECT_EQ(got.rows, (Table{{"it's; \\ so", "\"x\""}, {"a\\nb", "2"}}));
}

TEST_F(CsvReader, WithoutQuotingAQuoteIsJustACharacter) {
  entity_.read.file_options.quote = 0;
  entity_.read.file_options.delimiter = '\t';
  const Read got = read(write("a.csv", "a\tb\n\"x\t\"\n"));
  EXPECT_EQ(got.rows, (Table{{"\"x", "\""}}));
}

TEST_F(CsvReader, WithoutAHeaderColumnsAreNamedByTheJobOrByTheirPlace) {
  entity_.read.file_options.header = false;
  Read got = read(write("a.csv", "1,2\n3,4\n"));
  EXPECT_THAT(got.columns, ElementsAre("column_1", "column_2"));
  EXPECT_EQ(got.rows, (Table{{"1", "2"}, {"3", "4"}}));
  entity_.read.file_options.column_names = {"x", "y"};
  got = read(write("a.csv", "1,2\n3,4,5\n"));
  EXPECT_THAT(got.columns, ElementsAre("x", "y"));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].reason, "line 2 has 3 fields, expected are 2");
}

TEST_F(CsvReader, NamelessAndRepeatedHeaderColumnsGetNamesOfTheirOwn) {
  const Read got = read(write("a.csv", "a,,a,\n1,2,3,4\n"));
  EXPECT_THAT(got.columns, ElementsAre("a", "column_2", "a_2", "column_4"));
}

// A column of the file keeps its name, whatever numbers the others get.
TEST_F(CsvReader, ANumberIsNoOtherColumnsName) {
  EXPECT_THAT(read(write("a.csv", "id,a,a,a_2,\n1,x,y,REAL,n\n")).columns,
              ElementsAre("id", "a", "a_3", "a_2", "column_5"));
  EXPECT_THAT(read(write("a.csv", "id,,column_2\n1,x,y\n")).columns,
              ElementsAre("id", "column_2_2", "column_2"));
}

TEST_F(CsvReader, AMissingColumnIsNamedWithTheNearestOne) {
  const Read got = read(write("a.csv", "fecha,importe\n1,2\n"), {"inporte"});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kMismatch);
  EXPECT_THAT(got.error->message, HasSubstr("has no column \"inporte\""));
  EXPECT_THAT(got.error->advice, HasSubstr("\"importe\""));
}

TEST_F(CsvReader, AnEmptyFileIsNoFileWithZeroRowsWhereAHeaderIsExpected) {
  const Read got = read(write("a.csv", ""));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("is empty"));
  EXPECT_TRUE(read(write("b.csv", "a,b\n")).rows.empty());
  EXPECT_FALSE(read(write("b.csv", "a,b\n")).error);
}

TEST_F(CsvReader, AMissingFileIsNotFound) {
  const Read got = read(folder_ + "/none.csv", {"a"});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kNotFound);
}

TEST_F(CsvReader, ABatchEndsEarlyWhereRowsAreWide) {
  const std::string wide(3 << 20, 'w');
  std::string text = "a,b\n";
  for (int i = 0; i < 5; ++i) text += std::to_string(i) + "," + wide + "\n";
  const Read got = read(write("a.csv", text));
  ASSERT_EQ(got.rows.size(), 5U);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(got.rows[static_cast<std::size_t>(i)][0], std::to_string(i));
    EXPECT_EQ(got.rows[static_cast<std::size_t>(i)][1], wide);
  }
}

}  // namespace
}  // namespace decant::testing
