// The parts of the job file's parser, a file each. Private to common/job.
//
// Stores are parsed first, then entities, whose templates and connections are checked against the
// stores.
#pragma once

#include <string_view>

#include "common/base/result.h"
#include "common/job/job_spec.h"
#include "common/job/map_reader.h"
#include "common/job/yaml_tree.h"

namespace decant {

// kUsage at the first credential that stands in the file itself, and not behind ${NAME}; never with
// its text.
Status refuse_secrets(const YamlNode& root);
// Variables and values of stores where nobody fills them in.
Status refuse_placeholders(const YamlNode& root);

// Fills stores, store_from_column and strict_stores. `job_text` is the whole job with its stores
// file merged in.
Status parse_stores(const YamlNode& node, std::string_view job_text, JobSpec& job);

Result<ReadSpec> parse_read(const YamlNode& node, const JobSpec& job, const std::string& entity);

Result<EntitySpec> parse_entity(const YamlNode& name, const YamlNode& node, const JobSpec& job);

// What of an entity can be known from the job file alone: columns that exist, stores that do not
// read the same rows.
Status check_entity(const YamlNode& node, const EntitySpec& entity, const JobSpec& job);

// Day or month: 2025-03 and 2025-03-01 are the same month.
Result<CivilDate> parse_opened(const YamlNode& node);
// A name of a store or entity: no control bytes, at most 200 bytes.
Status check_name(const YamlNode& node, const std::string& what);
Status check_time_zone(const YamlNode& node, const std::string& zone);
// Every placeholder of a template has a value in every active store. `keep`: placeholders that
// others fill in.
Status check_template(const YamlNode& node, const std::string& text, const JobSpec& job,
                      const std::vector<std::string>& keep);

}  // namespace decant
