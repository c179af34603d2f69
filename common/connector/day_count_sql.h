// The statement that counts a relation's rows by store and local day, for the census.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/connector/sql_session.h"
#include "common/job/selection.h"
#include "common/value/calendar.h"
#include "common/value/type.h"

namespace decant {

struct DayCount {
  Dialect dialect = Dialect::kPostgres;
  std::string relation;  // as it stands in FROM
  std::string store;     // an expression
  std::string column;    // the time, quoted
  TypeKind kind = TypeKind::kDate;
  const std::vector<TimeZone>& zones;
  DayRange days;  // of any of the zones; others are not read
  // By which rows of one day are told apart, besides the engine's dates.
  const std::set<std::int64_t>& day_ends;
};

// Its rows: store, day under each zone, the piece between `day_ends` where there are such, for
// instants the first and the last of them, count.
std::string day_count_sql(const DayCount& count);

}  // namespace decant
