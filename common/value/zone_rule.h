// What the zone of a TZif file does behind its last transition: a TZ string as POSIX has it, such
// as CET-1CEST,M3.5.0,M10.5.0/3.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace decant {

class ZoneRule {
 public:
  // Nothing where the text is no such rule. One with two offsets has to say when they change.
  static std::optional<ZoneRule> parse(std::string_view text);

  bool changes() const { return changes_; }
  std::int32_t standard_offset() const { return standard_; }  // seconds east of UTC
  std::int32_t summer_offset() const { return summer_; }
  // Seconds since 1970-01-01 UTC.
  std::int64_t summer_begins(std::int64_t year) const;
  std::int64_t summer_ends(std::int64_t year) const;

 private:
  enum class Form { kWeekday, kDayWithoutLeap, kDay };
  struct Moment {
    Form form = Form::kDay;
    int month = 1;
    int week = 1;  // 5: the last
    int day = 0;   // of the week, from Sunday; else of the year
    std::int32_t time = 2 * 3600;
  };
  class Reader;

  static std::int64_t local_second(const Moment& moment, std::int64_t year);

  bool changes_ = false;
  std::int32_t standard_ = 0;
  std::int32_t summer_ = 0;
  Moment begins_;
  Moment ends_;
};

}  // namespace decant
