#include "common/value/lossy.h"

#include "tests/unit/value/convert_fixtures.h"

namespace decant::testing_support {
namespace {

ConvertOptions with(const std::string& lossy) {
  ConvertOptions options;
  options.lossy = lossy;
  return options;
}

Column text_column(std::string_view text) {
  Column in = column_of("text");
  push_view(in, text);
  return in;
}

std::string words(const std::string& from, const std::string& to, const std::string& lossy) {
  return fidelity_words(type_of(from), type_of(to), lossy);
}

TEST(Lossy, SaysWhatEachPolicyDoesWithEachPairOfTypes) {
  EXPECT_EQ(words("decimal(18,4)", "decimal(18,2)", "round"),
            "lossy: digits after the 2nd decimal place are rounded, half to even");
  EXPECT_EQ(words("decimal(18,4)", "int64", "truncate"),
            "lossy: digits after the decimal point are cut off");
  EXPECT_EQ(words("text", "decimal(7,-2)", "truncate"), "lossy: digits below 10^2 are cut off");
  EXPECT_EQ(words("float64", "decimal(18,3)", "round"),
            "lossy: the shortest decimal number that means the same floating-point number is "
            "taken, and its digits after the 3rd decimal place are rounded, half to even");
  EXPECT_EQ(words("decimal(18,4)", "float64", "round"),
            "lossy: the nearest floating-point number is taken");
  EXPECT_EQ(words("timestamp", "date", "round"),
            "lossy: the time of day is left out, never rounded up");
  EXPECT_EQ(words("timestamp", "timestamp(3)", "truncate"),
            "lossy: digits after the 3rd of a second are cut off, towards the past");
  EXPECT_EQ(words("text", "time(0)", "round"),
            "lossy: fractions of a second are rounded, half to even");
  EXPECT_EQ(words("text", "float64", "round"), "lossy: the nearest floating-point number is taken");
  EXPECT_EQ(words("text", "time", "truncate"),
            "lossy: digits after the 6th of a second are cut off, towards the past");
  EXPECT_EQ(words("text", "timestamp", "round"),
            "lossy: a time with an offset becomes the time that a clock in the store's time zone "
            "shows; digits after the 6th of a second are rounded, half to even");
  EXPECT_EQ(words("timestamp with time zone", "timestamp", "truncate"),
            "lossy: the instant becomes the time that a clock in the store's time zone shows");
  EXPECT_EQ(words("text", "varchar(4)", "truncate"), "lossy: texts are cut to 4 characters");
}

TEST(Lossy, APolicyThatHasNothingToDoLeavesTheFidelityAlone) {
  EXPECT_EQ(words("int32", "int64", "round"), "widening");
  EXPECT_EQ(words("decimal(10,2)", "decimal(18,2)", "round"), "widening");
  EXPECT_EQ(words("text", "varchar(4)", "round"), "exact; a value that does not fit is a reject");
  EXPECT_EQ(words("text", "uuid", "round"), "exact; a value that does not fit is a reject");
  EXPECT_EQ(words("date", "timestamp", "truncate"), "widening");
}

TEST(Lossy, WithoutAPolicyAValueIsExactOrARejectOrThePairIsRefused) {
  EXPECT_EQ(words("decimal", "decimal(18,2)", ""), "exact; a value that does not fit is a reject");
  EXPECT_EQ(words("int64", "bool", ""), "exact; a value that does not fit is a reject");
  EXPECT_EQ(words("timestamp", "timestamp(3) with time zone", ""),
            "exact; a value that does not fit is a reject");
  EXPECT_EQ(words("text", "text", ""), "exact");
  EXPECT_EQ(words("float64", "decimal(18,2)", ""), "lossy: refused without a policy");
  EXPECT_EQ(words("date", "int64", ""), "impossible");
}

// The words and the converter are two pieces of code: whatever a policy is said to leave alone must
// come out as without it, and a pair that each value decides keeps it or refuses it.
TEST(Lossy, WhatIsSaidIsWhatIsDone) {
  const std::vector<std::string> types = {
      "bool",        "int16",         "int64",         "decimal(18,4)", "decimal(5,0)",
      "decimal",     "decimal(50,3)", "decimal(6,-2)", "float32",       "float64",
      "date",        "time",          "time(0)",       "timestamp",     "timestamp(3)",
      "timestamptz", "text",          "varchar(3)"};
  const std::vector<std::string> values = {"1",
                                           "0",
                                           "12.3450",
                                           "12.35",
                                           "-7.5",
                                           "1650",
                                           "1234567",
                                           "0.1",
                                           "2024-08-31",
                                           "2024-08-31 21:05:07.7505",
                                           "21:05:07.5",
                                           "true",
                                           "9007199254740993"};
  int shortened = 0;
  for (const std::string& from : types) {
    for (const std::string& to : types) {
      if (declared_fidelity(type_of(from), type_of(to), "") == Fidelity::kImpossible) continue;
      for (const std::string& value : values) {
        if (convert_one(text_column(value), from).front() == '!') continue;
        const std::string plain = from_value(from, value, to);
        for (const std::string policy : {"round", "truncate"}) {
          const std::string bent = from_value(from, value, to, with(policy));
          if (bent == plain) continue;
          EXPECT_NE(loss_words(type_of(from), type_of(to), policy), "")
              << from << " " << value << " -> " << to << ": " << plain << " and by " << policy
              << " " << bent;
          ++shortened;
        }
      }
    }
  }
  EXPECT_GT(shortened, 100);
}

TEST(Lossy, AValueOutOfRangeIsARejectWhateverThePolicy) {
  for (const char* policy : {"", "round", "truncate"}) {
    EXPECT_EQ(from_text("1234.5", "decimal(5,2)", with(policy)).front(), '!') << policy;
    EXPECT_EQ(from_text("99999950", "decimal(5,-2)", with(policy)).front(), '!') << policy;
    EXPECT_EQ(from_value("int64", "32768", "int16", with(policy)).front(), '!') << policy;
    EXPECT_EQ(from_value("float64", "1e300", "float32", with(policy)).front(), '!') << policy;
    EXPECT_EQ(from_value("float64", "1e300", "decimal(18,2)", with(policy)).front(), '!');
    EXPECT_EQ(from_value("float64", "NaN", "decimal(18,2)", with(policy)).front(), '!');
    EXPECT_EQ(from_text("x", "decimal(5,2)", with(policy)).front(), '!') << policy;
  }
  EXPECT_EQ(from_text("abcd", "varchar(3)", with("round")).front(), '!');
}

TEST(Lossy, HalfGoesToTheEvenNeighbourEverywhere) {
  for (const auto& [value, rounded] : std::vector<std::pair<std::string, std::string>>{
           {"2.345", "2.34"}, {"2.355", "2.36"}, {"-2.345", "-2.34"}, {"2.3450001", "2.35"}}) {
    EXPECT_EQ(from_text(value, "decimal(18,2)", with("round")), rounded);
    EXPECT_EQ(from_text(value, "decimal(50,2)", with("round")), rounded);
    EXPECT_EQ(from_value("decimal(18,7)", value, "decimal(18,2)", with("round")), rounded);
    EXPECT_EQ(from_value("float64", value, "decimal(18,2)", with("round")), rounded);
  }
  EXPECT_EQ(from_text("2.5", "int64", with("round")), "2");
  EXPECT_EQ(from_value("float64", "3.5", "int64", with("round")), "4");
  EXPECT_EQ(from_text("250", "decimal(3,-2)", with("round")), "200");
  EXPECT_EQ(from_text("350", "decimal(3,-2)", with("round")), "400");
  EXPECT_EQ(from_text("-49.9", "decimal(3,-2)", with("round")), "0");
  EXPECT_EQ(from_text("50.1", "decimal(3,-2)", with("round")), "100");
  EXPECT_EQ(from_text("-1999", "decimal(3,-2)", with("truncate")), "-1900");
  EXPECT_EQ(from_text("21:05:06.5", "time(0)", with("round")), "21:05:06");
  EXPECT_EQ(from_text("21:05:07.5", "time(0)", with("round")), "21:05:08");
  EXPECT_EQ(from_text("1999-12-31 23:59:58.5", "timestamp(0)", with("round")),
            "1999-12-31 23:59:58");
  EXPECT_EQ(from_text("1999-12-31 23:59:59.5", "timestamp(0)", with("round")),
            "2000-01-01 00:00:00");
}

TEST(Lossy, NulIsARejectOrWhatTheColumnSays) {
  const std::string_view text("a\0b\0", 4);
  EXPECT_NE(from_text(text, "text").find("has a NUL character"), std::string::npos);
  ConvertOptions options;
  options.replace_nul = "";
  EXPECT_EQ(from_text(text, "text", options), "ab");
  options.replace_nul = "␀";
  EXPECT_EQ(from_text(text, "text", options), "a␀b␀");
  EXPECT_EQ(from_text(text, "varchar(4)", options), "a␀b␀");
  EXPECT_EQ(from_text(text, "varchar(3)", options).front(), '!');
  EXPECT_EQ(from_text(std::string_view("a\0\xE9", 3), "text", options).front(), '!');
}

TEST(Lossy, NulInJsonIsKeptOrWhatTheColumnSays) {
  const std::string_view json = R"({"a\u0000":["\\u0000","\u0000\u0000"]})";
  EXPECT_EQ(from_text(json, "json"), json);
  ConvertOptions options;
  options.replace_nul = "";
  EXPECT_EQ(from_text(json, "json", options), R"({"a":["\\u0000",""]})");
  options.replace_nul = "\"\\\n";
  EXPECT_EQ(from_text(R"("\u0000")", "json", options), R"("\"\\\u000a")");
  EXPECT_EQ(from_text(R"(["\u0000)", "json", options).front(), '!');
}

}  // namespace
}  // namespace decant::testing_support
