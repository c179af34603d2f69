// Values of range columns in the text of SQL, for both dialects.
#pragma once

#include <cstdint>
#include <string>

#include "common/value/type.h"

namespace decant {

// A value of a range column as a typed literal: DATE '2024-08-01', TIMESTAMP '…', 42. Infinities
// included. Years before Christ are written as both engines read them; DuckDB takes a year with a
// bare BC behind it for one after Christ.
std::string range_literal(TypeKind kind, std::int64_t value);

}  // namespace decant
