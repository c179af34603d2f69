// Dates in a form that the job file describes: strptime's directives, without its locale and its
// speed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/value/calendar.h"
#include "common/value/finer_time.h"
#include "common/value/type.h"

namespace decant {

// %Y %y %m %d %e %b %B %j %H %I %M %S %f %p %z %% and %F %T %D. %b and %B read English and Spanish
// month names. Two-digit years are 1969 to 2068, as POSIX says. Numbers that nothing parts (%Y%m%d)
// have as many digits as their part takes, %f three, six or nine. Immutable; cheap to copy.
class DateFormat {
 public:
  // kUsage for a directive that is not known, for one that says the same again (%Y %y), and for a
  // format that is none of the type `to`: a date needs its year, month and day, a time of day its
  // hour, and nothing that it could not keep. An empty format stands for ISO 8601, which is not
  // read here.
  static Result<DateFormat> compile(const std::string& format, TypeKind to,
                                    const std::string& column);
  bool empty() const { return steps_.empty(); }
  // The whole text, as microseconds since 2000 with what lies behind them; parts that the format
  // lacks are those of 00:00. 24:00 is the next day's beginning.
  bool parse(std::string_view text, FinerTimestamp& out) const;
  // The same for a time of day, in which 24:00 is kept.
  bool parse_time(std::string_view text, std::int64_t& us, Rest& rest) const;

 private:
  struct Step {
    char directive = 0;  // 0: `literal` stands here
    char literal = 0;
    bool is_exact = false;  // a number beside another one
  };

  static std::vector<Step> steps_of(const std::string& format);

  std::vector<Step> steps_;
};

}  // namespace decant
