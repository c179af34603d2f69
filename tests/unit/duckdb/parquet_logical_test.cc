// Parquet columns that have their logical type only, or another converted type, which is what
// DuckDB goes by: the logical one says what the values are.
#include <gmock/gmock.h>

#include "tests/unit/duckdb/fixture.h"
#include "tests/unit/duckdb/parquet_maker.h"
#include "tests/unit/duckdb/read_parquet.h"

namespace decant::test {
namespace {

using namespace parquet;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Values = std::vector<std::optional<std::string>>;

class ParquetLogicalType : public ParquetTest {
 protected:
  // What it is read as, and its values behind their numbers.
  std::string type_of(const Element& v) {
    const auto file = files_.open(write(file_of(v)));
    if (!file) return file.error().to_string();
    const Field& field = (*file)->columns().fields[1];
    return field.foreign.empty() ? to_string(field.type) : field.foreign;
  }
  std::vector<std::string> values_of(const Element& v, const Values& values) {
    const Read got = read(file_of(v, values));
    EXPECT_FALSE(got.error) << got.error->to_string();
    return got.rows;
  }
  // Why the column is not read; that the others are.
  std::string refusal_of(const Element& v, const Values& values = {}) {
    EXPECT_THAT(type_of(v), HasSubstr("unreadable: "));
    const Read others = read(file_of(v, values), {.columns = {"id"}});
    EXPECT_FALSE(others.error);
    EXPECT_EQ(others.rows.size(), values.size());
    const Read got = read(file_of(v, values));
    if (!got.error) return "is read";
    EXPECT_EQ(got.error->code, ErrorCode::kUnsupported);
    EXPECT_THAT(got.error->message, HasSubstr(".parquet: the column \"v\" "));
    return got.error->message;
  }
};

Element v_of(Physical physical, std::string logical, Converted converted = kNone) {
  return {.name = "v", .physical = physical, .logical = std::move(logical), .converted = converted};
}

Element group_of(std::string name, std::vector<Element> members, Converted converted = kNone,
                 std::string logical = {}) {
  return {.name = std::move(name),
          .physical = {},
          .logical = std::move(logical),
          .converted = converted,
          .members = std::move(members)};
}

TEST_F(ParquetLogicalType, ADecimalHasItsPoint) {
  const Element in_64 = v_of(kInt64, decimal_type(18, 2));
  EXPECT_EQ(type_of(in_64), "decimal(18,2)");
  EXPECT_THAT(values_of(in_64, {low_first(123, 8), low_first(-1, 8), std::nullopt}),
              ElementsAre("1|1.23", "2|-0.01", "3|NULL"));
  const Element in_32 = v_of(kInt32, decimal_type(9, 9));
  EXPECT_EQ(type_of(in_32), "decimal(9,9)");
  EXPECT_THAT(values_of(in_32, {low_first(1, 4), low_first(-999'999'999, 4)}),
              ElementsAre("1|0.000000001", "2|-0.999999999"));
}

TEST_F(ParquetLogicalType, ADecimalInBytesIsANumber) {
  const Element in_bytes = v_of(kByteArray, decimal_type(20, 2));
  EXPECT_EQ(type_of(in_bytes), "decimal(20,2)");
  EXPECT_THAT(
      values_of(in_bytes, {"\x7b", "\xff", high_first(-128, 1), high_first(128, 2),
                           high_first(-5, 16), high_first(-5, 20), std::nullopt}),
      ElementsAre("1|1.23", "2|-0.01", "3|-1.28", "4|1.28", "5|-0.05", "6|-0.05", "7|NULL"));
  Element in_fixed = v_of(kFixed, decimal_type(38, 2));
  in_fixed.length = 17;
  EXPECT_THAT(values_of(in_fixed, {high_first(INT64_MAX, 17), high_first(INT64_MIN, 17)}),
              ElementsAre("1|92233720368547758.07", "2|-92233720368547758.08"));
}

TEST_F(ParquetLogicalType, DigitsBeyondTheDeclaredOnesAreRejects) {
  const Read in_32 = read(file_of(v_of(kInt32, decimal_type(4, 2)),
                                  {low_first(9999, 4), low_first(10000, 4), low_first(-10000, 4)}));
  EXPECT_THAT(in_32.rows, ElementsAre("1|99.99"));
  ASSERT_EQ(in_32.faults.size(), 2U);
  EXPECT_EQ(in_32.faults[0].place.line, 2U);
  EXPECT_EQ(in_32.faults[0].column, "v");
  const std::string too_long = "\x01" + std::string(16, '\0');
  const Read in_bytes =
      read(file_of(v_of(kByteArray, decimal_type(38, 0)),
                   {"\x01", too_long, std::string(), "\x7f" + std::string(15, '\0'),
                    "\xff" + std::string(16, '\0'), high_first(7, 40)}));
  EXPECT_THAT(in_bytes.rows, ElementsAre("1|1", "6|7"));
  EXPECT_EQ(in_bytes.faults.size(), 4U);
}

TEST_F(ParquetLogicalType, ALongDecimalIsStillRefused) {
  Element v = v_of(kFixed, decimal_type(40, 2));
  v.length = 17;
  EXPECT_EQ(type_of(v), "decimal(40,2)");
  const Read got = read(file_of(v, {high_first(1, 17)}));
  ASSERT_TRUE(got.error);
  EXPECT_THAT(got.error->message, HasSubstr("\"v\" has decimals of 40 digits"));
}

TEST_F(ParquetLogicalType, AnUnsignedNumberIsNeverNegative) {
  const Element wide = v_of(kInt64, integer_type(64, false));
  EXPECT_EQ(type_of(wide), "decimal(20,0)");
  EXPECT_THAT(values_of(wide, {low_first(-1, 8), low_first(1, 8), std::nullopt}),
              ElementsAre("1|18446744073709551615", "2|1", "3|NULL"));
  const Element narrow = v_of(kInt32, integer_type(32, false));
  EXPECT_EQ(type_of(narrow), "int64");
  EXPECT_THAT(values_of(narrow, {low_first(-1, 4), low_first(1, 4)}),
              ElementsAre("1|4294967295", "2|1"));
}

TEST_F(ParquetLogicalType, OtherIntegersAreReadAsTheyLie) {
  EXPECT_THAT(values_of(v_of(kInt32, integer_type(8, false)), {low_first(255, 4)}),
              ElementsAre("1|255"));
  EXPECT_THAT(values_of(v_of(kInt32, integer_type(16, true)), {low_first(-7, 4)}),
              ElementsAre("1|-7"));
  EXPECT_THAT(values_of(v_of(kInt64, integer_type(64, true)), {low_first(-7, 8)}),
              ElementsAre("1|-7"));
}

TEST_F(ParquetLogicalType, ADateIsOne) {
  const Element v = v_of(kInt32, date_type());
  EXPECT_EQ(type_of(v), "date");
  EXPECT_THAT(values_of(v, {low_first(20000, 4), low_first(-1, 4)}),
              ElementsAre("1|2024-10-04", "2|1969-12-31"));
}

TEST_F(ParquetLogicalType, ATextIsOne) {
  for (const std::string& logical : {string_type(), enum_type()}) {
    const Element v = v_of(kByteArray, logical);
    EXPECT_EQ(type_of(v), "text");
    EXPECT_THAT(values_of(v, {"abc", "\xc3\xa9", "", std::nullopt, "longer than twelve bytes"}),
                ElementsAre("1|abc", "2|\xc3\xa9", "3|", "4|NULL", "5|longer than twelve bytes"));
  }
  const Read got = read(file_of(v_of(kByteArray, string_type()), {"a", "b\xff"}));
  EXPECT_THAT(got.rows, ElementsAre("1|a"));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].place.line, 2U);
  EXPECT_THAT(got.faults[0].reason, HasSubstr("v: its text is not UTF-8"));
}

TEST_F(ParquetLogicalType, JsonIsJson) {
  const Element v = v_of(kByteArray, json_type());
  EXPECT_EQ(type_of(v), "json");
  const Read got = read(file_of(v, {"{\"a\":1}", "{bad", "[]"}));
  EXPECT_THAT(got.rows, ElementsAre("1|{\"a\":1}", "3|[]"));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_THAT(got.faults[0].reason, HasSubstr("v: its value is not JSON"));
}

TEST_F(ParquetLogicalType, TheLogicalTypeWinsOverTheConvertedOne) {
  EXPECT_THAT(values_of(v_of(kInt64, integer_type(64, false), kInt64Signed), {low_first(-1, 8)}),
              ElementsAre("1|18446744073709551615"));
  EXPECT_THAT(values_of(v_of(kInt64, time_type(Unit::kMicroseconds), kInt64Signed),
                        {low_first(1'000'000, 8)}),
              ElementsAre("1|00:00:01"));
}

TEST_F(ParquetLogicalType, WhatTheConvertedTypeBentIsRefused) {
  Element v = v_of(kInt64, decimal_type(18, 2), kDecimal);
  v.digits = 18;
  v.scale = 4;
  EXPECT_THAT(refusal_of(v, {low_first(12300, 8)}),
              HasSubstr("is DECIMAL(18,2) by its logical type and would be read as DECIMAL(18,4)"));
  EXPECT_THAT(refusal_of(v_of(kInt32, integer_type(32, true), kDate), {low_first(1, 4)}),
              HasSubstr("is INTEGER by its logical type and would be read as DATE"));
  EXPECT_THAT(refusal_of(v_of(kByteArray, decimal_type(9, 2), kUtf8), {"1"}),
              HasSubstr("is DECIMAL(9,2) by its logical type and would be read as VARCHAR"));
}

TEST_F(ParquetLogicalType, AValueThatCannotBeOfItsTypeIsRefused) {
  EXPECT_THAT(refusal_of(v_of(kInt64, integer_type(32, false)), {low_first(1, 8)}),
              HasSubstr("lies in INT64, which its logical type IntType cannot"));
  EXPECT_THAT(refusal_of(v_of(kInt64, time_type(Unit::kMilliseconds)), {low_first(1, 8)}),
              HasSubstr("lies in INT64, which its logical type TimeType cannot"));
  EXPECT_THAT(refusal_of(v_of(kInt64, date_type())), HasSubstr("DateType"));
  EXPECT_THAT(refusal_of(v_of(kInt64, string_type())), HasSubstr("StringType"));
  EXPECT_THAT(refusal_of(v_of(kByteArray, uuid_type())), HasSubstr("UUIDType"));
  EXPECT_THAT(refusal_of(v_of(kInt64, decimal_type(4, 9))), HasSubstr("DecimalType"));
}

TEST_F(ParquetLogicalType, InsideOfAnotherTypeItIsRefused) {
  Element date = v_of(kInt32, date_type());
  date.name = "d";
  EXPECT_THAT(refusal_of(group_of("v", {date})),
              HasSubstr("has \"d\" inside, which is DATE by its logical type and would be read as "
                        "INTEGER"));
  Element items = group_of("list", {date});
  items.is_repeated = true;
  EXPECT_THAT(refusal_of(group_of("v", {items}, kList, list_type())), HasSubstr("DATE"));
  Element key = v_of(kByteArray, string_type(), kUtf8);
  Element amount = v_of(kInt64, decimal_type(18, 2));
  amount.name = "amount";
  Element pairs = group_of("key_value", {key, amount});
  pairs.is_repeated = true;
  EXPECT_THAT(refusal_of(group_of("v", {pairs}, kMap, map_type())),
              HasSubstr("has \"amount\" inside, which is DECIMAL(18,2)"));
  Element many = v_of(kInt32, date_type());
  many.is_repeated = true;
  EXPECT_THAT(refusal_of(many), HasSubstr("would be read as INTEGER"));
}

TEST_F(ParquetLogicalType, AListOrMapWithoutItsConvertedTypeIsRefused) {
  Element items = group_of("list", {v_of(kInt32, "")});
  items.is_repeated = true;
  EXPECT_THAT(refusal_of(group_of("v", {items}, kNone, list_type())),
              HasSubstr("is ListType by its logical type and would be read as a struct"));
  EXPECT_EQ(type_of(group_of("v", {items}, kList, list_type())), "INTEGER[]");
  EXPECT_EQ(type_of(group_of("v", {items}, kList)), "INTEGER[]");
  Element pairs = group_of("key_value", {v_of(kInt32, ""), v_of(kInt32, "")});
  pairs.members[0].name = "k";
  pairs.is_repeated = true;
  EXPECT_THAT(refusal_of(group_of("v", {pairs}, kNone, map_type())), HasSubstr("MapType"));
  EXPECT_EQ(type_of(group_of("v", {pairs}, kMap, map_type())), "MAP(INTEGER, INTEGER)");
}

TEST_F(ParquetLogicalType, WithBothTypesAllIsAsItWas) {
  Element decimal = v_of(kInt64, decimal_type(18, 2), kDecimal);
  decimal.digits = 18;
  decimal.scale = 2;
  EXPECT_THAT(values_of(decimal, {low_first(123, 8)}), ElementsAre("1|1.23"));
  EXPECT_THAT(values_of(v_of(kInt32, date_type(), kDate), {low_first(20000, 4)}),
              ElementsAre("1|2024-10-04"));
  EXPECT_THAT(values_of(v_of(kByteArray, string_type(), kUtf8), {"abc"}), ElementsAre("1|abc"));
  EXPECT_EQ(type_of(v_of(kByteArray, json_type(), kUtf8)), "text");
  EXPECT_EQ(type_of(v_of(kByteArray, "")), "bytes");
}

// A type each, as DuckDB writes them: most with both types, some with the converted one only.
TEST_F(ParquetLogicalType, WhatDuckDbWritesIsReadAsItWas) {
  const auto target = open_target(folder_ / "t.duckdb");
  const std::string path = folder_ / "all.parquet";
  ASSERT_OK(target->sql().execute(
      "COPY (SELECT 1::TINYINT a, 1::UTINYINT b, 1::SMALLINT c, 1::USMALLINT d, 1::INTEGER e, "
      "1::UINTEGER f, 1::BIGINT g, 1::UBIGINT h, 1.5::DECIMAL(4, 1) i, 1.5::DECIMAL(18, 3) j, "
      "1.5::DECIMAL(38, 4) k, DATE '2024-01-01' l, TIME '00:00:01' m, "
      "TIMESTAMP '2024-01-01 00:00:00' n, TIMESTAMP '2024-01-01 00:00:00'::TIMESTAMP_MS o, "
      "uuid() p, 'a' q, 'a'::BLOB r, '{}'::JSON s, 'a'::ENUM('a', 'b') t, true u, 1::DOUBLE v, "
      "[DATE '2024-01-01'] w, {a: 1.5} x, MAP {'a': 1::UBIGINT} y, INTERVAL 1 DAY z) TO '" +
          path + "'",
      {}));
  const auto file = files_.open(path);
  ASSERT_OK(file);
  std::string types;
  ParquetRequest request;
  for (const Field& field : (*file)->columns().fields) {
    types += (field.foreign.empty() ? to_string(field.type) : field.foreign) + " ";
    request.columns.push_back(field.name);
  }
  EXPECT_EQ(types,
            "int16 int16 int16 int32 int32 int64 int64 decimal(20,0) decimal(4,1) decimal(18,3) "
            "decimal(38,4) date time timestamp timestamp uuid text bytes json text bool float64 "
            "DATE[] STRUCT(a DECIMAL(2,1)) MAP(VARCHAR, UBIGINT) INTERVAL ");
  ASSERT_OK((*file)->rows(std::move(request)));
}

}  // namespace
}  // namespace decant::test
