// Text into dates, times and timestamps.
#include "common/value/convert_parts.h"
#include "common/value/date_format.h"
#include "common/value/finer_time.h"

namespace decant::conversion {
namespace {

// How the text of a column is read, and what its policy does.
struct Reading {
  DateFormat format;
  std::optional<TimeZone> zone;
  std::string lossy;
  std::int64_t unit = 1;  // microseconds of the type's smallest step

  bool moment(std::string_view text, FinerTimestamp& out) const {
    return format.empty() ? parse_finer_timestamp(text, out) : format.parse(text, out);
  }
  Fault shorten(std::int64_t& us, Rest rest) const {
    const Shortened shortened = shorten_time(us, rest, unit, lossy);
    return shortened == Shortened::kYes       ? Fault::kNone
           : shortened == Shortened::kInexact ? Fault::kInexact
                                              : Fault::kOutOfRange;
  }
};

// The instant that an offset makes of a time as it is written.
Fault apply_offset(const ParsedTimestamp& moment, std::int64_t& instant) {
  const bool overflows = __builtin_sub_overflow(moment.us, moment.offset_us, &instant);
  return overflows || is_infinite(instant) ? Fault::kOutOfRange : Fault::kNone;
}

// Microseconds of a moment as a clock of the zone shows it. A type without a place for the offset
// keeps the time that is written, where clocks showed it then, and no other without a policy.
Fault local_time_of(const ParsedTimestamp& moment, const Reading& reading, std::int64_t& instant,
                    std::int64_t& us) {
  us = moment.us;
  instant = us;
  if (!moment.has_offset || is_infinite(us)) return Fault::kNone;
  if (const Fault fault = apply_offset(moment, instant); fault != Fault::kNone) return fault;
  if (!reading.zone) return Fault::kNoZone;
  us = reading.zone->to_local(instant);
  if (is_infinite(us)) return Fault::kOutOfRange;
  return reading.lossy.empty() && us != moment.us ? Fault::kOtherOffset : Fault::kNone;
}

struct TextToDate {
  Reading reading;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch&) const {
    std::int64_t& days = out.words[row];
    if (reading.format.empty() && parse_date(text, days)) return Fault::kNone;
    FinerTimestamp moment;
    if (!reading.moment(text, moment)) return Fault::kNotThis;
    std::int64_t instant = 0;
    std::int64_t us = 0;
    // Of two moments with one local time the day is the same.
    if (const Fault fault = local_time_of(moment, reading, instant, us); fault != Fault::kNone)
      return fault;
    // 24:00 ends the day that is written; the next one would be another date.
    if (moment.ends_day) --us;
    // A date with a time of day: exports often write midnight, which loses nothing.
    days = day_of(us);
    const bool is_midnight = days * k_us_per_day == us && moment.rest == Rest::kNone;
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
    FinerTimestamp moment;
    if (!reading.moment(text, moment)) return Fault::kNotThis;
    std::int64_t& us = out.words[row];
    std::int64_t instant = 0;
    if (const Fault fault = local_time_of(moment, reading, instant, us); fault != Fault::kNone)
      return fault;
    if (reading.lossy.empty() && moment.has_offset && !is_infinite(us) &&
        reading.zone->to_utc(us) != instant) {
      return Fault::kRepeatedTime;
    }
    return reading.shorten(us, moment.rest);
  }
};

// An offset makes an instant of a local time; without one the store's zone says which instant is
// meant.
struct TextToTimestampTz {
  Reading reading;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch&) const {
    FinerTimestamp moment;
    if (!reading.moment(text, moment)) return Fault::kNotThis;
    std::int64_t& us = out.words[row];
    us = moment.us;
    if (is_infinite(us)) return Fault::kNone;
    if (!moment.has_offset) {
      if (!reading.zone) return Fault::kNoZone;
      if (const Fault fault = instant_of(moment.us, *reading.zone, us); fault != Fault::kNone)
        return fault;
    } else if (const Fault fault = apply_offset(moment, us); fault != Fault::kNone) {
      return fault;
    }
    return reading.shorten(us, moment.rest);
  }
};

}  // namespace

Made make_from_text_to_time(const Context& context) {
  Reading reading;
  DECANT_TRY_ASSIGN(reading.format, DateFormat::compile(context.options.date_format,
                                                        context.to.kind, context.column));
  if (!context.options.time_zone.empty()) {
    DECANT_TRY_ASSIGN(reading.zone, TimeZone::find(context.options.time_zone));
  }
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
