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

// 24:00 of one day is 00:00 of the next, but a date that stands in the text is no other one.
TEST(ConvertTime, TheEndOfADayIsNoDate) {
  EXPECT_EQ(from_text("2024-12-31 24:00:00", "date"),
            "!total: \"2024-12-31 24:00:00\" has a time of day, which a date cannot keep.");
  EXPECT_EQ(from_text("2024-12-31T24:00", "date", in_zone("UTC", "round")), "2024-12-31");
  EXPECT_EQ(from_text("2024-12-31T24:00Z", "date", in_zone("Europe/Berlin", "truncate")),
            "2025-01-01");
  ConvertOptions format;
  format.date_format = "%Y%m%d%H%M%S";
  EXPECT_EQ(from_text("20241231240000", "date", format).front(), '!');
  EXPECT_EQ(from_text("20241231000000", "date", format), "2024-12-31");
  format.lossy = "truncate";
  EXPECT_EQ(from_text("20241231240000", "date", format), "2024-12-31");
}

// In Apia the 30th of December 2011 was left out: whoever has that date has a mistake.
TEST(ConvertTime, ADayThatClocksPassedOverIsRefused) {
  EXPECT_EQ(from_value("date", "2011-12-30", "timestamptz", in_zone("Pacific/Apia")).front(), '!');
  EXPECT_EQ(from_value("date", "2011-12-31", "timestamptz", in_zone("Pacific/Apia")),
            "2011-12-30 10:00:00+00");
  EXPECT_EQ(from_text("2011-12-30", "timestamptz", in_zone("Pacific/Apia")).front(), '!');
}

TEST(ConvertTime, AtTheEndsOfTimeAZoneLeadsToARefusal) {
  const std::string last = "294277-01-09 04:00:54.775806";
  EXPECT_EQ(from_text(last, "timestamp"), last);
  EXPECT_EQ(from_text(last, "timestamptz", in_zone("Pacific/Kiritimati")).front(), '2');
  EXPECT_EQ(from_text(last, "timestamptz", in_zone("Etc/GMT+12")),
            "!total: \"" + last + "\" is outside the range of timestamp with time zone.");
  EXPECT_EQ(from_value("timestamp", last, "timestamptz", in_zone("Etc/GMT+12")).front(), '!');
  const ConvertOptions kiritimati = in_zone("Pacific/Kiritimati", "truncate");
  EXPECT_EQ(from_text(last + "Z", "timestamp", kiritimati).front(), '!');
  EXPECT_EQ(from_text(last + "-15", "timestamptz", kiritimati).front(), '!');
  EXPECT_EQ(from_value("timestamptz", last + "+00", "timestamp", kiritimati).front(), '!');
  EXPECT_EQ(from_value("timestamptz", last + "+00", "date", kiritimati).front(), '!');
  EXPECT_EQ(from_text(last + "9", "timestamp", in_zone("UTC", "round")).front(), '!');
  EXPECT_EQ(from_text(last + "9", "timestamp", in_zone("UTC", "truncate")), last);
  const std::string first = "290279-12-23 00:00:00";
  EXPECT_EQ(from_text(first + " BC", "timestamp"), first + " BC");
  EXPECT_EQ(from_text(first + "+14 BC", "timestamptz").front(), '!');
  EXPECT_EQ(from_text(first + " BC", "timestamptz", in_zone("Etc/GMT-14")).front(), '!');
  EXPECT_EQ(from_text(first + "+00 BC", "timestamp", in_zone("Etc/GMT+12", "round")).front(), '!');
  EXPECT_EQ(from_value("date", "290279-12-23 BC", "timestamptz", in_zone("Etc/GMT-14")).front(),
            '!');
}

TEST(ConvertTime, AnUnknownZoneIsRefusedWhenTheConverterIsMade) {
  Column in = column_of("text");
  push_view(in, "2024-08-31");
  EXPECT_EQ(convert_one(in, "timestamptz", in_zone("America/Nowhere")).substr(0, 1), "?");
}

}  // namespace
}  // namespace decant
