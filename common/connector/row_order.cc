#include "common/connector/row_order.h"

namespace decant {
namespace {

// Text is compared by its bytes on both engines; json has no order of its own.
std::string ordered_value(Dialect dialect, const ColumnPlan& column, std::string_view alias) {
  const std::string value = std::string(alias) + quote_identifier(column.name);
  if (column.type.kind != TypeKind::kText && column.type.kind != TypeKind::kJson) return value;
  return "CAST(" + value + " AS TEXT)" + (dialect == Dialect::kPostgres ? " COLLATE \"C\"" : "");
}

}  // namespace

std::string order_by_columns(Dialect dialect, const EntityPlan& plan, std::string_view alias) {
  std::string out;
  for (const ColumnPlan& column : plan.columns)
    out += (out.empty() ? "" : ", ") + ordered_value(dialect, column, alias) + " ASC NULLS LAST";
  return out;
}

std::string comes_before(Dialect dialect, const EntityPlan& plan, std::string_view a,
                         std::string_view b) {
  std::string out = "FALSE";
  for (auto column = plan.columns.rbegin(); column != plan.columns.rend(); ++column) {
    const std::string left = ordered_value(dialect, *column, a);
    const std::string right = ordered_value(dialect, *column, b);
    const std::string less = "coalesce(" + left + " < " + right + ", " + left +
                             " IS NOT NULL AND " + right + " IS NULL)";
    out = "(" + less + " OR (" + left + " IS NOT DISTINCT FROM " + right + " AND " + out + "))";
  }
  return out;
}

}  // namespace decant
