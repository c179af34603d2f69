// What can be known to be wrong from the job file alone, before any source or target is seen.
#include <algorithm>
#include <map>
#include <utility>

#include "common/base/text.h"
#include "common/job/job_parser.h"
#include "common/job/store_template.h"

namespace decant {
namespace {

std::vector<std::string> column_names(const EntitySpec& entity) {
  std::vector<std::string> names;
  for (const ColumnSpec& column : entity.columns) names.push_back(column.name);
  return names;
}

const ColumnSpec* find_column(const EntitySpec& entity, const std::string& name) {
  for (const ColumnSpec& column : entity.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A target column that is named somewhere must be one of `columns` where those are all there are.
Status check_column(const YamlNode& node, const EntitySpec& entity, const std::string& name,
                    const std::string& what) {
  if (!entity.columns_are_complete || find_column(entity, name)) return {};
  std::string advice = did_you_mean(name, column_names(entity));
  if (advice.empty()) advice = "Its columns are " + join(column_names(entity), ", ") + ".";
  return wrong(node,
               what + " names the column " + in_quotes(name) + ", which is not among \"columns\".",
               std::move(advice));
}

Status check_write(const YamlNode& write, const EntitySpec& entity) {
  if (const YamlNode* key = write.find("key")) {
    for (const std::string& name : entity.write.key) {
      DECANT_TRY(check_column(*key, entity, name, "\"key\""));
      const ColumnSpec* column = find_column(entity, name);
      if (column && column->nullable.value_or(false)) {
        return wrong(*key, "The key column " + in_quotes(name) + " cannot be nullable.");
      }
    }
  }
  if (const YamlNode* keep = write.find("keep_on_update")) {
    for (const std::string& name : entity.write.keep_on_update) {
      DECANT_TRY(check_column(*keep, entity, name, "\"keep_on_update\""));
      if (std::find(entity.write.key.begin(), entity.write.key.end(), name) !=
          entity.write.key.end()) {
        return wrong(*keep,
                     "\"keep_on_update\" names " + in_quotes(name) + ", which is part of the key.");
      }
    }
  }
  const YamlNode* latest = write.find("latest_by");
  return latest ? check_column(*latest, entity, entity.write.latest_by, "\"latest_by\"") : Status();
}

Status check_sums(const YamlNode& node, const EntitySpec& entity) {
  for (const std::string& sum : entity.control_sums) {
    for (const std::string& part : split(sum, '*')) {
      const std::string factor = trimmed(part);
      if (factor.empty()) {
        return wrong(node, "The control sum " + in_quotes(sum) +
                               " is not a column or a product of columns.");
      }
      DECANT_TRY(check_column(node, entity, factor, "\"control_sums\""));
    }
  }
  return {};
}

Status check_range_column(const YamlNode& read, const EntitySpec& entity) {
  const bool has_time = !entity.read.time.empty();
  const std::string& source = has_time ? entity.read.time : entity.read.key;
  if (source.empty() || !entity.columns_are_complete) return {};
  for (const ColumnSpec& column : entity.columns) {
    if (!column.constant && (column.from.empty() ? column.name : column.from) == source) return {};
  }
  return wrong(*read.find(has_time ? "time" : "key"),
               in_quotes(source) + " has to land in the target, and no column takes it.",
               "Add it to \"columns\", or as \"from\" of one of them.");
}

// Every store with data must say where it is, and no two may read the same rows, which would then
// land twice.
Status check_stores_apart(const YamlNode& read, const EntitySpec& entity, const JobSpec& job) {
  const ReadSpec& spec = entity.read;
  const bool from_database = spec.files.empty();
  if (job.stores.empty() || !job.store_from_column.empty()) {
    if (!from_database || !spec.source.empty()) return {};
    return wrong(read, "Entity " + in_quotes(entity.name) + " has no connection.",
                 "Add \"source\" to its \"read\".");
  }
  std::map<std::string, const StoreSpec*> seen;
  for (const StoreSpec& store : job.stores) {
    if (!store.active) continue;
    const std::string& source = spec.source.empty() ? store.source : spec.source;
    if (from_database && source.empty()) {
      return wrong(read,
                   "Store " + in_quotes(store.name) + " has no connection for entity " +
                       in_quotes(entity.name) + ".",
                   "Give the store, or \"defaults\", a \"source\".");
    }
    DECANT_TRY_ASSIGN(std::string place, expand_template(source, store, {}));
    DECANT_TRY_ASSIGN(const std::string files,
                      expand_template(spec.files, store, file_placeholders()));
    place.append("\n").append(files);
    const auto [other, fresh] = seen.emplace(std::move(place), &store);
    if (!fresh) {
      return wrong(read,
                   "Stores " + in_quotes(other->second->name) + " and " + in_quotes(store.name) +
                       " would read the same rows of entity " + in_quotes(entity.name) + ".",
                   "Put {store} or a store's own value into \"" +
                       std::string(from_database ? "source" : "files") +
                       "\", or let a column say the store: stores: {from_column: COLUMN}.");
    }
  }
  return {};
}

// Which of two rows with one key stays must not depend on the entity that comes last.
Status check_same_order(const YamlNode& write, const EntitySpec& entity, const JobSpec& job) {
  const WriteSpec& mine = entity.write;
  if (mine.mode != WriteMode::kUpsert) return {};
  for (const EntitySpec& other : job.entities) {
    const WriteSpec& theirs = other.write;
    if (theirs.mode != mine.mode || theirs.table != mine.table || theirs.key != mine.key ||
        theirs.latest_by == mine.latest_by)
      continue;
    const YamlNode* latest = write.find("latest_by");
    return wrong(latest != nullptr ? *latest : write,
                 "Entities " + in_quotes(other.name) + " and " + in_quotes(entity.name) +
                     " upsert into " + mine.table + " by one key, and their \"latest_by\" differ.",
                 "Give both the same \"latest_by\", or none.");
  }
  return {};
}

}  // namespace

Status check_entity(const YamlNode& node, const EntitySpec& entity, const JobSpec& job) {
  const YamlNode& read = *node.find("read");
  DECANT_TRY(check_stores_apart(read, entity, job));
  DECANT_TRY(check_range_column(read, entity));
  DECANT_TRY(check_write(*node.find("write"), entity));
  DECANT_TRY(check_same_order(*node.find("write"), entity, job));
  if (const YamlNode* sums = node.find("control_sums")) DECANT_TRY(check_sums(*sums, entity));
  for (std::size_t i = 0; i < entity.rules.size(); ++i) {
    DECANT_TRY(
        check_column(node.find("rules")->items[i], entity, entity.rules[i].column, "The rule"));
  }
  const YamlNode* store_column = node.find("store_column");
  if (entity.store_column.empty() || !store_column) return {};
  return check_column(*store_column, entity, entity.store_column, "\"store_column\"");
}

Result<CivilDate> parse_opened(const YamlNode& node) {
  const std::string text = node.text.size() == 7 ? node.text + "-01" : node.text;
  std::int64_t days = 0;
  if (!node.is_scalar() || text.size() != 10 || !parse_date(text, days)) {
    return wrong(node, "\"opened\" is a month or a day, such as 2025-03.");
  }
  CivilDate date = civil_from_days(days);
  date.day = 1;
  return date;
}

Status check_name(const YamlNode& node, const std::string& what) {
  if (node.text.empty()) return wrong(node, what + " is empty.");
  if (node.text.size() > 200) return wrong(node, what + " is longer than 200 bytes.");
  for (const char c : node.text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return wrong(node, what + " has a control character in it.");
  }
  return {};
}

Status check_time_zone(const YamlNode& node, const std::string& zone) {
  const auto found = TimeZone::find(zone);
  return found ? Status() : Status(wrong(node, found.error().message, found.error().advice));
}

Status check_template(const YamlNode& node, const std::string& text, const JobSpec& job,
                      const std::vector<std::string>& keep) {
  for (const std::string& name : placeholders_of(text)) {
    if (std::find(keep.begin(), keep.end(), name) != keep.end()) continue;
    if (!job.store_from_column.empty()) {
      return wrong(
          node, "{" + name + "} is not known here: with from_column each row says its own store.");
    }
    if (job.stores.empty()) {
      return wrong(node, "{" + name + "} belongs to a store, and the job has no stores.",
                   "Add \"stores\".");
    }
  }
  for (const StoreSpec& store : job.stores) {
    if (!store.active || !job.store_from_column.empty()) continue;
    const auto expanded = expand_template(text, store, keep);
    if (!expanded) return wrong(node, expanded.error().message, expanded.error().advice);
  }
  return {};
}

}  // namespace decant
