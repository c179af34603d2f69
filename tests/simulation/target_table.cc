#include "tests/simulation/target_table.h"

namespace decant::sim {

void TargetTable::insert(const std::string& store, const Rows& rows) {
  for (const auto& [key, content] : rows) rows_[{store, key}].push_back(content);
}

void TargetTable::erase(const std::string& store, const ValueRange& range) {
  rows_.erase(rows_.lower_bound(begin_of(store, range)), rows_.lower_bound(end_of(store, range)));
}

SetDigest TargetTable::digest(const std::string& store, const ValueRange& range) const {
  SetDigest digest;
  const auto end = rows_.lower_bound(end_of(store, range));
  for (auto row = rows_.lower_bound(begin_of(store, range)); row != end; ++row) {
    for (const int content : row->second)
      digest.merge(digest_of(store, {{row->first.second, content}}));
  }
  return digest;
}

}  // namespace decant::sim
