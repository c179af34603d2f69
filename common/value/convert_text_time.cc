// Text into dates, times and timestamps.
#include "common/value/convert_parts.h"
#include "common/value/date_format.h"
#include "common/value/finer_time.h"

namespace decant::conversion {
namespace {

// How the text of a column is read, and what its policy does.
struct Reading {
  DateFormat format;
  TimeZone zone;
  std::string lossy;
  std::int64_t unit = 1;  // microseconds of the type's smallest step

  bool moment(std::string_view text, ParsedTimestamp& out, Rest& rest) const {
    return format.empty() ? parse_finer_timestamp(text, out, rest) : format.parse(text, out, rest);
  }
  Fault shorten(std::int64_t& us, Rest rest) const {
    const Shortened shortened = shorten_time(us, rest, unit, lossy);
    return shortened == Shortened::kYes       ? Fault::kNone
           : shortened == Shortened::kInexact ? Fault::kInexact
                                              : Fault::kOutOfRange;
  }
};

bool is_infinite(std::int64_t us) { return us == k_infinity || us == k_minus_infinity; }

// Microseconds of a moment as a clock of the zone shows it. A type without a place for the offset
// keeps the time that is written, where clocks showed it then, and no other without a policy.
Fault local_time_of(const ParsedTimestamp& moment, const Reading& reading, std::int64_t& instant,
                    std::int64_t& us) {
  us = moment.us;
  instant = us;
  if (!moment.has_offset || is_infinite(us)) return Fault::kNone;
  if (__builtin_sub_overflow(us, moment.offset_us, &instant)) return Fault::kOutOfRange;
  us = reading.zone.to_local(instant);
  return reading.lossy.empty() && us != moment.us ? Fault::kOtherOffset : Fault::kNone;
}

struct TextToDate {
  Reading reading;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch&) const {
    std::int64_t& days = out.words[row];
    if (reading.format.empty() && parse_date(text, days)) return Fault::kNone;
    ParsedTimestamp moment;
    Rest rest = Rest::kNone;
    if (!reading.moment(text, moment, rest)) return Fault::kNotThis;
    std::int64_t instant = 0;
    std::int64_t us = 0;
    // Of two moments with one local time the day is the same.
    if (const Fault fault = local_time_of(moment, reading, instant, us); fault != Fault::kNone)
      return fault;
    // A date with a time of day: exports often write midnight, which loses nothing.
    days = us / k_us_per_day - (us % k_us_per_day < 0 ? 1 : 0);
    const bool is_midnight = days * k_us_per_day == us && rest == Rest::kNone;
    return !reading.lossy.empty() || is_midnight ? Fault::kNone : Fault::kInexact;
  }
};

struct TextToTime {
  Reading reading;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch&) const {
    std::int64_t& us = out.words[row];
    Rest rest = Rest::kNone;
    const bool is_time = reading.format.empty() ? parse_finer_time(text, us, rest)
                                                : reading.format.parse_time(text, us, rest);
    return is_time ? reading.shorten(us, rest) : Fault::kNotThis;
  }
};

struct TextToTimestamp {
  Reading reading;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch&) const {
    ParsedTimestamp moment;
    Rest rest = Rest::kNone;
    if (!reading.moment(text, moment, rest)) return Fault::kNotThis;
    std::int64_t& us = out.words[row];
    std::int64_t instant = 0;
    if (const Fault fault = local_time_of(moment, reading, instant, us); fault != Fault::kNone)
      return fault;
    if (reading.lossy.empty() && moment.has_offset && !is_infinite(us) &&
        reading.zone.to_utc(us) != instant) {
      return Fault::kRepeatedTime;
    }
    return reading.shorten(us, rest);
  }
};

// An offset makes an instant of a local time; without one the store's zone says which instant is
// meant.
struct TextToTimestampTz {
  Reading reading;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch&) const {
    ParsedTimestamp moment;
    Rest rest = Rest::kNone;
    if (!reading.moment(text, moment, rest)) return Fault::kNotThis;
    std::int64_t& us = out.words[row];
    us = moment.us;
    if (is_infinite(us)) return Fault::kNone;
    if (!moment.has_offset) {
      if (!instant_of(moment.us, reading.zone, us)) return Fault::kSkippedTime;
    } else if (__builtin_sub_overflow(us, moment.offset_us, &us)) {
      return Fault::kOutOfRange;
    }
    return reading.shorten(us, rest);
  }
};

}  // namespace

Made make_from_text_to_time(const Context& context) {
  Reading reading;
  DECANT_TRY_ASSIGN(reading.format, DateFormat::compile(context.options.date_format,
                                                        context.to.kind, context.column));
  DECANT_TRY_ASSIGN(reading.zone, TimeZone::find(context.options.time_zone));
  reading.lossy = context.options.lossy;
  for (std::int32_t scale = context.to.scale; scale < 0; ++scale) reading.unit *= 10;
  switch (context.to.kind) {
    case TypeKind::kDate:
      return from_text(context, TextToDate{std::move(reading)});
    case TypeKind::kTime:
      return from_text(context, TextToTime{std::move(reading)});
    case TypeKind::kTimestamp:
      return from_text(context, TextToTimestamp{std::move(reading)});
    default:
      return from_text(context, TextToTimestampTz{std::move(reading)});
  }
}

}  // namespace decant::conversion
