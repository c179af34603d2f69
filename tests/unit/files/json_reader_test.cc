#include <gmock/gmock.h>

#include <random>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class JsonReader : public FileTest {
 protected:
  JsonReader() {
    entity_.read.file_options.format = FileFormat::kJsonLines;
    entity_.read.file_options.null_texts.clear();  // as the job file's parser has it
  }
};

TEST_F(JsonReader, ReadsOneObjectALine) {
  const Read got =
      read(write("a.jsonl", "{\"id\":1,\"name\":\"one\"}\n\n  {\"id\":2,\"name\":\"two\"} \r\n"));
  EXPECT_THAT(got.columns, ElementsAre("id", "name"));
  EXPECT_EQ(got.rows, (Table{{"1", "one"}, {"2", "two"}}));
  ASSERT_EQ(got.places.size(), 2U);
  EXPECT_EQ(got.places[1].line, 3U);
  EXPECT_EQ(got.places[1].byte_offset, 25U);
}

TEST_F(JsonReader, NumbersKeepTheirText) {
  const Read got = read(
      write("a.jsonl",
            "{\"n\":1.10}\n{\"n\":123456789012345678901234567890.123456789}\n{\"n\":-1E+2 }\n"));
  EXPECT_EQ(got.rows, (Table{{"1.10"}, {"123456789012345678901234567890.123456789"}, {"-1E+2"}}));
}

TEST_F(JsonReader, NullAndMissingKeysAreNullAndEmptyTextIsNot) {
  const Read got = read(write("a.jsonl", "{\"a\":null,\"b\":\"\"}\n{\"b\":\"x\"}\n{}\n"));
  EXPECT_EQ(got.rows,
            (Table{{std::nullopt, ""}, {std::nullopt, "x"}, {std::nullopt, std::nullopt}}));
}

TEST_F(JsonReader, TextsAndNumbersThatMeanNullAreNull) {
  entity_.read.file_options.null_texts = {"", "N/A", "-999"};
  const Read got =
      read(write("a.jsonl", "{\"a\":\"N/A\",\"b\":\"\"}\n{\"a\":-999,\"b\":\"n/a\"}\n"));
  EXPECT_EQ(got.rows, (Table{{std::nullopt, std::nullopt}, {std::nullopt, "n/a"}}));
}

TEST_F(JsonReader, BlanksThatAreTrimmedDoNotHideNull) {
  const std::string path = write("a.jsonl", "{\"a\":\" N/A\",\"b\":\"\\t\"}\n");
  entity_.read.file_options.null_texts = {"", "N/A"};
  EXPECT_EQ(read(path).rows, (Table{{" N/A", "\t"}}));
  entity_.read.file_options.trim = true;
  EXPECT_EQ(read(path).rows, (Table{{std::nullopt, std::nullopt}}));
}

TEST_F(JsonReader, EscapesAreTakenOutOfTexts) {
  const Read got =
      read(write("a.jsonl", "{\"a\\u0062\":\"x\\n\\\"y\\\" \\u00e9\\ud83d\\ude00\"}\n"));
  EXPECT_THAT(got.columns, ElementsAre("ab"));
  EXPECT_EQ(got.rows, (Table{{"x\n\"y\" é😀"}}));
}

TEST_F(JsonReader, WhatIsNestedStaysJson) {
  const Read got =
      read(write("a.jsonl", "{\"l\": [1, {\"x\":2.50}] ,\"o\":{\"k\":\"v\"},\"b\":true}\n"));
  EXPECT_EQ(got.rows, (Table{{"[1, {\"x\":2.50}]", "{\"k\":\"v\"}", "true"}}));
}

TEST_F(JsonReader, KeysMayComeInAnyOrderAndLater) {
  const Read got =
      read(write("a.jsonl", "{\"a\":1,\"b\":2}\n{\"b\":4,\"a\":3}\n{\"c\":7,\"a\":5,\"b\":6}\n"),
           {"b", "a", "c"});
  EXPECT_EQ(got.rows, (Table{{"2", "1", std::nullopt}, {"4", "3", std::nullopt}, {"6", "5", "7"}}));
}

TEST_F(JsonReader, LinesThatAreNoObjectsAreRefused) {
  const char* bad[] = {"{\"a\":1",
                       "{\"a\":01}",
                       "{\"a\":1}}",
                       "[1]",
                       "7",
                       "{\"a\":1} {\"a\":2}",
                       "{\"a\":tru}",
                       "{a:1}",
                       "{\"a\":\"x\ty\"}",
                       "{\"a\":1,}",
                       "{\"a\":[1}}",
                       "{\"a\":[1 2]}",
                       "{\"a\":{\"b\":01}}",
                       "{\"a\" 1}"};
  for (const char* line : bad) {
    const Read got =
        read(write("a.jsonl", std::string("{\"a\":0}\n") + line + "\n{\"a\":2}\n"), {"a"});
    EXPECT_EQ(got.rows, (Table{{"0"}, {"2"}})) << line;
    ASSERT_EQ(got.faults.size(), 1U) << line;
    EXPECT_EQ(got.faults[0].rule, "json");
    EXPECT_THAT(got.faults[0].reason, HasSubstr("line 2 is not a valid JSON object"));
    EXPECT_EQ(got.faults[0].place.byte_offset, 8U);
  }
}

// Also where nobody asked for the field.
TEST_F(JsonReader, WhatIsNoTextIsRefusedAndNeverBent) {
  const std::pair<const char*, const char*> bad[] = {
      {R"({"a":"\ud800"})", "line 2 has \\ud800, half of a surrogate pair"},
      {R"({"a":"x\\\udC00 "})", "line 2 has \\udC00, half of"},
      {R"({"a":"\ud83c\u0041"})", "line 2 has \\ud83c, half of"},
      {R"({"a":{"b":["\ud83c\udf4e","\udf4e"]}})", "line 2 has \\udf4e, half of"},
      {R"({"a":"\ud83c\udf4e","\ud800":1})", "line 2 has \\ud800, half of"},
      {"{\"a\":\"\xed\xa0\x80\"}", "line 2: the byte 0xED at offset 14 is not UTF-8"},
      {"{\"a\":\"\xc0\xaf\"}", "the byte 0xC0 at offset 14 is not UTF-8"},
      {"{\"a\":\"\xf4\x90\x80\x80\"}", "the byte 0xF4 at offset 14 is not UTF-8"},
      {"{\"a\":\"x\xe2\x82\"}", "the byte 0xE2 at offset 15 is not UTF-8"},
      {"{\"a\":{\"b\":\"\xe2\"}}", "the byte 0xE2 at offset 19 is not UTF-8"},
      {"{\"a\":1,\"skipped\":\"\xff\"}", "the byte 0xFF at offset 26 is not UTF-8"},
      {"{\"a\":1}\xe2", "the byte 0xE2 at offset 15 is not UTF-8"}};
  for (const auto& [line, reason] : bad) {
    for (const char* end : {"\n{\"a\":2}\n", "\n{\"a\":2}", "\n", ""}) {
      for (const std::size_t block : {64, 1 << 20}) {
        const Read got =
            read(write("a.jsonl", "{\"a\":0}\n" + std::string(line) + end), {"a"}, block);
        ASSERT_FALSE(got.error) << got.error->to_string();
        EXPECT_EQ(got.rows.size(), std::string_view(end).size() > 1 ? 2U : 1U) << line;
        ASSERT_EQ(got.faults.size(), 1U) << line;
        EXPECT_THAT(got.faults[0].reason, HasSubstr(reason));
        EXPECT_EQ(got.faults[0].place.line, 2U);
      }
    }
  }
  // A pair is a character, and a backslash before it is none of its.
  EXPECT_EQ(read(write("a.jsonl", R"({"a":"\\ud800 \ud83c\udf4e"})")).rows,
            (Table{{"\\ud800 \U0001F34E"}}));
}

TEST_F(JsonReader, ABadByteIsNamedByItsOffset) {
  const Read got = read(write("a.jsonl", "{\"a\":\"caf\xe9\"}\n"), {"a"});
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "encoding");
  EXPECT_THAT(got.faults[0].reason, HasSubstr("0xE9 at offset 9"));
}

TEST_F(JsonReader, AnArrayOverTheWholeFileIsReadElementByElement) {
  const Read got = read(
      write("a.json",
            "[\n {\"a\": \"]},{\\\"\",\n  \"b\": [1, 2]},\n {\"a\": \"y\"} ,{\"a\":\"z\"}\n]\n"));
  EXPECT_EQ(got.rows, (Table{{"]},{\"", "[1, 2]"}, {"y", std::nullopt}, {"z", std::nullopt}}));
  ASSERT_EQ(got.places.size(), 3U);
  EXPECT_EQ(got.places[0].line, 2U);
  EXPECT_EQ(got.places[1].line, 4U);
  EXPECT_EQ(got.places[2].line, 4U);
}

TEST_F(JsonReader, ADamagedArrayIsAnError) {
  for (const char* text : {"[{\"a\":1}", "[{\"a\":1},", "[{\"a\":1} {\"a\":2}]", "[{\"a\":1}] x",
                           "[{\"a\":\"1}]", "["}) {
    const Read got = read(write("a.json", text), {"a"});
    ASSERT_TRUE(got.error) << text;
    EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  }
  EXPECT_TRUE(read(write("a.json", "[]"), {"a"}).rows.empty());
}

TEST_F(JsonReader, ElementsThatAreNoObjectsAreRefused) {
  const Read got = read(write("a.json", "[1, {\"a\":2}, null , \"x,y\", [3]]"), {"a"});
  EXPECT_EQ(got.rows, (Table{{"2"}}));
  EXPECT_EQ(got.faults.size(), 4U);
}

TEST_F(JsonReader, RowsMayLieInsideTheRecords) {
  entity_.read.file_options.records = "lines";
  const Read got =
      read(write("a.jsonl",
                 "{\"id\":7,\"lines\":[{\"n\":1,\"x\":1.50},{\"n\":2}],\"day\":\"d1\"}\n"
                 "{\"id\":8,\"lines\":null}\n{\"id\":9}\n{\"id\":10,\"lines\":[]}\n"
                 "{\"lines\":[{\"n\":3}],\"day\":null}\n"));
  EXPECT_THAT(got.columns, ::testing::UnorderedElementsAre("parent.id", "parent.day", "n", "x"));
  EXPECT_EQ(got.faults.size(), 1U) << "the record without the key";
  const Read ordered = read(folder_ + "/a.jsonl", {"parent.id", "parent.day", "n", "x"});
  EXPECT_EQ(ordered.rows, (Table{{"7", "d1", "1", "1.50"},
                                 {"7", "d1", "2", std::nullopt},
                                 {std::nullopt, std::nullopt, "3", std::nullopt}}));
  ASSERT_EQ(ordered.places.size(), 3U);
  EXPECT_EQ(ordered.places[1].line, 1U);
  EXPECT_EQ(ordered.places[1].byte_offset, 34U);
  EXPECT_EQ(ordered.places[2].line, 5U);
}

TEST_F(JsonReader, RecordsMayBeAnArrayDeepInADocument) {
  const std::string path =
      write("store.json",
            "{\"meta\": {\"journals\": [1, \"]}\\\"\"]},\n \"data\": {\"x\": 1, \"journals\": [\n"
            "  {\"id\": 1, \"lines\": [{\"n\": 1}, {\"n\": 2}]},\n"
            "  {\"id\": 2, \"lines\": [{\"n\": 3}]}\n ], \"more\": []}, \"z\": 0}\n");
  for (const std::size_t block_bytes : {64, 100, 1 << 20}) {
    entity_.read.file_options.records = "$.data.journals";
    Read got = read(path, {"id", "lines"}, static_cast<std::size_t>(block_bytes));
    EXPECT_EQ(got.rows, (Table{{"1", "[{\"n\": 1}, {\"n\": 2}]"}, {"2", "[{\"n\": 3}]"}}));
    ASSERT_EQ(got.places.size(), 2U);
    EXPECT_EQ(got.places[0].line, 3U);
    EXPECT_EQ(got.places[1].line, 4U);
    entity_.read.file_options.records = "$.data.journals[].lines[]";
    got = read(path, {"parent.id", "n"}, static_cast<std::size_t>(block_bytes));
    EXPECT_EQ(got.rows, (Table{{"1", "1"}, {"1", "2"}, {"2", "3"}}));
  }
}

TEST_F(JsonReader, ADocumentWithoutTheArrayIsNoEmptyFile) {
  const std::string path = write("store.json", "{\"data\": {\"journals\": 5}}");
  for (const char* records :
       {"$.data.journals", "$.data.none", "$.none", "$.data.journals.deeper"}) {
    entity_.read.file_options.records = records;
    const Read got = read(path, {"id"});
    ASSERT_TRUE(got.error) << records;
    EXPECT_EQ(got.error->code, ErrorCode::kMismatch);
    EXPECT_THAT(got.error->message, HasSubstr(records));
  }
  entity_.read.file_options.records = "$.data..x";
  EXPECT_EQ(read(path, {"id"}).error->code, ErrorCode::kUsage);
}

TEST_F(JsonReader, ARecordThatBreaksMidwayGivesNoneOfItsRows) {
  entity_.read.file_options.records = "lines";
  const Read got = read(
      write("a.jsonl", "{\"lines\":[{\"n\":1},{\"n\":01}]}\n{\"lines\":[{\"n\":2}]}\n"), {"n"});
  EXPECT_EQ(got.rows, (Table{{"2"}}));
  EXPECT_EQ(got.faults.size(), 1U);
}

TEST_F(JsonReader, OneRecordMayHoldMoreRowsThanABatch) {
  entity_.read.file_options.records = "lines";
  std::string text = "{\"id\":1,\"lines\":[";
  for (int i = 0; i < 20'000; ++i)
    text += (i > 0 ? ",{\"n\":" : "{\"n\":") + std::to_string(i) + "}";
  const Read got = read(write("a.jsonl", text + "]}\n"), {"parent.id", "n"});
  ASSERT_EQ(got.rows.size(), 20'000U);
  EXPECT_EQ(got.rows[19'999], (std::vector<Cell>{"1", "19999"}));
}

class JsonProperty : public JsonReader, public ::testing::WithParamInterface<int> {};

TEST_P(JsonProperty, WhatIsWrittenIsReadBackWhereverBlocksEnd) {
  std::mt19937 random(static_cast<std::uint32_t>(GetParam()));
  const auto below = [&](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
  };
  const std::vector<std::pair<std::string, std::string>> letters = {
      {"a", "a"}, {"\\\"", "\""}, {"\\\\", "\\"}, {"\\u00f1", "ñ"}, {"😀", "😀"},
      {"{", "{"}, {"]", "]"},     {",", ","},     {"\\n", "\n"}};
  const bool is_array = GetParam() % 2 == 0;
  std::string text = is_array ? "[" : "";
  Table table;
  const std::size_t rows = below(40);
  for (std::size_t row = 0; row < rows; ++row) {
    if (row > 0) text += is_array ? ",\n" : "\n";
    std::string json;
    std::string plain;
    for (std::size_t i = below(80); i > 0; --i) {
      const auto& letter = letters[below(letters.size())];
      json += letter.first;
      plain += letter.second;
    }
    text +=
        "{\"n\":" + std::to_string(row) + (below(2) == 0 ? " ," : ",") + "\"t\":\"" + json + "\"}";
    table.push_back({std::to_string(row), plain});
  }
  text += is_array ? "]" : "";
  const std::string path = write("a.json", text);
  for (const std::size_t block_bytes : {std::size_t{64}, 64 + below(200), std::size_t{1} << 20}) {
    const Read got = read(path, {"n", "t"}, block_bytes);
    ASSERT_FALSE(got.error) << got.error->to_string();
    ASSERT_TRUE(got.faults.empty()) << got.faults.front().reason;
    ASSERT_EQ(got.rows, table) << "block " << block_bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, JsonProperty, ::testing::Range(1, 101));

}  // namespace
}  // namespace decant::testing
