// The table into which all jobs load, with each row as often as it is there.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/source.h"

namespace decant::sim {

class TargetTable {
 public:
  void insert(const std::string& store, const Rows& rows);
  void erase(const std::string& store, const ValueRange& range);
  SetDigest digest(const std::string& store, const ValueRange& range) const;
  bool is_empty() const { return rows_.empty(); }

 private:
  using Key = std::pair<std::string, std::int64_t>;
  static Key begin_of(const std::string& store, const ValueRange& range) {
    return {store, range.begin.value_or(INT64_MIN)};
  }
  static Key end_of(const std::string& store, const ValueRange& range) {
    return {store, range.end.value_or(INT64_MAX)};
  }
  std::map<Key, std::vector<int>> rows_;  // contents; more than one: the row is there twice
};

}  // namespace decant::sim
