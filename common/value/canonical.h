// The canonical byte form of a row (FORMAT.md): the same row has the same bytes whichever way it
// travelled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/byte_buffer.h"
#include "common/value/batch.h"

namespace decant {

// Appends the canonical bytes of one value (type tag, length, bytes; NULL is a tag of its own) to
// `out`.
void append_canonical(const Column& column, std::size_t row, std::string& out);

// Appends all columns of `row` in order. Reuse `out`: nothing is allocated once it has grown.
void append_canonical_row(const RowBatch& batch, std::size_t row, std::string& out);

// The same gathered where nothing is cleared and nothing allocated per row: what digests are taken
// of.
class CanonicalBytes {
 public:
  void clear() { bytes_.clear(); }
  void add(const Column& column, std::size_t row);
  void add_row(const RowBatch& batch, std::size_t row);
  std::string_view view() const { return bytes_.view(); }

 private:
  ByteBuffer bytes_;
  std::string rewritten_;
};

// Reads a canonical row back into `batch` (appending one row; views are copied into its arena), for
// the spool. kProtocol when the bytes are not a canonical row of the batch's schema.
Status append_row_from_canonical(std::string_view bytes, RowBatch& batch);

// The value as text that a person or a SQL literal can use (ISO dates, plain decimals); NULL gives
// "NULL".
std::string display_text(const Column& column, std::size_t row);

}  // namespace decant
