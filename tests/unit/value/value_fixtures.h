// Small helpers for the tests of values: batches made by hand, and randomness that can be repeated.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "common/value/batch.h"

namespace decant::testing_support {

// A seed that a failing test prints; DECANT_TEST_SEED repeats it.
class Seeded {
 public:
  Seeded()
      : seed_(read()),
        engine_(seed_),
        trace_(__FILE__, __LINE__, "DECANT_TEST_SEED=" + std::to_string(seed_)) {}
  std::mt19937_64& engine() { return engine_; }
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }
  Int128 wide() { return static_cast<Int128>(UInt128{engine_()} << 64 | engine_()); }
  std::string digits(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += static_cast<char>('0' + below(10));
    return text;
  }

 private:
  static std::uint64_t read() {
    const char* given = std::getenv("DECANT_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }
  std::uint64_t seed_;
  std::mt19937_64 engine_;
  ::testing::ScopedTrace trace_;
};

inline Type type_of(const std::string& text) { return parse_type(text).value(); }

inline RowBatch empty_batch(const std::vector<Type>& types) {
  auto schema = std::make_shared<Schema>();
  for (std::size_t i = 0; i < types.size(); ++i)
    schema->fields.push_back({"c" + std::to_string(i), types[i], true});
  RowBatch batch;
  batch.reset(schema);
  return batch;
}

inline void push_word(Column& column, std::int64_t value) {
  column.push_null();
  column.valid.back() = 1;
  column.words.back() = value;
}
inline void push_wide(Column& column, Int128 value) {
  column.push_null();
  column.valid.back() = 1;
  column.wides.back() = value;
}
inline void push_view(Column& column, std::string_view value) {
  column.push_null();
  column.valid.back() = 1;
  column.views.back() = value;
}
inline void push_bool(Column& column, bool value) {
  column.push_null();
  column.valid.back() = 1;
  column.bytes.back() = value ? 1 : 0;
}
inline void push_float(Column& column, double value) {
  push_word(column, std::bit_cast<std::int64_t>(value));
}

inline Column column_of(const std::string& type) {
  Column column;
  column.reset(type_of(type));
  return column;
}

}  // namespace decant::testing_support
