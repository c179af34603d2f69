#include "common/job/store_name.h"

#include <charconv>

#include "common/value/canonical.h"
#include "common/value/convert.h"

namespace decant {
namespace {

// A decimal that is whole, as some databases write integers: 7.00 is 7.
std::string_view without_zero_fraction(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos || point == 0 ||
      text.find_first_not_of('0', point + 1) != std::string_view::npos)
    return text;
  return text.substr(0, point);
}

}  // namespace

bool can_name_stores(const Type& type) {
  return type.kind == TypeKind::kText || type.kind == TypeKind::kInt64 ||
         type.kind == TypeKind::kUuid;
}

std::string_view store_name(const Column& column, std::size_t row, std::string& scratch) {
  if (column.type.kind == TypeKind::kText) return column.views[row];
  if (column.type.kind == TypeKind::kInt64) {
    scratch.resize(24);
    const auto end =
        std::to_chars(scratch.data(), scratch.data() + scratch.size(), column.words[row]).ptr;
    return std::string_view(scratch.data(), static_cast<std::size_t>(end - scratch.data()));
  }
  scratch = display_text(column, row);
  return scratch;
}

std::optional<std::string> store_name_of(const Type& type, std::string_view text) {
  return store_name_of(type, text, ConvertOptions{});
}

std::optional<std::string> store_name_of(const Type& type, std::string_view text,
                                         const ConvertOptions& options) {
  const bool is_mended = !options.lossy.empty() || options.replace_nul ||
                         !options.column_nulls.empty() || options.zero_pad > 0;
  if (type.kind == TypeKind::kText && !is_mended) return std::string(text);
  const auto converter = make_converter(Type{}, type, options, "store");
  if (!converter || text.empty()) return std::nullopt;
  Column in;
  in.reset(Type{});
  in.resize(1);
  in.valid[0] = 1;
  in.views[0] = type.kind == TypeKind::kInt64 ? without_zero_fraction(text) : text;
  Column out;
  out.reset(type);
  Arena arena;
  RowFaults faults;
  faults.reset(1);
  (*converter)->convert(in, 1, out, arena, faults);
  if (faults.count() > 0 || out.valid[0] == 0) return std::nullopt;
  std::string scratch;
  return std::string(store_name(out, 0, scratch));
}

}  // namespace decant
