// Types that hold fewer digits than their kind.
#include "tests/unit/value/convert_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

ConvertOptions lossy(const std::string& way) {
  ConvertOptions options;
  options.lossy = way;
  return options;
}

TEST(ConvertNarrow, ATimeWithMoreDigitsThanTheTypeIsRefused) {
  EXPECT_EQ(from_text("2024-08-31 21:05:07", "timestamp(0)"), "2024-08-31 21:05:07");
  EXPECT_EQ(from_text("2024-08-31 21:05:07.7", "timestamp(0)"),
            "!total: \"2024-08-31 21:05:07.7\" cannot be kept exactly as timestamp(0).");
  EXPECT_EQ(from_text("2024-08-31 21:05:07.125", "timestamp(3)"), "2024-08-31 21:05:07.125");
  EXPECT_EQ(from_text("21:05:07.1251", "time(3)"),
            "!total: \"21:05:07.1251\" cannot be kept exactly as time(3).");
  EXPECT_EQ(from_value("timestamp", "1969-12-31 23:59:59.5", "timestamp(0)"),
            "!total: \"1969-12-31 23:59:59.5\" cannot be kept exactly as timestamp(0).");
  EXPECT_EQ(from_value("time", "21:05:07", "time(0)"), "21:05:07");
  EXPECT_EQ(from_value("timestamp", "infinity", "timestamp(0)"), "infinity");
  EXPECT_EQ(from_value("date", "2024-08-31", "timestamp(0)"), "2024-08-31 00:00:00");
}

TEST(ConvertNarrow, TimesAreShortenedWhereTheJobAllowsIt) {
  EXPECT_EQ(from_text("2024-08-31 21:05:07.7", "timestamp(0)", lossy("round")),
            "2024-08-31 21:05:08");
  EXPECT_EQ(from_text("2024-08-31 21:05:07.7", "timestamp(0)", lossy("truncate")),
            "2024-08-31 21:05:07");
  EXPECT_EQ(from_value("timestamp", "1969-12-31 23:59:59.5", "timestamp(0)", lossy("truncate")),
            "1969-12-31 23:59:59");
}

TEST(ConvertNarrow, DigitsBehindTheMicrosecondsAreRoundedOnce) {
  EXPECT_EQ(from_text("21:05:07.1234567", "time"),
            "!total: \"21:05:07.1234567\" cannot be kept exactly as time.");
  EXPECT_EQ(from_text("21:05:07.1234560", "time"), "21:05:07.123456");
  EXPECT_EQ(from_text("21:05:07.1234567", "time", lossy("round")), "21:05:07.123457");
  EXPECT_EQ(from_text("21:05:07.1234567", "time", lossy("truncate")), "21:05:07.123456");
  EXPECT_EQ(from_text("21:05:07.1234565", "time", lossy("round")), "21:05:07.123456");
  EXPECT_EQ(from_text("21:05:07.1234575", "time", lossy("round")), "21:05:07.123458");
  EXPECT_EQ(from_text("21:05:07.12345650001", "time", lossy("round")), "21:05:07.123457");
  EXPECT_EQ(from_text("21:05:07.1234995", "time(3)", lossy("round")), "21:05:07.123");
  EXPECT_EQ(from_text("21:05:07.1225000001", "time(3)", lossy("round")), "21:05:07.123");
  EXPECT_EQ(from_text("23:59:59.9999999", "time", lossy("round")), "24:00:00");
  EXPECT_EQ(from_text("24:00:00.0000001", "time", lossy("truncate")).substr(0, 1), "!");
  EXPECT_EQ(from_text("1969-12-31 23:59:59.9999999", "timestamp", lossy("round")),
            "1970-01-01 00:00:00");
  EXPECT_EQ(from_text("1969-12-31 23:59:59.9999999", "timestamp", lossy("truncate")),
            "1969-12-31 23:59:59.999999");
  EXPECT_EQ(from_text("2024-08-31 00:00:00.0000001", "date").substr(0, 1), "!");
  EXPECT_EQ(from_text("2024-08-31 00:00:00.0000001", "date", lossy("round")), "2024-08-31");
  ConvertOptions format = lossy("round");
  format.date_format = "%F %T.%f";
  EXPECT_EQ(from_text("2024-08-31 00:00:00.0000006", "timestamp", format),
            "2024-08-31 00:00:00.000001");
}

TEST(ConvertNarrow, ANumberThatFloat32LacksIsRefusedAndTextMeansTheNearest) {
  EXPECT_EQ(from_value("float64", "0.5", "float32"), "0.5");
  EXPECT_EQ(from_value("float64", "0.1", "float32"),
            "!total: \"0.1\" cannot be kept exactly as float32.");
  EXPECT_EQ(from_value("float64", "0.1", "float32", lossy("round")), "0.1");
  EXPECT_EQ(from_text("0.1", "float32"), "0.1");
  EXPECT_EQ(from_text("1e300", "float32"), "!total: \"1e300\" is outside the range of float32.");
  EXPECT_EQ(from_text("1e-50", "float32"), "!total: \"1e-50\" is outside the range of float32.");
  EXPECT_EQ(from_text("1e-45", "float32"), "1e-45");
  EXPECT_EQ(from_text("-0", "float32"), "-0");
  EXPECT_EQ(from_value("float32", "0.1", "float64"), "0.10000000149011612");
  EXPECT_EQ(from_value("float32", "0.1", "text"), "0.1");
  EXPECT_EQ(from_value("int64", "16777217", "float32"),
            "!total: \"16777217\" cannot be kept exactly as float32.");
}

// On the way by a float64 the first of them would end on a half and go to its even neighbour.
TEST(ConvertNarrow, ANumberIsRoundedToFloat32Once) {
  const auto rounded = [](const char* from, const char* text) {
    return from_value(from, text, "float32", lossy("round"));
  };
  EXPECT_EQ(rounded("int64", "1152921573326323713"), "1.1529216e+18");
  EXPECT_EQ(rounded("int64", "-1152921573326323713"), "-1.1529216e+18");
  EXPECT_EQ(rounded("decimal(38,20)", "1.00000005960464477540"), "1.0000001");
  EXPECT_EQ(rounded("decimal", "1.00000005960464477539062500000000000001"), "1.0000001");
  EXPECT_EQ(rounded("int64", "1152921573326323712"), "1.1529215e+18");  // a half: to the even one
  EXPECT_EQ(rounded("decimal(38,24)", "1.000000059604644775390625"), "1");
  EXPECT_EQ(rounded("float64", "1.00000005960464478"), "1");  // which is the half itself
  EXPECT_EQ(rounded("int64", "9223372036854775807"), "9.223372e+18");
  EXPECT_EQ(rounded("int32", "16777219"), "1.677722e+07");
  EXPECT_EQ(rounded("decimal(38,0)", "99999999999999999999999999999999999999"), "1e+38");
  EXPECT_EQ(from_value("bool", "true", "float32"), "1");
}

TEST(ConvertNarrow, AFloat32BecomesADecimalByItsOwnDigits) {
  const auto converted = [](const char* text, const char* to, const char* way) {
    return from_value("float32", text, to, lossy(way));
  };
  EXPECT_EQ(converted("0.1", "decimal(38,20)", "round"), "0.10000000000000000000");
  EXPECT_EQ(converted("2.345", "decimal(10,2)", "round"), "2.34");
  EXPECT_EQ(converted("2.355", "decimal(10,2)", "round"), "2.36");
  EXPECT_EQ(converted("2.675", "decimal(10,2)", "truncate"), "2.67");
  EXPECT_EQ(converted("0.1", "decimal", "round"), "0.1");
  EXPECT_EQ(converted("16777216", "decimal(10,0)", "round"), "16777216");
  EXPECT_EQ(converted("3.4028235e38", "decimal(50,4)", "round"),
            "340282350000000000000000000000000000000.0000");
  EXPECT_EQ(converted("2.5", "int32", "round"), "2");
  EXPECT_EQ(converted("NaN", "decimal", "round"), "NaN");
  EXPECT_EQ(from_value("float32", "0.1", "decimal(10,4)"), "0.1000");
  EXPECT_EQ(from_value("float64", "0.1", "decimal(10,4)"), "0.1000");
}

TEST(ConvertNarrow, FidelitySaysThatDigitsMayBeLost) {
  EXPECT_EQ(fidelity_of(type_of("float64"), type_of("float32")), Fidelity::kLossy);
  EXPECT_EQ(fidelity_of(type_of("float32"), type_of("float64")), Fidelity::kWidening);
  EXPECT_EQ(fidelity_of(type_of("timestamp"), type_of("timestamp(3)")), Fidelity::kLossy);
  EXPECT_EQ(fidelity_of(type_of("timestamp(0)"), type_of("timestamp(3)")), Fidelity::kWidening);
  EXPECT_EQ(fidelity_of(type_of("time"), type_of("time(5)")), Fidelity::kLossy);
}

TEST(ConvertNarrow, ColumnsThatStayWhatTheyAreNeedNoConverter) {
  const auto keeps = [](const char* from, const char* to, const ConvertOptions& options = {}) {
    return keeps_values(type_of(from), type_of(to), options);
  };
  for (const char* type : {"bool", "int32", "decimal(18,4)", "float64", "date", "timestamp(3)",
                           "text", "varchar(5)", "bytes", "uuid", "json"}) {
    EXPECT_TRUE(keeps(type, type)) << type;
  }
  EXPECT_TRUE(keeps("int16", "int64"));
  EXPECT_FALSE(keeps("int64", "int32"));
  EXPECT_TRUE(keeps("varchar(5)", "text"));
  EXPECT_TRUE(keeps("varchar(5)", "varchar(6)"));
  EXPECT_FALSE(keeps("varchar(6)", "varchar(5)"));
  EXPECT_FALSE(keeps("text", "varchar(5)"));
  EXPECT_FALSE(keeps("decimal(18,4)", "decimal(19,4)"));
  EXPECT_FALSE(keeps("date", "timestamp"));
  EXPECT_FALSE(keeps("text", "json"));
  ConvertOptions trimmed, without_nul, with_nulls, padded;
  trimmed.trim = true;
  without_nul.replace_nul = "";
  with_nulls.column_nulls = {"-"};
  padded.zero_pad = 8;
  for (const ConvertOptions& options : {trimmed, without_nul, with_nulls, padded})
    EXPECT_FALSE(keeps("text", "text", options));
}

}  // namespace
}  // namespace decant
