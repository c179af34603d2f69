// Several stage files into their table in one transaction. Private to this folder.
#pragma once

#include <memory>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/target.h"

namespace decant::duck {

// As Target::commit_appends. The stage files are removed after the commit and kept in every other
// case.
Status commit_appends(Connection& connection, const std::vector<StagedAppend>& tasks);

}  // namespace decant::duck
