#include "worker/pipeline/rules.h"

#include <re2/re2.h>

#include <bit>
#include <compare>
#include <cstring>
#include <set>

#include "common/base/text.h"
#include "common/job/rule_values.h"
#include "common/value/canonical.h"
#include "common/value/decimal.h"

namespace decant {
namespace {

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

// A column's value in a form in which equal values are equal, whatever they were written like.
struct PlainValue {
  Int128 number = 0;
  std::string text;  // of what is held as text; decimals in their shortest form
  auto operator<=>(const PlainValue&) const = default;
};

void take_plain(const Column& column, std::size_t row, PlainValue& out) {
  switch (column.storage) {
    case Storage::kByte:
      out.number = column.bytes[row];
      break;
    case Storage::kWord:
      out.number = column.words[row];
      if (column.type.kind == TypeKind::kFloat64) {
        const auto number = std::bit_cast<double>(column.words[row]);
        if (number == 0) out.number = 0;  // that below zero too
        if (number != number) out.number = k_infinity;
      }
      break;
    case Storage::kWide:
      out.number = column.wides[row];
      break;
    case Storage::kView:
      if (column.type.kind != TypeKind::kDecimal || !normalize_decimal(column.views[row], out.text))
        out.text = column.views[row];
      break;
  }
}

struct CompiledRule {
  RuleSpec spec;
  std::size_t column = 0;
  std::optional<RuleValue> min, max;
  std::unique_ptr<RE2> pattern;
  std::set<PlainValue> one_of;
};

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
  static bool outside(const std::optional<RuleValue>& limit, const Column& column, std::size_t row,
                      std::partial_ordering side, std::string& reason) {
    if (!limit) return false;
    const std::partial_ordering order = compare(column, row, *limit->column);
    if (order != side && order != std::partial_ordering::unordered) return false;
    reason = order == std::partial_ordering::unordered
                 ? "the value is not a number, and a range is asked for."
             : order < 0 ? "the value is below " + limit->text + "."
                         : "the value is above " + limit->text + ".";
    return true;
  }

  // A pattern is of the value as it is shown.
  static bool has_form(const RE2& pattern, const Column& column, std::size_t row) {
    std::string shown;
    std::string_view text;
    if (column.storage == Storage::kView) {
      text = column.views[row];
    } else {
      shown = display_text(column, row);
      text = shown;
    }
    return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
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
    if (rule.pattern && !has_form(*rule.pattern, column, row)) {
      name = "pattern";
      reason = "the value does not have the form " + rule.spec.pattern + ".";
      return true;
    }
    if (rule.one_of.empty()) return false;
    PlainValue value;
    take_plain(column, row, value);
    if (rule.one_of.find(value) == rule.one_of.end()) {
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
      DECANT_TRY_ASSIGN(rule.min, read_limit(*spec.min, field, time_zone));
    }
    if (spec.max) {
      DECANT_TRY_ASSIGN(rule.max, read_limit(*spec.max, field, time_zone));
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
    for (const std::string& text : spec.one_of) {
      DECANT_TRY_ASSIGN(const RuleValue listed, read_listed(text, field, time_zone));
      PlainValue value;
      take_plain(*listed.column, 0, value);
      rule.one_of.insert(std::move(value));
    }
    compiled->rules.push_back(std::move(rule));
  }
  return std::unique_ptr<RowRules>(std::move(compiled));
}

}  // namespace decant
