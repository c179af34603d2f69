#include "common/job/rule_values.h"

#include "common/value/convert.h"

namespace decant {
namespace {

Result<RuleValue> read_value(const std::string& text, const Field& field,
                             const std::string& time_zone, const std::string& is_named) {
  RuleValue value{std::make_shared<Column>(), std::make_shared<Arena>(), text};
  ConvertOptions options;
  options.time_zone = time_zone;
  options.empty_is_null = false;
  Column input;
  input.reset(Type{});
  input.resize(1);
  input.valid[0] = 1;
  input.views[0] = value.memory->copy(text);
  value.column->reset(field.type);
  RowFaults faults;
  faults.reset(1);
  DECANT_TRY_ASSIGN(auto converter, make_converter(Type{}, field.type, options, field.name));
  converter->convert(input, 1, *value.column, *value.memory, faults);
  if (faults.count() == 0 && value.column->valid[0] != 0) return value;
  return fail(ErrorCode::kUsage,
              "The rule on " + field.name + is_named + " \"" + text + "\", which is no " +
                  to_string(field.type) + ".",
              "Write it as a value of the column's type.");
}

Status check_rule(const RuleSpec& rule, const Field& field, const std::string& time_zone) {
  for (const std::optional<std::string>& limit : {rule.min, rule.max}) {
    if (!limit) continue;
    DECANT_TRY_ASSIGN(const RuleValue value, read_limit(*limit, field, time_zone));
  }
  for (const std::string& listed : rule.one_of) {
    DECANT_TRY_ASSIGN(const RuleValue value, read_listed(listed, field, time_zone));
  }
  return {};
}

}  // namespace

Result<RuleValue> read_limit(const std::string& text, const Field& field,
                             const std::string& time_zone) {
  if (storage_of(field.type) == Storage::kView && field.type.kind != TypeKind::kDecimal) {
    return fail(ErrorCode::kUsage,
                "The rule on " + field.name + " gives a range, but the column holds " +
                    to_string(field.type) + ".",
                "Use pattern or one_of for text, or declare a type that has an order.");
  }
  return read_value(text, field, time_zone, " has the limit");
}

Result<RuleValue> read_listed(const std::string& text, const Field& field,
                              const std::string& time_zone) {
  return read_value(text, field, time_zone, " lists");
}

Status check_rule_values(const std::vector<RuleSpec>& rules, const Schema& schema,
                         const std::string& time_zone) {
  for (const RuleSpec& rule : rules) {
    const int at = schema.find(rule.column);
    if (at < 0) continue;
    DECANT_TRY(check_rule(rule, schema.fields[static_cast<std::size_t>(at)], time_zone));
  }
  return {};
}

}  // namespace decant
