// Rows that a load by key would delete, or change a referenced column of, while rows of other
// tables still refer to them: the target's foreign keys refuse that, or let these go with them, and
// nobody knows yet whether the row has only moved to a chunk of another task (LoadPlan::lets_go).
// They are held back, so that the rest of the task loads: the batch's digest says what the table
// holds then, which is not what the source has, so that the chunk is loaded again, by this run once
// the tasks of the entity or other entities have been loaded, or by the next one. A staged row that
// takes a unique value of a held one waits with it.
//
// The statements work on decant_diff (load_sql.h), after LoadStatements::prepare and before
// anything else, in the same transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/connector/load_sql.h"
#include "common/connector/references.h"
#include "common/connector/sql_session.h"

namespace decant {

// RefusedRow::reject.rule of a row that stays in the table, and of a staged one that does not take
// its place: no rejects.
inline constexpr std::string_view k_held = "held";
inline constexpr std::string_view k_unwritten = "unwritten";

// Moves such rows from decant_diff to decant_held, until none is left: a row that is held holds
// those of the same table that it refers to. Of kReplaceByKey.
Status hold_rows(SqlSession& sql, const LoadSqlInput& load);

// Rows of decant_held: decant_chunk, the rule (k_held with the table's values, k_unwritten with the
// staged ones), 0, then the plan's columns in order.
std::string select_held(const LoadSqlInput& load);

// Rows of decant_diff AS d that one foreign key might refuse, judged without a look at its table,
// and what makes it refuse them: conditions.
struct Refused {
  std::string rows, when;
};
// Of deletions and of updates. Pure.
std::vector<Refused> refused_by(const LoadSqlInput& load, const Reference& reference);

}  // namespace decant
