// The first and the last times that the engines have beside their infinities.
#pragma once

#include <cstdint>

#include "common/connector/sql_session.h"
#include "common/value/calendar.h"

namespace decant {

// Both ends are included; days, and microseconds, since 2000-01-01.
struct EngineTimes {
  std::int64_t first_day = 0, last_day = 0;
  std::int64_t first_us = 0, last_us = 0;
};

// From 4714-11-24 BC to 5874898-06-02, or to the end of 294276 (its datatype/timestamp.h).
inline constexpr EngineTimes k_postgres_times{-2'451'545, 2'145'031'948, -211'813'488'000'000'000,
                                              9'223'371'331'199'999'999};

// It counts from 1970, in 32 and in 64 bits.
inline constexpr EngineTimes k_duckdb_times{-(INT32_MAX - 1) - k_days_1970_to_2000,
                                            INT32_MAX - 1 - k_days_1970_to_2000, INT64_MIN + 1,
                                            INT64_MAX - 1 - k_days_1970_to_2000* k_us_per_day};

constexpr const EngineTimes& times_of(Dialect dialect) {
  return dialect == Dialect::kPostgres ? k_postgres_times : k_duckdb_times;
}

}  // namespace decant
