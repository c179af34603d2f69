#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/digest/digest.h"
#include "common/job/entity_resolver.h"

namespace decant {
namespace {

// Length-prefixed parts under a name, so that no two mappings give the same bytes.
class Parts {
 public:
  void add(std::string_view name, std::string_view value) {
    out_.append(name)
        .append("=")
        .append(std::to_string(value.size()))
        .append(":")
        .append(value)
        .append("\n");
  }
  void add(std::string_view name, const std::vector<std::string>& values) {
    add(name, std::to_string(values.size()));
    for (const std::string& value : values) add("-", value);
  }
  void add_number(std::string_view name, std::int64_t value) { add(name, std::to_string(value)); }
  void add_optional(std::string_view name, const std::optional<std::string>& value) {
    if (value) add(name, *value);
  }
  std::string digest() const { return sha256_hex(out_); }

 private:
  std::string out_ = "decant mapping 1\n";
};

void add_file_options(const FileOptions& options, Parts& parts) {
  parts.add_number("format", static_cast<int>(options.format));
  parts.add("delimiter", options.delimiter);
  parts.add("quote", std::string_view(&options.quote, 1));
  parts.add("escape", std::string_view(&options.escape, 1));
  parts.add_number("header", options.header ? 1 : 0);
  parts.add("column_names", options.column_names);
  parts.add("encoding", options.encoding);
  parts.add("decimal_point", std::string_view(&options.decimal_point, 1));
  parts.add("group_separator", std::string_view(&options.group_separator, 1));
  parts.add("nulls", options.null_texts);
  parts.add("date_format", options.date_format);
  parts.add_number("trim", options.trim ? 1 : 0);
  if (!options.records.empty()) parts.add("records", options.records);
  // What came later counts only where it is said, so that jobs of before keep their fingerprint.
  if (!options.record_end.empty()) parts.add("record_end", options.record_end);
  if (options.ragged != RaggedRows::kReject)
    parts.add_number("ragged", static_cast<int>(options.ragged));
  if (options.repeated_header != RepeatedHeader::kReject)
    parts.add_number("repeated_header", static_cast<int>(options.repeated_header));
  if (!options.multiline) parts.add_number("multiline", 0);
  if (options.duplicate_keys != DuplicateKeys::kReject)
    parts.add_number("duplicate_keys", static_cast<int>(options.duplicate_keys));
  if (options.skip_lines != 0) parts.add_number("skip_lines", options.skip_lines);
}

// What the source's or the target's engine makes of a width (varchar(20), int32) may differ between
// a first run and the next, and does not change the bytes of a value; so widths count only where
// the job declares them.
void add_type(const ColumnPlan& column, const ColumnSpec* spec, Parts& parts) {
  const Type& type = column.type;
  parts.add_number("kind", static_cast<int>(type.kind));
  if (type.kind == TypeKind::kDecimal) {
    parts.add("scale", type.precision == 0 ? std::string("none") : std::to_string(type.scale));
  }
  // A type of fewer digits refuses values, or takes the nearest.
  if (type.kind == TypeKind::kFloat64 && type.bits != 64) parts.add_number("bits", type.bits);
  const bool is_time = type.kind == TypeKind::kTime || type.kind == TypeKind::kTimestamp ||
                       type.kind == TypeKind::kTimestampTz;
  if (is_time && type.scale != 0) parts.add_number("steps", type.scale);
  if (!spec || !spec->type) return;
  // As it is declared: the plan's may be narrower, for the table's sake.
  if (type.kind == TypeKind::kText) parts.add_number("max_length", spec->type->max_length);
  if (type.kind == TypeKind::kInt64) parts.add_number("bits", spec->type->bits);
  if (type.kind == TypeKind::kDecimal) parts.add_number("precision", spec->type->precision);
}

void add_column(const ColumnPlan& column, const EntitySpec& entity, Parts& parts) {
  const auto spec =
      std::find_if(entity.columns.begin(), entity.columns.end(),
                   [&](const ColumnSpec& candidate) { return candidate.name == column.name; });
  const ColumnSpec* declared = spec == entity.columns.end() ? nullptr : &*spec;
  parts.add("column", column.name);
  parts.add("from", column.from);
  parts.add_optional("constant", column.constant);
  add_type(column, declared, parts);
  parts.add("lossy", column.lossy);
  parts.add("date_format", column.date_format);
  parts.add_optional("replace_nul", column.replace_nul);
  if (!column.null_texts.empty()) parts.add("nulls", column.null_texts);
  if (column.zero_pad != 0) parts.add_number("zero_pad", column.zero_pad);
  // Version 2: a text of a JSON file stays a text in it, and equal members count one by one.
  if (column.type.kind == TypeKind::kJson) parts.add_number("json", 2);
  if (declared && declared->nullable) parts.add_number("nullable", *declared->nullable ? 1 : 0);
}

void add_rule(const RuleSpec& rule, Parts& parts) {
  parts.add("rule", rule.column);
  parts.add_number("not_null", rule.not_null ? 1 : 0);
  parts.add_optional("min", rule.min);
  parts.add_optional("max", rule.max);
  parts.add("pattern", rule.pattern);
  parts.add("one_of", rule.one_of);
}

}  // namespace

std::string fingerprint_of(const JobSpec& job, const EntitySpec& entity, const EntityPlan& plan) {
  Parts parts;
  parts.add("entity", plan.entity);
  parts.add("time_zone", job.time_zone);
  parts.add("files", entity.read.files);
  if (!entity.read.files.empty()) add_file_options(entity.read.file_options, parts);
  parts.add("table", entity.read.table);
  parts.add("sql", entity.read.sql);
  parts.add("range_source", plan.source_time);
  parts.add("range_column", plan.range_column);
  parts.add("store_source", plan.source_store);
  parts.add("store_column", plan.store_column);
  parts.add_number("strict_stores", job.strict_stores ? 1 : 0);
  parts.add("write", plan.write.table);
  parts.add_number("mode", static_cast<int>(plan.write.mode));
  parts.add("key", plan.write.key);
  parts.add("keep_on_update", plan.write.keep_on_update);
  parts.add("latest_by", plan.write.latest_by);
  // Batches from before keys were kept cannot be read back by them: they are loaded again.
  if (plan.write.mode == WriteMode::kUpsert) parts.add("keys", "kept");
  // By name: stores may have their columns in different orders, and an existing table has its own.
  std::vector<const ColumnPlan*> columns;
  for (const ColumnPlan& column : plan.columns) columns.push_back(&column);
  std::sort(columns.begin(), columns.end(),
            [](const ColumnPlan* a, const ColumnPlan* b) { return a->name < b->name; });
  for (const ColumnPlan* column : columns) add_column(*column, entity, parts);
  parts.add("control_sums", plan.control_sums);
  for (const RuleSpec& rule : entity.rules) add_rule(rule, parts);
  return parts.digest();
}

}  // namespace decant
