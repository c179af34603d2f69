#include "common/value/exact_row.h"

#include <algorithm>
#include <cstring>

#include "common/value/canonical.h"
#include "common/value/canonical_parts.h"

namespace decant {
namespace {

// Behind the canonical part, as long as its size says.
struct ExactWord {
  std::uint32_t column;
  std::uint64_t bits;
};
constexpr std::size_t k_word_bytes = sizeof(std::uint32_t) + sizeof(std::uint64_t);

void append_json_text(std::string_view json, std::string& out) {
  char head[1 + canonical::k_max_varint_bytes];
  head[0] = static_cast<char>(TypeKind::kJson);
  const char* const end = canonical::put_varint(head + 1, json.size());
  out.append(head, static_cast<std::size_t>(end - head));
  out.append(json);
}

bool is_bent(std::uint64_t bits) {
  const double value = std::bit_cast<double>(bits);
  return bits == canonical::k_negative_zero ||
         (value != value && bits != canonical::k_canonical_nan);
}

void append_word(const ExactWord& word, std::string& out) {
  char bytes[k_word_bytes];
  std::memcpy(bytes, &word.column, sizeof word.column);
  std::memcpy(bytes + sizeof word.column, &word.bits, sizeof word.bits);
  out.append(bytes, sizeof bytes);
}

tl::unexpected<Error> broken() {
  return fail(ErrorCode::kProtocol, "A spooled row is not what was written.");
}

}  // namespace

void append_exact_row(const RowBatch& batch, std::size_t row, std::string& out) {
  const std::size_t at = out.size();
  const std::size_t count = batch.columns.size();
  out.append(sizeof(std::uint32_t), '\0');
  const char header[canonical::k_row_header_bytes] = {static_cast<char>(canonical::k_version),
                                                      static_cast<char>(count & 0xFF),
                                                      static_cast<char>(count >> 8)};
  out.append(header, sizeof header);
  for (const Column& column : batch.columns) {
    if (column.type.kind == TypeKind::kJson && column.valid[row] != 0) {
      append_json_text(column.views[row], out);
    } else {
      append_canonical(column, row, out);
    }
  }
  const auto size = static_cast<std::uint32_t>(out.size() - at - sizeof(std::uint32_t));
  std::memcpy(out.data() + at, &size, sizeof size);
  for (std::size_t i = 0; i < count; ++i) {
    const Column& column = batch.columns[i];
    if (column.type.kind != TypeKind::kFloat64 || column.valid[row] == 0) continue;
    const auto bits = static_cast<std::uint64_t>(column.words[row]);
    if (is_bent(bits)) append_word({static_cast<std::uint32_t>(i), bits}, out);
  }
}

bool is_exact_as_canonical(const Schema& schema) {
  return std::none_of(schema.fields.begin(), schema.fields.end(), [](const Field& field) {
    return field.type.kind == TypeKind::kJson || field.type.kind == TypeKind::kFloat64;
  });
}

void append_exact_row(std::string_view canonical_row, std::string& out) {
  const auto size = static_cast<std::uint32_t>(canonical_row.size());
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  out.append(bytes, sizeof bytes);
  out.append(canonical_row);
}

Status append_row_from_exact(std::string_view bytes, RowBatch& batch) {
  std::uint32_t size = 0;
  if (bytes.size() < sizeof size) return broken();
  std::memcpy(&size, bytes.data(), sizeof size);
  bytes.remove_prefix(sizeof size);
  if (size > bytes.size() || (bytes.size() - size) % k_word_bytes != 0) return broken();
  const std::size_t row = batch.rows;
  DECANT_TRY(append_row_from_canonical(bytes.substr(0, size), batch));
  for (bytes.remove_prefix(size); !bytes.empty(); bytes.remove_prefix(k_word_bytes)) {
    ExactWord word{};
    std::memcpy(&word.column, bytes.data(), sizeof word.column);
    std::memcpy(&word.bits, bytes.data() + sizeof word.column, sizeof word.bits);
    if (word.column >= batch.columns.size() ||
        batch.columns[word.column].type.kind != TypeKind::kFloat64)
      return broken();
    batch.columns[word.column].words[row] = static_cast<std::int64_t>(word.bits);
  }
  return {};
}

}  // namespace decant
