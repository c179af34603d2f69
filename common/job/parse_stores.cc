#include <algorithm>
#include <utility>

#include "common/base/text.h"
#include "common/job/job_parser.h"
#include "common/job/slice.h"
#include "common/job/store_template.h"

namespace decant {
namespace {

// Placeholders that have a meaning of their own, which a store's value must not take.
constexpr std::string_view k_taken_names[] = {"store", "month", "year", "mm", "day"};

bool is_known_key(std::string_view key) {
  return std::any_of(k_store_section.keys.begin(), k_store_section.keys.end(),
                     [&](const JobKey& known) { return known.name == key; });
}

// A value is whatever else a store says; what looks like a mistyped key and is used nowhere is
// taken for one.
Status parse_value(const YamlNode& key, const YamlNode& value, std::string_view job_text,
                   StoreSpec& store) {
  const std::string& name = key.text;
  if (placeholders_of("{" + name + "}").empty()) {
    return wrong(key, "The value " + in_quotes(name) + " cannot be used as {" + name + "}.",
                 "Name it with letters, digits and underscores.");
  }
  if (std::find(std::begin(k_taken_names), std::end(k_taken_names), name) !=
      std::end(k_taken_names)) {
    return wrong(key, "{" + name + "} has a meaning of its own and cannot be a store's value.");
  }
  std::vector<std::string> known;
  for (const JobKey& known_key : k_store_section.keys) known.emplace_back(known_key.name);
  const std::string advice = did_you_mean(name, known);
  if (!advice.empty() && job_text.find("{" + name + "}") == std::string_view::npos) {
    return wrong(key,
                 "A store has no key " + in_quotes(name) + ", and {" + name + "} is used nowhere.",
                 advice);
  }
  if (value.is_null()) {  // the default is not for this store
    store.values.erase(name);
    return {};
  }
  DECANT_TRY_ASSIGN(store.values[name], scalar_text(value, in_quotes(name)));
  return {};
}

Status parse_store(const YamlNode& node, std::string_view job_text, StoreSpec& store) {
  if (node.is_null()) return {};
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_store_section));
  DECANT_TRY(map.text("label", store.label));
  DECANT_TRY(map.boolean("active", store.active));
  DECANT_TRY(map.text("time_zone", store.time_zone));
  if (const YamlNode* zone = map.find("time_zone"))
    DECANT_TRY(check_time_zone(*zone, store.time_zone));
  DECANT_TRY(map.text("source", store.source));
  std::int64_t max_parallel = store.max_parallel;
  DECANT_TRY(map.integer("max_parallel", 0, 1000, max_parallel));
  store.max_parallel = static_cast<std::int32_t>(max_parallel);
  if (const YamlNode* opened = map.find("opened")) {
    DECANT_TRY_ASSIGN(store.opened, parse_opened(*opened));
  }
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    if (!is_known_key(node.keys[i].text)) {
      DECANT_TRY(parse_value(node.keys[i], node.items[i], job_text, store));
    }
  }
  return {};
}

Status check_store_name(const YamlNode& key) {
  DECANT_TRY(check_name(key, "A store's name"));
  if (key.text == k_all || key.text == k_unknown_store) {
    return wrong(key,
                 "A store cannot be named " + in_quotes(key.text) + ", which Decant uses itself.");
  }
  return {};
}

Status check_source(const YamlNode& node, const JobSpec& job, const StoreSpec& store) {
  if (store.source.empty()) return {};
  if (!job.store_from_column.empty()) {
    return wrong(node, "With from_column the stores have no \"source\" of their own.",
                 "Put the connection into the entity's \"read\".");
  }
  if (!store.active) return {};
  const auto expanded = expand_template(store.source, store, {});
  return expanded ? Status()
                  : Status(wrong(node, expanded.error().message, expanded.error().advice));
}

Status parse_from_column(const MapReader& map, JobSpec& job) {
  DECANT_TRY(map.text("from_column", job.store_from_column));
  DECANT_TRY(map.boolean("strict", job.strict_stores));
  if (const YamlNode* strict = map.find("strict"); strict && job.store_from_column.empty()) {
    return wrong(*strict, "\"strict\" belongs to \"from_column\", which is not there.");
  }
  return {};
}

}  // namespace

Status parse_stores(const YamlNode& node, std::string_view job_text, JobSpec& job) {
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_stores_section));
  DECANT_TRY(parse_from_column(map, job));
  StoreSpec defaults;
  if (const YamlNode* value = map.find("defaults"))
    DECANT_TRY(parse_store(*value, job_text, defaults));
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    const YamlNode& key = node.keys[i];
    if (key.text == "defaults" || key.text == "from_column" || key.text == "strict") continue;
    DECANT_TRY(check_store_name(key));
    StoreSpec store = defaults;
    store.name = key.text;
    DECANT_TRY(parse_store(node.items[i], job_text, store));
    const YamlNode* own = node.items[i].find("source");
    const YamlNode* shared = map.find("defaults");
    if (!own && shared) own = shared->find("source");
    DECANT_TRY(check_source(own ? *own : key, job, store));
    job.stores.push_back(std::move(store));
  }
  if (job.stores.empty() && job.store_from_column.empty()) {
    return wrong(node, "\"stores\" lists no store.", "Name one, or leave \"stores\" out.");
  }
  if (job.stores.empty() && job.strict_stores) {
    return wrong(node, "\"strict\" with no store listed would refuse every row.",
                 "List the stores here.");
  }
  return {};
}

}  // namespace decant
