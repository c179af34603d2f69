// The keys of a job file, section by section: the one table that the parser and the JSON Schema are
// both made from.
//
// Private to common/job and its tests.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace decant {

struct JobKey {
  std::string_view name;
  std::string_view schema;       // JSON Schema of the value
  std::string_view description;  // one sentence, shown by editors
  bool required = false;
  bool may_be_null = false;           // ~ has a meaning of its own
  std::string_view null_advice = {};  // what to do instead of ~; empty: leave the key out
};

struct JobSection {
  std::string_view name;   // of the definition in the schema
  std::string_view title;  // "An entity", as complaints begin
  std::span<const JobKey> keys;
  std::string_view other_keys = {};  // schema of any further key; empty: there are none
};

extern const JobSection k_job_section;
extern const JobSection k_stores_section;
extern const JobSection k_store_section;
extern const JobSection k_entity_section;
extern const JobSection k_read_section;
extern const JobSection k_write_section;
extern const JobSection k_column_section;
extern const JobSection k_rule_section;
extern const JobSection k_rejects_section;
extern const JobSection k_check_section;

// All of them, the job's own first.
std::vector<const JobSection*> job_sections();

}  // namespace decant
