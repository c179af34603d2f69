// Dates in a form that the job file describes: strptime's directives, without its locale and its
// speed.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/value/calendar.h"

namespace decant {

// %Y %y %m %d %e %b %B %j %H %I %M %S %f %p %z %% and %F %T %D. %b and %B read English and Spanish
// month names. Two-digit years are 1969 to 2068, as POSIX says. Immutable; cheap to copy.
class DateFormat {
 public:
  // kUsage for a directive that is not known; an empty format stands for ISO 8601, which parse()
  // does not read.
  static Result<DateFormat> compile(const std::string& format, const std::string& column);
  bool empty() const { return format_.empty(); }
  // The whole text, as microseconds since 2000; parts that the format lacks are those of 1970-01-01
  // 00:00.
  bool parse(std::string_view text, ParsedTimestamp& out) const;

 private:
  std::string format_;
};

}  // namespace decant
