// Which columns decant_diff has, and where (load_sql.h: o0, o1 … by table column, n0, n1 … by plan
// column).
#pragma once

#include <string>
#include <vector>

#include "common/connector/load_sql.h"

namespace decant {

// The place of `name` among `names`, or -1.
int position_of(const std::vector<std::string>& names, const std::string& name);

// The names of the plan's columns, in its order.
std::vector<std::string> filled_columns(const LoadSqlInput& load);

}  // namespace decant
