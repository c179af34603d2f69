#include "worker/pipeline/rules.h"

#include <re2/re2.h>

#include <set>

#include "common/base/text.h"
#include "common/value/canonical.h"
#include "common/value/convert.h"

namespace decant {
namespace {

// A limit of a range, converted once into the column's own form so that checking compares and does
// not parse.
struct Limit {
  std::shared_ptr<Column> value;  // one row
  std::shared_ptr<Arena> memory;
  std::string text;
};

int compare(const Column& a, std::size_t row, const Column& b) {
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  switch (a.storage) {
    case Storage::kByte:
      return order(a.bytes[row], b.bytes[0]);
    case Storage::kWord:
      if (a.type.kind == TypeKind::kFloat64) {
        double x, y;
        std::memcpy(&x, &a.words[row], sizeof x);
        std::memcpy(&y, b.words.data(), sizeof y);
        return order(x, y);
      }
      return order(a.words[row], b.words[0]);
    case Storage::kWide:
      return order(a.wides[row], b.wides[0]);
    case Storage::kView:
      return order(a.views[row], b.views[0]);
  }
  return 0;
}

struct CompiledRule {
  RuleSpec spec;
  std::size_t column = 0;
  std::optional<Limit> min, max;
  std::unique_ptr<RE2> pattern;
  std::set<std::string, std::less<>> one_of;
};

Result<Limit> make_limit(const std::string& text, const Field& field) {
  Limit limit;
  limit.text = text;
  limit.memory = std::make_shared<Arena>();
  limit.value = std::make_shared<Column>();
  Column input;
  input.reset(Type{});
  input.resize(1);
  input.valid[0] = 1;
  input.views[0] = limit.memory->copy(text);
  limit.value->reset(field.type);
  RowFaults faults;
  faults.reset(1);
  DECANT_TRY_ASSIGN(auto converter,
                    make_converter(Type{}, field.type, ConvertOptions{}, field.name));
  converter->convert(input, 1, *limit.value, *limit.memory, faults);
  if (faults.count() > 0) {
    return fail(ErrorCode::kUsage,
                "The rule on " + field.name + " has the limit \"" + text + "\", which is no " +
                    to_string(field.type) + ".",
                "Write the limit as a value of the column's type.");
  }
  if (field.type.kind == TypeKind::kText) {
    return fail(ErrorCode::kUsage,
                "The rule on " + field.name + " gives a range, but the column holds text.",
                "Use pattern or one_of for text, or declare a type that has an order.");
  }
  return limit;
}

class CompiledRules final : public RowRules {
 public:
  std::vector<CompiledRule> rules;

  void check(const RowBatch& batch, RowFaults& faults) const override {
    for (const CompiledRule& rule : rules) {
      const Column& column = batch.columns[rule.column];
      for (std::size_t row = 0; row < batch.rows; ++row) {
        if (faults.has(row)) continue;
        std::string name, reason;
        if (!breaks(rule, column, row, name, reason)) continue;
        Reject reject;
        reject.column = rule.spec.column;
        reject.rule = name;
        reject.reason = rule.spec.column + ": " + reason;
        reject.original =
            column.valid[row] != 0 ? display_text(column, row).substr(0, 1000) : std::string();
        faults.add(row, std::move(reject));
      }
    }
  }

 private:
  static bool breaks(const CompiledRule& rule, const Column& column, std::size_t row,
                     std::string& name, std::string& reason) {
    if (column.valid[row] == 0) {
      if (!rule.spec.not_null) return false;
      name = "not null";
      reason = "a value is required and there is none.";
      return true;
    }
    if (rule.min && compare(column, row, *rule.min->value) < 0) {
      name = "range";
      reason = "the value is below " + rule.min->text + ".";
      return true;
    }
    if (rule.max && compare(column, row, *rule.max->value) > 0) {
      name = "range";
      reason = "the value is above " + rule.max->text + ".";
      return true;
    }
    if (!rule.pattern && rule.one_of.empty()) return false;
    std::string shown;
    std::string_view text;
    if (column.storage == Storage::kView) {
      text = column.views[row];
    } else {
      shown = display_text(column, row);
      text = shown;
    }
    if (rule.pattern &&
        !RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *rule.pattern)) {
      name = "pattern";
      reason = "the value does not have the form " + rule.spec.pattern + ".";
      return true;
    }
    if (!rule.one_of.empty() && rule.one_of.find(text) == rule.one_of.end()) {
      name = "one of";
      reason = "the value is none of " + join(rule.spec.one_of, ", ") + ".";
      return true;
    }
    return false;
  }
};

}  // namespace

Result<std::unique_ptr<RowRules>> make_rules(const std::vector<RuleSpec>& rules,
                                             const Schema& schema) {
  auto compiled = std::make_unique<CompiledRules>();
  for (const RuleSpec& spec : rules) {
    const int column = schema.find(spec.column);
    if (column < 0) {
      std::vector<std::string> names;
      for (const Field& field : schema.fields) names.push_back(field.name);
      const std::string near = nearest(spec.column, names);
      return fail(ErrorCode::kUsage,
                  "A rule names the column " + spec.column + ", which the entity does not have.",
                  near.empty() ? "Name one of its columns." : "Did you mean " + near + "?");
    }
    CompiledRule rule;
    rule.spec = spec;
    rule.column = static_cast<std::size_t>(column);
    const Field& field = schema.fields[rule.column];
    if (spec.min) {
      DECANT_TRY_ASSIGN(rule.min, make_limit(*spec.min, field));
    }
    if (spec.max) {
      DECANT_TRY_ASSIGN(rule.max, make_limit(*spec.max, field));
    }
    if (!spec.pattern.empty()) {
      rule.pattern = std::make_unique<RE2>(spec.pattern, RE2::Quiet);
      if (!rule.pattern->ok()) {
        return fail(ErrorCode::kUsage,
                    "The pattern of the rule on " + spec.column +
                        " cannot be read: " + rule.pattern->error() + ".",
                    "Write it as an RE2 regular expression.");
      }
    }
    rule.one_of.insert(spec.one_of.begin(), spec.one_of.end());
    compiled->rules.push_back(std::move(rule));
  }
  return std::unique_ptr<RowRules>(std::move(compiled));
}

}  // namespace decant
