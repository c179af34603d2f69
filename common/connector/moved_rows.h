// Rows that go from one chunk of a task to another, of a table that foreign keys refer to. By
// chunk they are gone in the one and new in the other; deleted, they would be refused while rows
// refer to them, or take these along. So both rows of decant_diff (load_sql.h) become one that is
// updated, and belongs to the chunk that it goes to. Pure.
#pragma once

#include <string>
#include <vector>

#include "common/connector/load_sql.h"

namespace decant {

// Of kReplaceByKey; after LoadStatements::prepare and before anything else.
std::vector<std::string> join_moved_rows(const LoadSqlInput& load);

}  // namespace decant
