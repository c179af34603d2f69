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

}  // namespace

std::string select_locator(Dialect dialect, std::string_view alias) {
  std::string out;
  for (const auto& [name, kept] : columns_of(dialect))
    out += (out.empty() ? "" : ", ") + std::string(alias) + "." + name + " AS " + kept;
  return out;
}

std::string is_located(Dialect dialect, std::string_view kept, std::string_view alias) {
  std::string out;
  for (const auto& [name, column] : columns_of(dialect)) {
    out += (out.empty() ? "" : " AND ") + std::string(kept) + "." + column + " = " +
           std::string(alias) + "." + name;
  }
  return out;
}

std::string locator_columns(Dialect dialect, std::string_view relation) {
  std::string out;
  for (const auto& [name, column] : columns_of(dialect))
    out += (out.empty() ? "" : ", ") + std::string(relation) + "." + column;
  return out;
}

std::string same_locator(Dialect dialect, std::string_view left, std::string_view right) {
  std::string out;
  for (const auto& [name, column] : columns_of(dialect)) {
    out += (out.empty() ? "" : " AND ") + std::string(left) + "." + column + " = " +
           std::string(right) + "." + column;
  }
  return out;
}

}  // namespace decant
