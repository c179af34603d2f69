#include "worker/pipeline/rules.h"

#include <gmock/gmock.h>

#include "common/value/convert.h"

namespace decant {
namespace {

using ::testing::HasSubstr;

// One value of a type against the rules; the reason of the reject, or nothing.
std::string judged(const std::string& type, std::optional<std::string> text, RuleSpec rule,
                   const std::string& zone = "UTC") {
  const auto schema = std::make_shared<const Schema>(Schema{{{"total", *parse_type(type), true}}});
  rule.column = "total";
  const auto rules = make_rules({rule}, *schema, zone);
  if (!rules) return rules.error().message;
  Column in;
  in.reset(Type{});
  in.resize(1);
  in.valid[0] = text.has_value();
  if (text) in.views[0] = *text;
  RowBatch batch;
  batch.reset(schema);
  batch.rows = 1;
  RowFaults faults;
  faults.reset(1);
  ConvertOptions options;
  options.time_zone = zone;
  const auto converter = make_converter(Type{}, schema->fields[0].type, options, "total");
  (*converter)->convert(in, 1, batch.columns[0], batch.arena, faults);
  EXPECT_EQ(faults.count(), 0U) << *text;
  (*rules)->check(batch, faults);
  return faults.has(0) ? faults.entries()[0].reject.reason : std::string();
}

RuleSpec range(std::optional<std::string> min, std::optional<std::string> max) {
  RuleSpec rule;
  rule.min = std::move(min);
  rule.max = std::move(max);
  return rule;
}

TEST(RowRules, ARangeIsOfNumbersWhateverTheirType) {
  for (const char* type : {"int64", "decimal(18,4)", "decimal", "decimal(60,4)", "float64"}) {
    EXPECT_EQ(judged(type, "9", range("2", "10")), "") << type;
    EXPECT_EQ(judged(type, "10", range("2", "10")), "") << type;
    EXPECT_EQ(judged(type, "2", range("2", "10")), "") << type;
    EXPECT_EQ(judged(type, "100", range("2", "10")), "total: the value is above 10.") << type;
    EXPECT_EQ(judged(type, "1", range("2", "10")), "total: the value is below 2.") << type;
    EXPECT_EQ(judged(type, "-5", range("-10", "-2")), "") << type;
    EXPECT_EQ(judged(type, "-10", range("-9", "~2")).find("total: the value"), std::string::npos);
    EXPECT_EQ(judged(type, "-10", range("-9", {})), "total: the value is below -9.") << type;
    EXPECT_EQ(judged(type, "-1", range({}, "-2")), "total: the value is above -2.") << type;
  }
}

TEST(RowRules, FractionsOfAnyLengthAreOrdered) {
  EXPECT_EQ(judged("decimal", "0.50", range("0.5", "0.5")), "");
  EXPECT_EQ(judged("decimal", "0.499999999999999999999999999999999999999999", range("0.5", {})),
            "total: the value is below 0.5.");
  EXPECT_EQ(judged("decimal", "123456789012345678901234567890123456789012", range({}, "5")),
            "total: the value is above 5.");
}

TEST(RowRules, NotANumberIsWithinNoRange) {
  EXPECT_EQ(judged("float64", "NaN", range("0", {})),
            "total: the value is not a number, and a range is asked for.");
  EXPECT_EQ(judged("float64", "NaN", range({}, "0")),
            "total: the value is not a number, and a range is asked for.");
}

TEST(RowRules, DatesAndTimesHaveRanges) {
  EXPECT_EQ(judged("date", "2024-08-31", range("2024-01-01", "2024-12-31")), "");
  EXPECT_EQ(judged("date", "1999-08-31", range("2024-01-01", {})),
            "total: the value is below 2024-01-01.");
}

TEST(RowRules, WhatHasNoOrderIsRefusedARange) {
  for (const char* type : {"text", "json", "bytes"}) {
    EXPECT_THAT(judged(type, std::nullopt, range("1", {})),
                ::testing::AnyOf(HasSubstr("gives a range, but the column holds"),
                                 HasSubstr("which is no")))
        << type;
  }
}

TEST(RowRules, AMissingValueOnlyBreaksNotNull) {
  EXPECT_EQ(judged("int64", std::nullopt, range("1", "2")), "");
  RuleSpec required;
  required.not_null = true;
  EXPECT_EQ(judged("int64", std::nullopt, required),
            "total: a value is required and there is none.");
}

TEST(RowRules, PatternsAndListsLookAtTheWholeText) {
  RuleSpec form;
  form.pattern = "[0-9]{3}";
  EXPECT_EQ(judged("text", "123", form), "");
  EXPECT_THAT(judged("text", "1234", form), HasSubstr("does not have the form [0-9]{3}"));
  RuleSpec list;
  list.one_of = {"USD", "VES"};
  EXPECT_EQ(judged("text", "VES", list), "");
  EXPECT_THAT(judged("text", "EUR", list), HasSubstr("none of USD, VES"));
}

TEST(RowRules, AListIsOfValuesHoweverTheyAreWritten) {
  const auto expect_listed = [](const std::string& type, const std::string& listed,
                                const std::string& value) {
    RuleSpec list;
    list.one_of = {"1", listed};
    if (type == "bool") list.one_of = {listed};
    if (type == "timestamp" || type == "date") list.one_of = {"1999-01-01", listed};
    EXPECT_EQ(judged(type, value, list), "") << type << " " << listed;
  };
  expect_listed("decimal(10,3)", "2", "2.000");
  expect_listed("decimal", "2.50", "2.5");
  expect_listed("int32", "2.0", "2");
  expect_listed("int64", "007", "7");
  expect_listed("float64", "1e1", "10");
  expect_listed("float64", "0", "-0.0");
  expect_listed("float64", "NaN", "NaN");
  expect_listed("bool", "yes", "true");
  expect_listed("timestamp", "2024-01-30", "2024-01-30 00:00:00");
  expect_listed("date", "2024-01-30", "2024-01-30");
  expect_listed("text", "2.0", "2.0");
  RuleSpec list;
  list.one_of = {"2.0"};
  EXPECT_THAT(judged("text", "2", list), HasSubstr("none of 2.0"));
  EXPECT_THAT(judged("int32", "3", list), HasSubstr("none of 2.0"));
  EXPECT_THAT(judged("decimal(10,3)", "2.001", list), HasSubstr("none of 2.0"));
}

TEST(Rules, ARangeOfUuidsGoesByTheirBytes) {
  const std::string half = "7fffffff-ffff-ffff-ffff-ffffffffffff";
  EXPECT_THAT(judged("uuid", "ffffffff-0000-0000-0000-000000000000", range({}, half)),
              HasSubstr("above"));
  EXPECT_EQ(judged("uuid", "ffffffff-0000-0000-0000-000000000000", range(half, {})), "");
  EXPECT_THAT(judged("uuid", "00000000-0000-0000-0000-000000000001", range(half, {})),
              HasSubstr("below"));
  EXPECT_EQ(judged("uuid", half, range(half, half)), "");
}

TEST(Rules, ALimitWithoutAnOffsetIsOfTheStoresZone) {
  const RuleSpec from = range("2024-01-01 00:00:00", {});
  EXPECT_THAT(judged("timestamptz", "2023-12-31 23:59:59", from, "America/Caracas"),
              HasSubstr("below"));
  EXPECT_EQ(judged("timestamptz", "2024-01-01 00:00:00", from, "America/Caracas"), "");
  EXPECT_THAT(judged("timestamptz", "2024-01-01 00:00:00+00", from, "America/Caracas"),
              HasSubstr("below"));
}

}  // namespace
}  // namespace decant
