#include "common/connector/instant_sql.h"

#include "common/connector/duckdb_names.h"
#include "common/connector/engine_times.h"
#include "common/connector/range_sql.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

std::string piece_between(Dialect dialect, const std::string& column,
                          const std::vector<std::int64_t>& ends, std::size_t first,
                          std::size_t last) {
  if (first == last) return std::to_string(first);
  const std::size_t middle = first + (last - first) / 2;
  return "CASE WHEN " + column + " < " +
         range_literal(dialect, TypeKind::kTimestampTz, ends[middle]) + " THEN " +
         piece_between(dialect, column, ends, first, middle) + " ELSE " +
         piece_between(dialect, column, ends, middle + 1, last) + " END";
}

}  // namespace

// The ends of both calendars fit into no 64 bits while they are counted from 1970.
std::string microseconds_sql(Dialect dialect, const std::string& instant) {
  constexpr std::int64_t k_seconds = k_days_1970_to_2000 * 86'400;
  if (dialect == Dialect::kDuckDb)
    return "CAST(" + own_function(dialect, "epoch_us") + "(" + instant + ") AS HUGEINT) - " +
           std::to_string(k_seconds) + "000000";
  // PostgreSQL rounds the seconds of its last 30 years, which fit no longer where they are counted
  // from 1970: they are put back by the 30.
  const std::string seconds = std::to_string(k_seconds);
  const std::string late = range_literal(dialect, TypeKind::kTimestampTz,
                                         times_of(dialect).last_us - k_seconds * 1000000);
  return "CAST((CASE WHEN " + instant + " < " + late + " THEN extract(epoch FROM " + instant +
         ") - " + seconds + " ELSE extract(epoch FROM " + instant + " - INTERVAL '" + seconds +
         " seconds') END) * 1000000 AS BIGINT)";
}

std::string local_time_sql(Dialect dialect, const std::string& instant, const std::string& zone) {
  if (dialect == Dialect::kDuckDb)
    return own_function(dialect, "timezone") + "(" + quote_literal(zone) + ", " + instant + ")";
  const std::string local = "(" + instant + " AT TIME ZONE " + quote_literal(zone) + ")";
  const EngineTimes& times = times_of(dialect);
  const auto limit = [&](std::int64_t us) {
    return range_literal(dialect, TypeKind::kTimestampTz, us);
  };
  return "(CASE WHEN " + instant + " BETWEEN " + limit(times.first_us + k_us_per_day) + " AND " +
         limit(times.last_us - k_us_per_day) + " THEN " + local + " ELSE " + instant +
         " AT TIME ZONE 'UTC' END)";
}

std::string piece_sql(Dialect dialect, const std::string& column,
                      const std::vector<std::int64_t>& ends) {
  return piece_between(dialect, column, ends, 0, ends.size());
}

}  // namespace decant
