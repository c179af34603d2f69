#include "common/value/canonical.h"

#include <bit>

#include "common/value/canonical_parts.h"
#include "common/value/json.h"

namespace decant {
namespace {

using canonical::put_decimal;
using canonical::put_varint;

void append_sized(char tag, std::string_view bytes, std::string& out) {
  char head[1 + canonical::k_max_varint_bytes];
  head[0] = tag;
  const char* const end = put_varint(head + 1, bytes.size());
  out.append(head, static_cast<std::size_t>(end - head));
  out.append(bytes);
}

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

void append_word(const Column& column, std::size_t row, std::string& out) {
  char bytes[9];
  bytes[0] = static_cast<char>(column.type.kind);
  auto word = static_cast<std::uint64_t>(column.words[row]);
  if (column.type.kind == TypeKind::kFloat64) {
    const double value = std::bit_cast<double>(word);
    if (value != value) word = canonical::k_canonical_nan;
    if (word == canonical::k_negative_zero) word = 0;
  }
  std::memcpy(bytes + 1, &word, 8);
  out.append(bytes, sizeof bytes);
}

void append_wide(const Column& column, std::size_t row, std::string& out) {
  char bytes[40];
  bytes[0] = static_cast<char>(column.type.kind);
  const Int128 value = column.wides[row];
  if (column.type.kind == TypeKind::kDecimal) {
    const char* const end = put_decimal(bytes + 1, value, column.type.scale);
    out.append(bytes, static_cast<std::size_t>(end - bytes));
    return;
  }
  // A uuid is held as the big-endian number that its text spells.
  const std::uint64_t halves[2] = {
      __builtin_bswap64(static_cast<std::uint64_t>(static_cast<UInt128>(value) >> 64)),
      __builtin_bswap64(static_cast<std::uint64_t>(value))};
  std::memcpy(bytes + 1, halves, 16);
  out.append(bytes, 17);
}

void append_view(const Column& column, std::size_t row, std::string& out) {
  const char tag = static_cast<char>(column.type.kind);
  switch (column.type.kind) {
    case TypeKind::kDecimal:
      out += tag;
      canonical::append_decimal_text(column.views[row], column.type, out);
      return;
    case TypeKind::kJson:
      append_json(tag, column.views[row], out);
      return;
    default:
      append_sized(tag, column.views[row], out);
  }
}

}  // namespace

void append_canonical(const Column& column, std::size_t row, std::string& out) {
  if (column.valid[row] == 0) {
    out += static_cast<char>(canonical::k_null_tag);
    return;
  }
  switch (column.storage) {
    case Storage::kWord:
      append_word(column, row, out);
      return;
    case Storage::kWide:
      append_wide(column, row, out);
      return;
    case Storage::kView:
      append_view(column, row, out);
      return;
    case Storage::kByte: {
      const char bytes[2] = {static_cast<char>(TypeKind::kBool),
                             static_cast<char>(column.bytes[row] != 0)};
      out.append(bytes, 2);
      return;
    }
  }
}

void append_canonical_row(const RowBatch& batch, std::size_t row, std::string& out) {
  const std::size_t count = batch.columns.size();
  const char header[canonical::k_row_header_bytes] = {static_cast<char>(canonical::k_version),
                                                      static_cast<char>(count & 0xFF),
                                                      static_cast<char>(count >> 8)};
  out.append(header, sizeof header);
  for (const Column& column : batch.columns) append_canonical(column, row, out);
}

}  // namespace decant
