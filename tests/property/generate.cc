#include "tests/property/generate.h"

#include <algorithm>

namespace decant::property {
namespace {

constexpr int k_all_kinds = 12;
constexpr int k_more_columns = 10;

ColumnModel random_column(Kind kind, Random& random) {
  ColumnModel column;
  column.kind = kind;
  switch (kind) {
    case Kind::kInt:
      column.bits = 16 << random.below(3);
      break;
    case Kind::kFloat:
      column.bits = random.one_in(2) ? 32 : 64;
      break;
    case Kind::kDecimal:
      column.precision = random.one_in(3) ? random.one_in(2) ? 38 : 1 : random.between(1, 38);
      column.scale = random.one_in(4) ? column.precision : random.between(0, column.precision);
      break;
    case Kind::kTime:
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
      column.scale = random.one_in(2) ? 6 : random.below(7);
      break;
    case Kind::kText:
      column.length = random.one_in(2) ? 0 : random.between(1, 30);
      break;
    default:
      break;
  }
  column.nullable = !random.one_in(4);
  column.is_text_in_database = random.one_in(3);
  column.is_jsonb = random.one_in(2);
  return column;
}

void name_columns(Table& table) {
  int number = 0;
  for (ColumnModel& column : table.columns) column.name = "c" + std::to_string(++number);
}

Cell null_cell() {
  Cell cell;
  cell.is_null = true;
  return cell;
}

bool has_nul(const Cell& cell) { return cell.in_file().find('\0') != std::string::npos; }

// Whether the source can hold the cell at all.
bool source_holds(const ColumnModel& column, const Cell& cell, SourceKind source) {
  // What is no JSON at all would refuse the whole line.
  if (source == SourceKind::kJsonLines && column.kind == Kind::kJson && !cell.is_null)
    return cell.held_by != k_nobody;
  if (cell.is_null || is_text_file(source)) return true;
  if (has_nul(cell)) return source != SourceKind::kPostgres && column.kind == Kind::kText;
  if (column.is_text_in_database) return true;
  const Holder engine = source == SourceKind::kPostgres ? k_postgres : k_duckdb;
  return fits(cell, engine) || (cell.only_in_source & engine) != 0;
}

template <typename Wanted>
Cell cell_that(const ColumnModel& column, const std::string& zone, Random& random, Wanted wanted) {
  if (column.nullable && random.one_in(10)) return null_cell();
  for (;;) {
    Cell cell = make_cell(column, zone, random);
    if (wanted(cell)) return cell;
  }
}

}  // namespace

std::string to_string(SourceKind source) {
  switch (source) {
    case SourceKind::kCsv:
      return "csv";
    case SourceKind::kJsonLines:
      return "jsonl";
    case SourceKind::kParquet:
      return "parquet";
    case SourceKind::kPostgres:
      return "postgres";
    default:
      return "duckdb";
  }
}

Table make_columns(std::uint64_t seed) {
  Random random(seed);
  Table table;
  table.zone = random.pick(known_zones());
  const std::vector<std::string> null_texts = {"", "NULL", "\\N"};
  table.null_text = random.pick(null_texts);
  for (int i = 0; i < k_all_kinds + k_more_columns; ++i) {
    const int kind = i < k_all_kinds ? i : random.below(k_all_kinds);
    table.columns.push_back(random_column(static_cast<Kind>(kind), random));
  }
  for (std::size_t i = table.columns.size(); i-- > 1;)
    std::swap(table.columns[i],
              table.columns[static_cast<std::size_t>(random.below(static_cast<int>(i) + 1))]);
  name_columns(table);
  return table;
}

Table make_wide_columns(std::uint64_t seed) {
  Random random(seed);
  Table table;
  for (int i = 0; i < 4; ++i) {
    ColumnModel column;
    column.kind = Kind::kDecimal;
    if (i > 0) {
      column.precision = random.one_in(3) ? 1000 : random.between(39, 120);
      column.scale = random.one_in(4) ? column.precision : random.between(0, column.precision);
    }
    column.is_text_in_database = true;
    table.columns.push_back(column);
  }
  name_columns(table);
  return table;
}

void add_plain_rows(Table& table, int count, std::uint64_t seed, unsigned held_by) {
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    Row row;
    for (const ColumnModel& column : table.columns)
      row.push_back(cell_that(column, table.zone, random, [&](const Cell& cell) {
        return (cell.held_by & held_by) == held_by;
      }));
    table.rows.push_back(std::move(row));
    table.refused.push_back(-1);
  }
}

void add_odd_rows(Table& table, int count, std::uint64_t seed, SourceKind source, Holder target) {
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    Row row;
    int refused = -1;
    // Several columns may try to be the one.
    const int first_try = random.below(static_cast<int>(table.columns.size()) * 2);
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ColumnModel& column = table.columns[c];
      const bool may_be_refused = refused < 0 && static_cast<int>(c) >= first_try;
      row.push_back(cell_that(column, table.zone, random, [&](const Cell& cell) {
        return source_holds(column, cell, source) && (may_be_refused || fits(cell, target));
      }));
      if (!fits(row.back(), target)) refused = static_cast<int>(c);
    }
    table.rows.push_back(std::move(row));
    table.refused.push_back(refused);
  }
}

Cell make_cell(const ColumnModel& column, const std::string& zone, Random& random) {
  switch (column.kind) {
    case Kind::kBool:
      return make_bool(random);
    case Kind::kInt:
      return make_int(column, random);
    case Kind::kDecimal:
      return make_decimal(column, random);
    case Kind::kFloat:
      return make_float(column, random);
    case Kind::kDate:
      return make_date(random);
    case Kind::kTime:
      return make_time(column, random);
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
      return make_timestamp(column, zone, random);
    case Kind::kText:
      return make_text(column, random);
    case Kind::kBytes:
      return make_bytes(random);
    case Kind::kUuid:
      return make_uuid(random);
    case Kind::kJson:
      return make_json(random);
  }
  return null_cell();
}

}  // namespace decant::property
