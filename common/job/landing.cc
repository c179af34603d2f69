#include "common/job/landing.h"

#include <algorithm>
#include <utility>

#include "common/job/column_options.h"
#include "common/job/range_kind.h"
#include "common/job/store_name.h"

namespace decant {
namespace {

bool is_time(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

// The value keeps its meaning, so that a range means the same rows at the source and in the target.
bool lands_unchanged(const ColumnPlan& column, bool is_key) {
  const TypeKind source = column.source_type.kind;
  const TypeKind target = column.type.kind;
  const bool right_kind = is_key ? target == TypeKind::kInt64 : is_time(target);
  // Rounded up, the last moment of a month would be one of the next; cut off it stays where it was.
  const bool is_finer = column.type.scale < 0 || source == TypeKind::kText;
  const bool rounds =
      column.lossy == "round" && target != TypeKind::kDate && is_time(target) && is_finer;
  return right_kind && !rounds && (source == target || source == TypeKind::kText);
}

// What fits in both, so that a value which the table has no room for is a reject like any other.
Type narrower(Type declared, const Type& existing) {
  if (declared.kind != existing.kind) return declared;
  const auto limit = [](std::int32_t& mine, std::int32_t other) {
    if (other > 0 && (mine == 0 || other < mine)) mine = other;
  };
  if (declared.kind == TypeKind::kText) limit(declared.max_length, existing.max_length);
  if (declared.kind == TypeKind::kInt64) limit(declared.bits, existing.bits);
  if (declared.kind == TypeKind::kDecimal) {
    // Any digits that there are, of which the table has so many.
    if (declared.precision == 0) return existing;
    if (declared.scale == existing.scale) limit(declared.precision, existing.precision);
  }
  return declared;
}

// What a new table gets for a source's column: the whole kind, which narrower values fit into.
Type type_for_new_table(Type type) {
  if (type.kind == TypeKind::kFloat64) type.bits = 64;
  if (type.kind == TypeKind::kTime || is_time(type.kind)) type.scale = 0;
  // numeric(5,-2) has whole numbers of seven digits, and not every engine has negative scales.
  if (type.kind == TypeKind::kDecimal && type.precision > 0 && type.scale < 0) {
    type.precision -= type.scale;
    type.scale = 0;
  }
  return type;
}

const std::string& source_of(const ColumnSpec& spec) {
  return spec.from.empty() ? spec.name : spec.from;
}

const Field* field_of(const Schema& table, const std::string& name) {
  const int at = table.find(name);
  return at < 0 ? nullptr : &table.fields[static_cast<std::size_t>(at)];
}

bool in_key(const EntitySpec& entity, const std::string& name) {
  const std::vector<std::string>& key = entity.write.key;
  return std::find(key.begin(), key.end(), name) != key.end();
}

ColumnPlan landed(ColumnPlan column, const Field& source, const ColumnSpec* spec,
                  const Schema& table) {
  column.from = source.name;
  column.source_type = source.type;
  column.foreign = source.foreign;
  column.type = landed_type(source.type, spec, field_of(table, column.name));
  return column;
}

}  // namespace

Type landed_type(const Type& source, const ColumnSpec* spec, const Field* existing) {
  if (spec != nullptr && spec->type)
    return existing != nullptr ? narrower(*spec->type, existing->type) : *spec->type;
  return existing != nullptr ? existing->type : type_for_new_table(source);
}

void order_like(const Schema& table, std::vector<ColumnPlan>& columns) {
  const auto position = [&](const ColumnPlan& column) {
    const int index = table.find(column.name);
    return index < 0 ? table.fields.size() : static_cast<std::size_t>(index);
  };
  std::stable_sort(columns.begin(), columns.end(), [&](const ColumnPlan& a, const ColumnPlan& b) {
    return position(a) < position(b);
  });
}

std::vector<ColumnPlan> columns_that_take(const EntitySpec& entity, const Field& source,
                                          const Schema& table) {
  std::vector<ColumnPlan> columns;
  bool is_taken_over = !entity.columns_are_complete;
  for (const ColumnSpec& spec : entity.columns) {
    const bool takes = !spec.constant && source_of(spec) == source.name;
    if (takes || spec.name == source.name) is_taken_over = false;
    if (takes) columns.push_back(landed(declared_column(spec), source, &spec, table));
  }
  if (is_taken_over) {
    ColumnPlan own;
    own.name = source.name;
    columns.push_back(landed(std::move(own), source, nullptr, table));
  }
  order_like(table, columns);
  return columns;
}

const ColumnPlan* column_of_range(const EntitySpec& entity,
                                  const std::vector<ColumnPlan>& columns) {
  const bool is_key = entity.read.time.empty();
  const std::string& source = is_key ? entity.read.key : entity.read.time;
  const ColumnPlan* chosen = nullptr;
  for (const ColumnPlan& column : columns) {
    if (column.from != source || !lands_unchanged(column, is_key)) continue;
    // A column of the key is indexed, so ranges on it are cheap.
    if (!chosen || (in_key(entity, column.name) && !in_key(entity, chosen->name))) chosen = &column;
  }
  return chosen;
}

const ColumnPlan* column_of_store(const EntitySpec& entity, const std::string& source_store,
                                  const std::vector<ColumnPlan>& columns) {
  const ColumnPlan* chosen = nullptr;
  for (const ColumnPlan& column : columns) {
    const bool is_store =
        source_store.empty() ? column.constant == "{store}" : column.from == source_store;
    if (!is_store) continue;
    if (!entity.store_column.empty()) {
      if (column.name == entity.store_column) return &column;
    } else if (!chosen || in_key(entity, column.name)) {
      chosen = &column;
    }
  }
  return chosen;
}

StoreReading reading_of_store(const EntitySpec& entity, const Field& source, const Schema& table,
                              const std::string& time_zone) {
  const std::vector<ColumnPlan> columns = columns_that_take(entity, source, table);
  const ColumnPlan* column = column_of_store(entity, source.name, columns);
  if (column == nullptr || !can_name_stores(column->type))
    return {{}, Type{}, convert_options(entity, ColumnPlan{}, time_zone)};
  return {column->name, column->type, convert_options(entity, *column, time_zone)};
}

Status check_range_columns(const EntitySpec& entity, const Schema& table) {
  const ReadSpec& read = entity.read;
  const Field source{read.time.empty() ? read.key : read.time, Type{}};
  if (source.name.empty()) return {};
  const std::vector<ColumnPlan> columns = columns_that_take(entity, source, table);
  for (const ColumnPlan& column : columns) {
    const bool is_declared = std::any_of(
        entity.columns.begin(), entity.columns.end(),
        [&](const ColumnSpec& spec) { return spec.name == column.name && spec.type.has_value(); });
    const bool is_known = is_declared || field_of(table, column.name) != nullptr;
    if (!is_known || can_cut_by(read, column.type)) return {};
  }
  if (columns.empty()) return {};
  Error error = no_type_to_cut_by(read, columns.front().name, columns.front().type);
  error.code = ErrorCode::kUsage;
  return fail(std::move(error));
}

Schema columns_to_make(const EntitySpec& entity) {
  const bool is_text =
      !entity.read.files.empty() && entity.read.file_options.format != FileFormat::kParquet;
  Schema made;
  for (const ColumnSpec& spec : entity.columns) {
    if (spec.type || is_text || spec.constant)
      made.fields.push_back({spec.name, spec.type.value_or(Type{})});
  }
  return made;
}

}  // namespace decant
