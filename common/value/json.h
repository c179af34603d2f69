// Canonical JSON (FORMAT.md): sorted members, exact numbers, no blanks; of equal names each one
// counts.
#pragma once

#include <string>
#include <string_view>

namespace decant {

// Nesting beyond this is refused: the reader calls itself once per level.
inline constexpr int k_max_json_depth = 256;

// Appends the canonical form of `text` to `out`. False, with `out` as it was, when `text` is not
// one strict JSON value (RFC 8259, valid UTF-8, no lone surrogates) or is nested too deeply.
bool append_canonical_json(std::string_view text, std::string& out);

}  // namespace decant
