#include <algorithm>
#include <cctype>
#include <utility>

#include "common/base/text.h"
#include "common/job/entity_resolver.h"
#include "common/job/foreign_type.h"
#include "common/job/landing.h"
#include "common/job/map_reader.h"
#include "common/job/range_kind.h"
#include "common/job/store_name.h"

namespace decant {
namespace {

std::string bare_name(const std::string& name) {
  std::string bare;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80 || std::isalnum(byte) != 0)
      bare += static_cast<char>(byte >= 0x80 ? byte : std::tolower(byte));
  }
  return bare;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool EntityResolver::in_key(const std::string& name) const {
  return std::find(plan_.write.key.begin(), plan_.write.key.end(), name) != plan_.write.key.end();
}

Status EntityResolver::resolve_key() {
  for (const std::string& name : plan_.write.key) {
    if (!find(name)) return no_target_column("\"key\"", name);
  }
  for (ColumnPlan& column : plan_.columns) {
    if (in_key(column.name)) column.nullable = false;
  }
  return {};
}

Status EntityResolver::resolve_range() {
  const bool is_key = entity_.read.time.empty();
  plan_.source_time = is_key ? entity_.read.key : entity_.read.time;
  if (plan_.source_time.empty()) return {};
  const std::string what = is_key ? "\"read: key\"" : "\"read: time\"";
  if (source_.find(plan_.source_time) < 0) return no_source_column(what, plan_.source_time);
  if (const ColumnPlan* chosen = column_of_range(entity_, plan_.columns)) {
    plan_.range_column = chosen->name;
    plan_.range_kind = chosen->type.kind;
    return {};
  }
  const ColumnPlan* candidate = nullptr;
  for (const ColumnPlan& column : plan_.columns) {
    if (column.from == plan_.source_time) candidate = &column;
  }
  if (!candidate) {
    return fail(ErrorCode::kMismatch,
                what + " is " + in_quotes(plan_.source_time) + ", which no target column takes.",
                "Ranges are cut in the target too: add it to \"columns\".");
  }
  if (!can_cut_by(entity_.read, candidate->type))
    return fail(no_type_to_cut_by(entity_.read, candidate->name, candidate->type));
  return fail(ErrorCode::kMismatch,
              what + " lands in " + in_quotes(candidate->name) + " changed from " +
                  to_string(candidate->source_type) + " to " + to_string(candidate->type) +
                  ", so that ranges would not mean the same rows.",
              "Let it land as " + to_string(candidate->source_type) +
                  ", beside the other column if both are wanted.");
}

// Whether a source column has this name but for the size of letters and what is no letter or digit.
bool EntityResolver::has_name_like(const std::string& name) const {
  const std::string bare = bare_name(name);
  const std::vector<std::string> names = source_names();
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return bare_name(other) == bare; });
}

Status EntityResolver::resolve_store() {
  const bool several = job_.stores.size() > 1;
  plan_.source_store = job_.store_from_column;
  if (!plan_.source_store.empty() && source_.find(plan_.source_store) < 0) {
    // Rows that belong to no store, such as master data, are one slice for all of them. One that is
    // only spelt otherwise is a mistake.
    const bool is_mistake = !entity_.store_column.empty() || has_name_like(plan_.source_store);
    if (is_mistake) return no_source_column("\"stores: from_column\"", plan_.source_store);
    plan_.source_store.clear();
    return {};
  }
  if (!entity_.store_column.empty()) {
    if (!find(entity_.store_column))
      return no_target_column("\"store_column\"", entity_.store_column);
    plan_.store_column = entity_.store_column;
    return check_store_column();
  }
  if (const ColumnPlan* column = column_of_store(entity_, plan_.source_store, plan_.columns)) {
    plan_.store_column = column->name;
    return check_store_column();
  }
  if (!plan_.source_store.empty()) {
    return fail(
        ErrorCode::kMismatch,
        "The store comes from " + in_quotes(plan_.source_store) + ", which no target column takes.",
        "Add it to \"columns\", so that each store's rows can be told apart in the target.");
  }
  if (several) {
    return fail(ErrorCode::kMismatch,
                "Entity " + in_quotes(entity_.name) +
                    " is fed by several stores, and no column of " + entity_.write.table +
                    " says which.",
                "Add one to \"columns\", such as { store: { constant: \"{store}\" } }.");
  }
  return {};
}

Status EntityResolver::check_store_column() const {
  const ColumnPlan& column = *find(plan_.store_column);
  if (!plan_.source_store.empty() && column.from != plan_.source_store) {
    return fail(ErrorCode::kMismatch,
                "\"store_column\" is " + in_quotes(column.name) + ", and the store comes from " +
                    in_quotes(plan_.source_store) + ", which does not feed it.",
                "Give it \"from: " + plan_.source_store + "\".");
  }
  if (!can_name_stores(column.type)) {
    return fail(ErrorCode::kMismatch,
                "The store column " + in_quotes(column.name) + " is " + to_string(column.type) +
                    ", by which stores cannot be told apart exactly.",
                "Declare it as text, int64 or uuid.");
  }
  if (column.constant && *column.constant != "{store}") {
    return fail(ErrorCode::kMismatch,
                "The store column " + in_quotes(column.name) + " is the constant " +
                    in_quotes(*column.constant) + ", and not the store's name.",
                "Name the column that is { constant: \"{store}\" }.");
  }
  return check_store_names(column);
}

// A store is found by its name: it has to be written as the column's values read.
Status EntityResolver::check_store_names(const ColumnPlan& column) const {
  for (const StoreSpec& store : job_.stores) {
    const auto name = store_name_of(column.type, store.name);
    if (name == store.name) continue;
    const std::string what = "The store column " + in_quotes(column.name) + " is " +
                             to_string(column.type) + ", and the store " + in_quotes(store.name);
    if (!name) {
      return fail(ErrorCode::kMismatch, what + " is no value of it.",
                  "Declare the column as text, or name the store as the column has it.");
    }
    return fail(ErrorCode::kMismatch, what + " reads " + in_quotes(*name) + " there.",
                "Name the store " + in_quotes(*name) + " in the job.");
  }
  return {};
}

Status EntityResolver::check_named_columns() const {
  for (const RuleSpec& rule : entity_.rules) {
    if (!find(rule.column)) return no_target_column("A rule", rule.column);
  }
  for (const std::string& name : entity_.write.keep_on_update) {
    if (!find(name)) return no_target_column("\"keep_on_update\"", name);
    DECANT_TRY(check_may_be_kept(name));
  }
  return check_latest_by();
}

// The order of a number's text is not that of the number: 9 comes after 10.
Status EntityResolver::check_latest_by() const {
  const std::string& name = entity_.write.latest_by;
  if (name.empty()) return {};
  const ColumnPlan* column = find(name);
  if (!column) return no_target_column("\"latest_by\"", name);
  if (column->type.kind != TypeKind::kText) return {};
  const ColumnSpec* spec = find_spec(name);
  if (spec && spec->type) return {};
  const int in_target = target_ ? target_->find(name) : -1;
  // The engine compares its own types by their own order.
  const std::string foreign =
      in_target < 0 ? "" : target_->fields[static_cast<std::size_t>(in_target)].foreign;
  if (!foreign.empty() && !is_text_type(foreign)) return {};
  const bool is_of_text_file =
      !entity_.read.files.empty() && entity_.read.file_options.format != FileFormat::kParquet;
  std::string source_type = column->foreign;
  if (source_type.empty() && column->source_type.kind != TypeKind::kText)
    source_type = to_string(column->source_type);
  if (is_text_type(source_type)) source_type.clear();
  if (!is_of_text_file && source_type.empty()) return {};
  return fail(ErrorCode::kMismatch,
              "\"latest_by\" compares " + in_quotes(name) + ", which is a text here" +
                  (source_type.empty() ? "" : " of " + source_type) +
                  ", so that 9 would be later than 10.",
              "Declare its type, such as { " + name +
                  ": int64 }; declared as text, it is compared as text.");
}

// What others may change cannot say where a row belongs, which one is later, or what the sum is.
Status EntityResolver::check_may_be_kept(const std::string& name) const {
  std::string use;
  if (name == plan_.range_column) use = "the time or key that months are cut by lands in it";
  if (name == plan_.store_column) use = "it says the store";
  if (name == entity_.write.latest_by) use = "\"latest_by\" compares it";
  for (const std::string& sum : entity_.control_sums) {
    for (const std::string& part : split(sum, '*')) {
      if (trimmed(part) == name) use = "the control sum " + in_quotes(sum) + " takes it";
    }
  }
  if (use.empty()) return {};
  return fail(ErrorCode::kMismatch,
              "\"keep_on_update\" names " + in_quotes(name) + ", but " + use +
                  ", and what the target holds of it is no longer the source's.",
              "Take it out of one of the two.");
}

Status EntityResolver::check_control_sums() const {
  for (const std::string& sum : entity_.control_sums) {
    for (const std::string& part : split(sum, '*')) {
      const std::string factor = trimmed(part);
      const ColumnPlan* column = find(factor);
      if (!column) return no_target_column("The control sum " + in_quotes(sum), factor);
      if (column->type.kind == TypeKind::kInt64 || column->type.kind == TypeKind::kDecimal)
        continue;
      return fail(ErrorCode::kMismatch,
                  "The control sum " + in_quotes(sum) + " takes " + in_quotes(factor) +
                      ", which is " + to_string(column->type) + " and not an integer or a decimal.",
                  "Declare its type, such as { " + factor + ": \"decimal(18,4)\" }.");
    }
  }
  return {};
}

}  // namespace decant
