// Tables of the ledger's schema that loads keep rows in: pre-images (load_sql.h) and the keys that
// chunks claim (key_sql.h). Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/kept_keys.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"

namespace decant::postgres {

// Each is made in a transaction of its own, which others that do the same wait for: CREATE TABLE IF
// NOT EXISTS is no match for a race.

// Makes the undo table, or another version of it where the table has got columns since, and gives
// its dotted name.
Result<std::string> ensure_undo_table(SqlSession& session, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns);

// Makes the key table of an upserted or inserted entity and gives its dotted name; empty for
// others.
Result<std::string> ensure_key_table(SqlSession& session, const std::string& ledger_schema,
                                     const EntityPlan& plan);

// What the tables of such an entity's keys are like; makes and alters nothing.
Result<KeptKeys> kept_keys(SqlSession& session, const std::string& ledger_schema,
                           const EntityPlan& plan);

}  // namespace decant::postgres
