// What an engine has no place for within a type that it has: years beyond its ends. Such a value is
// a reject of its row, told like one that could not be read.
#pragma once

#include <cstdint>
#include <string>

#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant {

// Both ends are included; infinity and -infinity are always held.
struct ValueLimits {
  std::string engine;                                                // as a sentence names it
  std::int64_t first_day = INT64_MIN + 1, last_day = INT64_MAX - 1;  // since 2000-01-01
  std::int64_t first_us = INT64_MIN + 1, last_us = INT64_MAX - 1;    // since its midnight
};

// Adds a fault for each value of `column` that lies outside.
void refuse_beyond(const ValueLimits& limits, const Field& field, const Column& column,
                   std::size_t rows, RowFaults& faults);

}  // namespace decant
