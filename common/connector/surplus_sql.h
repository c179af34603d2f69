// The SQL that finds the keys which a table holds more than once, and takes the surplus rows out,
// for both dialects. Pure: text in, text out.
//
// Which row of a key stays does not depend on how rows arrived: the first one in the order of
// row_order.h. (A table does not know the order of the source.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/connector/key_parts.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"

namespace decant {

// Rows: the key as a person reads it (`store=north, id=7`, private columns masked), and how many
// rows hold it; only keys that several hold.
std::string select_duplicate_keys(const EntityPlan& plan, const KeyPart& part);

// Takes the surplus rows out within one transaction: `prepare` in order, then page by page what is
// to be written elsewhere, then `remove` in order.
struct SurplusStatements {
  // Locks the table against writers (PostgreSQL) and makes the temporary table decant_surplus, its
  // rows numbered from 1.
  std::vector<std::string> prepare;
  std::string count;
  std::vector<std::string> remove;
};
// `table_columns`: all that can be written, also those that the plan does not fill. `key_parts`: in
// how many parts the keys are looked at (KeyPart).
SurplusStatements surplus_statements(Dialect dialect, const EntityPlan& plan,
                                     const std::vector<std::string>& table_columns,
                                     std::int64_t key_parts);

// The plan's columns of surplus rows [first, last], in the order of their numbers.
std::string select_surplus(Dialect dialect, const EntityPlan& plan, std::int64_t first,
                           std::int64_t last);

// Copies surplus rows into the undo table as deleted ones, each under the name of its chunk.
struct KeepSurplus {
  Dialect dialect;
  std::string undo_table;
  std::string run_id;
  std::vector<std::string> table_columns;
  std::vector<std::pair<std::int64_t, std::string>> chunk_of_number;
};
std::string keep_surplus(const KeepSurplus& keep);

}  // namespace decant
