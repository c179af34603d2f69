#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/text.h"
#include "common/job/job_parser.h"
#include "common/value/decimal.h"

namespace decant {
namespace {

Result<WriteSpec> parse_write(const YamlNode& node) {
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_write_section));
  WriteSpec write;
  DECANT_TRY(map.text("table", write.table));
  if (std::count(write.table.begin(), write.table.end(), '.') > 1) {
    return wrong(*map.find("table"),
                 in_quotes(write.table) + " has more parts than a schema and a table.",
                 "Write schema.table or table; the database is the one that target: names.");
  }
  std::size_t mode = 0;
  DECANT_TRY(map.choice("mode", {"replace", "upsert", "insert"}, mode));
  write.mode = static_cast<WriteMode>(mode);
  DECANT_TRY(map.texts("key", write.key));
  DECANT_TRY(map.boolean("enforce", write.enforce));
  std::size_t on_duplicate = 0;
  DECANT_TRY(map.choice("on_duplicate", {"report", "reject"}, on_duplicate));
  write.reject_duplicates = on_duplicate == 1;
  DECANT_TRY(map.texts("keep_on_update", write.keep_on_update));
  DECANT_TRY(map.text("latest_by", write.latest_by));
  if (write.mode != WriteMode::kReplace && write.key.empty()) {
    return wrong(*map.find("mode"),
                 in_quotes(map.find("mode")->text) + " needs a \"key\" to know rows by.");
  }
  if (write.enforce && write.key.empty()) {
    return wrong(*map.find("enforce"), "\"enforce\" needs a \"key\" to enforce.");
  }
  if (const YamlNode* value = map.find("on_duplicate")) {
    if (write.key.empty())
      return wrong(*value, "\"on_duplicate\" needs a \"key\" to know rows by.");
    if (write.mode != WriteMode::kReplace) {
      return wrong(*value, "\"on_duplicate\" is for \"mode: replace\"; " +
                               in_quotes(map.find("mode")->text) +
                               " refuses equal keys by itself.");
    }
  }
  for (const char* key : {"keep_on_update", "latest_by"}) {
    const YamlNode* value = map.find(key);
    if (value && write.mode != WriteMode::kUpsert) {
      return wrong(*value, in_quotes(key) + " is for \"mode: upsert\".");
    }
  }
  return write;
}

Result<Type> parse_column_type(const YamlNode& node) {
  DECANT_TRY_ASSIGN(const std::string text, scalar_text(node, "A type"));
  auto type = parse_type(text);
  if (type) return *type;
  if (text.find('(') != std::string::npos && text.find(')') == std::string::npos) {
    return wrong(node, "The type " + in_quotes(text) + " ends before its bracket does.",
                 "Between { } a type with a comma goes into quotes: \"decimal(18,4)\".");
  }
  return wrong(node, type.error().message, type.error().advice);
}

// May be empty: then NUL characters are left out.
Status read_replace_nul(const MapReader& map, ColumnSpec& column) {
  const YamlNode* node = map.find("replace_nul");
  if (!node) return {};
  if (!node->is_scalar() || node->text.find('\0') != std::string::npos) {
    return wrong(*node, "\"replace_nul\" takes a text, such as \"\" or \" \".");
  }
  column.replace_nul = node->text;
  return {};
}

Result<ColumnSpec> parse_column(const YamlNode& name, const YamlNode& node, const JobSpec& job) {
  ColumnSpec column;
  column.name = name.text;
  if (name.text.empty()) return wrong(name, "A column's name is empty.");
  if (node.is_null()) return column;
  if (node.is_scalar()) {
    DECANT_TRY_ASSIGN(column.type, parse_column_type(node));
    return column;
  }
  DECANT_TRY_ASSIGN(const MapReader map,
                    MapReader::open(node, k_column_section, "Column " + in_quotes(name.text)));
  if (const YamlNode* type = map.find("type")) {
    DECANT_TRY_ASSIGN(column.type, parse_column_type(*type));
  }
  DECANT_TRY(map.text("from", column.from));
  if (const YamlNode* constant = map.find("constant")) {
    if (!constant->is_scalar()) return wrong(*constant, "\"constant\" takes a single value.");
    if (!column.from.empty())
      return wrong(*constant, "A column has either \"from\" or \"constant\", not both.");
    DECANT_TRY(check_template(*constant, constant->text, job, {}));
    column.constant = constant->text;
  }
  DECANT_TRY(map.boolean("nullable", column.nullable));
  std::size_t lossy = 0;
  const std::vector<std::string> ways = {"round", "truncate"};
  if (const YamlNode* allow = map.find("lossy"); allow && allow->text == "allow") {
    return wrong(*allow, "\"lossy: allow\" does not say how.",
                 "Write \"lossy: round\" (half to even) or \"lossy: truncate\".");
  }
  DECANT_TRY(map.choice("lossy", ways, lossy));
  if (map.find("lossy")) column.lossy = ways[lossy];
  DECANT_TRY(read_replace_nul(map, column));
  DECANT_TRY(map.boolean("private", column.is_private));
  DECANT_TRY(map.text("date_format", column.date_format));
  if (!column.date_format.empty() && column.date_format.find('%') == std::string::npos) {
    return wrong(*map.find("date_format"), "\"date_format\" has no % in it.",
                 "Write it like %d/%m/%Y.");
  }
  if (const YamlNode* nulls = map.find("nulls")) {
    DECANT_TRY_ASSIGN(column.null_texts, scalar_texts(*nulls, "\"nulls\"", true));
  }
  std::int64_t digits = 0;
  DECANT_TRY(map.integer("zero_pad", 1, 100, digits));
  column.zero_pad = static_cast<std::int32_t>(digits);
  for (const char* key : {"nulls", "zero_pad"}) {
    const YamlNode* value = map.find(key);
    if (value && column.constant)
      return wrong(*value, in_quotes(key) + " is for values that are read; this is a constant.");
  }
  return column;
}

Status parse_range(const YamlNode& node, RuleSpec& rule) {
  const bool is_pair = node.is_sequence() && node.items.size() == 2;
  for (std::size_t i = 0; is_pair && i < 2; ++i) {
    const YamlNode& side = node.items[i];
    if (side.is_null()) continue;
    DECANT_TRY_ASSIGN((i == 0 ? rule.min : rule.max), scalar_text(side, "A side of \"range\""));
  }
  if (!rule.min && !rule.max) {
    return wrong(
        node,
        "\"range\" is a pair [least, greatest] with ~ for an open side, and not both are open.");
  }
  Int128 least = 0;
  Int128 greatest = 0;
  if (rule.min && rule.max && parse_decimal(*rule.min, 38, 12, least) == DecimalParse::kOk &&
      parse_decimal(*rule.max, 38, 12, greatest) == DecimalParse::kOk && least > greatest) {
    return wrong(node,
                 "\"range\" begins at " + *rule.min + " and ends before it, at " + *rule.max + ".");
  }
  return {};
}

Result<RuleSpec> parse_rule(const YamlNode& node) {
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_rule_section));
  RuleSpec rule;
  DECANT_TRY(map.text("column", rule.column));
  DECANT_TRY(map.boolean("not_null", rule.not_null));
  if (const YamlNode* range = map.find("range")) DECANT_TRY(parse_range(*range, rule));
  DECANT_TRY(map.text("pattern", rule.pattern));
  if (!rule.pattern.empty()) {
    const re2::RE2 compiled(rule.pattern, re2::RE2::Quiet);
    if (!compiled.ok()) {
      return wrong(*map.find("pattern"),
                   "\"pattern\" is no regular expression: " + compiled.error() + ".");
    }
  }
  if (const YamlNode* one_of = map.find("one_of")) {
    DECANT_TRY_ASSIGN(rule.one_of, scalar_texts(*one_of, "\"one_of\"", true));
    if (rule.one_of.empty()) return wrong(*one_of, "\"one_of\" allows no value at all.");
  }
  if (!rule.not_null && !rule.min && !rule.max && rule.pattern.empty() && rule.one_of.empty()) {
    return wrong(node, "The rule for " + in_quotes(rule.column) + " says nothing.",
                 "Give it not_null, range, pattern or one_of.");
  }
  return rule;
}

Result<RejectLimit> parse_rejects(const YamlNode& node) {
  DECANT_TRY_ASSIGN(const MapReader map, MapReader::open(node, k_rejects_section));
  RejectLimit limit;
  const YamlNode* ratio = map.find("max_ratio");
  // Who gives a ratio alone means it for any number of rows.
  if (ratio != nullptr) limit.max = INT64_MAX;
  DECANT_TRY(map.integer("max", 0, INT64_MAX, limit.max));
  if (ratio != nullptr) {
    const char* end = ratio->text.data() + ratio->text.size();
    const auto [stop, error] = std::from_chars(ratio->text.data(), end, limit.max_ratio);
    if (!ratio->is_scalar() || ratio->text.empty() || error != std::errc() || stop != end ||
        !(limit.max_ratio >= 0 && limit.max_ratio <= 1)) {
      return wrong(*ratio, "\"max_ratio\" is a number from 0 to 1, such as 0.001.");
    }
  }
  return limit;
}

Status parse_columns(const MapReader& map, const JobSpec& job, EntitySpec& entity) {
  DECANT_TRY(map.boolean("columns_only", entity.columns_are_complete));
  const YamlNode* columns = map.find("columns");
  if (!columns) {
    if (!entity.columns_are_complete) return {};
    return wrong(*map.find("columns_only"), "\"columns_only\" needs \"columns\" to say which.");
  }
  if (!columns->is_mapping()) {
    return wrong(*columns, "\"columns\" takes a mapping, such as { total: \"decimal(18,4)\" }.");
  }
  for (std::size_t i = 0; i < columns->keys.size(); ++i) {
    DECANT_TRY_ASSIGN(ColumnSpec column, parse_column(columns->keys[i], columns->items[i], job));
    entity.columns.push_back(std::move(column));
  }
  return {};
}

}  // namespace

Result<EntitySpec> parse_entity(const YamlNode& name, const YamlNode& node, const JobSpec& job) {
  DECANT_TRY(check_name(name, "An entity's name"));
  DECANT_TRY_ASSIGN(const MapReader map,
                    MapReader::open(node, k_entity_section, "Entity " + in_quotes(name.text)));
  EntitySpec entity;
  entity.name = name.text;
  DECANT_TRY_ASSIGN(entity.read, parse_read(*map.find("read"), job, entity.name));
  DECANT_TRY_ASSIGN(entity.write, parse_write(*map.find("write")));
  DECANT_TRY(parse_columns(map, job, entity));
  DECANT_TRY(map.texts("control_sums", entity.control_sums));
  if (const YamlNode* rules = map.find("rules")) {
    if (!rules->is_sequence()) return wrong(*rules, "\"rules\" takes a list of rules.");
    for (const YamlNode& item : rules->items) {
      DECANT_TRY_ASSIGN(RuleSpec rule, parse_rule(item));
      entity.rules.push_back(std::move(rule));
    }
  }
  if (const YamlNode* rejects = map.find("rejects")) {
    DECANT_TRY_ASSIGN(entity.rejects, parse_rejects(*rejects));
  }
  DECANT_TRY(map.text("store_column", entity.store_column));
  DECANT_TRY(check_entity(node, entity, job));
  return entity;
}

}  // namespace decant
