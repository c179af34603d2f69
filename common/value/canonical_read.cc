#include <bit>

#include "common/value/canonical.h"
#include "common/value/canonical_parts.h"
#include "common/value/decimal.h"
#include "common/value/decimal_text.h"

namespace decant {
namespace {

// Takes bytes off the front of a canonical row; every step checks that they are there.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool done() const { return left_.empty(); }
  std::string_view left() const { return left_; }

  bool take(std::size_t size, std::string_view& bytes) {
    if (left_.size() < size) return false;
    bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return true;
  }

  bool byte(std::uint8_t& value) {
    std::string_view bytes;
    if (!take(1, bytes)) return false;
    value = static_cast<std::uint8_t>(bytes[0]);
    return true;
  }

  bool varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      std::uint8_t byte_value = 0;
      if (!byte(byte_value)) return false;
      if (shift == 63 && byte_value > 1) return false;
      value |= std::uint64_t{byte_value & 0x7FU} << shift;
      // The fewest bytes only: a last byte of zero would be a second spelling.
      if (byte_value < 0x80) return byte_value != 0 || shift == 0;
    }
    return false;
  }

 private:
  std::string_view left_;
};

bool read_word(Reader& in, const Type& type, std::int64_t& word) {
  std::string_view bytes;
  if (!in.take(8, bytes)) return false;
  std::memcpy(&word, bytes.data(), 8);
  if (type.kind != TypeKind::kFloat64) return true;
  const auto bits = static_cast<std::uint64_t>(word);
  const double value = std::bit_cast<double>(bits);
  return bits != canonical::k_negative_zero &&
         (value == value || bits == canonical::k_canonical_nan);
}

// A number in a decimal value, or (not finite, not a number) the text that stands for it.
struct DecimalParts {
  std::uint64_t kind = 0;
  std::int64_t scale = 0;
  std::string_view magnitude;
  std::string_view text;
};

bool read_decimal(Reader& in, DecimalParts& parts) {
  constexpr std::string_view k_names[] = {"NaN", "Infinity", "-Infinity"};
  std::uint64_t head = 0;
  if (!in.varint(head)) return false;
  parts.kind = head & 3;
  const std::uint64_t length = head >> 2;
  if (parts.kind == canonical::k_not_finite) {
    if (length >= std::size(k_names)) return false;
    parts.text = k_names[length];
    return true;
  }
  if (parts.kind == canonical::k_not_a_number) return in.take(length, parts.text);
  std::uint64_t scale = 0;
  if (!in.varint(scale) || !in.take(length, parts.magnitude)) return false;
  parts.scale = canonical::unzigzag(scale);
  if (parts.scale > k_max_decimal_places || parts.scale < -k_max_decimal_places) return false;
  return length == 0 ? parts.kind == canonical::k_positive : parts.magnitude.back() != 0;
}

bool to_int128(const DecimalParts& parts, Int128& value) {
  if (parts.kind > canonical::k_negative || parts.magnitude.size() > 16) return false;
  UInt128 magnitude = 0;
  std::memcpy(&magnitude, parts.magnitude.data(), parts.magnitude.size());
  if (magnitude >> 127 != 0) return false;
  value = static_cast<Int128>(magnitude);
  if (parts.kind == canonical::k_negative) value = -value;
  return true;
}

bool read_wide(Reader& in, const Type& type, Int128& value) {
  if (type.kind == TypeKind::kUuid) {
    std::string_view bytes;
    if (!in.take(16, bytes)) return false;
    std::uint64_t halves[2];
    std::memcpy(halves, bytes.data(), 16);
    value = static_cast<Int128>(UInt128{__builtin_bswap64(halves[0])} << 64 |
                                __builtin_bswap64(halves[1]));
    return true;
  }
  DecimalParts parts;
  if (!read_decimal(in, parts) || !to_int128(parts, value) || parts.scale != type.scale)
    return false;
  const Int128 limit = power_of_ten(type.precision);
  return value < limit && value > -limit;
}

// A decimal that is held as text. One number has several scales and texts, so the bytes are made
// again and compared.
bool read_decimal_text(Reader& in, const Type& type, Arena& arena, std::string_view& view) {
  const std::string_view before = in.left();
  DecimalParts parts;
  if (!read_decimal(in, parts)) return false;
  Int128 value = 0;
  if (parts.kind > canonical::k_negative) {
    view = arena.copy(parts.text);
  } else if (parts.scale >= 0 && parts.scale <= 38 && to_int128(parts, value) &&
             value < power_of_ten(38) && value > -power_of_ten(38)) {
    char text[48];
    view =
        arena.copy({text, format_decimal_to(value, static_cast<std::int32_t>(parts.scale), text)});
  } else {
    view = arena.copy(canonical::decimal_text_of(parts.kind == canonical::k_negative,
                                                 parts.magnitude, parts.scale));
  }
  std::string again;
  canonical::append_decimal_text(view, type, again);
  return before.substr(0, before.size() - in.left().size()) == again;
}

bool read_view(Reader& in, const Type& type, Arena& arena, std::string_view& view) {
  if (type.kind != TypeKind::kDecimal) {
    std::uint64_t length = 0;
    if (!in.varint(length) || !in.take(length, view)) return false;
    view = arena.copy(view);
    return true;
  }
  return read_decimal_text(in, type, arena, view);
}

bool read_value(Reader& in, Column& column, Arena& arena) {
  std::uint8_t tag = 0;
  if (!in.byte(tag)) return false;
  column.push_null();
  if (tag == canonical::k_null_tag) return true;
  if (tag != static_cast<std::uint8_t>(column.type.kind)) return false;
  column.valid.back() = 1;
  switch (column.storage) {
    case Storage::kByte:
      return in.byte(column.bytes.back()) && column.bytes.back() <= 1;
    case Storage::kWord:
      return read_word(in, column.type, column.words.back());
    case Storage::kWide:
      return read_wide(in, column.type, column.wides.back());
    case Storage::kView:
      return read_view(in, column.type, arena, column.views.back());
  }
  return false;
}

bool read_row(std::string_view bytes, RowBatch& batch) {
  Reader in(bytes);
  std::string_view header;
  if (!in.take(canonical::k_row_header_bytes, header)) return false;
  const std::size_t count = static_cast<std::uint8_t>(header[1]) |
                            static_cast<std::size_t>(static_cast<std::uint8_t>(header[2])) << 8;
  if (header[0] != static_cast<char>(canonical::k_version) || count != batch.columns.size())
    return false;
  for (Column& column : batch.columns) {
    if (!read_value(in, column, batch.arena)) return false;
  }
  return in.done();
}

}  // namespace

Status append_row_from_canonical(std::string_view bytes, RowBatch& batch) {
  if (!read_row(bytes, batch)) {
    for (Column& column : batch.columns) column.resize(batch.rows);
    return fail(
        ErrorCode::kProtocol, "A stored row is not in the canonical form of its table's columns.",
        "The spool or stage file is damaged or belongs to another mapping: run the chunk again.");
  }
  ++batch.rows;
  if (!batch.places.empty()) batch.places.emplace_back();
  return {};
}

}  // namespace decant
