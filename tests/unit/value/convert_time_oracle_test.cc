// Random dates and times into every type of time: each comes out as whole picoseconds say, counted
// by the standard library's calendar, or is a reject.
#include <chrono>
#include <optional>

#include "tests/unit/value/convert_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

constexpr int k_cases = 4000;
constexpr int k_most_digits = 12;  // of a second: these texts are counted in picoseconds
constexpr Int128 k_second = 1'000'000'000'000;
constexpr Int128 k_day = 86'400 * k_second;

Int128 floor_divide(Int128 a, Int128 b) { return a / b - (a % b < 0 ? 1 : 0); }

// A text, and what it says in picoseconds since 1970 as a clock shows it.
struct WrittenTime {
  std::string text;
  Int128 time = 0;
  bool ends_day = false;
  std::optional<Int128> offset;  // east
};

std::string two(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string date_text(std::int64_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  const std::string year = std::to_string(static_cast<int>(date.year()));
  return std::string(4 - year.size(), '0') + year + "-" +
         two(static_cast<int>(static_cast<unsigned>(date.month()))) + "-" +
         two(static_cast<int>(static_cast<unsigned>(date.day())));
}

// Of a day; at most six digits behind the seconds, which are all that a type has.
std::string time_text(Int128 time) {
  const auto seconds = static_cast<int>(time / k_second);
  std::string out = two(seconds / 3600) + ":" + two(seconds / 60 % 60) + ":" + two(seconds % 60);
  const Int128 rest = time % k_second;
  if (rest == 0) return out;
  std::string digits = std::to_string(static_cast<std::int64_t>(k_second + rest)).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return out + "." + digits;
}

std::string moment_text(Int128 time) {
  const Int128 day = floor_divide(time, k_day);
  return date_text(static_cast<std::int64_t>(day)) + " " + time_text(time - day * k_day);
}

std::string some_fraction(Seeded& seed) {
  const char* const k_ends[] = {"5", "50", "49", "51", "500001", "499999", "999999"};
  std::string digits = seed.digits(seed.below(7));
  if (seed.below(3) > 0) digits += k_ends[seed.below(std::size(k_ends))];
  if (seed.below(9) == 0) digits = std::string(digits.size(), '9');
  return digits.substr(0, k_most_digits);
}

WrittenTime some_time(Seeded& seed, bool with_date) {
  WrittenTime out;
  const std::int64_t day = with_date ? seed.between(-719'100, 2'932'800) : 0;  // years 1 to 9999
  const std::int64_t second = seed.below(4) == 0   ? 0
                              : seed.below(9) == 0 ? 86'399
                                                   : seed.between(0, 86'399);
  std::string fraction = seed.below(3) == 0 ? "" : some_fraction(seed);
  out.ends_day = second == 0 && seed.below(3) == 0;
  if (out.ends_day) fraction = std::string(seed.below(8), '0');
  out.time = day * k_day + (out.ends_day ? k_day : second * k_second);
  if (with_date) out.text = date_text(day) + (seed.below(2) == 0 ? "T" : " ");
  out.text += out.ends_day ? "24:00:00" : time_text(second * k_second);
  if (!fraction.empty()) {
    out.text += "." + fraction;
    out.time += std::stoll(fraction + std::string(k_most_digits - fraction.size(), '0'));
  }
  if (with_date && seed.below(2) == 0) {
    const std::int64_t minutes = seed.between(-15 * 60 - 59, 15 * 60 + 59);
    const auto size = static_cast<int>(std::abs(minutes));
    const bool is_short = size % 60 == 0 && seed.below(2) == 0;
    out.offset = minutes * 60 * k_second;
    out.text += (minutes < 0 ? "-" : "+") + two(size / 60) + (is_short ? "" : ":" + two(size % 60));
  }
  return out;
}

// A multiple of 10^-digits of a second, half to even or towards the past.
std::optional<Int128> shortened(Int128 time, int digits, const std::string& policy) {
  Int128 unit = k_second;
  for (int i = 0; i < digits; ++i) unit /= 10;
  const Int128 below = floor_divide(time, unit);
  const Int128 twice = (time - below * unit) * 2;
  if (twice == 0) return time;
  if (policy.empty()) return std::nullopt;
  const bool up = twice > unit || (twice == unit && below % 2 != 0);
  return (policy == "round" && up ? below + 1 : below) * unit;
}

std::string digits_in_brackets(int digits) {
  return digits == 6 ? "" : "(" + std::to_string(digits) + ")";
}

struct Zone {
  std::string name;
  Int128 offset;
};

// POSIX turns the sign: Etc/GMT+4 is four hours west.
Zone some_zone(Seeded& seed) {
  const std::int64_t west = seed.between(-14, 12);
  if (west == 0) return {"UTC", 0};
  return {"Etc/GMT" + std::string(west > 0 ? "+" : "") + std::to_string(west),
          -west * 3600 * k_second};
}

void expect_same(const std::string& result, const std::optional<std::string>& wanted,
                 const std::string& what) {
  EXPECT_EQ(result.front() == '!' ? "refused" : result, wanted.value_or("refused")) << what;
}

std::optional<std::string> expected_moment(const WrittenTime& written, const Zone& zone,
                                           const std::string& kind, int digits,
                                           const std::string& policy) {
  const Int128 instant = written.time - written.offset.value_or(zone.offset);
  if (kind == "timestamptz") {
    const std::optional<Int128> kept = shortened(instant, digits, policy);
    return kept ? std::optional(moment_text(*kept) + "+00") : std::nullopt;
  }
  const Int128 local = instant + zone.offset;
  if (policy.empty() && local != written.time) return std::nullopt;
  if (kind == "timestamp") {
    const std::optional<Int128> kept = shortened(local, digits, policy);
    return kept ? std::optional(moment_text(*kept)) : std::nullopt;
  }
  if (policy.empty() && (written.ends_day || local % k_day != 0)) return std::nullopt;
  return date_text(
      static_cast<std::int64_t>(floor_divide(local - (written.ends_day ? 1 : 0), k_day)));
}

ConvertOptions some_policy(Seeded& seed) {
  ConvertOptions options;
  const std::uint64_t policy = seed.below(3);
  options.lossy = policy == 0 ? "" : policy == 1 ? "round" : "truncate";
  return options;
}

TEST(ConvertTimeOracle, ATextIsTheMomentThatIsWritten) {
  Seeded seed;
  const char* const k_kinds[] = {"timestamp", "timestamptz", "date"};
  for (int i = 0; i < k_cases; ++i) {
    const WrittenTime written = some_time(seed, true);
    const Zone zone = some_zone(seed);
    const std::string kind = k_kinds[seed.below(3)];
    const int digits = kind == "date" ? 6 : static_cast<int>(seed.below(7));
    ConvertOptions options = some_policy(seed);
    options.time_zone = zone.name;
    const std::string type = kind + digits_in_brackets(digits);
    expect_same(from_text(written.text, type, options),
                expected_moment(written, zone, kind, digits, options.lossy),
                written.text + " into " + type + " in " + zone.name + " " + options.lossy);
  }
}

TEST(ConvertTimeOracle, ATextIsTheTimeOfDayThatIsWritten) {
  Seeded seed;
  for (int i = 0; i < k_cases; ++i) {
    const WrittenTime written = some_time(seed, false);
    const int digits = static_cast<int>(seed.below(7));
    const ConvertOptions options = some_policy(seed);
    const std::string type = "time" + digits_in_brackets(digits);
    const std::optional<Int128> kept = shortened(written.time, digits, options.lossy);
    expect_same(from_text(written.text, type, options),
                kept ? std::optional(time_text(*kept)) : std::nullopt,
                written.text + " into " + type + " " + options.lossy);
  }
}

// A moment that is one already, into each other type.
TEST(ConvertTimeOracle, AMomentIsTheSameInEveryTypeOrItsShortening) {
  Seeded seed;
  const char* const k_kinds[] = {"timestamp", "timestamptz", "date"};
  for (int i = 0; i < k_cases; ++i) {
    const Zone zone = some_zone(seed);
    const bool has_zone = seed.below(2) == 0;
    const std::string kind = k_kinds[seed.below(3)];
    const int digits = kind == "date" ? 6 : static_cast<int>(seed.below(7));
    ConvertOptions options = some_policy(seed);
    options.time_zone = zone.name;
    const Int128 us = some_time(seed, true).time / 1'000'000;
    Column in = column_of(has_zone ? "timestamptz" : "timestamp");
    push_word(in, static_cast<std::int64_t>(us) - 10'957 * std::int64_t{86'400'000'000});
    const std::string type = kind + digits_in_brackets(digits);
    WrittenTime moment;
    moment.time = us * 1'000'000 + (has_zone ? zone.offset : Int128{0});
    expect_same(convert_one(in, type, options),
                expected_moment(moment, zone, kind, digits, options.lossy),
                display_text(in, 0) + " into " + type + " in " + zone.name + " " + options.lossy);
  }
}

}  // namespace
}  // namespace decant
