#include <date/tz.h>

#include <exception>

#include "common/base/text.h"
#include "common/value/batch.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

constexpr std::int64_t k_us_per_second = 1'000'000;
constexpr std::int64_t k_seconds_1970_to_2000 = k_days_1970_to_2000 * 86'400;
// Outside these years (1600 to 2400) the library's tables end; the offset at the nearer limit
// holds.
constexpr std::int64_t k_first_second = -146'097LL * 86'400;
constexpr std::int64_t k_last_second = 146'097LL * 86'400;

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::int64_t clamp_second(std::int64_t second) {
  return second < k_first_second ? k_first_second : second > k_last_second ? k_last_second : second;
}

const date::time_zone* as_zone(const void* zone) {
  return static_cast<const date::time_zone*>(zone);
}

tl::unexpected<Error> unknown_zone(const std::string& name) {
  std::vector<std::string> names;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) names.push_back(zone.name());
  } catch (const std::exception&) {
    names.clear();
  }
  if (names.empty()) {
    return fail(
        ErrorCode::kUsage,
        "The time zone \"" + name + "\" cannot be looked up: this system has no tz database.",
        "Install the package tzdata, or use UTC.");
  }
  const std::string suggestion = nearest(name, names);
  return fail(ErrorCode::kUsage, "\"" + name + "\" is not a time zone of this system.",
              suggestion.empty() ? "Use a name like America/Caracas or UTC."
                                 : "Did you mean " + suggestion + "?");
}

}  // namespace

Result<TimeZone> TimeZone::find(const std::string& name) {
  TimeZone found;
  if (name == "UTC" || name == "Etc/UTC" || name == "Z") return found;
  try {
    const date::time_zone* zone = date::locate_zone(name);
    // The library reads a zone's file at the first question and throws if it is bad: ask here,
    // where it is caught.
    (void)zone->get_info(date::sys_seconds{});
    found.zone_ = zone;
  } catch (const std::exception&) {
    return unknown_zone(name);
  }
  found.name_ = name;
  return found;
}

std::int64_t TimeZone::to_utc(std::int64_t local_us) const {
  if (zone_ == nullptr || local_us == k_infinity || local_us == k_minus_infinity) return local_us;
  const std::int64_t second = clamp_second(floor_divide(local_us, k_us_per_second));
  const date::local_seconds local{std::chrono::seconds(second + k_seconds_1970_to_2000)};
  const date::local_info info = as_zone(zone_)->get_info(local);
  if (info.result == date::local_info::nonexistent) {
    const std::int64_t end = info.first.end.time_since_epoch().count() - k_seconds_1970_to_2000;
    return end * k_us_per_second;
  }
  // In a repeat `first` is the earlier of the two offsets' spans, so it gives the earlier instant.
  return local_us - std::int64_t{info.first.offset.count()} * k_us_per_second;
}

std::int64_t TimeZone::to_local(std::int64_t utc_us) const {
  if (zone_ == nullptr || utc_us == k_infinity || utc_us == k_minus_infinity) return utc_us;
  const std::int64_t second = clamp_second(floor_divide(utc_us, k_us_per_second));
  const date::sys_seconds instant{std::chrono::seconds(second + k_seconds_1970_to_2000)};
  const date::sys_info info = as_zone(zone_)->get_info(instant);
  return utc_us + std::int64_t{info.offset.count()} * k_us_per_second;
}

}  // namespace decant
