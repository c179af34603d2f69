// The JSON Schema of job files, made from the same table of keys as the parser.
#include <nlohmann/json.hpp>
#include <string>

#include "common/job/job_keys.h"
#include "common/job/job_spec.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

Json section_schema(const JobSection& section) {
  Json schema = {{"type", "object"}};
  Json properties = Json::object();
  Json required = Json::array();
  for (const JobKey& key : section.keys) {
    Json value = Json::parse(key.schema);
    value["description"] = std::string(key.description);
    properties[std::string(key.name)] = std::move(value);
    if (key.required) required.push_back(std::string(key.name));
  }
  schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  if (section.other_keys.empty()) {
    schema["additionalProperties"] = false;
  } else {
    schema["additionalProperties"] = Json::parse(section.other_keys);
  }
  return schema;
}

}  // namespace

std::string job_json_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Decant job file"},
                 {"description", "What is moved from where to where, and how it is proved."}};
  schema.update(section_schema(k_job_section));
  Json definitions = Json::object();
  for (const JobSection* section : job_sections()) {
    if (section != &k_job_section)
      definitions[std::string(section->name)] = section_schema(*section);
  }
  schema["$defs"] = std::move(definitions);
  return schema.dump(2) + "\n";
}

}  // namespace decant
