// RowBatch: some thousand rows, column by column, the unit that flows from a source to a target
// inside a worker.
//
// Units: dates are days since 2000-01-01, times microseconds since midnight, timestamps
// microseconds since 2000-01-01 00:00 (UTC for kTimestampTz), so that PostgreSQL's whole range
// fits; INT64_MAX and INT64_MIN are infinity and -infinity. Float64 is held as its IEEE bits. A
// decimal(p,s) with p <= 38 is its unscaled integer at the column's scale.
//
// Ownership: views point into the batch's arena or into memory that keep_alive holds; nothing is
// allocated per row. A batch belongs to one thread at a time and is moved between threads.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/value/type.h"

namespace decant {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

inline constexpr std::int64_t k_infinity = INT64_MAX;
inline constexpr std::int64_t k_minus_infinity = INT64_MIN;

struct Column {
  Type type;
  Storage storage = Storage::kView;
  std::vector<std::uint8_t> valid;      // one byte per row: 1 is a value, 0 is NULL
  std::vector<std::uint8_t> bytes;      // Storage::kByte
  std::vector<std::int64_t> words;      // Storage::kWord
  std::vector<Int128> wides;            // Storage::kWide
  std::vector<std::string_view> views;  // Storage::kView

  void reset(const Type& new_type);  // empty, of that type; keeps capacity
  void resize(std::size_t rows);     // every new row is NULL
  std::size_t size() const { return valid.size(); }
  void push_null();
};

// A bump allocator; addresses stay valid until clear().
class Arena {
 public:
  char* allocate(std::size_t size);
  std::string_view copy(std::string_view text);
  void clear();  // keeps the first block
  std::size_t used_bytes() const { return used_; }

 private:
  struct Block {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;  // offset in the last block
  std::size_t used_ = 0;
};

// Where a row came from, for rejects. A source that has no lines leaves `line` and `byte_offset` at
// 0.
struct RowPlace {
  std::uint32_t extent = 0;       // index into the task's extents
  std::uint64_t line = 0;         // counted from 1, of the row's first line
  std::uint64_t byte_offset = 0;  // in the unpacked file; 0 as well where nobody can tell
};

struct RowBatch {
  std::shared_ptr<const Schema> schema;
  std::vector<Column> columns;  // as many as schema->fields
  std::size_t rows = 0;
  std::vector<RowPlace> places;  // empty, or one per row
  // Every text is UTF-8 and has no NUL character: the source has looked.
  bool has_sound_texts = false;
  Arena arena;
  std::vector<std::shared_ptr<const void>> keep_alive;
  // The rows as the source sent them, one view each, and the name of that form: a target that takes
  // the same form need not write them anew. Both empty where there is no such form, and once a
  // value is another than what was sent.
  std::string sent_form;
  std::vector<std::string_view> sent_rows;

  // Empty, with columns as `new_schema` says; capacity is kept.
  void reset(std::shared_ptr<const Schema> new_schema);
  // Memory that the rows take, about.
  std::size_t size_bytes() const;
};

}  // namespace decant
