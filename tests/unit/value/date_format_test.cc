#include "common/value/date_format.h"

#include <array>

#include "tests/unit/value/convert_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

std::string read(std::string_view text, const std::string& format,
                 const std::string& type = "timestamp") {
  ConvertOptions options;
  options.date_format = format;
  return from_text(text, type, options);
}

TEST(DateFormat, ReadsTheFormsOfTheCountryside) {
  EXPECT_EQ(read("31/08/2024", "%d/%m/%Y", "date"), "2024-08-31");
  EXPECT_EQ(read("1/8/2024", "%d/%m/%Y", "date"), "2024-08-01");
  EXPECT_EQ(read("08/31/24", "%D", "date"), "2024-08-31");
  EXPECT_EQ(read("31.12.68", "%d.%m.%y", "date"), "2068-12-31");
  EXPECT_EQ(read("31.12.69", "%d.%m.%y", "date"), "1969-12-31");
  EXPECT_EQ(read("31-ago-2024", "%d-%b-%Y", "date"), "2024-08-31");
  EXPECT_EQ(read("August 31, 2024", "%B %d, %Y", "date"), "2024-08-31");
  EXPECT_EQ(read("31 mayo 2024", "%d %B %Y", "date"), "2024-05-31");
  EXPECT_EQ(read("31-May-2024", "%d-%b-%Y", "date"), "2024-05-31");
  EXPECT_EQ(read("30 sept. 2024", "%d %b %Y", "date"), "2024-09-30");
  EXPECT_EQ(read("30 SEPTIEMBRE 2024", "%d %b %Y", "date"), "2024-09-30");
  EXPECT_EQ(read("2024244", "%Y%j", "date"), "2024-08-31");
  EXPECT_EQ(read("20240831210500", "%Y%m%d%H%M%S"), "2024-08-31 21:05:00");
  EXPECT_EQ(read("2024-08-31 21:05:00.123", "%F %T.%f"), "2024-08-31 21:05:00.123");
  EXPECT_EQ(read("31/08/2024 09:05 p.m.", "%d/%m/%Y %I:%M %p"), "2024-08-31 21:05:00");
  EXPECT_EQ(read("31/08/2024 12:05 AM", "%d/%m/%Y %I:%M %p"), "2024-08-31 00:05:00");
  EXPECT_EQ(read("2024-08-31 21:05:00 -0400", "%F %T %z", "timestamptz"), "2024-09-01 01:05:00+00");
  EXPECT_EQ(read("2105", "%H%M", "time"), "21:05:00");
  EXPECT_EQ(read("100% 2024-08-31", "100%% %F", "date"), "2024-08-31");
}

TEST(DateFormat, RefusesDaysThatDoNotExistAndTextLeftOver) {
  EXPECT_EQ(read("31/02/2024", "%d/%m/%Y", "date"),
            "!total: \"31/02/2024\" is not a date of the form %d/%m/%Y.");
  for (const char* text : {"2024-08-31", "31/08/24", "31/08/2024 ", "31/13/2024", "0/08/2024",
                           "31/08/2024x", "31-08-2024"}) {
    EXPECT_EQ(read(text, "%d/%m/%Y", "date").substr(0, 1), "!") << text;
  }
  EXPECT_EQ(read("2023366", "%Y%j", "date").substr(0, 1), "!");
  EXPECT_EQ(read("13:00 pm", "%H:%M %p", "time").substr(0, 1), "!");
}

// A spreadsheet that took the zero of 01:23:45 leaves 12345, which is no 12:34:05.
TEST(DateFormat, NumbersThatNothingPartsHaveAllTheirDigits) {
  EXPECT_EQ(read("012345", "%H%M%S", "time"), "01:23:45");
  EXPECT_EQ(read("20240901", "%Y%m%d", "date"), "2024-09-01");
  EXPECT_EQ(read(" 1082024", "%e%m%Y", "date"), "2024-08-01");
  EXPECT_EQ(read("101010500", "%H%M%S%f", "time"), "10:10:10.5");
  EXPECT_EQ(read("1Aug2024", "%d%b%Y", "date"), "2024-08-01");
  for (const auto& [text, format, type] :
       std::vector<std::array<const char*, 3>>{{"12345", "%H%M%S", "time"},
                                               {"1234", "%H%M%S", "time"},
                                               {"2024111", "%Y%m%d", "date"},
                                               {"202411", "%Y%m%d", "date"},
                                               {"1112024", "%d%m%Y", "date"},
                                               {"202460", "%Y%j", "date"},
                                               {"2024-1-112", "%Y-%m-%d12", "date"},
                                               {"10105500", "%H%M%S%f", "time"},
                                               {"2024111112345", "%Y%m%d%H%M%S", "timestamp"}}) {
    EXPECT_EQ(read(text, format, type).substr(0, 1), "!") << text << " " << format;
  }
  ConvertOptions padded;
  padded.date_format = "%H%M%S";
  padded.zero_pad = 6;
  EXPECT_EQ(from_text("91205", "time", padded), "09:12:05");
}

TEST(DateFormat, MidnightAtTheEndOfADayIsWhatItIsInIso) {
  EXPECT_EQ(read("240000", "%H%M%S", "time"), "24:00:00");
  EXPECT_EQ(from_text("24:00:00", "time"), "24:00:00");
  EXPECT_EQ(read("20241231240000", "%Y%m%d%H%M%S"), "2025-01-01 00:00:00");
  EXPECT_EQ(from_text("2024-12-31 24:00:00", "timestamp"), "2025-01-01 00:00:00");
  EXPECT_EQ(read("240001", "%H%M%S", "time").substr(0, 1), "!");
  EXPECT_EQ(read("24:00:00.0000001", "%H:%M:%S.%f", "time").substr(0, 1), "!");
}

TEST(DateFormat, OneThatIsNoneOfItsTypeIsRefused) {
  const auto fault = [](const std::string& format, TypeKind to) {
    const auto compiled = DateFormat::compile(format, to, "fecha");
    return compiled ? std::string() : compiled.error().message;
  };
  EXPECT_EQ(fault("%m-%d", TypeKind::kDate),
            "The date format \"%m-%d\" of the column fecha leaves out the year.");
  for (const auto& [format, to] :
       std::vector<std::pair<const char*, TypeKind>>{{"%Y", TypeKind::kDate},
                                                     {"%Y-%m", TypeKind::kTimestamp},
                                                     {"%H:%M:%S", TypeKind::kTimestampTz},
                                                     {"%Y-%j-%d", TypeKind::kDate},
                                                     {"%Y-%m-%j", TypeKind::kDate},
                                                     {"%Y %y-%m-%d", TypeKind::kDate},
                                                     {"%d %b %m %Y", TypeKind::kDate},
                                                     {"%F %S", TypeKind::kTimestamp},
                                                     {"%F %I:%M", TypeKind::kTimestamp},
                                                     {"%F %M", TypeKind::kTimestamp},
                                                     {"%F %T %H", TypeKind::kTimestamp},
                                                     {"%M:%S", TypeKind::kTime},
                                                     {"%F", TypeKind::kTime},
                                                     {"%d/%m/%Y %H:%M", TypeKind::kTime},
                                                     {"%H:%M %z", TypeKind::kTime}}) {
    EXPECT_NE(fault(format, to), "") << format;
  }
  EXPECT_EQ(fault("%d/%m/%Y %H", TypeKind::kTimestamp), "");
  EXPECT_EQ(fault("%d/%m/%Y %H:%M:%S", TypeKind::kDate), "");
  EXPECT_EQ(read("1899-12-30 10:15:00", "1899-12-30 %T", "time"), "10:15:00");
}

TEST(DateFormat, AnUnknownDirectiveIsRefusedByName) {
  const auto format = DateFormat::compile("%d/%Q", TypeKind::kDate, "fecha");
  ASSERT_FALSE(format.has_value());
  EXPECT_EQ(format.error().code, ErrorCode::kUsage);
  EXPECT_NE(format.error().message.find("fecha"), std::string::npos);
  EXPECT_FALSE(DateFormat::compile("%d/%", TypeKind::kDate, "fecha").has_value());
}

}  // namespace
}  // namespace decant
