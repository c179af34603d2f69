#include "common/value/canonical.h"

#include <array>
#include <bit>

#include "common/value/canonical_parts.h"
#include "common/value/json.h"

namespace decant {
namespace {

using canonical::put_decimal;
using canonical::put_varint;

void append_json(char tag, std::string_view json, std::string& out) {
  // The length comes first and is not known yet: write behind a gap of one byte, which fits nearly
  // all, and move.
  out += tag;
  const std::size_t gap = out.size();
  out += '\0';
  if (!append_canonical_json(json, out)) out.append(json);
  char length[canonical::k_max_varint_bytes];
  const std::size_t length_size =
      static_cast<std::size_t>(put_varint(length, out.size() - gap - 1) - length);
  out.replace(gap, 1, length, length_size);
}

void put_sized(char tag, std::string_view bytes, std::string& out) {
  char head[1 + canonical::k_max_varint_bytes];
  head[0] = tag;
  const char* const end = put_varint(head + 1, bytes.size());
  out.append(head, static_cast<std::size_t>(end - head));
  out.append(bytes);
}

void put_sized(char tag, std::string_view bytes, ByteBuffer& out) {
  char* to = out.room(1 + canonical::k_max_varint_bytes + bytes.size());
  *to++ = tag;
  out.set_end(put_bytes(put_varint(to, bytes.size()), bytes));
}

// `Out` is a string or a ByteBuffer.
template <typename Out>
void put_word(const Column& column, std::size_t row, Out& out) {
  char bytes[9];
  bytes[0] = static_cast<char>(column.type.kind);
  auto word = static_cast<std::uint64_t>(column.words[row]);
  if (column.type.kind == TypeKind::kFloat64) {
    const double value = std::bit_cast<double>(word);
    if (value != value) word = canonical::k_canonical_nan;
    if (word == canonical::k_negative_zero) word = 0;
  }
  std::memcpy(bytes + 1, &word, 8);
  out.append(std::string_view(bytes, sizeof bytes));
}

template <typename Out>
void put_wide(const Column& column, std::size_t row, Out& out) {
  char bytes[40];
  bytes[0] = static_cast<char>(column.type.kind);
  const Int128 value = column.wides[row];
  if (column.type.kind == TypeKind::kDecimal) {
    const char* const end = put_decimal(bytes + 1, value, column.type.scale);
    out.append(std::string_view(bytes, static_cast<std::size_t>(end - bytes)));
    return;
  }
  // A uuid is held as the big-endian number that its text spells.
  const std::uint64_t halves[2] = {
      __builtin_bswap64(static_cast<std::uint64_t>(static_cast<UInt128>(value) >> 64)),
      __builtin_bswap64(static_cast<std::uint64_t>(value))};
  std::memcpy(bytes + 1, halves, 16);
  out.append(std::string_view(bytes, 17));
}

template <typename Out>
void put_byte(const Column& column, std::size_t row, Out& out) {
  const char bytes[2] = {static_cast<char>(TypeKind::kBool),
                         static_cast<char>(column.bytes[row] != 0)};
  out.append(std::string_view(bytes, 2));
}

// Whether a value's canonical bytes are worked out, and not only copied.
bool is_rewritten(const Column& column, std::size_t row) {
  return column.storage == Storage::kView && column.valid[row] != 0 &&
         (column.type.kind == TypeKind::kDecimal || column.type.kind == TypeKind::kJson);
}

void append_rewritten(const Column& column, std::size_t row, std::string& out) {
  const char tag = static_cast<char>(column.type.kind);
  if (column.type.kind == TypeKind::kJson) return append_json(tag, column.views[row], out);
  out += tag;
  canonical::append_decimal_text(column.views[row], column.type, out);
}

template <typename Out>
void put_copied(const Column& column, std::size_t row, Out& out) {
  if (column.valid[row] == 0) {
    const char tag = canonical::k_null_tag;
    out.append(std::string_view(&tag, 1));
    return;
  }
  switch (column.storage) {
    case Storage::kWord:
      return put_word(column, row, out);
    case Storage::kWide:
      return put_wide(column, row, out);
    case Storage::kView:
      return put_sized(static_cast<char>(column.type.kind), column.views[row], out);
    case Storage::kByte:
      return put_byte(column, row, out);
  }
}

std::array<char, canonical::k_row_header_bytes> row_header(std::size_t columns) {
  return {static_cast<char>(canonical::k_version), static_cast<char>(columns & 0xFF),
          static_cast<char>(columns >> 8)};
}

}  // namespace

void append_canonical(const Column& column, std::size_t row, std::string& out) {
  if (is_rewritten(column, row)) return append_rewritten(column, row, out);
  put_copied(column, row, out);
}

void append_canonical_row(const RowBatch& batch, std::size_t row, std::string& out) {
  const auto header = row_header(batch.columns.size());
  out.append(header.data(), header.size());
  for (const Column& column : batch.columns) append_canonical(column, row, out);
}

void CanonicalBytes::add(const Column& column, std::size_t row) {
  if (!is_rewritten(column, row)) return put_copied(column, row, bytes_);
  rewritten_.clear();
  append_rewritten(column, row, rewritten_);
  bytes_.append(rewritten_);
}

void CanonicalBytes::add_row(const RowBatch& batch, std::size_t row) {
  const auto header = row_header(batch.columns.size());
  bytes_.append(std::string_view(header.data(), header.size()));
  for (const Column& column : batch.columns) add(column, row);
}

}  // namespace decant
