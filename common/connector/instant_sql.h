// Instants in the text of SQL, for both dialects, by which a census tells days apart as Decant
// does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/connector/sql_session.h"

namespace decant {

// A finite timestamp with time zone as value/batch.h counts it: microseconds since 2000-01-01 UTC.
std::string microseconds_sql(Dialect dialect, const std::string& instant);

// What the clocks of a zone show at an instant. Within a day of the ends of PostgreSQL's years,
// where that may lie beyond them and be an error, what those of UTC show.
std::string local_time_sql(Dialect dialect, const std::string& instant, const std::string& zone);

// How many of `ends`, which rise, lie at or before the instant in `column`: found by halves.
std::string piece_sql(Dialect dialect, const std::string& column,
                      const std::vector<std::int64_t>& ends);

}  // namespace decant
