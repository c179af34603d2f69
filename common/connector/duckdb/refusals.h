// What a table refuses of staged rows (type, not null, check, foreign key, values of another unique
// key), found by query: DuckDB has no savepoints under which one could try, and a refusal ends the
// transaction. Equal keys of the job are told elsewhere (load_sql.h). Private to this folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/load_sql.h"

namespace decant::duck {

struct Refusal {
  std::string rule;    // type, not null, check, reference or unique
  std::string column;  // one, or several with commas
  std::string reason;  // a sentence without a value
  // Of a row whose columns have the names of the table's, and its types where they could be had.
  std::string condition;
};

inline constexpr const char* k_unfit = "temp.main.decant_unfit";

// All that the table could refuse of rows of the plan, in the order in which it is told.
Result<std::vector<Refusal>> possible_refusals(Connection& connection, const EntityPlan& plan);

// That the values of a unique key beside the job's are taken; nothing: the table has none that the
// plan fills. No condition finds it: whether a row stays that has them is known once the diff is
// made.
std::optional<Refusal> possible_taken(const LoadSqlInput& load);

// Puts the rows of the stage whose values are taken into decant_unfit, under `refusal`, their
// position among the refusals, and says how many. The statements that prepare the load have run;
// rows that are set aside may free the values of others, or give some back to those that were to
// go.
Result<std::int64_t> set_taken_aside(Connection& connection, const LoadSqlInput& load,
                                     std::size_t refusal);

// CREATE TEMPORARY TABLE decant_unfit of the rows of `stage`, a relation as it stands in FROM, that
// are refused: decant_row, and decant_refusal, the position of the first refusal that applies.
Result<std::string> create_unfit(Connection& connection, const EntityPlan& plan,
                                 const std::vector<Refusal>& refusals, const std::string& stage);

}  // namespace decant::duck
