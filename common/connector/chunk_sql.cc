// The part of load_sql.h that finds the rows of chunks in a table.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "common/connector/load_sql.h"
#include "common/connector/range_sql.h"

namespace decant {
namespace {

// What of a chunk's limits a row is compared with; chunks of one form share a statement.
struct LimitForm {
  enum class Store { kAny, kNamed, kNull } store = Store::kAny;
  enum class Values { kAny, kNone, kInRange } values = Values::kAny;
  bool begin = false;
  bool end = false;
  auto operator<=>(const LimitForm&) const = default;
};

LimitForm form_of(const EntityPlan& plan, const ChunkSpec& chunk) {
  LimitForm form;
  if (!plan.store_column.empty() && chunk.slice.store != k_all) {
    form.store =
        chunk.slice.store == k_unknown_store ? LimitForm::Store::kNull : LimitForm::Store::kNamed;
  }
  if (!plan.has_ranges()) return form;
  form.values = chunk.is_undated() ? LimitForm::Values::kNone : LimitForm::Values::kInRange;
  form.begin = !chunk.is_undated() && chunk.range.begin.has_value();
  form.end = !chunk.is_undated() && chunk.range.end.has_value();
  return form;
}

const ColumnPlan* store_column_of(const EntityPlan& plan) {
  const auto column =
      std::find_if(plan.columns.begin(), plan.columns.end(),
                   [&](const ColumnPlan& c) { return c.name == plan.store_column; });
  return column == plan.columns.end() ? nullptr : &*column;
}

// A column as its text says it, byte by byte, ` = a` or ` IN (a, b)` as `is` has it. PostgreSQL's
// cast drops the blanks at the end of a bpchar, which are a part of the store's name, and may be
// one that somebody made (written_text.h); of a CHAR(n) they are padding, and there are n
// characters in all.
std::string is_exactly(Dialect dialect, const Type& type, const std::string& column,
                       const std::string& is) {
  const std::string cast = "CAST(" + column + " AS TEXT) COLLATE \"C\"" + is;
  if (dialect == Dialect::kDuckDb) return cast;
  const std::string written = "pg_catalog.concat(" + column + ") COLLATE \"C\"" + is;
  if (type.max_length == 0) return written;
  return "(" + written + " OR (" + cast + " AND pg_catalog.char_length(pg_catalog.concat(" +
         column + ")) >= " + std::to_string(type.max_length) + "))";
}

// A collation may take A for a, or 'ab ' for 'ab', whose rows are another store's. The first
// condition is for the index.
std::string is_store(Dialect dialect, const EntityPlan& plan, const std::string& column,
                     const std::string& is) {
  const ColumnPlan* known = store_column_of(plan);
  if (known != nullptr && known->type.kind != TypeKind::kText) return column + is;
  return column + is + " AND " +
         is_exactly(dialect, known != nullptr ? known->type : Type{}, column, is);
}

std::string condition(Dialect dialect, const EntityPlan& plan, const LimitForm& form,
                      const std::string& alias, const std::string& store, const RangeSides& sides) {
  std::string out;
  const auto also = [&](const std::string& text) { out += (out.empty() ? "" : " AND ") + text; };
  const std::string store_column = alias + quote_identifier(plan.store_column);
  const std::string range_column = alias + quote_identifier(plan.range_column);
  if (form.store == LimitForm::Store::kNamed)
    also(is_store(dialect, plan, store_column, " = " + store));
  if (form.store == LimitForm::Store::kNull) also(store_column + " IS NULL");
  if (form.values == LimitForm::Values::kNone)
    also(without_range_value(range_column, plan.range_kind));
  if (form.values == LimitForm::Values::kInRange)
    also(in_range(range_column, plan.range_kind, sides));
  return out.empty() ? "TRUE" : out;
}

// One form's chunks as a VALUES relation `decant_s`, and the condition that joins table `decant_t`
// to it.
struct FormJoin {
  std::string values;
  std::string on;
};

std::vector<FormJoin> join_forms(Dialect dialect, const LoadPlan& plan,
                                 const std::vector<int>& chunks) {
  std::map<LimitForm, std::string> rows;
  for (int position : chunks) {
    const ChunkSpec& chunk = plan.chunks[static_cast<std::size_t>(position)];
    const LimitForm form = form_of(plan.entity, chunk);
    std::string row = "(" + std::to_string(position);
    if (form.store == LimitForm::Store::kNamed)
      row += ", " + store_literal(plan.entity, chunk.slice.store);
    if (form.begin)
      row += ", " + range_literal(dialect, plan.entity.range_kind, *chunk.range.begin);
    if (form.end) row += ", " + range_literal(dialect, plan.entity.range_kind, *chunk.range.end);
    std::string& all = rows[form];
    all += (all.empty() ? "" : ", ") + row + ")";
  }
  std::vector<FormJoin> out;
  for (const auto& [form, values] : rows) {
    std::string columns = "decant_chunk";
    const RangeSides sides{form.begin ? "decant_s.decant_begin" : "",
                           form.end ? "decant_s.decant_end" : ""};
    if (form.store == LimitForm::Store::kNamed) columns += ", decant_store";
    if (form.begin) columns += ", decant_begin";
    if (form.end) columns += ", decant_end";
    out.push_back(
        {"(VALUES " + values + ") AS decant_s(" + columns + ")",
         condition(dialect, plan.entity, form, "decant_t.", "decant_s.decant_store", sides)});
  }
  return out;
}

// Beyond so many conditions a join with them costs less.
constexpr std::size_t k_most_conditions = 64;

bool begins_before(const ChunkSpec& a, const ChunkSpec& b) {
  const auto place = [](const ChunkSpec& chunk) {
    return std::tuple(chunk.slice.store, chunk.is_undated(), chunk.range.begin);
  };
  return place(a) < place(b);
}

// Chunks that hold the same rows together: those of one store whose ranges follow each other are
// one.
std::vector<ChunkSpec> joined(const LoadPlan& plan, const std::vector<int>& chunks) {
  std::vector<ChunkSpec> sorted;
  for (const int position : chunks)
    sorted.push_back(plan.chunks[static_cast<std::size_t>(position)]);
  std::sort(sorted.begin(), sorted.end(), begins_before);
  std::vector<ChunkSpec> out;
  for (ChunkSpec& chunk : sorted) {
    const bool may_join = !out.empty() && plan.entity.has_ranges() && !chunk.is_undated() &&
                          !out.back().is_undated() && out.back().slice.store == chunk.slice.store;
    if (may_join && (!out.back().range.end || !chunk.range.begin ||
                     *chunk.range.begin <= *out.back().range.end)) {
      std::optional<std::int64_t>& end = out.back().range.end;
      if (end)
        end = chunk.range.end ? std::optional(std::max(*end, *chunk.range.end)) : std::nullopt;
    } else {
      out.push_back(std::move(chunk));
    }
  }
  return out;
}

}  // namespace

std::string store_literal(const EntityPlan& plan, const std::string& store) {
  const ColumnPlan* column = store_column_of(plan);
  if (column != nullptr && column->type.kind == TypeKind::kInt64)
    return "CAST(" + quote_literal(store) + " AS BIGINT)";
  if (column != nullptr && column->type.kind == TypeKind::kUuid)
    return "CAST(" + quote_literal(store) + " AS UUID)";
  return quote_literal(store);
}

std::string is_of_store(Dialect dialect, const EntityPlan& plan, const std::string& store) {
  return is_store(dialect, plan, quote_identifier(plan.store_column),
                  " = " + store_literal(plan, store));
}

std::string is_of_stores(Dialect dialect, const EntityPlan& plan,
                         const std::vector<std::string>& stores) {
  std::string names;
  for (const std::string& store : stores)
    names += (names.empty() ? "" : ", ") + store_literal(plan, store);
  return is_store(dialect, plan, quote_identifier(plan.store_column), " IN (" + names + ")");
}

std::string chunk_condition(Dialect dialect, const EntityPlan& plan, const ChunkSpec& chunk,
                            std::string_view alias) {
  const std::string prefix = alias.empty() ? std::string() : std::string(alias) + ".";
  const auto limit = [&](const std::optional<std::int64_t>& value) {
    return value ? range_literal(dialect, plan.range_kind, *value) : std::string();
  };
  return condition(dialect, plan, form_of(plan, chunk), prefix,
                   store_literal(plan, chunk.slice.store),
                   {limit(chunk.range.begin), limit(chunk.range.end)});
}

std::string select_chunk_rows(Dialect dialect, const LoadPlan& plan, const std::vector<int>& chunks,
                              const std::string& select_list) {
  std::string out;
  for (const FormJoin& join : join_forms(dialect, plan, chunks)) {
    if (!out.empty()) out += " UNION ALL ";
    out += "SELECT decant_s.decant_chunk, " + select_list + " FROM " + join.values + " JOIN " +
           quote_table(plan.entity.write.table) + " AS decant_t ON " + join.on;
  }
  return out;
}

std::string select_chunk_rows(const LoadSqlInput& input, const std::string& select_list) {
  return select_chunk_rows(input.dialect, *input.plan, input.chunks, select_list);
}

std::string select_rows_of_chunks(Dialect dialect, const LoadPlan& plan,
                                  const std::vector<int>& chunks, const std::string& select_list) {
  const std::vector<ChunkSpec> together = joined(plan, chunks);
  if (together.empty() || together.size() > k_most_conditions) {
    return "SELECT " + select_list + " FROM (" +
           select_chunk_rows(dialect, plan, chunks, "decant_t.*") + ") AS decant_t";
  }
  std::string any;
  for (const ChunkSpec& chunk : together) {
    any += (any.empty() ? "(" : " OR (") +
           chunk_condition(dialect, plan.entity, chunk, "decant_t") + ")";
  }
  return "SELECT " + select_list + " FROM " + quote_table(plan.entity.write.table) +
         " AS decant_t WHERE " + any;
}

std::vector<std::string> delete_chunk_rows(const LoadSqlInput& input, const std::string& also) {
  std::vector<std::string> out;
  for (const FormJoin& join : join_forms(input.dialect, *input.plan, input.chunks)) {
    out.push_back("DELETE FROM " + quote_table(input.plan->entity.write.table) +
                  " AS decant_t USING " + join.values + " WHERE " + join.on + also);
  }
  return out;
}

}  // namespace decant
