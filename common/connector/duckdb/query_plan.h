// What a query's plan tells of what it reads, and of whether it answers the same each time.
#pragma once

#include <string>

#include "common/connector/duckdb/database.h"

namespace decant::duck {

struct QueryPlan {
  // Table functions that read what lies outside of the file, such as Parquet under a view:
  // "PARQUET_SCAN, READ_CSV".
  std::string outside;
  // What makes it answer otherwise each time: "row_number, LIMIT, random()".
  std::string unsteady;
};

// `relation` as it stands in FROM. DuckDB explains it, and does not run it.
Result<QueryPlan> explain(Connection& connection, const std::string& relation);

// The same rows, where no condition of the query around it is looked at before all of them are
// there: DuckDB 1.4 moves conditions below DISTINCT ON, also into a materialized CTE, and so takes
// the first row of each group that they leave.
std::string fenced(const std::string& relation);

}  // namespace decant::duck
