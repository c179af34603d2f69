// Dates, times and timestamps, written from their parts: no calendar is asked but this file's own
// lists of ends, gaps and repeats.
#include <array>
#include <cstdio>

#include "tests/property/generate.h"

namespace decant::property {
namespace {

constexpr const char* k_no_date = "is not a date like";
constexpr const char* k_no_time = "is not a time like";
constexpr const char* k_no_timestamp = "is not a date and time like";
constexpr const char* k_beyond_years = "lies outside the years that";

std::string padded(int value, int width) {
  char text[16];
  std::snprintf(text, sizeof text, "%0*d", width, value);
  return text;
}

int days_of(int year, int month) {
  constexpr std::array k_days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : k_days[static_cast<std::size_t>(month - 1)];
}

std::string random_day(int least_year, int most_year, Random& random) {
  const int year = random.between(least_year, most_year);
  const int month = random.between(1, 12);
  const int day = random.one_in(3) ? days_of(year, month) : random.between(1, days_of(year, month));
  return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2);
}

// HH:MM:SS with so many digits of a second.
std::string random_clock(int digits, Random& random) {
  std::string text = random.one_in(5) ? "00:00:00"
                     : random.one_in(4)
                         ? "23:59:59"
                         : padded(random.below(24), 2) + ":" + padded(random.below(60), 2) + ":" +
                               padded(random.below(60), 2);
  if (digits == 0 || random.one_in(4)) return text;
  text += '.';
  const bool nines = random.one_in(3);
  for (int i = 0; i < digits; ++i) text += static_cast<char>(nines ? '9' : '0' + random.below(10));
  return text;
}

struct Edge {
  const char* text;
  unsigned held_by = k_both;
};

constexpr std::array k_days = {Edge{"2000-01-01"},
                               Edge{"1970-01-01"},
                               Edge{"1969-12-31"},
                               Edge{"2000-02-29"},
                               Edge{"2024-02-29"},
                               Edge{"0004-02-29"},
                               Edge{"0001-01-01"},
                               Edge{"0001-12-31 BC"},
                               Edge{"0001-02-29 BC"},
                               Edge{"9999-12-31"},
                               Edge{"10000-01-01"},
                               Edge{"1582-10-10"},
                               Edge{"infinity"},
                               Edge{"-infinity"},
                               Edge{"4714-11-24 BC"},
                               Edge{"5874897-12-31"},
                               Edge{"294277-01-01"},
                               Edge{"290000-07-04"},
                               Edge{"4714-11-23 BC", k_duckdb},
                               Edge{"5874898-06-03", k_duckdb},
                               Edge{"5881580-07-10", k_duckdb},
                               Edge{"5877642-06-25 BC", k_duckdb}};

constexpr std::array k_moments = {Edge{"2000-01-01 00:00:00"},
                                  Edge{"1970-01-01 00:00:00"},
                                  Edge{"1969-12-31 23:59:59.999999"},
                                  Edge{"1900-01-01 00:00:00.000001"},
                                  Edge{"2024-02-29 23:59:59"},
                                  Edge{"0001-01-01 00:00:00"},
                                  Edge{"0001-12-31 23:59:59 BC"},
                                  Edge{"infinity"},
                                  Edge{"-infinity"},
                                  Edge{"4714-11-24 00:00:00 BC"},
                                  Edge{"294247-01-10 04:00:54.775806"},
                                  Edge{"294246-12-31 23:59:59"},
                                  Edge{"294247-01-10 04:00:54.775807", k_postgres},
                                  Edge{"294276-12-31 23:59:59.999999", k_postgres},
                                  Edge{"4714-11-23 23:59:59.999999 BC", k_duckdb},
                                  Edge{"290278-01-01 00:00:00 BC", k_duckdb}};

// A local time and the instant that it is; no instant where clocks were put forward over it.
struct LocalTime {
  const char *zone, *local, *instant;
};

constexpr std::array k_local_times = {
    LocalTime{"America/New_York", "2024-03-10 01:59:59.999999", "2024-03-10 06:59:59.999999+00"},
    LocalTime{"America/New_York", "2024-03-10 02:00:00", nullptr},
    LocalTime{"America/New_York", "2024-03-10 02:59:59.999999", nullptr},
    LocalTime{"America/New_York", "2024-03-10 03:00:00", "2024-03-10 07:00:00+00"},
    LocalTime{"America/New_York", "2024-11-03 00:59:59", "2024-11-03 04:59:59+00"},
    LocalTime{"America/New_York", "2024-11-03 01:00:00", "2024-11-03 05:00:00+00"},
    LocalTime{"America/New_York", "2024-11-03 01:59:59.999999", "2024-11-03 05:59:59.999999+00"},
    LocalTime{"America/New_York", "2024-11-03 02:00:00", "2024-11-03 07:00:00+00"},
    LocalTime{"America/New_York", "2024-01-15 12:00:00", "2024-01-15 17:00:00+00"},
    LocalTime{"Europe/Berlin", "2024-03-31 01:59:59", "2024-03-31 00:59:59+00"},
    LocalTime{"Europe/Berlin", "2024-03-31 02:00:00", nullptr},
    LocalTime{"Europe/Berlin", "2024-03-31 02:30:00", nullptr},
    LocalTime{"Europe/Berlin", "2024-03-31 03:00:00", "2024-03-31 01:00:00+00"},
    LocalTime{"Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27 00:30:00+00"},
    LocalTime{"Europe/Berlin", "2024-10-27 03:00:00", "2024-10-27 02:00:00+00"},
    LocalTime{"Europe/Berlin", "1969-07-20 20:17:40", "1969-07-20 19:17:40+00"},
    // Behind the lists of the tz database, which end in 2037.
    LocalTime{"Europe/Berlin", "2038-07-01 12:00:00", "2038-07-01 10:00:00+00"},
    LocalTime{"Europe/Berlin", "2050-03-27 02:30:00", nullptr},
    LocalTime{"Europe/Berlin", "2050-10-30 02:30:00", "2050-10-30 00:30:00+00"},
    LocalTime{"Europe/Berlin", "2500-07-01 12:00:00", "2500-07-01 10:00:00+00"},
    LocalTime{"America/New_York", "2100-07-04 12:00:00", "2100-07-04 16:00:00+00"},
    LocalTime{"Australia/Lord_Howe", "2045-01-15 12:00:00", "2045-01-15 01:00:00+00"},
    LocalTime{"Australia/Lord_Howe", "2024-10-06 01:59:59", "2024-10-05 15:29:59+00"},
    LocalTime{"Australia/Lord_Howe", "2024-10-06 02:15:00", nullptr},
    LocalTime{"Australia/Lord_Howe", "2024-10-06 02:30:00", "2024-10-05 15:30:00+00"},
    LocalTime{"Australia/Lord_Howe", "2024-04-07 01:45:00", "2024-04-06 14:45:00+00"},
    LocalTime{"Australia/Lord_Howe", "2024-04-07 02:00:00", "2024-04-06 15:30:00+00"},
    LocalTime{"America/Caracas", "2016-05-01 02:29:59", "2016-05-01 06:59:59+00"},
    LocalTime{"America/Caracas", "2016-05-01 02:30:00", nullptr},
    LocalTime{"America/Caracas", "2016-05-01 03:00:00", "2016-05-01 07:00:00+00"},
    LocalTime{"America/Caracas", "2007-12-09 02:45:00", "2007-12-09 06:45:00+00"},
    LocalTime{"America/Caracas", "2007-12-09 03:00:00", "2007-12-09 07:30:00+00"},
    LocalTime{"UTC", "2024-03-10 02:30:00", "2024-03-10 02:30:00+00"}};

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// "+00" stands before the BC of an early year.
std::string at_utc(const std::string& text) {
  if (ends_with(text, "infinity")) return text;
  return ends_with(text, " BC") ? text.substr(0, text.size() - 3) + "+00 BC" : text + "+00";
}

Cell local_time(const ColumnModel& column, const std::string& zone, Random& random) {
  for (;;) {
    const LocalTime& time = random.pick(k_local_times);
    if (zone != time.zone) continue;
    const std::string local = time.local;
    if (column.scale < 6 && local.find('.') != local.npos) continue;
    if (column.kind == Kind::kTimestamp) return cell_of(local);
    if (time.instant == nullptr) return refused_cell(local, "that no clock showed in " + zone);
    return cell_of(time.instant, local);
  }
}

Cell refused_timestamp(const ColumnModel& column, Random& random) {
  constexpr std::array k_none = {
      "2024-02-30 00:00:00",        "2023-02-29 12:00:00", "2024-13-01 00:00:00",
      "2024-01-01 25:00:00",        "2024-01-01 00:60:00", "yesterday",
      "2024-01-01 24:00:01",        "31/12/2024",          "2024-1-1 00:00:00",
      "2024-01-01 00:00:00 Europe", "1900-02-29 00:00:00"};
  if (random.one_in(2)) return refused_cell(random.pick(k_none), k_no_timestamp);
  const std::string places(static_cast<std::size_t>(column.scale), '0');
  std::string text = "2024-05-05 10:00:00." + places + "1";
  if (column.kind == Kind::kTimestampTz) text += "+00";
  return refused_cell(std::move(text), "cannot be kept exactly as timestamp");
}

// A time with an offset where the type has no place for one: kept as it is written where clocks of
// the zone showed that. None of the zones is ever 13 hours ahead.
Cell offset_left_out(const std::string& local, const std::string& zone, Random& random) {
  if (zone == "UTC" && random.one_in(2)) return cell_of(local, local + "Z");
  return refused_cell(local + "+13", "is another time than clocks in " + zone);
}

Cell moment_edge(const ColumnModel& column, Random& random) {
  for (;;) {
    const Edge& edge = random.pick(k_moments);
    const std::string text = edge.text;
    if (column.scale < 6 && text.find('.') != text.npos) continue;
    Cell cell = cell_of(column.kind == Kind::kTimestampTz ? at_utc(text) : text);
    cell.held_by = edge.held_by;
    cell.reason = k_beyond_years;
    return cell;
  }
}

// DuckDB's first years are before what 64 bits of microseconds since 2000 hold.
Cell first_of_duckdb(const ColumnModel& column) {
  const std::string text = "290309-12-22 00:00:00 BC";
  Cell cell = refused_cell(column.kind == Kind::kTimestampTz ? at_utc(text) : text, k_no_timestamp);
  cell.only_in_source = k_duckdb;
  cell.reason_from_source = "lies beyond what";
  return cell;
}

}  // namespace

const std::vector<std::string>& known_zones() {
  static const std::vector<std::string> zones = {"UTC", "America/New_York", "Europe/Berlin",
                                                 "Australia/Lord_Howe", "America/Caracas"};
  return zones;
}

Cell make_date(Random& random) {
  if (random.one_in(10)) {
    constexpr std::array k_none = {"2023-02-29", "1900-02-29", "2024-13-01",    "2024-00-10",
                                   "2024-04-31", "2024-01-00", "31.12.2024",    "2024-1-1",
                                   "today",      "20240101",   "99999999-01-01"};
    if (random.one_in(4)) return refused_cell("2024-08-31 10:00:00", "has a time of day");
    return refused_cell(random.pick(k_none), k_no_date);
  }
  if (random.one_in(2)) {
    const Edge& edge = random.pick(k_days);
    Cell cell = cell_of(edge.text);
    cell.held_by = edge.held_by;
    cell.reason = k_beyond_years;
    return cell;
  }
  const std::string day = random_day(1, random.one_in(4) ? 200000 : 2100, random);
  if (random.one_in(4)) return cell_of(day, day + (random.one_in(2) ? " 00:00:00" : "T00:00"));
  return cell_of(day);
}

Cell make_time(const ColumnModel& column, Random& random) {
  if (random.one_in(10)) {
    constexpr std::array k_none = {"24:00:00.000001", "25:00:00", "23:60:00", "23:59:60",
                                   "1:00:00",         "10",       "noon",     "12:00 PM",
                                   "-01:00:00"};
    if (random.one_in(2)) return refused_cell(random.pick(k_none), k_no_time);
    return refused_cell(
        "10:00:00." + std::string(static_cast<std::size_t>(column.scale), '0') + "1",
        "cannot be kept exactly as time");
  }
  if (random.one_in(6)) return cell_of("24:00:00");
  const std::string clock = random_clock(column.scale, random);
  if (clock.find('.') != clock.npos && random.one_in(3)) return cell_of(clock, clock + "000");
  if (ends_with(clock, ":00") && random.one_in(2))
    return cell_of(clock, clock.substr(0, clock.size() - 3));
  return cell_of(clock);
}

Cell make_timestamp(const ColumnModel& column, const std::string& zone, Random& random) {
  if (random.one_in(10)) return refused_timestamp(column, random);
  if (random.one_in(40)) return first_of_duckdb(column);
  if (random.one_in(4)) return local_time(column, zone, random);
  if (random.one_in(2)) return moment_edge(column, random);
  const std::string day = random_day(1, random.one_in(4) ? 200000 : 2100, random);
  const std::string clock = random_clock(column.scale, random);
  if (column.kind == Kind::kTimestamp) {
    if (random.one_in(8)) return cell_of(day + " 00:00:00", day);
    if (random.one_in(8)) return offset_left_out(day + " " + clock, zone, random);
    return cell_of(day + " " + clock, random.one_in(3) ? day + "T" + clock : std::string());
  }
  constexpr std::array k_offsets = {"+00", "Z",   "+05:30", "-03:30",
                                    "+14", "-12", "+0845",  "+00:00:01"};
  const std::string offset = random.pick(k_offsets);
  const std::string for_engines = offset == "Z" ? "+00" : offset == "+0845" ? "+08:45" : offset;
  return cell_of(day + " " + clock + for_engines,
                 day + (random.one_in(3) ? "T" : " ") + clock + offset);
}

}  // namespace decant::property
