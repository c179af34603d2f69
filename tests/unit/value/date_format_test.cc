#include "common/value/date_format.h"

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

TEST(DateFormat, AnUnknownDirectiveIsRefusedByName) {
  const auto format = DateFormat::compile("%d/%Q", "fecha");
  ASSERT_FALSE(format.has_value());
  EXPECT_EQ(format.error().code, ErrorCode::kUsage);
  EXPECT_NE(format.error().message.find("fecha"), std::string::npos);
  EXPECT_FALSE(DateFormat::compile("%d/%", "fecha").has_value());
}

}  // namespace
}  // namespace decant
