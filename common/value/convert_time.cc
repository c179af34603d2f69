// Dates and timestamps among each other.
#include "common/value/calendar.h"
#include "common/value/convert_parts.h"

namespace decant::conversion {
namespace {

// Any of the three as local microseconds, then into the target's unit. Infinity stays what it is.
struct Temporal {
  TypeKind from;
  TypeKind to;
  bool lossy;
  std::optional<TimeZone> zone;

  Fault operator()(const Column& in, std::size_t row, Column& out, Scratch&) const {
    std::int64_t value = in.words[row];
    std::int64_t& result = out.words[row];
    result = value;
    if (is_infinite(value)) return Fault::kNone;
    if (!zone && (from == TypeKind::kTimestampTz) != (to == TypeKind::kTimestampTz))
      return Fault::kNoZone;
    if (from == TypeKind::kDate) {
      if (__builtin_mul_overflow(value, k_us_per_day, &value) || is_infinite(value))
        return Fault::kOutOfRange;
    } else if (from == TypeKind::kTimestampTz) {
      value = zone->to_local(value);
      if (is_infinite(value)) return Fault::kOutOfRange;
    }
    if (to == TypeKind::kTimestampTz) {
      const std::int64_t local = value;
      // A date means its day's first moment, which midnight is not in every zone. A day that clocks
      // passed over as a whole has none.
      const Fault fault = instant_of(local, *zone, value);
      const bool begins_later = from == TypeKind::kDate && fault == Fault::kSkippedTime &&
                                day_of(zone->to_local(value)) == day_of(local);
      if (fault != Fault::kNone && !begins_later) return fault;
    }
    if (to == TypeKind::kDate) {
      const std::int64_t days = day_of(value);
      if (!lossy && days * k_us_per_day != value) return Fault::kInexact;
      value = days;
    }
    result = value;
    return Fault::kNone;
  }
};

}  // namespace

Made make_temporal(const Context& context) {
  std::optional<TimeZone> zone;
  if (!context.options.time_zone.empty()) {
    DECANT_TRY_ASSIGN(zone, TimeZone::find(context.options.time_zone));
  }
  return from_value(context, Temporal{context.from.kind, context.to.kind,
                                      !context.options.lossy.empty(), std::move(zone)});
}

}  // namespace decant::conversion
