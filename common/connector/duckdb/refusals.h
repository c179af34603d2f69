// What a table refuses of staged rows (type, not null, check, foreign key), found by query: DuckDB
// has no savepoints under which one could try, and a refusal ends the transaction. Equal keys are
// told elsewhere (load_sql.h). Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/load_plan.h"

namespace decant::duck {

struct Refusal {
  std::string rule;    // type, not null, check or reference
  std::string column;  // one, or several with commas
  std::string reason;  // a sentence without a value
  // Of a row whose columns have the names of the table's, and its types where they could be had.
  std::string condition;
};

inline constexpr const char* k_unfit = "decant_unfit";

// All that the table could refuse of rows of the plan, in the order in which it is told.
Result<std::vector<Refusal>> possible_refusals(Connection& connection, const EntityPlan& plan);

// CREATE TEMPORARY TABLE decant_unfit of the rows of `stage`, a relation as it stands in FROM, that
// are refused: decant_row, and decant_refusal, the position of the first refusal that applies.
Result<std::string> create_unfit(Connection& connection, const EntityPlan& plan,
                                 const std::vector<Refusal>& refusals, const std::string& stage);

}  // namespace decant::duck
