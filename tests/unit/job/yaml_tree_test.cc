#include "common/job/yaml_tree.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

std::string message_of(const std::string& yaml) {
  const auto tree = parse_yaml(yaml, "f");
  return tree ? "read" : tree.error().message;
}

// The "billion laughs": nine lines that would become a thousand million nodes.
TEST(YamlTree, RefusesAliasesThatMultiply) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) yaml += before + ", ";
    yaml += before + "]\n";
  }
  EXPECT_NE(message_of(yaml).find("grows too large"), std::string::npos) << message_of(yaml);
}

TEST(YamlTree, RefusesAliasesThatMultiplyText) {
  std::string yaml = "a: &a " + std::string(100'000, 'x') + "\nb: [";
  for (int i = 0; i < 50; ++i) yaml += "*a, ";
  EXPECT_NE(message_of(yaml + "*a]").find("grows too large"), std::string::npos);
}

TEST(YamlTree, CountsTheDepthOfAliases) {
  std::string yaml = "a: &a " + std::string(40, '[') + std::string(40, ']') + "\nb: ";
  EXPECT_EQ(message_of(yaml + std::string(20, '[') + "*a" + std::string(20, ']')), "read");
  EXPECT_NE(
      message_of(yaml + std::string(30, '[') + "*a" + std::string(30, ']')).find("deeper than 64"),
      std::string::npos);
}

TEST(YamlTree, RefusesDepthThatWouldOverflowTheStack) {
  EXPECT_NE(message_of(std::string(400'000, '[')), "read");
  EXPECT_NE(message_of(std::string(400'000, '{')), "read");
}

TEST(YamlTree, NamesTheLineThatIsNotUtf8) {
  EXPECT_EQ(message_of("a: b\nc: \"\xff\"\n"), "f:2:5: The file is not UTF-8 from here on.");
  EXPECT_EQ(message_of(std::string("a: b\nc\0: d", 10)), "f:2:2: There is a zero byte here.");
}

TEST(YamlTree, KeepsWhatWasQuotedApartFromNothing) {
  const auto tree = parse_yaml("a: ~\nb: \"~\"\nc:\nd: null\ne: 'null'\nf: \"\"\n", "f");
  ASSERT_TRUE(tree);
  for (const char* key : {"a", "c", "d"}) EXPECT_TRUE(tree->find(key)->is_null()) << key;
  for (const char* key : {"b", "e", "f"}) EXPECT_TRUE(tree->find(key)->is_scalar()) << key;
}

TEST(YamlTree, PutsMergedKeysBehindTheMappingsOwn) {
  const auto tree =
      parse_yaml("x: &x { a: 1, b: 2 }\ny: &y { b: 3, c: 4 }\nz: { <<: [*x, *y], a: 0 }\n", "f");
  ASSERT_TRUE(tree);
  const YamlNode& z = *tree->find("z");
  EXPECT_EQ(z.find("a")->text, "0");
  EXPECT_EQ(z.find("b")->text, "2");
  EXPECT_EQ(z.find("c")->text, "4");
  EXPECT_EQ(z.keys.size(), 3u);
}

void expect_same(const YamlNode& a, const YamlNode& b) {
  ASSERT_EQ(a.kind, b.kind) << a.text << " " << b.text;
  EXPECT_EQ(a.text, b.text);
  ASSERT_EQ(a.items.size(), b.items.size());
  ASSERT_EQ(a.keys.size(), b.keys.size());
  for (std::size_t i = 0; i < a.keys.size(); ++i) EXPECT_EQ(a.keys[i].text, b.keys[i].text);
  for (std::size_t i = 0; i < a.items.size(); ++i) expect_same(a.items[i], b.items[i]);
}

TEST(YamlTree, ReadsBackWhatItWrites) {
  const char* yaml = R"(
a: { b: [1, "2", ~, [], {}, [x, [y]], { k: v, l: [m] }], c: "say \"hi\"\n\ttab\\ \x01" }
"key: with colon": 'it''s'
"": empty
"~": tilde
list:
  - - nested
    - deeper
  - k: v
    l: w
text: >-
  folded
  lines
bar: |
  kept
   lines
dash: "- no list"
hash: "a # b"
yes: "true"
number: 007
unicode: Ñandú 🦙
star: "*x"
)";
  const auto tree = parse_yaml(yaml, "f");
  ASSERT_TRUE(tree) << tree.error().message;
  const std::string text = emit_yaml(*tree);
  const auto again = parse_yaml(text, "g");
  ASSERT_TRUE(again) << again.error().message << "\n" << text;
  expect_same(*tree, *again);
  EXPECT_EQ(emit_yaml(*again), text);
}

}  // namespace
}  // namespace decant
