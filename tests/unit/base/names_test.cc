// Names of others: taken apart on the command line, and shown on a terminal.
#include <gtest/gtest.h>

#include "common/base/name_list.h"
#include "common/base/printable.h"

namespace decant {
namespace {

using Names = std::vector<std::string>;

TEST(SplitNames, TakesThePartsBetweenCommasWithoutBlanks) {
  EXPECT_EQ(split_names("a,b"), (Names{"a", "b"}));
  EXPECT_EQ(split_names(" a b ,, c\t"), (Names{"a b", "c"}));
  EXPECT_EQ(split_names(""), Names{});
  EXPECT_EQ(split_names(" , "), Names{});
}

TEST(SplitNames, TakesWhatIsQuotedAsItStands) {
  EXPECT_EQ(split_names("\"a,b\",c"), (Names{"a,b", "c"}));
  EXPECT_EQ(split_names(" \" a \" , \"b\""), (Names{" a ", "b"}));
  EXPECT_EQ(split_names("\"say \"\"hi\"\"\""), Names{"say \"hi\""});
}

TEST(SplitNames, TakesAQuoteThatQuotesNothingForACharacter) {
  EXPECT_EQ(split_names("say \"hi\",b"), (Names{"say \"hi\"", "b"}));
  EXPECT_EQ(split_names("\"a\"b"), Names{"\"a\"b"});
  EXPECT_EQ(split_names("\"a,b"), (Names{"\"a", "b"}));
}

TEST(Printable, WritesOutWhatMovesTheCursorOrTurnsTheText) {
  EXPECT_EQ(printable("a\x1b[2Jb\nc\td\x7f"), "a\\x1B[2Jb\\x0Ac\\x09d\\x7F");
  EXPECT_EQ(printable("\xc2\x9bx"), "\\x9Bx");
  EXPECT_EQ(printable("a\u202eb\u2066c\u2028d"), "a\\u202Eb\\u2066c\\u2028d");
}

TEST(Printable, LeavesEveryOtherText) {
  const std::string text = "plain ñ 日本 🍎 \u2014 \\x";
  EXPECT_EQ(printable(text), text);
  EXPECT_EQ(printable_lines("a\n\tb \x1b[1;32mgreen\x1b[0m\n"), "a\n\tb \x1b[1;32mgreen\x1b[0m\n");
  EXPECT_EQ(printable_lines("\x1b[2J\r"), "\\x1B[2J\\x0D");
  EXPECT_EQ(printable("\xe2\x80"), "\xe2\x80");
}

}  // namespace
}  // namespace decant
