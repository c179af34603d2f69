// The names of columns that a JSON file's objects have. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/connector/files/json_walker.h"

namespace decant {

// "parent." as often as the field's object lies above the row.
inline void append_outer_name(std::size_t level, std::string_view key, std::string& out) {
  for (; level > 0; --level) out += "parent.";
  out += key;
}

// Adds what it meets to `names`, each name once.
class NameCollector final : public JsonVisitor {
 public:
  // `declared`: names that the job speaks of.
  NameCollector(std::vector<std::string>& names, const std::vector<std::string>& declared)
      : names_(names), lacking_(declared.begin(), declared.end()) {}

  bool lacks_any() const { return !lacking_.empty(); }
  // From now on: what no row had that came before, and nobody spoke of, is no column.
  void take_only_those() { only_declared_ = true; }

  simdjson::error_code outer_field(std::size_t level, std::string_view key, Value&) override {
    std::string name;
    append_outer_name(level, key, name);
    add(std::move(name));
    return simdjson::SUCCESS;
  }
  void rows_again(std::string_view) override {}
  void rows_missing(std::string_view) override {}
  void leave(std::size_t) override {}
  void begin_row(std::string_view) override {}
  simdjson::error_code field(std::string_view key, Value&) override {
    add(std::string(key));
    return simdjson::SUCCESS;
  }
  void end_row() override {}

 private:
  void add(std::string name) {
    const bool is_wanted = lacking_.erase(name) > 0;
    if (only_declared_ && !is_wanted) return;
    if (known_.insert(name).second) names_.push_back(std::move(name));
  }

  std::vector<std::string>& names_;
  std::unordered_set<std::string> known_;
  std::unordered_set<std::string> lacking_;
  bool only_declared_ = false;
};

}  // namespace decant
