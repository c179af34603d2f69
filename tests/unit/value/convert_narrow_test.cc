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

TEST(ConvertNarrow, FidelitySaysThatDigitsMayBeLost) {
  EXPECT_EQ(fidelity_of(type_of("float64"), type_of("float32")), Fidelity::kLossy);
  EXPECT_EQ(fidelity_of(type_of("float32"), type_of("float64")), Fidelity::kWidening);
  EXPECT_EQ(fidelity_of(type_of("timestamp"), type_of("timestamp(3)")), Fidelity::kLossy);
  EXPECT_EQ(fidelity_of(type_of("timestamp(0)"), type_of("timestamp(3)")), Fidelity::kWidening);
  EXPECT_EQ(fidelity_of(type_of("time"), type_of("time(5)")), Fidelity::kLossy);
}

}  // namespace
}  // namespace decant
