#include "common/value/batch.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(ParseType, ReadsBackEverySpellingThatItWrites) {
  for (const char* text :
       {"bool", "int16", "int32", "int64", "decimal", "decimal(18,4)", "decimal(60,0)",
        "decimal(3,-2)", "float64", "date", "time", "timestamp", "timestamp with time zone", "text",
        "varchar(20)", "bytes", "uuid", "json"}) {
    const auto type = parse_type(text);
    ASSERT_TRUE(type.has_value()) << text;
    EXPECT_EQ(to_string(*type), text);
  }
}

TEST(ParseType, KnowsTheNamesOfOtherEngines) {
  EXPECT_EQ(to_string(parse_type("NUMERIC( 18 , 4 )").value()), "decimal(18,4)");
  EXPECT_EQ(to_string(parse_type("numeric(5)").value()), "decimal(5,0)");
  EXPECT_EQ(to_string(parse_type("Character  Varying (20)").value()), "varchar(20)");
  EXPECT_EQ(to_string(parse_type("timestamp(6) with time zone").value()),
            "timestamp with time zone");
  EXPECT_EQ(to_string(parse_type("timestamp(3) with time zone").value()),
            "timestamp(3) with time zone");
  EXPECT_EQ(to_string(parse_type("datetime2(0)").value()), "timestamp(0)");
  EXPECT_EQ(to_string(parse_type("time(2)").value()), "time(2)");
  EXPECT_EQ(to_string(parse_type("float32").value()), "float32");
  EXPECT_EQ(to_string(parse_type("double precision").value()), "float64");
  EXPECT_EQ(to_string(parse_type("uniqueidentifier").value()), "uuid");
  EXPECT_EQ(to_string(parse_type("bigint").value()), "int64");
}

TEST(ParseType, SuggestsTheNearestNameOrListsAll) {
  EXPECT_NE(parse_type("decmial(18,4)").error().advice.find("decimal"), std::string::npos);
  EXPECT_NE(parse_type("geometry").error().advice.find("varchar(n)"), std::string::npos);
}

TEST(ParseType, RefusesArgumentsThatCannotBe) {
  for (const char* text : {"decimal(0,0)", "decimal(1001)", "decimal(18,4,2)", "decimal(a)",
                           "varchar(0)", "int32(4)", "timestamp(7)", "decimal(18", ""}) {
    EXPECT_FALSE(parse_type(text).has_value()) << text;
  }
}

TEST(Storage, DecimalsBeyond38DigitsAreHeldAsText) {
  EXPECT_EQ(storage_of(parse_type("decimal(38,10)").value()), Storage::kWide);
  EXPECT_EQ(storage_of(parse_type("decimal(39,10)").value()), Storage::kView);
  EXPECT_EQ(storage_of(parse_type("decimal").value()), Storage::kView);
  EXPECT_EQ(storage_of(parse_type("decimal(5,40)").value()), Storage::kView);
}

TEST(Schema, FindsAFieldByItsExactName) {
  const Schema schema{{{"fecha", {}, true}, {"total", {}, true}}};
  EXPECT_EQ(schema.find("total"), 1);
  EXPECT_EQ(schema.find("Total"), -1);
}

TEST(Arena, KeepsEarlierTextsWhereTheyAreAsItGrows) {
  RowBatch batch;
  std::vector<std::string_view> views;
  for (int i = 0; i < 50'000; ++i) views.push_back(batch.arena.copy("value " + std::to_string(i)));
  const std::string_view large = batch.arena.copy(std::string(5'000'000, 'x'));
  EXPECT_EQ(large.size(), 5'000'000U);
  for (int i = 0; i < 50'000; ++i)
    ASSERT_EQ(views[static_cast<std::size_t>(i)], "value " + std::to_string(i));
  batch.arena.clear();
  EXPECT_EQ(batch.arena.used_bytes(), 0U);
  EXPECT_EQ(batch.arena.copy("again"), "again");
}

}  // namespace
}  // namespace decant
