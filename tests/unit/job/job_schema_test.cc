// The JSON Schema says what the parser accepts, key by key, and nothing else.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "common/job/job_keys.h"
#include "common/job/job_spec.h"
#include "common/job/yaml_tree.h"

namespace decant {
namespace {

using Json = nlohmann::json;
using Keys = std::map<std::string, std::set<std::string>>;  // by section

std::string read_file(const std::string& name) {
  std::ifstream input(std::string(DECANT_SOURCE_DIR "/tests/unit/job/") + name);
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

Json schema() { return Json::parse(job_json_schema()); }

const Json& section_of(const Json& all, const std::string& section) {
  return section == "job" ? all : all["$defs"][section];
}

// Walks a job as the schema describes it and notes each key under its section; a value that the
// schema has no place for is a failure of the test.
class Walk {
 public:
  Walk(const Json& all, Keys& seen) : all_(all), seen_(seen) {}

  void value(const YamlNode& node, const Json& wanted) {
    if (wanted.contains("oneOf")) {
      for (const Json& one : wanted["oneOf"]) {
        if (takes(node, one)) return value(node, one);
      }
      ADD_FAILURE() << "no alternative for line " << node.line << ": " << wanted;
    } else if (wanted.contains("$ref")) {
      const std::string name =
          wanted["$ref"].get<std::string>().substr(std::string("#/$defs/").size());
      mapping(node, section_of(all_, name), &seen_[name]);
    } else if (node.is_mapping()) {
      mapping(node, wanted, nullptr);
    } else if (node.is_sequence()) {
      ASSERT_TRUE(wanted.contains("items")) << node.line;
      for (const YamlNode& item : node.items) value(item, wanted["items"]);
    } else {
      EXPECT_TRUE(takes(node, wanted)) << node.line << ": " << node.text << " " << wanted;
    }
  }

  void mapping(const YamlNode& node, const Json& section, std::set<std::string>* seen) {
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::string& key = node.keys[i].text;
      const auto& properties =
          section.contains("properties") ? section["properties"] : Json::object();
      if (properties.contains(key)) {
        if (seen) seen->insert(key);
        value(node.items[i], properties[key]);
      } else {
        ASSERT_TRUE(section["additionalProperties"].is_object())
            << node.keys[i].line << ": " << key;
        value(node.items[i], section["additionalProperties"]);
      }
    }
    if (!section.contains("required")) return;
    for (const Json& key : section["required"])
      EXPECT_TRUE(node.find(key.get<std::string>())) << key;
  }

 private:
  static bool has_type(const Json& wanted, const std::string& type) {
    if (!wanted.contains("type")) return false;
    const Json& types = wanted["type"];
    if (types.is_string()) return types == type;
    return std::find(types.begin(), types.end(), type) != types.end();
  }

  static bool takes(const YamlNode& node, const Json& wanted) {
    if (wanted.contains("$ref")) return node.is_mapping();
    if (wanted.contains("enum"))
      return std::find(wanted["enum"].begin(), wanted["enum"].end(), node.text) !=
             wanted["enum"].end();
    if (node.is_null()) return has_type(wanted, "null");
    if (node.is_mapping()) return has_type(wanted, "object");
    if (node.is_sequence()) return has_type(wanted, "array");
    const bool is_boolean = !node.quoted && (node.text == "true" || node.text == "false");
    const bool is_number = !node.quoted && !node.text.empty() &&
                           node.text.find_first_not_of("0123456789.-") == std::string::npos;
    if (is_boolean) return has_type(wanted, "boolean");
    if (is_number && node.text.find('-', 1) == std::string::npos &&
        std::count(node.text.begin(), node.text.end(), '.') <= 1) {
      return has_type(wanted, "number") || has_type(wanted, "integer");
    }
    return has_type(wanted, "string");
  }

  const Json& all_;
  Keys& seen_;
};

Keys keys_of_schema() {
  const Json all = schema();
  Keys keys;
  for (const JobSection* section : job_sections()) {
    const std::string name(section->name);
    for (const auto& [key, value] : section_of(all, name)["properties"].items())
      keys[name].insert(key);
  }
  return keys;
}

TEST(JobSchema, HasAPlaceForEveryKeyThatTheParserAccepts) {
  const Json all = schema();
  Keys seen;
  for (const char* file : {"kitchen_sink.yaml", "from_column.yaml"}) {
    const auto job = load_job(std::string(DECANT_SOURCE_DIR "/tests/unit/job/") + file);
    ASSERT_TRUE(job) << job.error().to_string();
    const auto tree = parse_yaml(read_file(file), file);
    ASSERT_TRUE(tree);
    Walk(all, seen).mapping(*tree, all, &seen["job"]);
  }
  // The two jobs have every key of the schema, and they were parsed: the parser knows each of them.
  EXPECT_EQ(seen, keys_of_schema());
}

TEST(JobSchema, ClosesEverySectionButTheStores) {
  const Json all = schema();
  for (const JobSection* section : job_sections()) {
    const Json& shown = section_of(all, std::string(section->name));
    const bool is_open = section->name == "stores" || section->name == "store";
    EXPECT_EQ(shown["additionalProperties"].is_object(), is_open) << section->name;
    for (const auto& [key, value] : shown["properties"].items()) {
      EXPECT_FALSE(value["description"].get<std::string>().empty()) << section->name << " " << key;
    }
  }
  EXPECT_EQ(all["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

TEST(JobDocument, HasEveryKeyInOneOfItsTables) {
  std::ifstream input(DECANT_SOURCE_DIR "/docs/job-file.md");
  std::ostringstream text;
  text << input.rdbuf();
  for (const auto& [section, keys] : keys_of_schema()) {
    for (const std::string& key : keys) {
      const bool has = text.str().find("`" + key + "`") != std::string::npos ||
                       text.str().find("`" + key + ":") != std::string::npos ||
                       text.str().find("{" + key + ":") != std::string::npos;
      EXPECT_TRUE(has) << section << ": " << key;
    }
  }
}

TEST(JobSchema, RefersOnlyToWhatItDefines) {
  const Json all = schema();
  const std::string text = all.dump();
  std::size_t found = 0;
  for (std::size_t at = text.find("#/$defs/"); at != std::string::npos;
       at = text.find("#/$defs/", at + 1)) {
    const std::size_t start = at + std::string("#/$defs/").size();
    const std::string name = text.substr(start, text.find('"', start) - start);
    EXPECT_TRUE(all["$defs"].contains(name)) << name;
    ++found;
  }
  EXPECT_GE(found, 10u);
}

}  // namespace
}  // namespace decant
