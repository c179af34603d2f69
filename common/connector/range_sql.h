// Ranges in the text of SQL, for both dialects: which rows they hold at the source and in the
// target.
//
// A row without a value (NULL, or an infinite time) is in no range, not even in one without limits:
// it belongs to the undated chunk, or to the only one of an entity that has no ranges.
#pragma once

#include <cstdint>
#include <string>

#include "common/connector/sql_session.h"
#include "common/value/type.h"

namespace decant {

// A limit of a range column as a typed literal: DATE '2024-08-01', TIMESTAMP '…', 42. Infinities
// included. Years before Christ are written as both engines read them; DuckDB takes a year with a
// bare BC behind it for one after Christ. A limit before the engine's first time is that time, and
// one behind its last time is infinity: the first and the last month reach beyond them.
std::string range_literal(Dialect dialect, TypeKind kind, std::int64_t value);

// The sides of a range as they stand in SQL: literals, or columns of a relation. Empty: open.
struct RangeSides {
  std::string begin;
  std::string end;
};

// The condition that `column` has a value between the sides.
std::string in_range(const std::string& column, TypeKind kind, const RangeSides& sides);
// The condition that it has none.
std::string without_range_value(const std::string& column, TypeKind kind);

}  // namespace decant
