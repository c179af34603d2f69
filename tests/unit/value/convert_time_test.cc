#include "tests/unit/value/convert_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

ConvertOptions in_zone(const std::string& zone, const std::string& lossy = "") {
  ConvertOptions options;
  options.time_zone = zone;
  options.lossy = lossy;
  return options;
}

TEST(ConvertTime, ReadsIsoTexts) {
  EXPECT_EQ(from_text("2024-08-31", "date"), "2024-08-31");
  EXPECT_EQ(from_text("2024-08-31 00:00:00", "date"), "2024-08-31");
  EXPECT_EQ(from_text("2024-08-31 21:05:00", "date"),
            "!total: \"2024-08-31 21:05:00\" has a time of day, which a date cannot keep.");
  EXPECT_EQ(from_text("2024-08-31 21:05:00", "date", in_zone("UTC", "truncate")), "2024-08-31");
  EXPECT_EQ(from_text("31/08/2024", "date"),
            "!total: \"31/08/2024\" is not a date like 2024-08-31.");
  EXPECT_EQ(from_text("2024-08-31T21:05:00.25", "timestamp"), "2024-08-31 21:05:00.25");
  EXPECT_EQ(from_text("21:05", "time"), "21:05:00");
  EXPECT_EQ(from_text("infinity", "date"), "infinity");
  EXPECT_EQ(from_text("infinity", "timestamptz", in_zone("America/Caracas")), "infinity");
}

TEST(ConvertTime, LocalTimesBecomeInstantsInTheJobsZone) {
  EXPECT_EQ(from_text("2024-08-31 21:05:00", "timestamptz", in_zone("America/Caracas")),
            "2024-09-01 01:05:00+00");
  EXPECT_EQ(from_text("2024-08-31 21:05:00+02", "timestamptz", in_zone("America/Caracas")),
            "2024-08-31 19:05:00+00");
  EXPECT_EQ(from_text("2024-09-01 04:00:00Z", "date", in_zone("America/Caracas", "truncate")),
            "2024-09-01");
  EXPECT_EQ(from_text("2024-09-01 00:00:00Z", "date", in_zone("America/Caracas", "truncate")),
            "2024-08-31");
  EXPECT_EQ(
      from_value("timestamp", "2024-08-31 21:05:00", "timestamptz", in_zone("America/Caracas")),
      "2024-09-01 01:05:00+00");
  EXPECT_EQ(
      from_value("timestamptz", "2024-09-01 01:05:00+00", "timestamp", in_zone("America/Caracas")),
      "2024-08-31 21:05:00");
  EXPECT_EQ(from_value("date", "2024-08-31", "timestamptz", in_zone("America/Caracas")),
            "2024-08-31 04:00:00+00");
}

TEST(ConvertTime, AnOffsetThatATypeHasNoPlaceForIsTheZonesOwnOrARefusal) {
  const std::string refused =
      "!total: \"2024-03-31T02:30:00Z\" is another time than clocks in Europe/Berlin showed then, "
      "and a timestamp has no place for its offset; `lossy: truncate` takes what they showed.";
  EXPECT_EQ(from_text("2024-03-31T02:30:00Z", "timestamp", in_zone("Europe/Berlin")), refused);
  EXPECT_EQ(from_text("2024-03-31T02:30:00Z", "timestamp", in_zone("Europe/Berlin", "truncate")),
            "2024-03-31 04:30:00");
  EXPECT_EQ(from_text("2024-03-31T04:30:00+02", "timestamp", in_zone("Europe/Berlin")),
            "2024-03-31 04:30:00");
  EXPECT_EQ(from_text("2024-03-31T02:30:00Z", "timestamp", in_zone("UTC")), "2024-03-31 02:30:00");
  EXPECT_EQ(from_text("2024-03-31 02:30:00+02", "timestamp", in_zone("Europe/Berlin")).front(),
            '!');
  EXPECT_EQ(from_text("2024-10-27 02:30:00+02", "timestamp", in_zone("Europe/Berlin")),
            "2024-10-27 02:30:00");
  EXPECT_EQ(from_text("2024-10-27 02:30:00+01", "timestamp", in_zone("Europe/Berlin")).front(),
            '!');
  EXPECT_EQ(from_text("2024-09-01 04:00:00Z", "date", in_zone("America/Caracas")).front(), '!');
  EXPECT_EQ(from_text("2024-09-01 00:00:00-04", "date", in_zone("America/Caracas")), "2024-09-01");
}

TEST(ConvertTime, ATimeThatNoClockShowedIsRefusedAndNotBent) {
  const std::string refused =
      "!total: \"2024-03-31 02:30:00\" is a time that no clock showed in Europe/Madrid, where it "
      "was "
      "put forward over it.";
  EXPECT_EQ(from_text("2024-03-31 02:30:00", "timestamptz", in_zone("Europe/Madrid")), refused);
  EXPECT_EQ(from_value("timestamp", "2024-03-31 02:30:00", "timestamptz", in_zone("Europe/Madrid")),
            refused);
  EXPECT_EQ(from_text("2024-03-31 03:00:00", "timestamptz", in_zone("Europe/Madrid")),
            "2024-03-31 01:00:00+00");
  EXPECT_EQ(from_text("2024-10-27 02:30:00", "timestamptz", in_zone("Europe/Madrid")),
            "2024-10-27 00:30:00+00");
  EXPECT_EQ(from_value("date", "2018-11-04", "timestamptz", in_zone("America/Sao_Paulo")),
            "2018-11-04 03:00:00+00");
}

TEST(ConvertTime, DatesAndTimestampsGoBothWaysWhereNothingIsLost) {
  EXPECT_EQ(from_value("date", "2024-08-31", "timestamp"), "2024-08-31 00:00:00");
  EXPECT_EQ(from_value("timestamp", "2024-08-31 00:00:00", "date"), "2024-08-31");
  EXPECT_EQ(from_value("timestamp", "1999-12-31 00:00:00", "date"), "1999-12-31");
  EXPECT_EQ(from_value("timestamp", "1999-12-31 10:00:00", "date").substr(0, 1), "!");
  EXPECT_EQ(from_value("timestamp", "1999-12-31 10:00:00", "date", in_zone("UTC", "truncate")),
            "1999-12-31");
  EXPECT_EQ(from_value("timestamptz", "2024-08-31 04:00:00+00", "date", in_zone("America/Caracas")),
            "2024-08-31");
  EXPECT_EQ(from_value("date", "-infinity", "timestamp"), "-infinity");
  EXPECT_EQ(from_value("date", "5874897-12-31", "timestamp").substr(0, 1), "!");
}

TEST(ConvertTime, AnUnknownZoneIsRefusedWhenTheConverterIsMade) {
  Column in = column_of("text");
  push_view(in, "2024-08-31");
  EXPECT_EQ(convert_one(in, "timestamptz", in_zone("America/Nowhere")).substr(0, 1), "?");
}

}  // namespace
}  // namespace decant
