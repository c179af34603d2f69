// Values of range columns in the text of SQL, for both dialects.
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

}  // namespace decant
