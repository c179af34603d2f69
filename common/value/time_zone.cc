#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

#include "common/base/text.h"
#include "common/value/batch.h"
#include "common/value/calendar.h"
#include "common/value/zone_table.h"

namespace decant {
namespace {

constexpr std::int64_t k_us_per_second = 1'000'000;
constexpr std::int64_t k_seconds_1970_to_2000 = k_days_1970_to_2000 * 86'400;
constexpr std::int64_t k_most_offset = 26 * 3600;  // of a span; read_zone takes no other
constexpr std::size_t k_most_file_bytes = 1 << 20;
// Where systems keep the tz database.
constexpr std::array k_folders = {"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                                  "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

bool is_zone_name(std::string_view name) {
  constexpr std::string_view k_signs = "_+-/";
  // Names that begin with a small letter are the system's own: localtime, posixrules, right/….
  if (name.empty() || name[0] < 'A' || name[0] > 'Z') return false;
  return std::all_of(name.begin(), name.end(), [k_signs](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           k_signs.find(c) != std::string_view::npos;
  });
}

std::optional<ZoneTable> read_zone_file(const std::string& name) {
  for (const char* folder : k_folders) {
    const std::filesystem::path path = std::filesystem::path(folder) / name;
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) continue;
    std::ifstream file(path, std::ios::binary);
    std::string bytes(k_most_file_bytes, '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return read_zone(bytes);
  }
  return std::nullopt;
}

std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  for (const char* folder : k_folders) {
    std::error_code error;
    std::filesystem::recursive_directory_iterator files(folder, error);
    for (; !error && files != std::filesystem::recursive_directory_iterator();
         files.increment(error)) {
      std::string name = files->path().lexically_relative(folder).string();
      if (is_zone_name(name) && !files->is_directory(error)) names.push_back(std::move(name));
    }
    if (!names.empty()) break;
  }
  return names;
}

tl::unexpected<Error> unknown_zone(const std::string& name) {
  const std::vector<std::string> names = zone_names();
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

// What is to be added to a moment, for the one of the table that stands for it: whole turns of the
// calendar.
std::int64_t shift_of(const ZoneTable& table, std::int64_t second) {
  const bool repeats = second >= table.repeats_from || table.repeats_before;
  if (!repeats) return 0;
  return -floor_divide(second - table.repeats_from, k_calendar_seconds) * k_calendar_seconds;
}

// The index of the span that a moment lies in.
std::size_t span_at(const ZoneTable& table, std::int64_t second) {
  const auto behind = std::upper_bound(
      table.spans.begin(), table.spans.end(), second,
      [](std::int64_t moment, const ZoneSpan& span) { return moment < span.begin; });
  return static_cast<std::size_t>(behind - table.spans.begin()) - 1;
}

// A zone's file is read once for the process and its table kept, so that a TimeZone is cheap to
// copy and every column, store and task means the same rules, whatever becomes of the file.
class ZoneTables {
 public:
  // Null where the system has no such zone.
  const ZoneTable* find(const std::string& name) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto known = tables_.find(name);
    if (known != tables_.end()) return &known->second;
    std::optional<ZoneTable> table = read_zone_file(name);
    return table ? &tables_.emplace(name, std::move(*table)).first->second : nullptr;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, ZoneTable> tables_;  // whose nodes stay where they are
};

// Beyond the times that can be counted there is infinity alone.
std::int64_t moved(std::int64_t us, std::int64_t seconds) {
  std::int64_t moved_us = 0;
  const bool overflows = __builtin_mul_overflow(seconds, k_us_per_second, &moved_us) ||
                         __builtin_add_overflow(us, moved_us, &moved_us);
  if (!overflows) return moved_us;
  return seconds > 0 ? k_infinity : k_minus_infinity;
}

const ZoneTable& as_table(const void* zone) { return *static_cast<const ZoneTable*>(zone); }

}  // namespace

Result<TimeZone> TimeZone::find(const std::string& name) {
  static ZoneTables tables;
  TimeZone found;
  if (name == "UTC" || name == "Etc/UTC" || name == "Z") return found;
  if (!is_zone_name(name)) return unknown_zone(name);
  found.zone_ = tables.find(name);
  if (found.zone_ == nullptr) return unknown_zone(name);
  found.name_ = name;
  return found;
}

std::int64_t TimeZone::to_utc(std::int64_t local_us) const {
  if (zone_ == nullptr || local_us == k_infinity || local_us == k_minus_infinity) return local_us;
  const ZoneTable& table = as_table(zone_);
  const std::vector<ZoneSpan>& spans = table.spans;
  const std::int64_t unshifted = floor_divide(local_us, k_us_per_second) + k_seconds_1970_to_2000;
  const std::int64_t shift = shift_of(table, unshifted);
  const std::int64_t local = unshifted + shift;
  // The first span in which a clock shows that time has the earlier instant of a repeat.
  std::size_t i = span_at(table, local - k_most_offset);
  while (i + 1 < spans.size() && local - spans[i].offset >= spans[i + 1].begin) ++i;
  if (local - spans[i].offset < spans[i].begin) {
    return moved(0, spans[i].begin - shift - k_seconds_1970_to_2000);
  }
  return moved(local_us, -std::int64_t{spans[i].offset});
}

std::int64_t TimeZone::to_local(std::int64_t utc_us) const {
  if (zone_ == nullptr || utc_us == k_infinity || utc_us == k_minus_infinity) return utc_us;
  const std::int64_t second = floor_divide(utc_us, k_us_per_second) + k_seconds_1970_to_2000;
  const ZoneTable& table = as_table(zone_);
  const std::size_t i = span_at(table, second + shift_of(table, second));
  return moved(utc_us, table.spans[i].offset);
}

}  // namespace decant
