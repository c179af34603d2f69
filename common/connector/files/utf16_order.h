// The order of the bytes in UTF-16 text that has no mark, by what its beginning holds.
#pragma once

#include <optional>
#include <string_view>

namespace decant {

enum class ByteOrder { kLittle, kBig };

// Nothing where `head`, the beginning of a file, says neither or both.
std::optional<ByteOrder> utf16_order(std::string_view head);

}  // namespace decant
