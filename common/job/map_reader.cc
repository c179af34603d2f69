#include "common/job/map_reader.h"

#include <algorithm>
#include <cassert>
#include <charconv>

#include "common/base/text.h"

namespace decant {
namespace {

std::vector<std::string> names_of(const JobSection& section) {
  std::vector<std::string> names;
  for (const JobKey& key : section.keys) names.emplace_back(key.name);
  return names;
}

bool knows(const JobSection& section, std::string_view name) {
  return std::any_of(section.keys.begin(), section.keys.end(),
                     [&](const JobKey& key) { return key.name == name; });
}

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMapping:
      return "a mapping";
  }
  return "something else";
}

// replace, upsert or insert; words that are no letters in quotes.
std::string words_of_choice(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i != 0) out += i + 1 == words.size() ? " or " : ", ";
    const bool is_word = words[i].front() >= 'a' && words[i].front() <= 'z';
    out += is_word ? words[i] : in_quotes(words[i]);
  }
  return out;
}

Status parse_boolean(const YamlNode& node, std::string_view key, bool& out) {
  if (node.is_scalar() && (node.text == "true" || node.text == "false")) {
    out = node.text == "true";
    return {};
  }
  return wrong(node, in_quotes(key) + " is true or false.");
}

// A key without a value would be no key at all: what it was to do would not be done, and nobody
// would know.
tl::unexpected<Error> refuse_null(const YamlNode& value, const std::string& title,
                                  const JobKey& key) {
  return wrong(value, title + " has nothing for " + in_quotes(key.name) + ".",
               key.null_advice.empty() ? "Give it a value, or leave the key out."
                                       : std::string(key.null_advice));
}

}  // namespace

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() || near == word ? std::string() : "Did you mean " + in_quotes(near) + "?";
}

Result<std::string> scalar_text(const YamlNode& node, const std::string& what) {
  if (!node.is_scalar()) {
    return wrong(node,
                 what + " takes a single value; this is " + std::string(kind_name(node)) + ".");
  }
  if (node.text.empty()) return wrong(node, what + " is empty.");
  return node.text;
}

Result<std::vector<std::string>> scalar_texts(const YamlNode& node, const std::string& what,
                                              bool may_be_empty) {
  if (node.is_mapping() || node.is_null()) {
    return wrong(node, what + " takes a list; this is " + std::string(kind_name(node)) + ".");
  }
  std::vector<std::string> texts;
  auto add = [&](const YamlNode& item) -> Status {
    if (item.is_null()) {
      return wrong(item, what + " has an item that YAML takes for nothing.", "Put it in quotes.");
    }
    if (!item.is_scalar()) return wrong(item, what + " is a list of single values.");
    if (item.text.empty() && !may_be_empty) return wrong(item, what + " has an empty item.");
    if (std::find(texts.begin(), texts.end(), item.text) != texts.end()) {
      return wrong(item, what + " has " + in_quotes(item.text) + " twice.");
    }
    texts.push_back(item.text);
    return {};
  };
  if (node.is_scalar()) {
    DECANT_TRY(add(node));
  } else {
    for (const YamlNode& item : node.items) DECANT_TRY(add(item));
  }
  return texts;
}

Result<MapReader> MapReader::open(const YamlNode& node, const JobSection& section,
                                  std::string title) {
  if (title.empty()) title = section.title;
  if (!node.is_mapping()) {
    return wrong(node,
                 title + " takes a mapping of keys; this is " + std::string(kind_name(node)) + ".");
  }
  if (section.other_keys.empty()) {
    for (const YamlNode& key : node.keys) {
      if (knows(section, key.text)) continue;
      std::string advice = did_you_mean(key.text, names_of(section));
      if (advice.empty()) advice = "Its keys are " + join(names_of(section), ", ") + ".";
      return wrong(key, title + " has no key " + in_quotes(key.text) + ".", std::move(advice));
    }
  }
  for (const JobKey& key : section.keys) {
    const YamlNode* value = node.find(key.name);
    if (key.required && (!value || value->is_null())) {
      return wrong(value ? *value : node, title + " needs " + in_quotes(key.name) + ".");
    }
  }
  for (const JobKey& key : section.keys) {
    const YamlNode* value = node.find(key.name);
    if (value && value->is_null() && !key.may_be_null) return refuse_null(*value, title, key);
  }
  return MapReader(node, section, std::move(title));
}

const YamlNode* MapReader::raw(std::string_view key) const {
  assert(knows(*section_, key));
  return node_->find(key);
}

const YamlNode* MapReader::find(std::string_view key) const {
  const YamlNode* value = raw(key);
  return value && value->is_null() ? nullptr : value;
}

Status MapReader::text(std::string_view key, std::string& out) const {
  const YamlNode* value = find(key);
  if (!value) return {};
  DECANT_TRY_ASSIGN(out, scalar_text(*value, in_quotes(key)));
  return {};
}

Status MapReader::boolean(std::string_view key, bool& out) const {
  const YamlNode* value = find(key);
  return value ? parse_boolean(*value, key, out) : Status();
}

Status MapReader::boolean(std::string_view key, std::optional<bool>& out) const {
  const YamlNode* value = find(key);
  return value ? parse_boolean(*value, key, out.emplace()) : Status();
}

Status MapReader::integer(std::string_view key, std::int64_t least, std::int64_t greatest,
                          std::int64_t& out) const {
  const YamlNode* value = find(key);
  if (!value) return {};
  std::int64_t number = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [stop, error] = std::from_chars(value->text.data(), end, number);
  if (!value->is_scalar() || value->text.empty() || error != std::errc() || stop != end ||
      number < least || number > greatest) {
    const std::string limits = greatest == INT64_MAX ? ", at least " + std::to_string(least)
                                                     : " from " + std::to_string(least) + " to " +
                                                           std::to_string(greatest);
    return wrong(*value, in_quotes(key) + " is a whole number" + limits + ".");
  }
  out = number;
  return {};
}

Status MapReader::texts(std::string_view key, std::vector<std::string>& out) const {
  const YamlNode* value = find(key);
  if (!value) return {};
  DECANT_TRY_ASSIGN(out, scalar_texts(*value, in_quotes(key), false));
  return {};
}

Status MapReader::choice(std::string_view key, const std::vector<std::string>& words,
                         std::size_t& out) const {
  const YamlNode* value = find(key);
  if (!value) return {};
  const auto found = std::find(words.begin(), words.end(), value->text);
  if (value->is_scalar() && found != words.end()) {
    out = static_cast<std::size_t>(found - words.begin());
    return {};
  }
  std::string advice = value->is_scalar() ? did_you_mean(value->text, words) : std::string();
  const std::string is =
      value->is_scalar() ? in_quotes(value->text) : std::string(kind_name(*value));
  return wrong(*value, in_quotes(key) + " is " + words_of_choice(words) + ", not " + is + ".",
               std::move(advice));
}

Status MapReader::character(std::string_view key, bool may_be_none, char& out) const {
  const YamlNode* value = raw(key);
  if (!value) return {};
  if (value->is_null() || (value->is_scalar() && value->text.empty())) {
    if (!may_be_none) return wrong(*value, in_quotes(key) + " is empty.");
    out = 0;
    return {};
  }
  if (value->is_scalar()) {
    if (value->text == "tab" || value->text == "\\t" || value->text == "\t") {
      out = '\t';
      return {};
    }
    const auto byte = static_cast<unsigned char>(value->text.front());
    if (value->text.size() == 1 && byte < 0x80 && byte != '\n' && byte != '\r') {
      out = value->text.front();
      return {};
    }
  }
  return wrong(*value, in_quotes(key) + " is a single ASCII character or \"tab\".");
}

}  // namespace decant
