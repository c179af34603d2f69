// Our columns as the values that DuckDB's vectors hold, without text in between (STAGE.md). Private
// to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/byte_buffer.h"
#include "common/base/result.h"
#include "common/connector/duckdb/stage_format.h"
#include "common/value/batch.h"
#include "common/value/limits.h"

namespace decant::duck {

// The years of DuckDB's dates and timestamps.
const ValueLimits& value_limits();

// Whether DuckDB holds the value: years end earlier there than in PostgreSQL. Only dates and
// timestamps have such values.
bool holds_value(const Column& column, std::size_t row);

// A section that grows: one column of up to k_block_rows rows.
class SectionBytes {
 public:
  SectionBytes() { clear(); }
  void clear();

  // Appends the values at `rows` of `column`, whose type is one that can_be_staged. kDataRefused
  // for a date or time that DuckDB's range does not hold, and for a text whose length it cannot
  // count.
  Status append(const Column& column, std::span<const std::uint32_t> rows, const std::string& name);

  // One behind the other they are the section. Valid until the next append() or clear().
  std::array<std::string_view, 3> pieces() const;

 private:
  void append_mask(const Column& column, std::span<const std::uint32_t> rows);
  Status append_texts(const Column& column, std::span<const std::uint32_t> rows,
                      const std::string& name);

  std::size_t rows_ = 0;
  std::array<std::uint64_t, 1 + k_block_rows / 64> flags_and_mask_;
  ByteBuffer values_;  // or lengths
  ByteBuffer texts_;
};

}  // namespace decant::duck
