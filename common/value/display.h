// Values as text, appended to a buffer that is used again; display_text in canonical.h is the one
// for single values.
#pragma once

#include <bit>
#include <string>

#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant {

// As display_text, at the end of `out`.
void append_display(const Column& column, std::size_t row, std::string& out);

// The reject of a value that is quoted in front of `sentence`: `total: "12,3x" is not a number.`;
// what is not readable in it is spelt \xNN.
Reject value_reject(const std::string& column, const std::string& sentence,
                    std::string_view original);

// The shortest digits that read back as `value`, a number of 32 or 64 `bits`; NaN, Infinity and -Infinity by name.
void append_float(double value, std::int32_t bits, std::string& out);

}  // namespace decant
