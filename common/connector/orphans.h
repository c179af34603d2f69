// Rows of a load by key that refer to nothing. PostgreSQL judges unique values before foreign keys:
// of a row whose values are to go from row to row (unique_sql.h), tried alone, only the former are
// told.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/load_sql.h"
#include "common/connector/sql_session.h"

namespace decant {

struct Orphan {
  std::int64_t row = 0;    // decant_row
  std::string constraint;  // the foreign key
};

// Of the rows that decant_diff (load_sql.h) would insert or update; PostgreSQL. Foreign keys with a
// column that the plan does not fill, or to a table that the user may not read, are not looked at.
Result<std::vector<Orphan>> find_orphans(SqlSession& sql, const LoadSqlInput& load);

}  // namespace decant
