#include "worker/pipeline/rules.h"

#include <re2/re2.h>

#include <compare>
#include <set>

#include "common/base/text.h"
#include "common/value/canonical.h"
#include "common/value/convert.h"
#include "common/value/decimal.h"

namespace decant {
namespace {

// A limit of a range, converted once into the column's own form so that checking compares and does
// not parse.
struct Limit {
  std::shared_ptr<Column> value;  // one row
  std::shared_ptr<Arena> memory;
  std::string text;
};

// Decimals of any length as text; unordered when one of them is no number.
std::partial_ordering compare_decimals(std::string_view a, std::string_view b) {
  std::string x;
  std::string y;
  const auto limit = [](std::string_view text) {
    return text == "Infinity" ? 1 : text == "-Infinity" ? -1 : 0;
  };
  if (limit(a) != 0 || limit(b) != 0) return limit(a) <=> limit(b);
  if (!normalize_decimal(a, x) || !normalize_decimal(b, y)) return std::partial_ordering::unordered;
  const bool is_negative = x[0] == '-';
  if (is_negative != (y[0] == '-'))
    return is_negative ? std::partial_ordering::less : std::partial_ordering::greater;
  if (is_negative) {
    std::swap(x, y);
    x.erase(0, 1);
    y.erase(0, 1);
  }
  // Without leading zeros the longer whole part is the greater; a fraction is ordered as text.
  const std::size_t whole_x = std::min(x.find('.'), x.size());
  const std::size_t whole_y = std::min(y.find('.'), y.size());
  if (whole_x != whole_y) return whole_x <=> whole_y;
  return x <=> y;
}

std::partial_ordering compare(const Column& a, std::size_t row, const Column& b) {
  switch (a.storage) {
    case Storage::kByte:
      return a.bytes[row] <=> b.bytes[0];
    case Storage::kWord:
      if (a.type.kind == TypeKind::kFloat64) {
        double x, y;
        std::memcpy(&x, &a.words[row], sizeof x);
        std::memcpy(&y, b.words.data(), sizeof y);
        return x <=> y;
      }
      return a.words[row] <=> b.words[0];
    case Storage::kWide:
      if (a.type.kind == TypeKind::kUuid)  // without a sign
        return static_cast<UInt128>(a.wides[row]) < static_cast<UInt128>(b.wides[0])
                   ? std::partial_ordering::less
               : a.wides[row] == b.wides[0] ? std::partial_ordering::equivalent
                                            : std::partial_ordering::greater;
      return a.wides[row] < b.wides[0]   ? std::partial_ordering::less
             : b.wides[0] < a.wides[row] ? std::partial_ordering::greater
                                         : std::partial_ordering::equivalent;
    case Storage::kView:
      return compare_decimals(a.views[row], b.views[0]);
  }
  return std::partial_ordering::unordered;
}

struct CompiledRule {
  RuleSpec spec;
  std::size_t column = 0;
  std::optional<Limit> min, max;
  std::unique_ptr<RE2> pattern;
  std::set<std::string, std::less<>> one_of;
};

Result<Limit> make_limit(const std::string& text, const Field& field,
                         const ConvertOptions& options) {
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
  DECANT_TRY_ASSIGN(auto converter, make_converter(Type{}, field.type, options, field.name));
  converter->convert(input, 1, *limit.value, *limit.memory, faults);
  if (faults.count() > 0) {
    return fail(ErrorCode::kUsage,
                "The rule on " + field.name + " has the limit \"" + text + "\", which is no " +
                    to_string(field.type) + ".",
                "Write the limit as a value of the column's type.");
  }
  if (limit.value->storage == Storage::kView && field.type.kind != TypeKind::kDecimal) {
    return fail(ErrorCode::kUsage,
                "The rule on " + field.name + " gives a range, but the column holds " +
                    to_string(field.type) + ".",
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
  // NaN is on neither side of a limit, and so within none.
  static bool outside(const std::optional<Limit>& limit, const Column& column, std::size_t row,
                      std::partial_ordering side, std::string& reason) {
    if (!limit) return false;
    const std::partial_ordering order = compare(column, row, *limit->value);
    if (order != side && order != std::partial_ordering::unordered) return false;
    reason = order == std::partial_ordering::unordered
                 ? "the value is not a number, and a range is asked for."
             : order < 0 ? "the value is below " + limit->text + "."
                         : "the value is above " + limit->text + ".";
    return true;
  }

  static bool breaks(const CompiledRule& rule, const Column& column, std::size_t row,
                     std::string& name, std::string& reason) {
    if (column.valid[row] == 0) {
      if (!rule.spec.not_null) return false;
      name = "not null";
      reason = "a value is required and there is none.";
      return true;
    }
    if (outside(rule.min, column, row, std::partial_ordering::less, reason) ||
        outside(rule.max, column, row, std::partial_ordering::greater, reason)) {
      name = "range";
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
                                             const Schema& schema, const std::string& time_zone) {
  ConvertOptions options;
  options.time_zone = time_zone;
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
      DECANT_TRY_ASSIGN(rule.min, make_limit(*spec.min, field, options));
    }
    if (spec.max) {
      DECANT_TRY_ASSIGN(rule.max, make_limit(*spec.max, field, options));
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
