#include "common/connector/locator_sql.h"

#include <utility>
#include <vector>

namespace decant {
namespace {

// Each as the table has it, and as it is kept.
std::vector<std::pair<std::string, std::string>> columns_of(Dialect dialect) {
  if (dialect == Dialect::kDuckDb) return {{"rowid", "decant_locator"}};
  return {{"ctid", "decant_locator"}, {"tableoid", "decant_part"}};
}

// What `part` makes of each, by its names in the table and where it is kept.
template <typename Part>
std::string of_each(Dialect dialect, std::string_view between, const Part& part) {
  std::string out;
  for (const auto& [name, kept] : columns_of(dialect))
    out += (out.empty() ? std::string() : std::string(between)) + part(name, kept);
  return out;
}

std::string in(std::string_view relation, const std::string& column) {
  return std::string(relation) + "." + column;
}

}  // namespace

std::string select_locator(Dialect dialect, std::string_view alias) {
  return of_each(dialect, ", ", [&](const std::string& name, const std::string& kept) {
    return in(alias, name) + " AS " + kept;
  });
}

std::string is_located(Dialect dialect, std::string_view kept, std::string_view alias) {
  return of_each(dialect, " AND ", [&](const std::string& name, const std::string& column) {
    return in(kept, column) + " = " + in(alias, name);
  });
}

std::string locator_columns(Dialect dialect, std::string_view relation) {
  return of_each(dialect, ", ", [&](const std::string&, const std::string& column) {
    return in(relation, column);
  });
}

std::string same_locator(Dialect dialect, std::string_view left, std::string_view right) {
  return of_each(dialect, " AND ", [&](const std::string&, const std::string& column) {
    return in(left, column) + " = " + in(right, column);
  });
}

}  // namespace decant
