#include "common/connector/row_text.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/value/canonical.h"

namespace decant {
namespace {

constexpr std::size_t k_max_bytes = 1000;

// Of all columns where `names` is empty.
std::string text_of(const EntityPlan& plan, const RowBatch& batch, std::size_t row,
                    const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < plan.columns.size() && text.size() <= k_max_bytes; ++i) {
    const ColumnPlan& column = plan.columns[i];
    if (!names.empty() && std::find(names.begin(), names.end(), column.name) == names.end())
      continue;
    if (!text.empty()) text += ", ";
    text += column.name + "=" + (column.is_private ? "***" : display_text(batch.columns[i], row));
  }
  return std::string(cut_text(text, k_max_bytes));
}

}  // namespace

std::string key_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row) {
  return plan.write.key.empty() ? std::string() : text_of(plan, batch, row, plan.write.key);
}

std::string row_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row) {
  return text_of(plan, batch, row, plan.write.key);
}

std::string placed_row_text(const EntityPlan& plan, const RowBatch& batch, std::size_t row) {
  std::vector<std::string> names = plan.write.key;
  if (!names.empty()) names.insert(names.end(), {plan.store_column, plan.range_column});
  return text_of(plan, batch, row, names);
}

SourceKey::SourceKey(const EntitySpec& entity, const std::vector<std::string>& columns) {
  for (const std::string& name : entity.write.key) {
    const auto spec = std::find_if(entity.columns.begin(), entity.columns.end(),
                                   [&](const ColumnSpec& column) { return column.name == name; });
    const bool is_named = spec != entity.columns.end();
    if (is_named && spec->is_private) continue;
    const std::string& from = is_named && !spec->from.empty() ? spec->from : name;
    const auto column = std::find(columns.begin(), columns.end(), from);
    if (column != columns.end())
      columns_.push_back(static_cast<std::size_t>(column - columns.begin()));
  }
}

std::string SourceKey::text(const RowBatch& batch, std::size_t row) const {
  std::string text;
  for (const std::size_t i : columns_) {
    text += (text.empty() ? "" : ", ") + batch.schema->fields[i].name + "=" +
            display_text(batch.columns[i], row);
  }
  return std::string(cut_text(text, k_max_bytes));
}

}  // namespace decant
