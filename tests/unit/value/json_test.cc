#include "common/value/json.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

std::string canonical(std::string_view text) {
  std::string out = ">";
  return append_canonical_json(text, out) ? out.substr(1) : "refused" + out.substr(1);
}

TEST(CanonicalJson, SortsMembersAndDropsBlanks) {
  EXPECT_EQ(canonical(" { \"b\" : [ 1 , 2 ] ,\n\"a\": {\"d\":null,\"c\":true} } "),
            "{\"a\":{\"c\":true,\"d\":null},\"b\":[1,2]}");
  EXPECT_EQ(canonical("{\"a b\":1,\"a\":2}"), "{\"a\":2,\"a b\":1}");
  EXPECT_EQ(canonical("[]"), "[]");
  EXPECT_EQ(canonical("{}"), "{}");
}

TEST(CanonicalJson, EachOfEqualNamesCounts) {
  EXPECT_EQ(canonical("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":1,\"a\":3,\"b\":2}");
  EXPECT_EQ(canonical("{\"a\":2,\"\\u0061\":1}"), "{\"a\":2,\"a\":1}");
  EXPECT_EQ(canonical("{\"a\":1,\"a\":1}"), "{\"a\":1,\"a\":1}");
}

TEST(CanonicalJson, NumbersAreExactAndHaveOneSpelling) {
  EXPECT_EQ(canonical("[1, 1.0, 1e0, 10E-1, -0, 0.10, 1.5e3]"), "[1,1,1,1,0,0.1,1500]");
  EXPECT_EQ(canonical("123456789012345678901234567890.123456789"),
            "123456789012345678901234567890.123456789");
}

TEST(CanonicalJson, EqualStringsHaveOneSpelling) {
  EXPECT_EQ(canonical("\"\\u0041\\/\\u00f1\\ud83d\\ude00\""), "\"A/ñ😀\"");
  EXPECT_EQ(canonical("\"\\u000a\\u0000\\\"\\u001F\""), "\"\\n\\u0000\\\"\\u001f\"");
}

TEST(CanonicalJson, RefusesWhatIsNotJsonAndLeavesTheBufferAlone) {
  for (const char* text : {"",
                           " ",
                           "{",
                           "[1,]",
                           "{\"a\":1,}",
                           "{a:1}",
                           "'a'",
                           "01",
                           "+1",
                           "1.",
                           ".5",
                           "1e",
                           "-",
                           "NaN",
                           "nul",
                           "tru",
                           "true false",
                           "[1 2]",
                           "\"a",
                           "\"\\x\"",
                           "\"\\u12\"",
                           "\"\\ud800\"",
                           "\"\\ud800\\u0041\"",
                           "\"\\udc00\"",
                           "\"\n\"",
                           "\"\xFF\"",
                           "{\"a\"}",
                           "{1:2}",
                           "[1]]"}) {
    EXPECT_EQ(canonical(text), "refused") << text;
  }
}

TEST(CanonicalJson, BoundsItsDepthAndItsGrowth) {
  EXPECT_EQ(canonical(std::string(k_max_json_depth, '[') + std::string(k_max_json_depth, ']'))
                .substr(0, 2),
            "[[");
  EXPECT_EQ(canonical(std::string(100'000, '[')), "refused");
  std::string bomb = "[1e150000";
  for (int i = 0; i < 100; ++i) bomb += ",1e150000";
  EXPECT_EQ(canonical(bomb + "]"), "refused");
  EXPECT_EQ(canonical("1e9999999999"), "refused");
  EXPECT_EQ(canonical("[10e-999999]"), "refused");
}

TEST(CanonicalJson, IsItsOwnCanonicalForm) {
  const std::string once =
      canonical("{\"z\":[1.10,{\"y\":\"\\t\"}],\"a\":\"ñ\",\"z\":{\"q\":1e2,\"b\":[]}}");
  EXPECT_EQ(canonical(once), once);
}

}  // namespace
}  // namespace decant
