// Sequences that feed columns of a target's table (serial, identity).
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant::postgres {

// Moves them past what was loaded. One that cannot be moved is told in a sentence: the rows are as
// they should be, and who inserts the next one has to know. kUnreachable, kCancelled.
Result<std::vector<std::string>> move_sequences(SqlSession& session, const std::string& table);

}  // namespace decant::postgres
