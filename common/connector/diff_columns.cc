#include "common/connector/diff_columns.h"

#include <algorithm>

namespace decant {

int position_of(const std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : static_cast<int>(at - names.begin());
}

std::vector<std::string> filled_columns(const LoadSqlInput& load) {
  std::vector<std::string> names;
  for (const ColumnPlan& column : load.plan->entity.columns) names.push_back(column.name);
  return names;
}

}  // namespace decant
