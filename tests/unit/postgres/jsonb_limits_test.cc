#include "common/connector/postgres/jsonb_limits.h"

#include <gtest/gtest.h>

#include <string>

namespace decant::postgres {
namespace {

TEST(JsonbLimits, ANulAndHalfOfASurrogatePairHaveNoPlace) {
  for (const char* json :
       {R"("\u0000")", R"({"a\u0000":1})", R"(["\ud800"])", R"("\udc00")", R"("\ud800\u0041")",
        R"("\ud800x")", R"("\uD800\uD800\uDC00")", R"("\\\u0000")"}) {
    EXPECT_FALSE(fits_jsonb(json)) << json;
  }
  for (const char* json :
       {R"("\\u0000")", R"("\ud83d\ude00")", R"("\uD83D\uDE00\u0041")", R"("\u0001")",
        R"("\\\\u0000")", R"({"a":"\"\\","b":[]})", R"("😀")", R"("")"}) {
    EXPECT_TRUE(fits_jsonb(json)) << json;
  }
}

TEST(JsonbLimits, WhatOnlyDuckDbCallsJsonIsSeen) {
  for (const char* json : {"[NaN]", "nan", "-Infinity", "[1,-inf]", "[1,]", R"({"a":1 , })",
                           R"({"a":Infinity})", R"(["\\",NaN])", "[true,falsee]", "-"}) {
    EXPECT_TRUE(is_loose_json(json)) << json;
  }
  for (const char* json :
       {R"(["NaN",",]","\\",null])", R"({"nan":-1.5E+3,"a":[true, false ,{}]})", "-0", "null", "[]",
        R"("\"NaN")", R"({"a":1,"b":[1e5,2]})", R"("é,}")", " 1 "}) {
    EXPECT_FALSE(is_loose_json(json)) << json;
  }
}

TEST(JsonbLimits, AnEscapeBeyondAsciiIsSeen) {
  for (const char* json : {R"("\u00e9")", R"({"a":"x\\\u0080"})", R"(["\ud83d\ude00"])"})
    EXPECT_TRUE(has_wide_escape(json)) << json;
  for (const char* json : {R"("\u007f")", R"("\\u00e9")", R"("é")", R"("a\\")", "1", R"("\n")"})
    EXPECT_FALSE(has_wide_escape(json)) << json;
}

TEST(JsonbLimits, OfTwoMembersWithOneNameOneWouldBeLost) {
  for (const char* json :
       {R"({"a":1,"a":2})", R"({"a":1,"a":1})", R"([{"b":{"x":0,"a":1,"a" : 2}}])",
        R"({"a":1,"\u0061":2})", R"({"":1,"":2})", R"({"a":{"b":1},"c":2,"a":3})"}) {
    EXPECT_FALSE(fits_jsonb(json)) << json;
  }
  for (const char* json :
       {R"({"a":1,"A":2})", R"({"a":{"a":1}})", R"([{"a":1},{"a":2}])", R"({"a":"a","b":"a"})",
        R"({"a":["a","a"],"b":{}})", R"({"a\u0061":1,"a":2})", R"({"a":"\":","b":1})"}) {
    EXPECT_TRUE(fits_jsonb(json)) << json;
  }
}

TEST(JsonbLimits, ANumberHasTheDigitsThatNumericHas) {
  EXPECT_TRUE(fits_jsonb("1e131071"));
  EXPECT_FALSE(fits_jsonb("1e131072"));
  EXPECT_FALSE(fits_jsonb("[0, -10e131071]"));
  EXPECT_TRUE(fits_jsonb("1E-16383"));
  EXPECT_FALSE(fits_jsonb("1e-16384"));
  EXPECT_FALSE(fits_jsonb("{\"a\": 0." + std::string(16'384, '1') + "}"));
  EXPECT_TRUE(fits_jsonb("{\"a\": 0." + std::string(16'383, '1') + "}"));
  EXPECT_FALSE(fits_jsonb("1e99999999999999999999"));
  EXPECT_TRUE(fits_jsonb("[-1.5e+3, 0, 12.50]"));
}

}  // namespace
}  // namespace decant::postgres
