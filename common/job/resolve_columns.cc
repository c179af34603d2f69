#include <algorithm>
#include <set>
#include <utility>

#include "common/base/text.h"
#include "common/job/column_options.h"
#include "common/job/entity_resolver.h"
#include "common/job/foreign_type.h"
#include "common/job/landing.h"
#include "common/job/map_reader.h"
#include "common/job/store_template.h"
#include "common/value/date_format.h"
#include "common/value/lossy.h"

namespace decant {
namespace {

bool has_steps(TypeKind kind) {
  return kind == TypeKind::kTime || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

// Before the point of a decimal column that integers go to. Numbers of 11 digits and more are few
// enough to take a column of 18 digits for the whole of int64.
std::int32_t digits_wanted(const Type& integer) { return integer.bits == 16 ? 5 : 10; }

// Whether the column of an existing table holds every value of the declared type as it is, or its
// server refuses the value: what it would bend is no place for it, and neither is a column of
// another kind, which is written and read back in another form.
bool table_holds(const Type& declared, const Type& existing) {
  if (declared.kind != existing.kind) {
    return (declared.kind == TypeKind::kInt64 && existing.kind == TypeKind::kDecimal &&
            existing.scale >= 0 &&
            (existing.precision == 0 ||
             existing.precision - existing.scale >= digits_wanted(declared))) ||
           (declared.kind == TypeKind::kJson && existing.kind == TypeKind::kText &&
            existing.max_length == 0);
  }
  // 0.1 is another number as a float32, and a float64 keeps all digits of it.
  if (declared.kind == TypeKind::kFloat64 && declared.bits != existing.bits) return false;
  const Fidelity fidelity = fidelity_of(declared, existing);
  if (fidelity == Fidelity::kExact || fidelity == Fidelity::kWidening) return true;
  const bool is_bent = declared.kind == TypeKind::kFloat64 || has_steps(declared.kind);
  return !is_bent && fidelity == Fidelity::kLossy && each_value_decides(declared, existing);
}

}  // namespace

Result<EntityPlan> EntityResolver::resolve() {
  plan_.entity = entity_.name;
  plan_.write = entity_.write;
  plan_.control_sums = entity_.control_sums;
  DECANT_TRY(check_source());
  DECANT_TRY(take_declared());
  DECANT_TRY(take_over_others());
  DECANT_TRY(check_free_names());
  order_like_target();
  DECANT_TRY(resolve_types());
  DECANT_TRY(resolve_key());
  DECANT_TRY(resolve_range());
  DECANT_TRY(resolve_store());
  DECANT_TRY(check_named_columns());
  DECANT_TRY(check_control_sums());
  plan_.fingerprint = fingerprint_of(job_, entity_, plan_);
  return std::move(plan_);
}

Status EntityResolver::check_source() const {
  if (source_.fields.empty()) {
    return fail(ErrorCode::kMismatch,
                "Entity " + in_quotes(entity_.name) + " has no columns in " + source_words() + ".");
  }
  std::set<std::string_view> seen;
  for (const Field& field : source_.fields) {
    if (seen.insert(field.name).second) continue;
    return fail(ErrorCode::kMismatch,
                "Entity " + in_quotes(entity_.name) + " has two columns " + in_quotes(field.name) +
                    " in " + source_words() + ".",
                "Give them different names at the source.");
  }
  return {};
}

Status EntityResolver::take_declared() {
  for (const ColumnSpec& spec : entity_.columns) {
    ColumnPlan column = declared_column(spec);
    if (spec.constant) {
      column.source_type = Type{};
    } else {
      column.from = spec.from.empty() ? spec.name : spec.from;
      const int index = source_.find(column.from);
      if (index < 0) return no_source_column("Column " + in_quotes(spec.name), column.from);
      const Field& field = source_.fields[static_cast<std::size_t>(index)];
      column.source_type = field.type;
      column.foreign = field.foreign;
      DECANT_TRY(check_mended(column));
    }
    plan_.columns.push_back(std::move(column));
  }
  return {};
}

Status EntityResolver::check_mended(const ColumnPlan& column) const {
  const bool is_mended = !column.null_texts.empty() || column.zero_pad > 0;
  if (!is_mended || column.source_type.kind == TypeKind::kText) return {};
  return fail(ErrorCode::kUsage,
              "Column " + in_quotes(column.name) + " of entity " + in_quotes(entity_.name) +
                  " comes as " + to_string(column.source_type) + ", and " +
                  (column.zero_pad > 0 ? "\"zero_pad\"" : "\"nulls\"") +
                  " of a column is for text.",
              "Read it with \"sql\", which can do it at the source.");
}

// Source columns that nothing was said about, by their own names. One that already feeds a column
// under another name is not taken a second time.
Status EntityResolver::take_over_others() {
  if (entity_.columns_are_complete) return {};
  const auto no_name = [&] {
    return fail(ErrorCode::kMismatch,
                "Entity " + in_quotes(entity_.name) + " has a column without a name in " +
                    source_words() + ", and a table takes none.",
                "Name it at the source, or leave it out with \"columns_only: true\".");
  };
  std::set<std::string, std::less<>> taken;
  for (const ColumnPlan& column : plan_.columns) {
    taken.insert(column.name);
    if (!column.constant) taken.insert(column.from);
  }
  for (const Field& field : source_.fields) {
    if (taken.contains(field.name)) continue;
    if (field.name.empty()) return no_name();
    ColumnPlan column;
    column.name = field.name;
    column.from = field.name;
    column.source_type = field.type;
    column.foreign = field.foreign;
    plan_.columns.push_back(std::move(column));
  }
  return {};
}

// The order of columns is part of a row's digest: an existing table keeps its own, whatever order a
// source has today.
void EntityResolver::order_like_target() {
  if (target_) order_like(*target_, plan_.columns);
}

// Decant's own columns stand beside these in the tables in which rows wait to be loaded, and in
// those that keep what was changed; and its SQL calls relations so, of which DuckDB could not tell
// a column. It does not look at the case of letters.
Status EntityResolver::check_free_names() const {
  const auto is_own = [](const std::string& name) {
    constexpr std::string_view k_own = "decant_";
    return std::equal(
        k_own.begin(), k_own.end(), name.begin(),
        name.begin() + static_cast<std::ptrdiff_t>(std::min(name.size(), k_own.size())),
        [](char own, char c) { return own == (c >= 'A' && c <= 'Z' ? c + 32 : c); });
  };
  for (const ColumnPlan& column : plan_.columns) {
    if (!is_own(column.name)) continue;
    return fail(ErrorCode::kUsage,
                "Entity " + in_quotes(entity_.name) + " has a column " + in_quotes(column.name) +
                    ", and names that begin with decant_ are Decant's own.",
                "Give it another name under `columns:`, with `from: " + column.name +
                    "`, or leave it out with `columns_only: true`.");
  }
  const std::string& table = entity_.write.table;
  if (is_own(table.substr(table.rfind('.') + 1))) {
    return fail(ErrorCode::kUsage,
                "Entity " + in_quotes(entity_.name) + " writes the table " + table +
                    ", and names that begin with decant_ are Decant's own.",
                "Give the table another name.");
  }
  if (!target_) return {};
  for (const Field& field : target_->fields) {
    if (!is_own(field.name)) continue;
    return fail(ErrorCode::kUsage,
                "The table " + entity_.write.table + " has a column " + in_quotes(field.name) +
                    ", and names that begin with decant_ are Decant's own.",
                "Give the column another name.");
  }
  return {};
}

Status EntityResolver::resolve_types() {
  for (ColumnPlan& column : plan_.columns) {
    const ColumnSpec* spec = find_spec(column.name);
    DECANT_TRY(check_source_kinds(column));
    DECANT_TRY(resolve_type(column, spec));
  }
  for (ColumnPlan& column : plan_.columns) {
    DECANT_TRY(check_format(column));
    DECANT_TRY(check_fidelity(column));
    DECANT_TRY(check_constant(column));
    DECANT_TRY(check_date_format(column));
    column.fidelity = declared_fidelity(column.source_type, column.type, column.lossy);
  }
  return {};
}

Status EntityResolver::resolve_type(ColumnPlan& column, const ColumnSpec* spec) const {
  const Field* existing = nullptr;
  if (target_) {
    const int index = target_->find(column.name);
    if (index < 0) {
      std::vector<std::string> names;
      for (const Field& field : target_->fields) names.push_back(field.name);
      const std::string near = nearest(column.name, names);
      return fail(
          ErrorCode::kMismatch,
          "The table " + entity_.write.table + " has no column " + in_quotes(column.name) + ".",
          near.empty() ? "Add it to the table, or leave it out with \"columns_only: true\"."
                       : "Did you mean " + in_quotes(near) + "?");
    }
    existing = &target_->fields[static_cast<std::size_t>(index)];
    DECANT_TRY(check_kinds(column, *existing));
  }
  if (spec && spec->type && existing) {
    column.type = *spec->type;
    DECANT_TRY(check_against_target(column, *existing));
  }
  column.type = landed_type(column.source_type, spec, existing);
  if (spec && spec->nullable) {
    column.nullable = *spec->nullable;
  } else if (existing) {
    column.nullable = existing->nullable;
  } else if (!column.from.empty()) {
    column.nullable = source_.fields[static_cast<std::size_t>(source_.find(column.from))].nullable;
  }
  return {};
}

// DuckDB takes a text for the first member of a union that can be made of it, and for a text in a
// variant.
Status EntityResolver::check_kinds(const ColumnPlan& column, const Field& existing) const {
  const bool is_union = has_union(existing.foreign);
  if (!is_union && !has_variant(existing.foreign)) return {};
  return fail(ErrorCode::kUnsupported,
              "Column " + in_quotes(column.name) + " of the table " + entity_.write.table + " is " +
                  existing.foreign + ", and no value says which " +
                  (is_union ? "member" : "type of its own") + " it is.",
              "Make the column a text, or leave it out with \"columns_only: true\".");
}

// The text of a union's member 1 is that of its member '1', and so with NULL and 'NULL'; a variant
// has every type for a member.
Status EntityResolver::check_source_kinds(const ColumnPlan& column) const {
  const bool is_union = has_union(column.foreign);
  if (!is_union && !has_variant(column.foreign)) return {};
  return fail(
      ErrorCode::kUnsupported,
      "Column " + in_quotes(column.from) + " of entity " + in_quotes(entity_.name) + " is " +
          column.foreign + " in " + source_words() + ", whose text does not say which " +
          (is_union ? "member" : "type") + " a value is" + (is_union ? "." : " of."),
      std::string("Read it with \"sql\" as ") +
          (is_union ? "union_tag(…) and a union_extract(…, 'member') for each member"
                    : "a cast to the type that its values have, or as CAST(… AS VARCHAR) and "
                      "variant_typeof(…)") +
          ", or leave it out with \"columns_only: true\".");
}

// A declared type that the existing table would bend or refuse.
Status EntityResolver::check_against_target(const ColumnPlan& column, const Field& existing) const {
  if (table_holds(column.type, existing.type)) return {};
  return fail(ErrorCode::kMismatch,
              "Column " + in_quotes(column.name) + " is declared " + to_string(column.type) +
                  ", and in the table " + entity_.write.table + " it is " +
                  to_string(existing.type) + ".",
              "Declare the table's type, or change the table.");
}

Status EntityResolver::check_fidelity(const ColumnPlan& column) const {
  const Fidelity fidelity = fidelity_of(column.source_type, column.type);
  const bool may_have_nul =
      column.type.kind == TypeKind::kText || column.type.kind == TypeKind::kJson;
  if (column.replace_nul && !may_have_nul) {
    return fail(ErrorCode::kMismatch,
                "Column " + in_quotes(column.name) + " has \"replace_nul\" and is " +
                    to_string(column.type) + ", whose values have no NUL characters.",
                "Only texts and JSON take it.");
  }
  if (fidelity == Fidelity::kImpossible) {
    return fail(ErrorCode::kMismatch,
                "Column " + in_quotes(column.name) + " cannot be made " + to_string(column.type) +
                    " of " + to_string(column.source_type) + ".",
                "Declare another type for it.");
  }
  if (fidelity != Fidelity::kLossy || !column.lossy.empty() ||
      each_value_decides(column.source_type, column.type)) {
    return {};
  }
  return fail(ErrorCode::kMismatch,
              "Column " + in_quotes(column.name) + " loses digits from " +
                  to_string(column.source_type) + " to " + to_string(column.type) + ".",
              "Declare a wider type, or say \"lossy: round\" or \"lossy: truncate\".");
}

// One that hangs on the store is looked at by the worker, which knows the store's values.
Status EntityResolver::check_constant(const ColumnPlan& column) const {
  if (!column.constant || !placeholders_of(*column.constant).empty()) return {};
  Arena arena;
  DECANT_TRY(constant_column(entity_, column, *column.constant, job_.time_zone, arena));
  return {};
}

// A format that is none of the column's type is refused before a row is read.
Status EntityResolver::check_date_format(const ColumnPlan& column) const {
  const TypeKind to = column.type.kind;
  const bool is_read_by_it = to == TypeKind::kDate || to == TypeKind::kTime ||
                             to == TypeKind::kTimestamp || to == TypeKind::kTimestampTz;
  if (!is_read_by_it && !column.date_format.empty()) {
    return fail(ErrorCode::kMismatch,
                "Column " + in_quotes(column.name) + " has \"date_format\" and is " +
                    to_string(column.type) + ", which nothing reads by it.",
                "Declare it as date, time, timestamp or timestamptz, or leave the format out.");
  }
  if (!is_read_by_it || column.constant || column.source_type.kind != TypeKind::kText) return {};
  std::string format = column.date_format;
  if (format.empty() && !entity_.read.files.empty()) format = entity_.read.file_options.date_format;
  DECANT_TRY_ASSIGN(const DateFormat compiled, DateFormat::compile(format, to, column.name));
  (void)compiled;
  return {};
}

const ColumnPlan* EntityResolver::find(std::string_view name) const {
  for (const ColumnPlan& column : plan_.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

const ColumnSpec* EntityResolver::find_spec(std::string_view name) const {
  for (const ColumnSpec& column : entity_.columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

std::vector<std::string> EntityResolver::source_names() const {
  std::vector<std::string> names;
  for (const Field& field : source_.fields) names.push_back(field.name);
  return names;
}

std::vector<std::string> EntityResolver::plan_names() const {
  std::vector<std::string> names;
  for (const ColumnPlan& column : plan_.columns) names.push_back(column.name);
  return names;
}

std::string EntityResolver::source_words() const {
  if (!entity_.read.files.empty()) {
    const FileOptions& options = entity_.read.file_options;
    const bool has_header = options.format == FileFormat::kCsv && options.header;
    if (!place_.empty()) return has_header ? "the header of " + place_ : place_;
    return has_header ? "the header of its files" : "its files";
  }
  return entity_.read.table.empty() ? "its query" : "the table " + entity_.read.table;
}

tl::unexpected<Error> EntityResolver::no_source_column(const std::string& what,
                                                       const std::string& name) const {
  const std::string near = nearest(name, source_names());
  return fail(
      ErrorCode::kMismatch,
      what + " is read from " + in_quotes(name) + ", which is not in " + source_words() + ".",
      near.empty() ? "There are " + join(source_names(), ", ") + "."
                   : "Did you mean " + in_quotes(near) + "?");
}

tl::unexpected<Error> EntityResolver::no_target_column(const std::string& what,
                                                       const std::string& name) const {
  const std::string near = nearest(name, plan_names());
  return fail(ErrorCode::kMismatch,
              what + " names the column " + in_quotes(name) + ", which does not land in " +
                  entity_.write.table + ".",
              near.empty() ? "Its columns are " + join(plan_names(), ", ") + "."
                           : "Did you mean " + in_quotes(near) + "?");
}

}  // namespace decant
