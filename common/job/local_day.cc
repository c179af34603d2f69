#include "common/job/local_day.h"

#include "common/value/batch.h"

namespace decant {
namespace {

std::int64_t day_of_us(std::int64_t us) {
  const std::int64_t day = us / k_us_per_day;
  return us % k_us_per_day < 0 ? day - 1 : day;
}

}  // namespace

std::int64_t first_of_day(std::int64_t day, TypeKind kind, const TimeZone& zone) {
  if (kind == TypeKind::kDate) return day;
  std::int64_t local_us = 0;
  if (__builtin_mul_overflow(day, k_us_per_day, &local_us))
    return day < 0 ? k_minus_infinity : k_infinity;
  return kind == TypeKind::kTimestampTz ? zone.to_utc(local_us) : local_us;
}

std::int64_t local_day_of(std::int64_t value, TypeKind kind, const TimeZone& zone) {
  if (kind == TypeKind::kDate) return value;
  if (kind == TypeKind::kTimestamp) return day_of_us(value);
  std::int64_t day = day_of_us(zone.to_local(value));
  // The instants of day ends decide, where a zone skips or repeats midnight.
  while (value < first_of_day(day, kind, zone)) --day;
  while (value >= first_of_day(day + 1, kind, zone)) ++day;
  return day;
}

}  // namespace decant
