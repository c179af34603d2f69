// YamlNode: a YAML document as plain data with the place of every node, so that a mistake can be
// shown where it stands.
//
// Private to common/job. Only yaml_tree.cc sees yaml-cpp. A tree is finished before anyone looks at
// it: aliases are copied in, `<<` is merged, duplicate keys are refused, and depth, nodes and bytes
// are bounded, so that a small file cannot become a large tree.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace decant {

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  Kind kind = Kind::kNull;
  std::string text;             // kScalar
  bool quoted = false;          // kScalar written in quotes or as a block
  std::vector<YamlNode> keys;   // kMapping: scalars, as many as items
  std::vector<YamlNode> items;  // kSequence, kMapping
  std::shared_ptr<const std::string> file;
  int line = 0;  // from 1; 0: not known
  int column = 0;

  bool is_null() const { return kind == Kind::kNull; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_mapping() const { return kind == Kind::kMapping; }
  // The value of a key, or null where there is none.
  const YamlNode* find(std::string_view key) const;
};

inline constexpr int k_max_yaml_depth = 64;
inline constexpr std::size_t k_max_yaml_nodes = 100'000;          // after aliases are copied in
inline constexpr std::size_t k_max_yaml_bytes = 4 * 1024 * 1024;  // of scalars, after the same

// Reads one YAML document. `file` is the name shown in errors. kUsage with the place of the
// mistake.
Result<YamlNode> parse_yaml(std::string_view text, const std::string& file);

// The tree as YAML text that parse_yaml reads back, with aliases written out and comments gone.
std::string emit_yaml(const YamlNode& node);

// kUsage: "ventas.yaml:3:5: MESSAGE", the form of every complaint about a job file.
tl::unexpected<Error> wrong(const YamlNode& node, const std::string& message,
                            std::string advice = {});

}  // namespace decant
