// MapReader: one mapping of a job file, read key by key, with every complaint at the place it
// belongs to.
//
// Private to common/job.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/job/job_keys.h"
#include "common/job/yaml_tree.h"

namespace decant {

class MapReader {
 public:
  // kUsage when `node` is no mapping, has a key that the section does not know or one without a
  // value where that has no meaning, or lacks a required one. The node and the section must outlive
  // the reader. `title` replaces the section's in complaints (Entity "ventas").
  static Result<MapReader> open(const YamlNode& node, const JobSection& section,
                                std::string title = {});

  const YamlNode& node() const { return *node_; }
  // The value as written, null (~) included; nullptr where the key is absent. The key must be one
  // of the section's.
  const YamlNode* raw(std::string_view key) const;
  // The same, with null taken for absent.
  const YamlNode* find(std::string_view key) const;

  // Each leaves `out` as it is where the key is absent.
  Status text(std::string_view key, std::string& out) const;
  Status boolean(std::string_view key, bool& out) const;
  Status boolean(std::string_view key, std::optional<bool>& out) const;
  Status integer(std::string_view key, std::int64_t least, std::int64_t greatest,
                 std::int64_t& out) const;
  // A list of texts, or one text alone.
  Status texts(std::string_view key, std::vector<std::string>& out) const;
  // One of `words`; gives its position.
  Status choice(std::string_view key, const std::vector<std::string>& words,
                std::size_t& out) const;
  // One byte, "tab" or "\t", or nothing (~ or "") where `may_be_none`, which gives 0.
  Status character(std::string_view key, bool may_be_none, char& out) const;

 private:
  MapReader(const YamlNode& node, const JobSection& section, std::string title)
      : node_(&node), section_(&section), title_(std::move(title)) {}

  const YamlNode* node_;
  const JobSection* section_;
  std::string title_;
};

// "Did you mean "total"?", or empty when nothing is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);
std::string in_quotes(std::string_view text);

// A scalar's text: neither null, list nor mapping, and not empty. `what` begins the complaint.
Result<std::string> scalar_text(const YamlNode& node, const std::string& what);
// Texts of a list, or of one scalar; none twice.
Result<std::vector<std::string>> scalar_texts(const YamlNode& node, const std::string& what,
                                              bool may_be_empty);

}  // namespace decant
