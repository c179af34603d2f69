// Tables from a seed. Pure: the same seed gives the same table.
#pragma once

#include "tests/property/model.h"
#include "tests/property/random.h"

namespace decant::property {

// A table without rows: every kind of column, some of them several times, with their parameters.
Table make_columns(std::uint64_t seed);
// Decimals that only PostgreSQL has: without scale, or beyond 38 digits.
Table make_wide_columns(std::uint64_t seed);

// Rows that every source can hold and every target takes.
void add_plain_rows(Table& table, int count, std::uint64_t seed, unsigned held_by);
// Rows that this source can hold; some have one cell that the target refuses.
void add_odd_rows(Table& table, int count, std::uint64_t seed, SourceKind source, Holder target);

// A value of the column, edges more often than not: any value, and some that are none.
Cell make_cell(const ColumnModel& column, const std::string& zone, Random& random);

// The families of values; each writes its texts by hand.
Cell make_bool(Random& random);
Cell make_int(const ColumnModel& column, Random& random);
Cell make_decimal(const ColumnModel& column, Random& random);
Cell make_float(const ColumnModel& column, Random& random);
Cell make_date(Random& random);
Cell make_time(const ColumnModel& column, Random& random);
Cell make_timestamp(const ColumnModel& column, const std::string& zone, Random& random);
Cell make_text(const ColumnModel& column, Random& random);
Cell make_bytes(Random& random);
Cell make_uuid(Random& random);
Cell make_json(Random& random);

// The zones whose gaps and repeats make_timestamp knows.
const std::vector<std::string>& known_zones();

// A cell that nobody holds: `spelled` is no value of the type, or lies outside of it.
inline Cell refused_cell(std::string spelled, std::string reason, unsigned held_by = k_nobody) {
  Cell cell;
  cell.text = std::move(spelled);
  cell.held_by = held_by;
  cell.reason = std::move(reason);
  return cell;
}
inline Cell cell_of(std::string text, std::string spelled = {}) {
  Cell cell;
  cell.text = std::move(text);
  cell.spelled = std::move(spelled);
  return cell;
}

}  // namespace decant::property
