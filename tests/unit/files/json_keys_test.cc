// Keys of JSON objects that come twice, that are no column, and texts that land in JSON.
#include <gmock/gmock.h>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::HasSubstr;

class JsonKeys : public FileTest {
 protected:
  JsonKeys() {
    entity_.read.file_options.format = FileFormat::kJsonLines;
    entity_.read.file_options.null_texts.clear();  // as the job file's parser has it
  }
};

TEST_F(JsonKeys, AKeyTwiceIsARejectOfItsRow) {
  const Read got = read(write("a.jsonl",
                              "{\"id\":1,\"a\":\"x\"}\n{\"id\":2,\"a\":\"first\",\"a\":\"last\"}\n"
                              "{\"id\":3,\"a\":\"y\",\"\\u0061\":\"y\"}\n{\"id\":4}\n"),
                        {"id", "a"});
  EXPECT_EQ(got.rows, (Table{{"1", "x"}, {"4", std::nullopt}}));
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].rule, "duplicate key");
  EXPECT_THAT(got.faults[0].reason, HasSubstr("line 2 has the key \"a\" twice"));
  EXPECT_THAT(got.faults[0].original, HasSubstr("\"first\",\"a\":\"last\""));
  EXPECT_EQ(got.faults[0].place.line, 2U);
  EXPECT_EQ(got.faults[1].place.line, 3U);
}

TEST_F(JsonKeys, TheJobMaySayWhichOfTwoValuesCounts) {
  entity_.read.file_options.records = "rows";
  const std::string path = write("a.jsonl",
                                 "{\"n\":1,\"n\":null,\"n\":3,\"rows\":[{\"a\":4},{\"a\":5,\"b\":0,"
                                 "\"\\u0061\":6}]}\n");
  entity_.read.file_options.duplicate_keys = DuplicateKeys::kFirst;
  EXPECT_EQ(read(path, {"parent.n", "a"}).rows, (Table{{"1", "4"}, {"1", "5"}}));
  entity_.read.file_options.duplicate_keys = DuplicateKeys::kLast;
  EXPECT_EQ(read(path, {"parent.n", "a"}).rows, (Table{{"3", "4"}, {"3", "6"}}));
  // The rows themselves cannot be chosen from.
  const Read got = read(write("b.jsonl", "{\"rows\":[{\"a\":1}],\"rows\":[{\"a\":2}]}\n"), {"a"});
  EXPECT_EQ(got.faults.size(), 1U);
  EXPECT_TRUE(got.rows.empty());
}

TEST_F(JsonKeys, AKeyTwiceAroundRowsRefusesTheRecord) {
  entity_.read.file_options.records = "rows";
  const std::string path = write("a.jsonl",
                                 "{\"n\":1,\"rows\":[{\"a\":1}],\"n\":2}\n{\"n\":3,\"rows\":[{"
                                 "\"a\":2}],\"rows\":[{\"a\":3}]}\n"
                                 "{\"n\":4,\"rows\":[{\"a\":4,\"a\":5},{\"a\":6}]}\n");
  const Read got = read(path, {"parent.n", "a"});
  EXPECT_EQ(got.rows, (Table{{"4", "6"}}));
  ASSERT_EQ(got.faults.size(), 3U);
  EXPECT_THAT(got.faults[0].reason, HasSubstr("line 1 has the key \"parent.n\" twice"));
  EXPECT_THAT(got.faults[1].reason, HasSubstr("line 2 has the key \"rows\" twice"));
  EXPECT_THAT(got.faults[2].original, HasSubstr("{\"a\":4,\"a\":5}"));
}

// NULL under such a key is no loss; a key of the first rows that is not read was left out on
// purpose.
TEST_F(JsonKeys, AKeyThatComesAfterTheSampleIsNotDroppedSilently) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "{\"id\":" + std::to_string(i) + ",\"left\":1}\n";
  const std::string path = write("a.jsonl", text +
                                                "{\"id\":1500,\"late\":\"important\"}\n"
                                                "{\"id\":1501,\"late\":null,\"left\":1}\n");
  EXPECT_EQ(read(path, {"id"}).rows.size(), 1502U);
  columns_are_all_ = true;
  const Read got = read(path, {"id"});
  EXPECT_EQ(got.rows.size(), 1501U);
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "unknown key");
  EXPECT_EQ(got.faults[0].place.line, 1501U);
  EXPECT_THAT(got.faults[0].reason, HasSubstr("line 1501 has the key \"late\""));
  EXPECT_THAT(got.faults[0].reason, HasSubstr("`columns_only: true`"));
}

TEST_F(JsonKeys, ARecordWithoutTheKeyOfItsRowsIsAReject) {
  entity_.read.file_options.records = "rows";
  const Read got = read(write("a.jsonl",
                              "{\"rows\":[{\"a\":1}]}\n{\"Rows\":[{\"a\":2}]}\n{\"rows\":null}\n"
                              "{\"rows\":[]}\n"),
                        {"a"});
  EXPECT_EQ(got.rows, (Table{{"1"}}));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "missing key");
  EXPECT_THAT(got.faults[0].reason, HasSubstr("line 2 has no key \"rows\""));
}

TEST_F(JsonKeys, TheKeyOfADocumentsRowsTwiceRefusesTheFile) {
  entity_.read.file_options.records = "$.a.rows";
  const Read well =
      read(write("a.json", "{\"x\":1,\"a\":{\"rows\":[{\"id\":1}],\"r\":[]},\"y\":{}}"), {"id"});
  EXPECT_FALSE(well.error);
  EXPECT_EQ(well.rows, (Table{{"1"}}));
  for (const char* text : {"{\"a\":{\"rows\":[{\"id\":1}],\"rows\":[{\"id\":2}]}}",
                           "{\"a\":{\"rows\":[{\"id\":1}]},\"b\":0,\"a\":{\"rows\":[{\"id\":2}]}}",
                           "{\"a\":{\"rows\":[{\"id\":1}],\"r\\u006fws\":[{\"id\":2}]}}"}) {
    const Read got = read(write("a.json", text), {"id"});
    ASSERT_TRUE(got.error) << text;
    EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
    EXPECT_THAT(got.error->message, HasSubstr("twice in one object"));
  }
}

TEST_F(JsonKeys, AKeyThatTheJobNamesIsAColumnWhereverItComes) {
  std::string text;
  for (int i = 0; i < 1500; ++i) text += "{\"id\":1}\n";
  entity_.read.files = write("a.jsonl", text + "{\"id\":2,\"other\":0,\"late\":1}\n");
  const auto names = [&](const std::string& declared) {
    entity_.columns = {{.name = declared}};
    std::string all;
    const auto schema = source()->describe(entity_);
    for (const Field& field : schema->fields) all += field.name + " ";
    return all;
  };
  EXPECT_EQ(names("late"), "id late ");
  EXPECT_EQ(names("nowhere"), "id ");
}

TEST_F(JsonKeys, WhatComesBehindADocumentRefusesTheFile) {
  entity_.read.file_options.records = "$.rows";
  for (const char* rest : {"{\"rows\":[{\"id\":2}]}", "[{\"id\":2}]", "rubbish"}) {
    const Read got = read(write("a.json", "{\"rows\":[{\"id\":1}]}\n" + std::string(rest)), {"id"});
    ASSERT_TRUE(got.error) << rest;
    EXPECT_THAT(got.error->message, HasSubstr("has text behind the end of its document"));
  }
  EXPECT_EQ(read(write("a.json", "{\"rows\":[{\"id\":1}]}\n \n"), {"id"}).rows.size(), 1U);
}

// Separators of the job are those of its texts.
TEST_F(JsonKeys, NumbersAreGivenWithThePointOfTheJob) {
  entity_.read.file_options.decimal_point = ',';
  entity_.columns = {{.name = "n", .type = Type{TypeKind::kDecimal}},
                     {.name = "t", .type = Type{TypeKind::kText}}};
  const Read got = read(write("a.jsonl",
                              "{\"n\":1.234,\"t\":1.5}\n{\"n\":\"1.234,5\",\"t\":\"1.5\"}\n"
                              "{\"n\":-12e3}\n"),
                        {"n", "t"});
  EXPECT_EQ(got.rows, (Table{{"1,234", "1.5"}, {"1.234,5", "1.5"}, {"-12e3", std::nullopt}}));
}

TEST_F(JsonKeys, TextsForJsonColumnsKeepTheirQuotes) {
  entity_.read.file_options.null_texts = {"N/A", "-1"};
  entity_.columns = {{.name = "j", .type = Type{TypeKind::kJson}}};
  const Read got = read(
      write("a.jsonl",
            "{\"j\":\"5\",\"t\":\"5\"}\n{\"j\":5}\n{\"j\":\"\"}\n{\"j\":null}\n{\"j\":\"null\"}\n"
            "{\"j\":\"{\\\"x\\\":1}\" }\n{\"j\":true}\n{\"j\":\"N/A\"}\n{\"j\":-1}\n"
            "{\"j\":{\"x\":1}}\n"),
      {"j", "t"});
  const Cell none = std::nullopt;
  EXPECT_EQ(got.rows, (Table{{"\"5\"", "5"},
                             {"5", none},
                             {"\"\"", none},
                             {none, none},
                             {"\"null\"", none},
                             {"\"{\\\"x\\\":1}\"", none},
                             {"true", none},
                             {none, none},
                             {none, none},
                             {"{\"x\":1}", none}}));
  EXPECT_EQ(read(write("b.jsonl", "{\"j\":\"\\ud800\"}\n"), {"j"}).faults.size(), 1U);
}

// As the file has them, whatever the column makes of them: texts without escapes, numbers with
// their point.
TEST_F(JsonKeys, NullsMeanTheSameOfEachColumnAndOfTheRead) {
  ColumnSpec column;
  column.name = "v";
  const auto rows_of = [&](const char* type, bool is_of_column, std::vector<std::string> nulls,
                           const std::string& values) {
    column.type = *parse_type(type);
    column.null_texts = is_of_column ? nulls : std::vector<std::string>();
    entity_.read.file_options.null_texts = is_of_column ? std::vector<std::string>() : nulls;
    entity_.columns = {column};
    return read(write("a.jsonl", values), {"v"}).rows;
  };
  const std::string texts =
      "{\"v\":\"N/A\"}\n{\"v\":\"\\u004e/A\"}\n{\"v\":0}\n{\"v\":\"0\"}\n{\"v\":\"x\"}\n";
  const std::string numbers = "{\"v\":9999.99}\n{\"v\":\"9999.99\"}\n{\"v\":1.5}\n";
  for (const bool is_of_column : {false, true}) {
    entity_.read.file_options.decimal_point = '.';
    const Table no_text = {{std::nullopt}, {std::nullopt}, {std::nullopt}, {std::nullopt}};
    for (const char* type : {"json", "text"}) {
      Table wanted = no_text;
      wanted.push_back({type == std::string("json") ? "\"x\"" : "x"});
      EXPECT_EQ(rows_of(type, is_of_column, {"N/A", "0"}, texts), wanted) << type << is_of_column;
    }
    entity_.read.file_options.decimal_point = ',';
    EXPECT_EQ(rows_of("decimal(10,2)", is_of_column, {"9999.99"}, numbers),
              (Table{{std::nullopt}, {std::nullopt}, {"1,5"}}))
        << is_of_column;
  }
}

// Where two columns take a key's values, each has the nulls that it says.
TEST_F(JsonKeys, NullsOfOneOfTwoColumnsAreNoneOfTheOther) {
  ColumnSpec first, second;
  first.name = "v";
  first.null_texts = {"0", "-"};
  second.name = "w";
  second.from = "v";
  second.null_texts = {"-"};
  entity_.columns = {first, second};
  entity_.read.file_options.null_texts.clear();
  EXPECT_EQ(read(write("a.jsonl", "{\"v\":\"0\"}\n{\"v\":\"-\"}\n"), {"v"}).rows,
            (Table{{"0"}, {std::nullopt}}));
}

}  // namespace
}  // namespace decant::testing
