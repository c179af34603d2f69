// What a generated table is: columns, and cells that are held as text. It knows nothing of Decant's
// own types, so that it can judge them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace decant::property {

enum class Kind {
  kBool,
  kInt,
  kDecimal,
  kFloat,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kText,
  kBytes,
  kUuid,
  kJson,
};

// Bits of Cell::held_by.
enum Holder : unsigned { k_nobody = 0, k_postgres = 1, k_duckdb = 2, k_both = 3 };

enum class SourceKind { kCsv, kJsonLines, kParquet, kPostgres, kDuckDb };
inline constexpr SourceKind k_sources[] = {SourceKind::kCsv, SourceKind::kJsonLines,
                                           SourceKind::kParquet, SourceKind::kPostgres,
                                           SourceKind::kDuckDb};
std::string to_string(SourceKind source);
inline bool is_text_file(SourceKind source) {
  return source == SourceKind::kCsv || source == SourceKind::kJsonLines;
}

struct ColumnModel {
  std::string name;
  Kind kind = Kind::kText;
  int bits = 64;      // integers: 16, 32, 64; floating point: 32, 64
  int precision = 0;  // decimals: digits in all; 0: none declared
  int scale = 0;      // decimals, times: digits after the point
  int length = 0;     // text: the most characters; 0: any number
  bool nullable = true;
  // A database or Parquet file holds the texts of a file (`spelled`) here, not values.
  bool is_text_in_database = false;
  bool is_jsonb = false;  // in PostgreSQL as a source; else json
  // A float32 that came without a declared type: new tables get the whole kind, float64.
  bool is_widened = false;
};

// The type as a job file writes it, and as the engines do.
std::string job_type(const ColumnModel& column);
std::string sql_type(const ColumnModel& column, Holder engine);

struct Cell {
  bool is_null = false;
  // What the engine's own input function reads as the value: PostgreSQL's spelling.
  std::string text;
  // As a file writes it, where that is not `text`.
  std::string spelled;
  unsigned held_by = k_both;  // engines whose column of this type has the value
  std::string reason;         // where it is refused: a part of the sentence
  // Engines that hold the value though Decant has no place for it, and what it then says.
  unsigned only_in_source = k_nobody;
  std::string reason_from_source;

  const std::string& in_file() const { return spelled.empty() ? text : spelled; }
};

using Row = std::vector<Cell>;  // one cell for each column; the row's id is its place, from 1

struct Table {
  std::string name;
  std::string zone = "UTC";  // of local times
  std::string null_text;     // CSV: what stands for NULL, without quotes
  std::vector<ColumnModel> columns;
  std::vector<Row> rows;
  // For each row the column that the target refuses, or -1.
  std::vector<int> refused;
};

// Whether the target has a place for the cell's value.
inline bool fits(const Cell& cell, Holder target) {
  return cell.is_null || (cell.held_by & target) != 0;
}

}  // namespace decant::property
