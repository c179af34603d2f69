// Keys that are let go of without their chunks being read: those of entities and stores that a job
// names no more. Nobody would ever say of such a key that the source has it no longer, and whoever
// gives it now would wait behind it for good. Pure: text in, text out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"

namespace decant {

// In one transaction: claims of `owners` become nobody's (key_sql.h), who waits behind them is free
// to be judged, and rows of these owners wait no longer themselves. Rows of the table stay as they
// are. Modes upsert and insert, once both tables of keys are there.
std::vector<std::string> release_claims(Dialect dialect, const EntityPlan& plan,
                                        std::string_view ledger_schema,
                                        const std::vector<std::int64_t>& owners);

// Mode insert, after the rows are written: what was let go of is theirs who bring it.
std::string take_released(const EntityPlan& plan, const std::string& key_table,
                          const std::string& rows);

// Rows that wait behind claims of others: who waits, who claims, and how many rows there are.
std::string select_waits_behind(const EntityPlan& plan, std::string_view ledger_schema);
// The same of rows that are no later and no earlier than the table's by `latest_by`, which the plan
// has: of two such rows one may be what the other was before somebody moved it.
std::string select_ties_behind(const EntityPlan& plan, std::string_view ledger_schema);

}  // namespace decant
