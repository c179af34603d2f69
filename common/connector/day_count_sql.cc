#include "common/connector/day_count_sql.h"

#include <algorithm>

#include "common/connector/duckdb_names.h"
#include "common/connector/instant_sql.h"
#include "common/connector/range_sql.h"
#include "common/job/local_day.h"

namespace decant {
namespace {

// The condition that a row lies in these days of any of the zones; empty: every row does.
std::string within_days(const DayCount& count) {
  ValueRange limits;
  for (const TimeZone& zone : count.zones) {
    if (count.days.begin) {
      const std::int64_t begin = first_of_day(*count.days.begin, count.kind, zone);
      limits.begin = std::min(limits.begin.value_or(begin), begin);
    }
    if (count.days.end) {
      const std::int64_t end = first_of_day(*count.days.end, count.kind, zone);
      limits.end = std::max(limits.end.value_or(end), end);
    }
  }
  std::string where;
  const auto also = [&](const char* comparison, std::int64_t limit) {
    where += (where.empty() ? " WHERE " : " AND ") + count.column + comparison +
             range_literal(count.dialect, count.kind, limit);
  };
  if (limits.begin) also(" >= ", *limits.begin);
  if (limits.end) also(" < ", *limits.end);
  return where;
}

}  // namespace

std::string day_count_sql(const DayCount& count) {
  const auto own = [&](std::string_view function) { return own_function(count.dialect, function); };
  const bool is_instant = count.kind == TypeKind::kTimestampTz;
  // The database groups by what costs least for each row; which days are finite is asked of the
  // groups.
  std::string inner = "SELECT " + count.store + " AS decant_store";
  std::string sql = "SELECT decant_store";
  std::string places = "1";
  int place = 1;
  for (const TimeZone& zone : count.zones) {
    const std::string local =
        is_instant ? local_time_sql(count.dialect, count.column, zone.name()) : count.column;
    const std::string day = "decant_day_" + std::to_string(++place);
    // DuckDB cannot cast the infinity of some of its types.
    inner += (count.dialect == Dialect::kDuckDb ? ", TRY_CAST(" : ", CAST(") + local +
             " AS DATE) AS " + day;
    sql +=
        ", CASE WHEN " + own("isfinite") + "(" + day + ") THEN " + day + " - DATE '2000-01-01' END";
    places += ", " + std::to_string(place);
  }
  if (!count.day_ends.empty()) {
    inner +=
        ", " +
        piece_sql(count.dialect, count.column, {count.day_ends.begin(), count.day_ends.end()}) +
        " AS decant_piece";
    sql += ", decant_piece";
    places += ", " + std::to_string(++place);
  }
  if (is_instant) {
    inner += ", " + own("min") + "(" + count.column + ") AS decant_first, " + own("max") + "(" +
             count.column + ") AS decant_last";
    const auto finite = [&](const char* instant) {
      return "(CASE WHEN " + own("isfinite") + "(decant_day_2) THEN " +
             microseconds_sql(count.dialect, instant) + " END)";
    };
    sql += ", " + own("min") + finite("decant_first") + ", " + own("max") + finite("decant_last");
  }
  inner += ", " + own("count") + "(*) AS decant_rows FROM " + count.relation + within_days(count) +
           " GROUP BY " + places;
  return sql + ", CAST(" + own("sum") + "(decant_rows) AS BIGINT) FROM (" + inner +
         ") AS decant_days GROUP BY " + places + " ORDER BY " + places;
}

}  // namespace decant
