// Rows that a load by key would delete, or change a referenced column of, while rows of other
// tables still refer to them: the target's foreign keys refuse that. They are held back, so that
// the rest of the task loads: the batch's digest says what the table holds then, which is not what
// the source has, so that the chunk is loaded again, by this run once other entities have been
// loaded, or by the next one.
//
// The statements work on decant_diff (load_sql.h), after LoadStatements::prepare and before
// anything else, in the same transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/connector/load_sql.h"
#include "common/connector/sql_session.h"

namespace decant {

// RefusedRow::reject.rule of a row that stays in the table, and of a staged one that does not take
// its place: no rejects.
inline constexpr std::string_view k_held = "held";
inline constexpr std::string_view k_unwritten = "unwritten";

// A foreign key of `table` (as it stands in FROM) by which its rows refer to another table's.
struct Reference {
  std::string table;
  std::vector<std::string> columns, referenced;         // pairs
  bool refuses_delete = false, refuses_update = false;  // rather than to cascade
  bool is_own = false;                                  // of the table itself
};

// The foreign keys that refer to `table`, dotted as in the job.
Result<std::vector<Reference>> references_to(SqlSession& sql, const std::string& table);

struct HeldInput {
  const LoadSqlInput* load = nullptr;  // kReplaceByKey
  // Else rows whose referenced columns change are left in the diff. A batch of which other rows
  // were refused must not hold these: as many rows are loaded as accepted, and nothing would tell.
  bool holds_updates = false;
};

// Moves such rows from decant_diff to decant_held, until none is left: a row that is held holds
// those of the same table that it refers to.
Status hold_rows(SqlSession& sql, const HeldInput& input);

// Rows of decant_held: decant_chunk, the rule (k_held with the table's values, k_unwritten with the
// staged ones), 0, then the plan's columns in order.
std::string select_held(const LoadSqlInput& load);

// What moves the rows of a diff that one foreign key refuses; pure.
std::string refused_by(const HeldInput& input, const Reference& reference);

}  // namespace decant
