// The parts of a stage file that are no rows, as STAGE.md has them. Private to this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/byte_buffer.h"
#include "common/base/result.h"
#include "common/value/type.h"

namespace decant::duck {

inline constexpr std::string_view k_stage_begin = "DECANT STAGE 01\n";
inline constexpr std::string_view k_stage_end = "STAGEEND";
// Behind the footer: its length, its checksum, k_stage_end.
inline constexpr std::size_t k_stage_tail_bytes = 16 + k_stage_end.size();

inline constexpr std::size_t k_block_rows = 2048;  // as many as a vector of DuckDB holds
inline constexpr std::size_t k_block_bytes = 1 << 20;
inline constexpr std::uint64_t k_has_mask = 1;

struct StageColumn {
  std::string name;
  Type type;  // kind, precision, scale and bits
};

struct StageSection {
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t checksum = 0;
};

struct StageFooter {
  std::vector<StageColumn> columns;
  std::vector<std::uint32_t> block_rows;  // of each block
  std::vector<StageSection> sections;     // block by block, in each as many as columns

  const StageSection& section(std::size_t block, std::size_t column) const {
    return sections[block * columns.size() + column];
  }
};

// Whether values of the type have a form in a stage file that is also a vector's: a decimal whose
// scale is beyond its precision has none.
bool can_be_staged(const Type& type);

// Bytes of one value; 0: lengths, and the bytes of all behind them.
std::size_t value_bytes(const Type& type);

// Bytes of the mask of so many rows.
constexpr std::size_t mask_bytes(std::size_t rows) { return (rows + 63) / 64 * 8; }

// Of the pieces one behind the other.
std::uint64_t stage_checksum(std::span<const std::string_view> pieces);

// The footer and the tail.
void append_footer(const StageFooter& footer, ByteBuffer& to);

// What footers say, checked as STAGE.md says: the sections lie between the magic and `end`, where
// the footer begins. The error's message is a reason alone, as it stands behind "is not whole: ".
Result<StageFooter> parse_footer(std::string_view bytes, std::uint64_t end);

}  // namespace decant::duck
