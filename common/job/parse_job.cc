#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "common/base/text.h"
#include "common/job/job_parser.h"
#include "common/job/slice.h"

namespace decant {
namespace {

namespace fs = std::filesystem;

// `shown` is the path as the person wrote it.
Result<std::string> read_small_file(const std::string& path, const std::string& shown) {
  std::error_code error;
  const bool is_file = fs::is_regular_file(path, error);
  if (!is_file && !fs::exists(path, error)) {
    return fail(ErrorCode::kNotFound, "There is no file " + shown + ".");
  }
  errno = 0;
  std::ifstream input(path, std::ios::binary);
  if (is_file && !input && (errno == EMFILE || errno == ENFILE)) {
    return fail(ErrorCode::kNoSpace, "The file " + shown + " cannot be read: too many open files.",
                "Raise `ulimit -n`.");
  }
  if (!is_file || !input) {
    return fail(ErrorCode::kUsage, "The file " + shown + " cannot be read.",
                "It must be a readable, plain file.");
  }
  std::string text(k_max_job_file_bytes + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(input.gcount()));
  return text;
}

Status check_size(std::string_view text, const std::string& file) {
  if (text.size() <= k_max_job_file_bytes) return {};
  return fail(ErrorCode::kUsage, file + ": A job file has at most 512 KiB, and this is larger.",
              "Split the job, or name stores by a pattern in their values.");
}

// Replaces `stores: FILE` by what the file holds.
Status include_stores(YamlNode& root, const std::string& directory) {
  for (std::size_t i = 0; i < root.keys.size(); ++i) {
    if (root.keys[i].text != "stores") continue;
    YamlNode& node = root.items[i];
    if (!node.is_scalar()) return {};
    if (node.text.empty()) return wrong(node, "\"stores\" is empty.");
    const std::string path = (fs::path(directory) / node.text).lexically_normal().string();
    const auto text = read_small_file(path, node.text);
    if (!text && text.error().code == ErrorCode::kNoSpace) return fail(text.error());
    if (!text) {
      return wrong(node, text.error().message,
                   "\"stores\" is a mapping, or a file that lies relative to the job file.");
    }
    DECANT_TRY(check_size(*text, node.text));
    DECANT_TRY_ASSIGN(YamlNode stores, parse_yaml(*text, node.text));
    if (!stores.is_mapping())
      return wrong(stores, "A stores file is a mapping of stores, a name each.");
    node = std::move(stores);
    return {};
  }
  return {};
}

Status check_target(const YamlNode& node, const std::string& target) {
  if (target.front() == '$') return {};
  for (const std::string_view scheme : {"duckdb:", "postgresql://", "postgres://"}) {
    if (target.starts_with(scheme)) return {};
  }
  // Only the scheme is shown: the rest may hold a password.
  const std::size_t colon = target.find(':');
  const std::string scheme = colon == std::string::npos ? std::string() : target.substr(0, colon);
  return wrong(node,
               "\"target\" begins with duckdb: or postgresql://" +
                   (scheme.empty() ? std::string(".") : ", not with " + in_quotes(scheme) + "."),
               did_you_mean(scheme, {"duckdb", "postgresql"}));
}

Status check_schema_name(const YamlNode& node, const std::string& name) {
  bool plain = name.size() <= 63 && !(name.front() >= '0' && name.front() <= '9');
  for (const char c : name) {
    plain = plain && (c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                      (c >= 'A' && c <= 'Z'));
  }
  if (plain) return {};
  return wrong(node, "\"ledger_schema\" is a plain name of letters, digits and underscores.");
}

Status parse_head(const MapReader& map, JobSpec& job) {
  DECANT_TRY(map.text("job", job.name));
  const YamlNode& name = *map.find("job");
  DECANT_TRY(check_name(name, "The job's name"));
  if (job.name.size() > 100 || job.name.find('/') != std::string::npos) {
    return wrong(name, "The job's name has at most 100 bytes and no slash.");
  }
  DECANT_TRY(map.text("target", job.target));
  DECANT_TRY(check_target(*map.find("target"), job.target));
  std::size_t environment = 0;
  DECANT_TRY(map.choice("environment", {"staging", "production"}, environment));
  job.production = environment == 1;
  DECANT_TRY(map.integer("chunk_rows", 1, 100'000'000, job.chunk_rows));
  DECANT_TRY(map.integer("chunk_timeout", 0, 604'800, job.chunk_timeout_s));
  DECANT_TRY(map.text("time_zone", job.time_zone));
  if (const YamlNode* zone = map.find("time_zone"))
    DECANT_TRY(check_time_zone(*zone, job.time_zone));
  DECANT_TRY(map.text("ledger_schema", job.ledger_schema));
  if (const YamlNode* schema = map.find("ledger_schema")) {
    DECANT_TRY(check_schema_name(*schema, job.ledger_schema));
  }
  return {};
}

Status parse_entities(const YamlNode& node, JobSpec& job) {
  if (!node.is_mapping() || node.items.empty()) {
    return wrong(node, "\"entities\" takes a mapping with one entity or more.");
  }
  for (std::size_t i = 0; i < node.keys.size(); ++i) {
    DECANT_TRY_ASSIGN(EntitySpec entity, parse_entity(node.keys[i], node.items[i], job));
    for (const EntitySpec& other : job.entities) {
      if (other.write.table != entity.write.table) continue;
      if (other.write.mode != WriteMode::kReplace && entity.write.mode != WriteMode::kReplace)
        continue;
      return wrong(*node.items[i].find("write"),
                   "Entities " + in_quotes(other.name) + " and " + in_quotes(entity.name) +
                       " both write " + in_quotes(entity.write.table) +
                       ", and one would replace the other's rows.",
                   "Give each its own table, or use \"mode: upsert\" for both.");
    }
    job.entities.push_back(std::move(entity));
  }
  return {};
}

Result<CheckSpec> parse_check(const YamlNode& node) {
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_check_section));
  CheckSpec check;
  DECANT_TRY(map.text("name", check.name));
  DECANT_TRY(map.text("sql", check.sql));
  std::string expect = "no rows";
  DECANT_TRY(map.text("expect", expect));
  if (expect == "no rows") return check;
  const std::string advice = did_you_mean(expect, {"no rows"});
  if (!advice.empty()) {
    return wrong(*map.find("expect"),
                 "\"expect\" is \"no rows\" or a value, and this looks like neither.", advice);
  }
  check.expect = CheckSpec::Expect::kValue;
  check.value = expect;
  return check;
}

Status parse_checks(const YamlNode& node, JobSpec& job) {
  if (!node.is_sequence()) return wrong(node, "\"checks\" takes a list of checks.");
  std::set<std::string> names;
  for (const YamlNode& item : node.items) {
    DECANT_TRY_ASSIGN(CheckSpec check, parse_check(item));
    if (!names.insert(check.name).second)
      return wrong(item, "Two checks are named " + in_quotes(check.name) + ".");
    job.checks.push_back(std::move(check));
  }
  return {};
}

Result<JobSpec> parse_named_job(std::string_view yaml, const std::string& directory,
                                const std::string& file) {
  DECANT_TRY(check_size(yaml, file));
  DECANT_TRY_ASSIGN(YamlNode root, parse_yaml(yaml, file));
  JobSpec job;
  job.directory = directory;
  DECANT_TRY(include_stores(root, directory));
  DECANT_TRY(refuse_secrets(root));
  DECANT_TRY(refuse_placeholders(root));
  // What travels has no comments, which may hold anything.
  job.text = emit_yaml(root);
  DECANT_TRY(check_size(job.text, file));
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(root, k_job_section));
  DECANT_TRY(parse_head(map, job));
  if (const YamlNode* node = map.find("stores")) DECANT_TRY(parse_stores(*node, job.text, job));
  DECANT_TRY(parse_entities(*map.find("entities"), job));
  if (const YamlNode* checks = map.find("checks")) DECANT_TRY(parse_checks(*checks, job));
  if (job.stores.empty() && job.store_from_column.empty()) {
    job.stores.emplace_back();
    job.stores.back().name = k_all;
  }
  return job;
}

}  // namespace

Result<JobSpec> parse_job(std::string_view yaml, const std::string& directory) {
  return parse_named_job(yaml, directory, "job file");
}

Result<JobSpec> load_job(const std::string& path) {
  DECANT_TRY_ASSIGN(const std::string text, read_small_file(path, path));
  std::error_code error;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return fail(ErrorCode::kNotFound, "The folder of " + path + " cannot be found.");
  return parse_named_job(text, absolute.parent_path().lexically_normal().string(), path);
}

const StoreSpec* JobSpec::find_store(std::string_view store) const {
  for (const StoreSpec& candidate : stores) {
    if (candidate.name == store) return &candidate;
  }
  return nullptr;
}

const EntitySpec* JobSpec::find_entity(std::string_view entity) const {
  for (const EntitySpec& candidate : entities) {
    if (candidate.name == entity) return &candidate;
  }
  return nullptr;
}

}  // namespace decant
