#include "common/connector/duckdb/stage_format.h"

#include <bit>
#include <cstring>

namespace decant::duck {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they are");

constexpr std::size_t k_least_column_bytes = 4 + 1 + 3 * 4;

template <typename T>
void put(T number, ByteBuffer& to) {
  to.append({reinterpret_cast<const char*>(&number), sizeof number});
}

tl::unexpected<Error> damaged(std::string reason) {
  return fail(ErrorCode::kUnreachable, std::move(reason));
}

// Numbers off the front of a text; nothing is read once it has ended before one of them.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  template <typename T>
  T take() {
    T number{};
    if (const std::string_view bytes = take_bytes(sizeof number); !bytes.empty())
      std::memcpy(&number, bytes.data(), sizeof number);
    return number;
  }
  std::string_view take_bytes(std::size_t size) {
    if (size > rest_.size()) {
      is_short_ = true;
      rest_ = {};
    }
    const std::string_view bytes = rest_.substr(0, is_short_ ? 0 : size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  bool is_short() const { return is_short_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::string_view rest_;
  bool is_short_ = false;
};

Status take_columns(Cursor& from, std::vector<StageColumn>& columns) {
  const auto count = from.take<std::uint32_t>();
  if (count == 0 || count > from.left() / k_least_column_bytes)
    return damaged("its footer has a wrong number of columns");
  columns.resize(count);
  for (StageColumn& column : columns) {
    column.name = from.take_bytes(from.take<std::uint32_t>());
    const auto kind = from.take<std::uint8_t>();
    column.type.kind = static_cast<TypeKind>(kind);
    column.type.precision = from.take<std::int32_t>();
    column.type.scale = from.take<std::int32_t>();
    column.type.bits = from.take<std::int32_t>();
    if (from.is_short()) return damaged("its footer is cut off");
    if (kind < static_cast<std::uint8_t>(TypeKind::kBool) ||
        kind > static_cast<std::uint8_t>(TypeKind::kJson) || !can_be_staged(column.type))
      return damaged("its footer names a type that there is not");
  }
  return {};
}

bool has_size_of(const StageSection& section, const Type& type, std::size_t rows) {
  const std::size_t width = value_bytes(type);
  const std::size_t plain = 8 + rows * (width == 0 ? 4 : width);
  if (width == 0) return section.size_bytes >= plain;
  return section.size_bytes == plain || section.size_bytes == plain + mask_bytes(rows);
}

}  // namespace

bool can_be_staged(const Type& type) {
  if (type.kind == TypeKind::kInt64) return type.bits == 16 || type.bits == 32 || type.bits == 64;
  return type.kind != TypeKind::kDecimal || storage_of(type) == Storage::kView ||
         type.scale <= type.precision;
}

std::size_t value_bytes(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return 1;
    case TypeKind::kInt64:
      return static_cast<std::size_t>(type.bits) / 8;
    case TypeKind::kDecimal:
      if (storage_of(type) == Storage::kView) return 0;
      return type.precision <= 4 ? 2 : type.precision <= 9 ? 4 : type.precision <= 18 ? 8 : 16;
    case TypeKind::kDate:
      return 4;
    case TypeKind::kFloat64:
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return 8;
    case TypeKind::kUuid:
      return 16;
    case TypeKind::kText:
    case TypeKind::kBytes:
    case TypeKind::kJson:
      break;
  }
  return 0;
}

void append_footer(const StageFooter& footer, ByteBuffer& to) {
  const std::size_t begin = to.size();
  put(static_cast<std::uint32_t>(footer.columns.size()), to);
  for (const StageColumn& column : footer.columns) {
    put(static_cast<std::uint32_t>(column.name.size()), to);
    to.append(column.name);
    put(static_cast<std::uint8_t>(column.type.kind), to);
    for (const std::int32_t number : {column.type.precision, column.type.scale, column.type.bits})
      put(number, to);
  }
  put(static_cast<std::uint64_t>(footer.block_rows.size()), to);
  for (std::size_t block = 0; block < footer.block_rows.size(); ++block) {
    put(footer.block_rows[block], to);
    for (std::size_t column = 0; column < footer.columns.size(); ++column) {
      const StageSection& section = footer.section(block, column);
      for (const std::uint64_t number : {section.offset, section.size_bytes, section.checksum})
        put(number, to);
    }
  }
  const std::string_view bytes = to.view().substr(begin);
  const std::uint64_t checksum = stage_checksum({&bytes, 1});
  put(static_cast<std::uint64_t>(bytes.size()), to);
  put(checksum, to);
  to.append(k_stage_end);
}

Result<StageFooter> parse_footer(std::string_view bytes, std::uint64_t end) {
  StageFooter footer;
  Cursor from(bytes);
  DECANT_TRY(take_columns(from, footer.columns));
  const auto blocks = from.take<std::uint64_t>();
  const std::size_t block_bytes = 4 + footer.columns.size() * 3 * 8;
  if (from.is_short() || blocks > from.left() / block_bytes || blocks * block_bytes != from.left())
    return damaged("its footer has a wrong number of blocks");
  footer.block_rows.reserve(blocks);
  footer.sections.reserve(blocks * footer.columns.size());
  std::uint64_t place = k_stage_begin.size();
  for (std::uint64_t block = 0; block < blocks; ++block) {
    const auto rows = from.take<std::uint32_t>();
    if (rows == 0 || rows > k_block_rows) return damaged("a block has a wrong number of rows");
    footer.block_rows.push_back(rows);
    for (const StageColumn& column : footer.columns) {
      StageSection section;
      section.offset = from.take<std::uint64_t>();
      section.size_bytes = from.take<std::uint64_t>();
      section.checksum = from.take<std::uint64_t>();
      if (section.offset != place || section.size_bytes > end - place ||
          !has_size_of(section, column.type, rows))
        return damaged("a section lies where none can be");
      place += section.size_bytes;
      footer.sections.push_back(section);
    }
  }
  if (place != end) return damaged("its sections do not end where its footer begins");
  return footer;
}

}  // namespace decant::duck
