#include "coordinator/cli/emptied_tables.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/text.h"

namespace decant {
namespace {

// As a job would spell it.
std::string bare(const std::string& quoted_table) {
  std::string name = quoted_table;
  name.erase(std::remove(name.begin(), name.end(), '"'), name.end());
  return name;
}

std::string all_set(const Reference& reference) {
  std::string is_set;
  for (const std::string& column : reference.columns)
    is_set += (is_set.empty() ? "" : " AND ") + quote_identifier(column) + " IS NOT NULL";
  return is_set;
}

}  // namespace

Result<EmptiedTables> EmptiedTables::look(Target& target, const std::vector<std::string>& tables) {
  EmptiedTables emptied;
  for (const std::string& name : tables) {
    DECANT_TRY_ASSIGN(const std::string resolved, target.resolve_name(name));
    DECANT_TRY_ASSIGN(std::vector<Reference> references, references_to(target.sql(), name));
    std::vector<std::string> referring;
    for (const Reference& reference : references) {
      DECANT_TRY_ASSIGN(referring.emplace_back(), target.resolve_name(bare(reference.table)));
    }
    emptied.tables_.push_back({name, resolved, std::move(references), std::move(referring)});
  }
  for (const Table& table : emptied.tables_)
    DECANT_TRY(emptied.add_referring(target, table.references, table.name));
  return emptied;
}

// All rows of `of` go, or as many as refer to one that does: each that refers to one is in
// question.
Status EmptiedTables::add_referring(Target& target, const std::vector<Reference>& references,
                                    const std::string& of) {
  for (const Reference& reference : references) {
    if (reference.is_own) continue;
    const std::string name = bare(reference.table);
    DECANT_TRY_ASSIGN(const std::string resolved, target.resolve_name(name));
    const bool is_emptied = std::any_of(tables_.begin(), tables_.end(), [&](const Table& table) {
      return table.resolved == resolved;
    });
    if (is_emptied) continue;
    // Whether its rows refuse is for the foreign key to say; what goes with others says nothing.
    if (!reference.can_read) {
      if (reference.follows()) referring_.push_back({name, resolved, of, std::nullopt, false});
      continue;
    }
    DECANT_TRY_ASSIGN(const auto counted_rows,
                      target.sql().query("SELECT count(*) FROM " + reference.table + " WHERE " +
                                         all_set(reference)));
    const std::int64_t rows =
        std::strtoll(counted_rows.at(0).at(0).value_or("0").c_str(), nullptr, 10);
    if (rows == 0) continue;
    referring_.push_back({name, resolved, of, rows, reference.refuses_delete});
    if (reference.deletes) DECANT_TRY(add_referring(target, reference.next, name));
  }
  return {};
}

std::vector<std::string> EmptiedTables::order() const {
  std::vector<std::string> names;
  std::vector<const Table*> left;
  for (const Table& table : tables_) left.push_back(&table);
  while (!left.empty()) {
    const auto free = std::find_if(left.begin(), left.end(), [&](const Table* table) {
      return std::none_of(left.begin(), left.end(), [&](const Table* other) {
        const auto& referring = table->referring;
        return other != table &&
               std::find(referring.begin(), referring.end(), other->resolved) != referring.end();
      });
    });
    const auto next = free == left.end() ? left.begin() : free;
    names.push_back((*next)->name);
    left.erase(next);
  }
  return names;
}

Result<bool> EmptiedTables::empty(Target& target, const std::string& table,
                                  std::int64_t& rows) const {
  const auto known = std::find_if(tables_.begin(), tables_.end(),
                                  [&](const Table& of) { return of.name == table; });
  std::string referred;
  for (const Reference& reference : known->references) {
    if (!reference.is_own || target.sql().dialect() != Dialect::kDuckDb) continue;
    std::string same;
    for (std::size_t i = 0; i < reference.columns.size(); ++i) {
      same += " AND decant_c." + quote_identifier(reference.columns[i]) + " = decant_t." +
              quote_identifier(reference.referenced[i]);
    }
    referred += " AND NOT EXISTS (SELECT 1 FROM " + quote_table(table) +
                " AS decant_c WHERE decant_c.rowid <> decant_t.rowid" + same + ")";
  }
  if (referred.empty()) {
    DECANT_TRY_ASSIGN(rows, target.empty_table(table));
    return true;
  }
  DECANT_TRY_ASSIGN(rows, target.sql().execute("DELETE FROM " + quote_table(table) +
                                               " AS decant_t WHERE TRUE" + referred));
  return rows == 0;
}

}  // namespace decant
