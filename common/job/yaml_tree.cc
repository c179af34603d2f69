#include "common/job/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "common/base/text.h"

namespace decant {
namespace {

// Leaves yaml-cpp's parser from inside an event; caught in parse_yaml.
struct Refused {
  Error error;
};

struct Measure {
  std::size_t nodes = 1;
  std::size_t bytes = 0;
  int depth = 1;
};

Measure measure(const YamlNode& node) {
  Measure total{1, node.text.size(), 1};
  auto add = [&](const YamlNode& child) {
    const Measure inner = measure(child);
    total.nodes += inner.nodes;
    total.bytes += inner.bytes;
    total.depth = std::max(total.depth, inner.depth + 1);
  };
  for (const YamlNode& key : node.keys) add(key);
  for (const YamlNode& item : node.items) add(item);
  return total;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::shared_ptr<const std::string> file) : file_(std::move(file)) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(make(YamlNode::Kind::kNull, mark), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::kScalar, mark);
    refuse_tag(node, tag);
    node.text = value;
    node.quoted = tag == "!";
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const YamlNode here = make(YamlNode::Kind::kNull, mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw_wrong(here, "An alias stands inside the node it names.");
    const Measure size = measure(found->second);
    if (depth() + size.depth > k_max_yaml_depth) throw_too_deep(here);
    count(here, size.nodes, size.bytes);
    finish(found->second, 0, false);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMapping, mark, tag, anchor);
  }
  void OnMapEnd() override {
    refuse_duplicates(open_.back().node);
    merge_keys(open_.back().node);
    close();
  }

  YamlNode take() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    bool key_next = true;  // of a mapping
  };

  int depth() const { return static_cast<int>(open_.size()); }

  YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) const {
    YamlNode node;
    node.kind = kind;
    node.file = file_;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  [[noreturn]] static void throw_wrong(const YamlNode& node, const std::string& message,
                                       std::string advice = {}) {
    throw Refused{wrong(node, message, std::move(advice)).value()};
  }

  [[noreturn]] static void throw_too_deep(const YamlNode& node) {
    throw_wrong(node,
                "The file is nested deeper than " + std::to_string(k_max_yaml_depth) + " levels.");
  }

  static void refuse_tag(const YamlNode& node, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw_wrong(node, "A job file has no YAML tags, and this is one.", "Take the tag away.");
    }
  }

  void count(const YamlNode& node, std::size_t nodes, std::size_t bytes) {
    nodes_ += nodes;
    bytes_ += bytes;
    if (nodes_ > k_max_yaml_nodes || bytes_ > k_max_yaml_bytes) {
      throw_wrong(node, "The file grows too large here once its aliases are written out.");
    }
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    YamlNode node = make(kind, mark);
    refuse_tag(node, tag);
    if (depth() >= k_max_yaml_depth) throw_too_deep(node);
    open_.push_back({std::move(node), anchor, true});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    finish(std::move(done.node), done.anchor);
  }

  void finish(YamlNode node, YAML::anchor_t anchor, bool counted = true) {
    if (counted) count(node, 1, node.text.size());
    if (anchor != 0) anchors_[anchor] = node;
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    if (parent.key_next) {
      if (!node.is_scalar()) throw_wrong(node, "A key must be plain text.");
      parent.node.keys.push_back(std::move(node));
    } else {
      parent.node.items.push_back(std::move(node));
    }
    parent.key_next = !parent.key_next;
  }

  static void refuse_duplicates(const YamlNode& mapping) {
    std::map<std::string_view, const YamlNode*> seen;
    for (const YamlNode& key : mapping.keys) {
      const auto [first, fresh] = seen.emplace(key.text, &key);
      if (!fresh) {
        throw_wrong(key, "The key \"" + key.text +
                             "\" stands twice in one mapping, first in line " +
                             std::to_string(first->second->line) + ".");
      }
    }
  }

  // `<<: *defaults`: keys of the mappings named there that the mapping itself does not have.
  void merge_keys(YamlNode& mapping) {
    for (std::size_t i = 0; i < mapping.keys.size(); ++i) {
      if (mapping.keys[i].text != "<<" || mapping.keys[i].quoted) continue;
      const YamlNode merged = std::move(mapping.items[i]);
      mapping.keys.erase(mapping.keys.begin() + static_cast<std::ptrdiff_t>(i));
      mapping.items.erase(mapping.items.begin() + static_cast<std::ptrdiff_t>(i));
      if (merged.is_sequence()) {
        for (const YamlNode& item : merged.items) merge_from(mapping, item);
      } else {
        merge_from(mapping, merged);
      }
      return;
    }
  }

  static void merge_from(YamlNode& mapping, const YamlNode& other) {
    if (!other.is_mapping()) throw_wrong(other, "\"<<\" takes a mapping or a list of mappings.");
    for (std::size_t i = 0; i < other.keys.size(); ++i) {
      if (mapping.find(other.keys[i].text)) continue;
      mapping.keys.push_back(other.keys[i]);
      mapping.items.push_back(other.items[i]);
    }
  }

  std::shared_ptr<const std::string> file_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  YamlNode root_;
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

// A node that stands for a byte offset, for complaints about the text itself.
YamlNode node_at(std::string_view text, std::size_t offset,
                 std::shared_ptr<const std::string> file) {
  YamlNode node;
  node.file = std::move(file);
  node.line = 1;
  node.column = 1;
  for (const char c : text.substr(0, offset)) {
    ++node.column;
    if (c == '\n') {
      ++node.line;
      node.column = 1;
    }
  }
  return node;
}

bool tab_indents(std::string_view text, int line) {
  std::size_t start = 0;
  for (int i = 1; i < line && start != std::string_view::npos; ++i) {
    start = text.find('\n', start);
    if (start != std::string_view::npos) ++start;
  }
  if (start == std::string_view::npos) return false;
  const std::size_t first = text.find_first_not_of(' ', start);
  return first != std::string_view::npos && text[first] == '\t';
}

Result<YamlNode> build(std::string_view text, const std::shared_ptr<const std::string>& file) {
  try {
    std::istringstream input{std::string(text)};
    YAML::Parser parser(input);
    TreeBuilder builder(file);
    if (!parser.HandleNextDocument(builder))
      return wrong(node_at(text, 0, file), "The file is empty.");
    TreeBuilder second(file);
    if (parser.HandleNextDocument(second)) {
      return wrong(second.take(), "A second YAML document begins here.",
                   "Keep one document in a file.");
    }
    return builder.take();
  } catch (const Refused& refused) {
    return fail(refused.error);
  } catch (const YAML::Exception& e) {
    YamlNode place = node_at(text, 0, file);
    if (!e.mark.is_null()) {
      place.line = e.mark.line + 1;
      place.column = e.mark.column + 1;
    }
    std::string advice;
    if (tab_indents(text, place.line)) advice = "YAML is indented with blanks, and here is a tab.";
    return wrong(place, "This is not valid YAML: " + e.msg + ".", std::move(advice));
  }
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

Result<YamlNode> parse_yaml(std::string_view text, const std::string& file) {
  const auto name = std::make_shared<const std::string>(file);
  if (const std::size_t bad = first_invalid_utf8(text); bad != std::string_view::npos) {
    return wrong(node_at(text, bad, name), "The file is not UTF-8 from here on.",
                 "Save it as UTF-8.");
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    return wrong(node_at(text, zero, name), "There is a zero byte here.",
                 "Save the file as UTF-8 text.");
  }
  return build(text, name);
}

tl::unexpected<Error> wrong(const YamlNode& node, const std::string& message, std::string advice) {
  std::string where = node.file ? *node.file : std::string("job file");
  if (node.line > 0) where += ":" + std::to_string(node.line) + ":" + std::to_string(node.column);
  return fail(ErrorCode::kUsage, where + ": " + message, std::move(advice));
}

}  // namespace decant
