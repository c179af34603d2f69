// Where values stand in the table that a load by key would put there once more: keys, and values of
// other unique columns. Pure: text in, text out.
#pragma once

#include <string>

#include "common/connector/load_sql.h"

namespace decant {

// LoadStatements::elsewhere. Of kReplaceByKey, after LoadStatements::prepare.
std::string select_elsewhere(const LoadSqlInput& load);

// Makes decant_repeats: all but one row of every key that the chunks' rows in the table hold more
// than once.
std::string find_repeats(const LoadSqlInput& load);

}  // namespace decant
