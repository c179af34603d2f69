#include "common/value/calendar.h"

#include <cstdio>
#include <cstdlib>

#include "common/value/batch.h"

namespace decant {
namespace {

constexpr std::int64_t k_us_per_second = 1'000'000;
constexpr std::int64_t k_days_0000_to_2000 = 730'425;  // from 0000-03-01
constexpr std::int64_t k_days_per_era = 146'097;       // 400 years

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil and
// civil_from_days, with 2000-01-01 for 1970-01-01. Years begin in March there, so that the leap day
// is the last of its year.
std::int64_t days_from_civil(const CivilDate& date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = floor_divide(year, 400);
  const std::int64_t year_of_era = year - era * 400;
  const int month_from_march = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * k_days_per_era + day_of_era - k_days_0000_to_2000;
}

CivilDate civil_from_days(std::int64_t days) {
  const std::int64_t shifted = days + k_days_0000_to_2000;
  const std::int64_t era = floor_divide(shifted, k_days_per_era);
  const std::int64_t day_of_era = shifted - era * k_days_per_era;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  CivilDate date;
  date.day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  date.month =
      static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

namespace {

std::string infinity_text(std::int64_t value) {
  return value == k_infinity ? "infinity" : "-infinity";
}

bool is_infinite(std::int64_t value) { return value == k_infinity || value == k_minus_infinity; }

// Years before 1 are written as PostgreSQL does, with BC at the very end: 0 is 1 BC.
std::string civil_text(const CivilDate& date) {
  char text[40];
  const long long year = date.year > 0 ? date.year : 1 - date.year;
  const int length =
      std::snprintf(text, sizeof text, "%04lld-%02d-%02d", year, date.month, date.day);
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace

std::string format_date(std::int64_t days) {
  if (is_infinite(days)) return infinity_text(days);
  const CivilDate date = civil_from_days(days);
  return civil_text(date) + (date.year > 0 ? "" : " BC");
}

std::string format_time(std::int64_t us) {
  const std::int64_t seconds = us / k_us_per_second;
  const auto fraction = static_cast<int>(us % k_us_per_second);
  char text[40];
  int length = std::snprintf(text, sizeof text, "%02d:%02d:%02d", static_cast<int>(seconds / 3600),
                             static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  if (fraction != 0) {
    length += std::snprintf(text + length, sizeof text - static_cast<std::size_t>(length), ".%06d",
                            std::abs(fraction));
    while (text[length - 1] == '0') --length;
  }
  return {text, static_cast<std::size_t>(length)};
}

std::string format_timestamp(std::int64_t us) {
  if (is_infinite(us)) return infinity_text(us);
  const std::int64_t days = floor_divide(us, k_us_per_day);
  const CivilDate date = civil_from_days(days);
  return civil_text(date) + " " + format_time(us - days * k_us_per_day) +
         (date.year > 0 ? "" : " BC");
}

}  // namespace decant
