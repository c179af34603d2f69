// The table that keeps pre-images of a target's table (load_sql.h). Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant::postgres {

// Makes it, or another version of it where the table has got columns since, and gives its dotted
// name. In a transaction of its own, which others that do the same wait for: CREATE TABLE IF NOT
// EXISTS is no match for a race.
Result<std::string> ensure_undo_table(SqlSession& session, const std::string& ledger_schema,
                                      const std::string& table,
                                      const std::vector<std::string>& table_columns);

}  // namespace decant::postgres
